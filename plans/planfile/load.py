"""Reads plan files: everything is checked, and a file with a fault gives nothing but its faults."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from plans.planfile.checks import check_plan
from plans.planfile.cross_checks import check_together
from plans.planfile.messages import note_validation
from plans.planfile.problems import PlanFileError
from plans.planfile.schema import PlanFile
from plans.planfile.source import Source, read_source


def read_plan(path: Path | str) -> PlanFile:
    """Read one plan file and its text.

    Raises PlanFileError with every fault found, each naming file, line and field.
    """
    plan, source = _read(Path(path))
    if plan is None or source.problems:
        raise PlanFileError(source.problems)
    return plan


def read_plans(paths: Iterable[Path | str]) -> list[PlanFile]:
    """Read several plan files and check that they agree where they speak of the same thing.

    Raises PlanFileError with the faults of all files. If one is wrong, none is returned.
    """
    found = [_read(Path(path)) for path in paths]
    problems = [problem for _, source in found for problem in source.problems]
    if problems:
        raise PlanFileError(problems)
    pairs = [(plan, source) for plan, source in found if plan is not None]
    check_together(pairs)
    problems = [problem for _, source in pairs for problem in source.problems]
    if problems:
        raise PlanFileError(problems)
    return [plan for plan, _ in pairs]


def _read(path: Path) -> tuple[PlanFile | None, Source]:
    source = read_source(path)
    if source.problems:
        return None, source
    try:
        plan = PlanFile.model_validate(source.data)
    except ValidationError as error:
        note_validation(source, error, PlanFile)
        return None, source
    lines = _read_text(path, plan, source)
    if lines is not None:
        plan = plan.with_text(lines)
        check_plan(plan, source)
    return plan, source


def _read_text(path: Path, plan: PlanFile, source: Source) -> list[str] | None:
    """The lines of the text beside the plan file, or None with a fault noted."""
    name = plan.plan.text.file
    target = (path.parent / name).resolve()
    if not target.is_relative_to(path.parent.resolve()):
        source.complain(("plan", "text", "file"), "文本文件须放在计划文件所在目录之内")
        return None
    try:
        raw = target.read_bytes()
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        source.complain(("plan", "text", "file"), f"读不到文本文件“{name}”(须为 UTF-8 文本)")
        return None
    digest = hashlib.sha256(raw).hexdigest()
    if digest != plan.plan.text.sha256:
        source.complain(
            ("plan", "text", "sha256"),
            f"文本文件已改动,行号和引文可能失准;核对后请把此处改为 {digest}",
        )
    return text.split("\n")
