"""``score_cycle CODE``: the results of an evaluation cycle, printed as counts."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.permits import Refused
from core.trail import COMMAND_LINE
from evaluations.models import Cycle
from evaluations.services import score_cycle


class Command(BaseCommand):
    help = "对一个评价周期评分;数据未变时不写入"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", metavar="CODE")

    def handle(self, *args: Any, **options: Any) -> None:
        cycle = Cycle.objects.select_related("scheme", "area").filter(code=options["code"]).first()
        if cycle is None:
            known = "、".join(Cycle.objects.values_list("code", flat=True)) or "(无)"
            raise CommandError(f"没有代码为“{options['code']}”的评价周期;现有:{known}")
        try:
            numbers = score_cycle(cycle=cycle, actor=COMMAND_LINE)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(
            f"{cycle.name}:参评{numbers['carriers']}家,给出总分{numbers['scored']}家,缺数据{numbers['missing']}家;"
            f"写入{numbers['changed']}条,移除{numbers['removed']}条"
        )
