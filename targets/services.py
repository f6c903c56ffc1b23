"""Writes: computing progress, entering outside figures and confirmations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.permits import Refused
from core.trail import Actor, record
from plans.models import OpenQuestion
from plans.selectors import decided_many
from targets.models import OutsideFigure, Progress, Target
from targets.permits import may_enter
from targets.progress import CONTENT, Known, codes_of, progress_rows

NO_SOURCE = "请写明数据来源,例如统计公报的名称和日期"
NO_EVIDENCE = "请写明依据,例如印发或认定文件的名称和文号"
Report = Callable[[int, int, str], None]


def _silent(done: int, total: int, message: str) -> None:
    """Nobody watches."""


def compute(*, on: date, actor: Actor, plan: str = "", report: Report = _silent) -> dict[str, int]:
    """Compute and store the progress of all targets (or of one plan) as of ``on``; counts of rows by what happened.

    Months gone are brought to what the register says of them now. Rows that say the same are not written. Raises
    :class:`Refused` for a plan that does not exist; ``report`` may raise to stop, and then nothing is written.
    """
    targets = _targets(plan)
    codes = codes_of(targets)
    questions = {question.code: question for question in OpenQuestion.objects.filter(code__in=codes)}
    known = Known(questions, decided_many(codes, on))
    rows: list[Progress] = []
    for number, target in enumerate(targets):
        report(number, len(targets), f"正在计算:{target.name}")
        rows.extend(progress_rows(target, on=on, known=known))
    report(len(targets), len(targets), "正在保存")
    with transaction.atomic():
        counts = _store(targets, rows)
        if counts["created"] or counts["updated"]:
            _note(actor, targets, counts, on)
    return {"targets": len(targets), **counts}


def _targets(plan: str) -> list[Target]:
    chosen = Target.objects.select_related("plan", "area").prefetch_related("allocations__area", "outside_figures")
    rows = list(chosen.filter(plan__code=plan) if plan else chosen)
    if plan and not rows:
        raise Refused(f"没有代码为“{plan}”的规划,或其中没有目标")
    return rows


def _store(targets: Iterable[Target], rows: list[Progress]) -> dict[str, int]:
    """Bring the stored rows to the computed ones. Keys: target, area and month."""
    stored = {(row.target_id, row.area_id, row.month): row for row in Progress.objects.filter(target__in=targets)}
    fresh: list[Progress] = []
    changed: list[Progress] = []
    now = timezone.now()
    for row in rows:
        old = stored.get((row.target_id, row.area_id, row.month))
        if old is None:
            fresh.append(row)
        elif old.fingerprint != row.fingerprint:
            row.pk, row.computed_at = old.pk, now
            changed.append(row)
    Progress.objects.bulk_create(fresh, batch_size=500)
    if changed:
        Progress.objects.bulk_update(changed, [*CONTENT, "fingerprint", "computed_at"], batch_size=200)
    return {"created": len(fresh), "updated": len(changed), "unchanged": len(rows) - len(fresh) - len(changed)}


def _note(actor: Actor, targets: list[Target], counts: dict[str, int], on: date) -> None:
    for plan in {target.plan.pk: target.plan for target in targets}.values():
        record(actor=actor, action="计算目标进度", target=plan, after={"on": on, **counts})


def enter_outside_figure(
    *,
    target: Target,
    on: date,
    value: Decimal | None,
    done: bool | None,
    source: str,
    note: str,
    user: Any,
) -> OutsideFigure:
    """Enter a figure of outside statistics, or confirm a milestone. Earlier figures stay; the latest date counts.

    Raises :class:`NotPermitted`, or :class:`Refused` with errors by field.
    """
    may_enter(user, target).require()
    errors = faults(target, on=on, value=value, done=done, source=source)
    if errors:
        raise Refused(errors=errors)
    with transaction.atomic():
        row = OutsideFigure.objects.create(
            target=target, on=on, value=value, done=done, source=source.strip(), note=note.strip(), entered_by=user
        )
        record(
            actor=Actor.of(user),
            action="录入目标数据",
            target=target,
            after={"on": on, "value": value, "done": done, "source": source},
            reason=note,
        )
    return row


def faults(
    target: Target, *, on: date | None, value: Decimal | None, done: bool | None, source: str
) -> dict[str, list[str]]:
    """What is wrong with a figure, by field; empty when nothing is."""
    errors: dict[str, list[str]] = {}
    is_done = target.comparator == Target.Comparator.DONE
    if on is not None and on > timezone.localdate():
        errors["on"] = ["数据日期不能晚于今天"]
    if not source.strip():
        errors["source"] = [NO_EVIDENCE if is_done else NO_SOURCE]
    if value is None and done is None:
        errors["done" if is_done else "value"] = ["请确认是否完成" if is_done else "请填写数值"]
    if value is not None and value < 0:
        errors["value"] = ["数值不能小于零"]
    if value is not None and target.unit == "%" and value > 1000:
        errors["value"] = ["比率以百分数填写,例如 65.5 表示 65.5%"]
    return errors
