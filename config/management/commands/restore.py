"""``manage.py restore FILE.tar.gz``: data and attachments as a backup holds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.maintenance.restore import restore
from core.permits import Refused


class Command(BaseCommand):
    """All of it or nothing. Stop web, workers and scheduler first."""

    help = "从备份文件恢复全部数据和附件;库中已有数据时须加 --replace,现有数据将被取代"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.tar.gz", help="备份文件")
        parser.add_argument("--replace", action="store_true", help="取代库中现有的全部数据和附件")

    def handle(self, *args: Any, file: str, replace: bool, **options: Any) -> None:
        say = self.stdout.write if options["verbosity"] > 1 else lambda words: None
        try:
            done = restore(Path(file), replace=replace, say=say)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"已恢复 {done.rows} 条记录、{done.files} 个文件(备份于 {done.manifest['made_at']});所有人须重新登录"
        )
        trail = done.manifest["trail"]
        if trail:
            self.stdout.write(f"备份时变更记录共 {trail['number']} 条,校验值 {trail['digest']}")
        if missing := done.manifest["missing_files"]:
            self.stderr.write(f"备份时已有 {len(missing)} 个附件缺失,恢复后仍然缺失")
        self.stdout.write("请执行 manage.py doctor 检查")
