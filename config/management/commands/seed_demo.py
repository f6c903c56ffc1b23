"""``seed_demo``: labelled synthetic data, the same for the same seed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from config.demo.build import seed
from config.demo.extras import write_extras
from config.demo.landscape import SCALES
from config.demo.planner import analyse
from config.demo.reminders import write_reminders
from config.demo.rosters import write_rosters
from config.incubation_rules import default_files, load_incubation_rules
from core.permits import Refused
from core.trail import COMMAND_LINE, record_many
from incubators.models import Area, Carrier, Enterprise, IncubationRule, MonthlyReport


class Command(BaseCommand):
    help = "写入标明为合成的演示数据(同一种子结果相同);只写入没有载体的库"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--scale", choices=sorted(SCALES), default="demo", help="demo 约30家载体,city 500家,national 16000家"
        )
        parser.add_argument("--seed", type=int, default=2024, help="随机种子")
        parser.add_argument("--today", type=date.fromisoformat, default=None, help="以哪一天为今天(默认当天)")

    def handle(self, *args: Any, scale: str, seed: int, today: date | None, **options: Any) -> None:
        try:
            run(scale=scale, seed_number=seed, today=today or timezone.localdate(), say=self.stdout.write)
        except Refused as refused:
            raise CommandError(str(refused)) from refused


def _leave_trail() -> None:
    """A line for each area that received carriers."""
    areas = Carrier.objects.order_by().values_list("area", "area__name").annotate(carriers=Count("pk"))
    lines = ((pk, name, {}, {"carriers": carriers}) for pk, name, carriers in areas)
    record_many(actor=COMMAND_LINE, action="写入演示数据", model=Area, rows=lines)


def run(*, scale: str, seed_number: int, today: date, say: Any) -> None:
    """Write the demonstration of ``scale`` and say how much there is now."""
    with transaction.atomic():
        builder = seed(scale=scale, seed=seed_number, today=today, say=say)
        if not IncubationRule.objects.exists():  # without them nobody's limit of months could be shown
            load_incubation_rules(paths=default_files(), actor=COMMAND_LINE)
        write_extras(builder)
        write_rosters(builder)
        write_reminders(builder)
        _leave_trail()
    if scale != "demo":
        analyse()
    say(
        f"演示数据(合成)已写入:载体 {Carrier.objects.count()} 家,企业 {Enterprise.objects.count()} 家,"
        f"月报 {MonthlyReport.objects.count()} 份"
    )
