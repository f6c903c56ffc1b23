"""``manage.py load_plans [FILE...]``: validate and load plan files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.loading import Loaded, load_files
from core.trail import COMMAND_LINE
from plans.planfile import PlanFileError
from plans.planfile.vocab import LABELS


class Command(BaseCommand):
    """Loads all the files or none; again changes nothing."""

    help = "校验并载入规划文件(默认 fixtures/plans 下全部);再次载入不改动;文件有误时指出文件、行、字段,不载入"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE", help="规划文件(YAML)")

    def handle(self, *args: Any, files: list[str], **options: Any) -> None:
        paths = [Path(name) for name in files] or sorted(
            (Path(settings.BASE_DIR) / "fixtures" / "plans").glob("*.yaml")
        )
        if not paths:
            raise CommandError("没有找到规划文件")
        try:
            loaded = load_files([_short(path) for path in paths], actor=COMMAND_LINE)
        except PlanFileError as error:
            listing = "\n".join(str(problem) for problem in error.problems)
            raise CommandError(f"规划文件有{len(error.problems)}处错误,未载入任何内容:\n{listing}") from None
        self._summarise(loaded)

    def _summarise(self, loaded: Loaded) -> None:
        for one in loaded.plans:
            file = one.file
            self.stdout.write(
                f"{file.plan.code} {file.plan.short_title}({LABELS['text_quality'][file.plan.text.quality]}):"
                f"条款{len(file.clauses)},目标{len(file.targets)},补贴规则{len(file.subsidy_rules)},"
                f"任务{len(file.tasks)},待定事项{len(file.decisions)},文本疑点{len(file.discrepancies)}"
            )
        tally = loaded.tally
        for words, book in (("新增", tally.created), ("更新", tally.updated), ("删除", tally.removed)):
            if book:
                self.stdout.write(f"{words}:" + ",".join(f"{name}{count}" for name, count in book.items()))
        for line in tally.kept:
            self.stdout.write(f"文件中已没有,予以保留:{line}")
        if not tally.changed:
            self.stdout.write("未改动")


def _short(path: Path) -> Path:
    """The path as a person would say it, from where they stand."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path
