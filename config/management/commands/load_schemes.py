"""``load_schemes [FILE...]``: validates and loads scheme files; a wrong file names line and field, and loads nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.permits import Refused
from core.trail import COMMAND_LINE
from evaluations.scheme_loading import default_files, load_schemes
from evaluations.schemefile.reading import SchemeFileError

WORDS = {"added": "新载入", "changed": "已更新", "same": "无变化"}


class Command(BaseCommand):
    help = "校验并载入评价方案文件(默认 fixtures/schemes);重复执行不改动数据"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_schemes(paths=options["files"] or default_files(), actor=COMMAND_LINE)
        except SchemeFileError as error:
            for problem in error.problems:
                self.stderr.write(str(problem))
            raise CommandError(f"方案文件有 {len(error.problems)} 处错误,没有载入任何方案") from None
        except Refused as refused:
            raise CommandError(str(refused)) from None
        for each in loaded:
            self.stdout.write(f"{each.scheme}:{WORDS[each.outcome]}")
