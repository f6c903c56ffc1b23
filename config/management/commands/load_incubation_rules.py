"""``load_incubation_rules [FILE...]``: validates and loads incubation rules; a wrong file names line and field."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.incubation_rules import default_files, load_incubation_rules
from core.permits import Refused
from core.trail import COMMAND_LINE
from plans.planfile.problems import PlanFileError

WORDS = {True: "新载入", False: "无变化"}


class Command(BaseCommand):
    help = "校验并载入孵化规则文件(默认 fixtures/incubation):孵化时限、毕业依据;重复执行不改动数据"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_incubation_rules(paths=options["files"] or default_files(), actor=COMMAND_LINE)
        except PlanFileError as error:
            for problem in error.problems:
                self.stderr.write(str(problem))
            raise CommandError(f"孵化规则文件有 {len(error.problems)} 处错误,没有载入任何规则") from None
        except Refused as refused:
            raise CommandError(str(refused)) from None
        for rule, is_new in loaded:
            self.stdout.write(f"{rule}:{WORDS[is_new]}")
