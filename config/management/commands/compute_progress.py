"""``manage.py compute_progress [--plan CODE] [--on DATE]``: progress of targets."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.permits import Refused
from core.trail import COMMAND_LINE
from targets.services import compute


class Command(BaseCommand):
    """Stores one row a target and month; again changes nothing."""

    help = "计算目标进度并按月保存;再次计算时,没有变化的不写入"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--plan", default="", metavar="CODE", help="只算一个规划,如 JS-2024-2026")
        parser.add_argument("--on", type=_day, default=None, metavar="DATE", help="数据日期,如 2026-10-31(默认当天)")

    def handle(self, *args: Any, plan: str, on: date | None, **options: Any) -> None:
        try:
            counts = compute(on=on or timezone.localdate(), plan=plan, actor=COMMAND_LINE)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"目标 {counts['targets']} 项:新增 {counts['created']} 行,"
            f"更新 {counts['updated']} 行,未变 {counts['unchanged']} 行"
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}”不是日期,请写成 2026-10-31 的样子") from None
