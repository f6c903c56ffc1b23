"""What becomes of titles: 限期整改, 降等, 摘牌 and other endings; and what titles of a new regime count as."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.dates import date_cn
from core.permits import Refused
from core.saving import held, not_future, save
from core.trail import Actor, record
from incubators.models import Area, Designation, Ladder, Title, TitleEquivalence
from incubators.register import rules
from incubators.register.permits import may_decide_titles, may_recognise

Ending = Designation.Ending


def end_designation(
    *,
    user: Any,
    designation: Designation,
    ended_on: date,
    kind: str,
    document: str,
    reason: str,
    lower: Title | None = None,
) -> Designation:
    """A title ends on a day, from which it is no longer held. A downgrade (降等) gives the carrier ``lower`` of the same
    ladder on that day, by the same document.

    Raises :class:`Refused` by field, also when it has ended already.
    """
    may_recognise(user, designation.carrier.owner_area.path).require()
    not_future(ended_on, "ended_on")
    if kind not in Ending:
        raise Refused.at("kind", "请选择终止方式")
    if not document:
        raise Refused.at("document", "请填终止文号")
    if not reason:
        raise Refused.at("reason", "请写明终止原因")
    if kind == Ending.DOWNGRADED and lower is None:
        raise Refused.at("lower", "降等须选择降为哪个称号")
    if kind != Ending.DOWNGRADED and lower is not None:
        raise Refused.at("lower", "只有降等才选择降为的称号")
    with transaction.atomic():
        row = _locked(designation)
        if row.ended_on is not None:
            raise Refused.at("ended_on", f"已于{date_cn(row.ended_on)}终止")
        if ended_on < row.awarded_on:
            raise Refused.at("ended_on", "终止日期不能早于认定日期")
        if lower is not None:
            held(rules.not_lower(lower, row.title), "lower")
            held(rules.unfit(lower, row.carrier.kind, row.carrier.area.path, row.carrier.owner_area.path), "lower")
        row.ended_on, row.end_kind, row.end_reason, row.end_document = ended_on, kind, reason, document
        save(row)
        after = {"ended_on": ended_on, "end_kind": kind, "end_document": document}
        record(
            actor=Actor.of(user), action="终止认定", target=row, before={"ended_on": None}, after=after, reason=reason
        )
        if lower is not None:
            _give_lower(user, row, lower)
    return row


def _give_lower(user: Any, ended: Designation, lower: Title) -> None:
    day, carrier = ended.ended_on, ended.carrier
    if carrier.designations.valid_on(day).filter(title=lower).exists():
        return  # it never lost the lower one
    row = Designation(
        carrier=carrier,
        title=lower,
        awarded_on=day,
        document=ended.end_document,
        is_synthetic=carrier.is_synthetic,
    )
    save(row)
    after = {"title": lower.code, "awarded_on": day, "document": row.document}
    record(actor=Actor.of(user), action="降等认定", target=row, after=after, reason=ended.end_reason)


def order_rectification(*, user: Any, designation: Designation, rectify_by: date | None, reason: str) -> Designation:
    """Until when what was found is to be put right (限期整改), before a title is lowered or taken; None: it was."""
    may_recognise(user, designation.carrier.owner_area.path).require()
    if not reason:
        raise Refused.at("reason", "请写明整改事项或整改结果")
    with transaction.atomic():
        row = _locked(designation)
        if row.ended_on is not None:
            raise Refused("认定已终止")
        if rectify_by is None and row.rectify_by is None:
            raise Refused.at("rectify_by", "请填整改期限")
        if rectify_by is not None and rectify_by < timezone.localdate():
            raise Refused.at("rectify_by", "整改期限不能早于今天")
        before, row.rectify_by = row.rectify_by, rectify_by
        save(row)
        record(
            actor=Actor.of(user),
            action="限期整改" if rectify_by else "整改通过",
            target=row,
            before={"rectify_by": before},
            after={"rectify_by": rectify_by},
            reason=reason,
        )
    return row


def _locked(designation: Designation) -> Designation:
    rows = Designation.objects.select_for_update(of=("self",)).select_related(
        "title__level", "title__area", "carrier__area", "carrier__owner_area"
    )
    return rows.get(pk=designation.pk)


def decide_equivalence(
    *,
    user: Any,
    area: Area,
    title: Title,
    same_as: Title | None,
    decided_on: date,
    document: str,
    reason: str,
) -> TitleEquivalence:
    """Decide for an area (and all below it that have no decision of their own) as which title of the former regime a
    title of the new one counts; None: as none. From then on levels, and figures that ask for a level or for the former
    title, count it so, on every day. The decision before stays and is no longer current.
    """
    may_decide_titles(user, area).require()
    not_future(decided_on, "decided_on")
    ladder = Ladder.objects.filter(code=title.ladder, counterpart__isnull=False).select_related("counterpart").first()
    if ladder is None:
        raise Refused.at("title", "这个称号不需要对应")
    if same_as is not None and (same_as.ladder != ladder.counterpart.code or same_as.level_id is None):  # type: ignore[union-attr]
        raise Refused.at("same_as", f"须是“{ladder.counterpart}”序列中的称号")
    if same_as is not None and same_as.area is not None and not area.path.startswith(same_as.area.path):
        raise Refused.at("same_as", f"这个称号只授予{same_as.area.name}的载体")
    if not document:
        raise Refused.at("document", "请填依据文件")
    if not reason:
        raise Refused.at("reason", "请写明理由")
    with transaction.atomic():
        current = TitleEquivalence.objects.select_for_update(of=("self",)).filter(
            area=area, title=title, is_current=True
        )
        former = current.select_related("same_as").first()
        if former is not None:
            former.is_current = False
            former.save(update_fields=["is_current"])
        row = TitleEquivalence(
            area=area,
            title=title,
            same_as=same_as,
            decided_on=decided_on,
            document=document,
            reason=reason,
            decided_by=user,
        )
        save(row)
        record(
            actor=Actor.of(user),
            action="决定称号对应",
            target=row,
            before={"same_as": former.same_as.code if former.same_as else "不等同"} if former else {},
            after={
                "area": area.name,
                "title": title.code,
                "same_as": same_as.code if same_as else "不等同",
                "decided_on": decided_on,
                "document": document,
            },
            reason=reason,
        )
    return row
