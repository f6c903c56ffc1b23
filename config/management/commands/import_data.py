"""``import_data KIND FILE``: a sheet into the register from the command line, by the same path as the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from core.models import Change
from core.permits import NotPermitted, Refused
from core.trail import Actor
from core.workbooks import read
from incubators.exchange import KINDS
from incubators.exchange.comparing import cell_name, compare, wrong_cells
from incubators.exchange.kinds import CHANGED, NEW, UNCHANGED, WRONG, Context
from incubators.exchange.writing import plan_of, write_plan
from incubators.register.permits import may_write_register

MOST_SHOWN = 200


class Command(BaseCommand):
    help = "把一个表格导入登记库:先核对,逐格列出错误;没有错误(或 --only-right)才写入"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=sorted(KINDS), help="记录种类")
        parser.add_argument("file", type=Path, help="xlsx、xls 或 csv 文件")
        parser.add_argument("--user", required=True, help="以谁的名义导入(用户名);其管辖范围之外的行不写入")
        parser.add_argument("--dry-run", action="store_true", help="只核对,不写入")
        parser.add_argument("--only-right", action="store_true", help="有错误时只写入正确的行")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = KINDS[options["kind"]]
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"没有用户“{options['user']}”")
        try:
            may_write_register(user).require()
            sheet = read(options["file"].read_bytes())
            comparison = compare(kind, sheet, Context(user))
        except OSError as missing:
            raise CommandError(f"无法读取文件:{missing.strerror}") from missing
        except (Refused, NotPermitted) as refused:
            raise CommandError(str(refused)) from refused
        counts = comparison.counts()
        self.stdout.write(
            f"{kind.title}:新增 {counts[NEW]},变更 {counts[CHANGED]},未变 {counts[UNCHANGED]},有误 {counts[WRONG]}"
        )
        for heading in comparison.ignored:
            self.stdout.write(f"  认不出的列,已忽略:{heading}")
        for number, (line, place, sentence) in enumerate(wrong_cells(comparison)):
            if number == MOST_SHOWN:
                self.stdout.write("  其余错误不再列出")
                break
            self.stdout.write(f"  {cell_name(line, sheet.first_column - 1 + place)} {sentence}")
        if options["dry_run"]:
            return
        if counts[WRONG] and not options["only_right"]:
            raise CommandError("有错误,没有写入任何数据;改正后重试,或加 --only-right 只写入正确的行")
        actor = Actor.of(user, Change.Channel.COMMAND)
        try:
            written = write_plan(
                kind,
                plan_of(comparison),
                user=user,
                actor=actor,
                reason=f"命令行导入“{options['file'].name}”",
            )
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"已写入:新增 {written[NEW]},变更 {written[CHANGED]}")
