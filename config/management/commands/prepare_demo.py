"""``prepare_demo``: what ``make run`` calls to have something to look at. Safe to call at every start."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from config.demo.people import accounts_file
from config.management.commands.seed_demo import run
from evaluations.models import Cycle
from incubators.models import Carrier
from subsidies.selectors import plans_with_rules

AWARD_YEARS = (2024, 2025)


class Command(BaseCommand):
    help = "首次启动时载入五份规划和演示数据,并测算一次;已有数据时不改动"

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("load_plans", stdout=self.stdout, stderr=self.stderr)
        call_command("load_schemes", stdout=self.stdout, stderr=self.stderr)
        call_command("load_incubation_rules", stdout=self.stdout, stderr=self.stderr)
        if not Carrier.objects.exists():
            run(scale="demo", seed_number=2024, today=timezone.localdate(), say=self.stdout.write)
            self.compute()
        if accounts_file().exists():
            self.stdout.write(accounts_file().read_text(encoding="utf-8"))

    def compute(self) -> None:
        """Progress, awards and scores once, so that the first page a leader opens is not empty."""
        call_command("compute_progress", stdout=self.stdout)
        for plan in plans_with_rules().order_by("code").values_list("code", flat=True):
            for year in AWARD_YEARS:
                call_command("compute_awards", plan=plan, year=year, stdout=self.stdout)
        for cycle in Cycle.objects.filter(scheme__is_demonstration=True):
            call_command("score_cycle", cycle.code, stdout=self.stdout)
