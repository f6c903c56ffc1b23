"""``manage.py backup FILE.tar.gz`` or ``--to DIR``: all data and attachments in one portable file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.maintenance.backup import write
from core.permits import Refused


class Command(BaseCommand):
    """Safe while the portal runs: the data are those of one moment."""

    help = "把全部数据和附件备份为一个文件,可恢复到 SQLite 或 PostgreSQL;平台运行时也可执行"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", metavar="FILE.tar.gz", help="备份文件")
        parser.add_argument("--to", metavar="DIR", help="写入该文件夹,文件名带日期时间")

    def handle(self, *args: Any, file: str | None, to: str | None, **options: Any) -> None:
        if (file is None) == (to is None):
            raise CommandError("请给出备份文件名,或用 --to 给出文件夹(二选一)")
        path = Path(file) if file else Path(str(to)) / f"portal-{timezone.localtime():%Y%m%d-%H%M%S}.tar.gz"
        say = self.stdout.write if options["verbosity"] > 1 else lambda words: None
        try:
            done = write(path, say)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        except OSError as error:
            raise CommandError(f"不能写入“{path}”:{error.strerror or error}") from error
        self.stdout.write(f"已备份 {done.rows} 条记录、{done.files} 个文件 → {path}({done.size / 1e6:.1f} MB)")
        for name in done.missing[:10]:
            self.stderr.write(f"附件缺失,未能备份:{name}")
        if done.missing:
            raise CommandError(f"有 {len(done.missing)} 个附件在磁盘上找不到;其余已备份,请执行 manage.py doctor 查看")
