"""``manage.py remind_daily [--day DATE] [--dry-run]``: the daily run of letters to carriers, by hand."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.dates import month_cn
from core.models import Change
from core.trail import acting
from incubators.models import Occasion
from incubators.services import reminders
from incubators.services.reminders import Planned


class Command(BaseCommand):
    """What the schedule runs every hour of the day; again sends nothing again."""

    help = "催报:发送当天该发的信;再次运行时,发过的不再发"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", default="", metavar="DATE", help="哪一天,如 2026-11-03(默认当天)")
        parser.add_argument("--dry-run", action="store_true", help="只列出会发的信,不发送")

    def handle(self, *args: Any, day: str, dry_run: bool, **options: Any) -> None:
        today = _day(day)
        if dry_run:
            said = _planned(reminders.planned(today))
        else:
            with acting(str(uuid.uuid4()), Change.Channel.COMMAND):
                said = [f"{batch} {batch.reminders.count()} 家" for batch in reminders.send_due(today)]
        self.stdout.write("\n".join(said) or "没有要发的信")


def _planned(plan: Planned) -> list[str]:
    said = [f"通知月报退回 {len(plan.returns)} 封"] if plan.returns else []
    for due in plan.dues:
        said.append(f"{month_cn(due.month)}{Occasion(due.occasion).label} {len(due.asks)} 家")
        for ask in due.asks:
            also = f",另提{'、'.join(month_cn(line.month) for line in ask.also)}" if ask.also else ""
            said.append(f"  {ask.line.code} {ask.line.name}{also}")
    return said


def _day(text: str) -> date:
    if not text:
        return timezone.localdate()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}”不是日期,请写成 2026-11-03 的样子") from None
