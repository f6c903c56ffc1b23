"""``manage.py doctor``: whether the installation is sound, a line each."""

from __future__ import annotations

import re
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.maintenance.checks import Level, run


class Command(BaseCommand):
    """Ends with 1 when something is wrong. Changes nothing."""

    help = "检查本安装:数据库、变更记录、名册、月报、附件、后台任务、设置、磁盘、前端文件、规划引文;有异常时退出码为 1"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--figure",
            action="append",
            default=[],
            metavar="NUMBER:DIGEST",
            help="与纸上签字的每日校验值核对,写作 条数:校验值;可重复",
        )

    def handle(self, *args: Any, figure: list[str], **options: Any) -> None:
        wrong = warnings = 0
        for line in run([_figure(text) for text in figure]):
            self.stdout.write(str(line))
            wrong += line.level == Level.WRONG
            warnings += line.level == Level.WARNING
        self.stdout.write(f"检查完毕:{wrong} 项异常,{warnings} 项警告")
        if wrong:
            sys.exit(1)


def _figure(text: str) -> tuple[int, str]:
    number, _, digest = text.partition(":")
    digest = "".join(digest.split()).lower()
    if not number.isdecimal() or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise CommandError(f"“{text}”应写作 条数:校验值,校验值为64位十六进制数")
    return int(number), digest
