"""Writing the events of incubation: extension, transfer, graduation, and what is known of a graduate afterwards.

All are an officer's: they rest on documents that the commission has seen. Each checks the permit, the rule that holds,
and leaves a trail in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from core.dates import date_cn
from core.models import Attachment
from core.permits import Refused
from core.saving import held, not_future, save
from core.trail import Actor, record
from incubators.models import Carrier, GraduateFollowUp, IncubationExtension, Qualification, Residency
from incubators.register import rules
from incubators.register.lifecycle import IN_INCUBATION
from incubators.register.limits import Rules, Standing, clocked, put_standing
from incubators.register.overlaps import clash_of
from incubators.register.permits import may_recognise
from incubators.register.rulefile import RuleFile
from incubators.scope import Scope
from incubators.services.evidence import Examined, examine, files_of, keep, remove

ATTACHED_TO = "incubators.residency"
Ground = Residency.GraduationGround


def _locked(residency: Residency, on: date) -> Any:
    """The stay, ours until the transaction ends, with how it stands on ``on``."""
    Residency.objects.select_for_update().get(pk=residency.pk)
    row = clocked(Residency.objects.select_related("enterprise", "carrier__owner_area")).get(pk=residency.pk)
    return put_standing([row], on, Rules())[0]


def _incubating(row: Any, on: date, field: str) -> Standing:
    """Raises :class:`Refused` at ``field`` unless the stay is in incubation on ``on``, and has not ended since."""
    standing: Standing = row.standing
    ended = row.graduated_on or row.left_on
    if ended is not None:
        raise Refused.at(field, f"已于{date_cn(ended)}{'毕业' if row.graduated_on else '离开'}")
    if standing.state not in IN_INCUBATION:
        raise Refused.at(field, "该企业当日不在孵")
    return standing


def extend(
    *, user: Any, residency: Residency, decided_on: date, until: date, reason: str, document: str = ""
) -> IncubationExtension:
    """The commission lets an enterprise incubate beyond its limit (延期), until ``until``, that day inside."""
    may_recognise(user, residency.carrier.owner_area.path).require()
    not_future(decided_on, "decided_on")
    with transaction.atomic():
        row = _locked(residency, decided_on)
        standing = _incubating(row, decided_on, "decided_on")
        if standing.limit is None:
            raise Refused("没有适用的孵化规则,不能确定期限;请先载入孵化规则")
        if until <= standing.limit.day:
            raise Refused.at("until", f"须晚于现在的期限{date_cn(standing.limit.day)}")
        held("" if reason else "请写明延期理由", "reason")
        made = IncubationExtension(
            residency=row,
            decided_on=decided_on,
            until=until,
            reason=reason,
            document=document,
            decided_by=user,
            is_synthetic=row.is_synthetic,
        )
        save(made)
        before, after = {"until": standing.limit.day}, {"until": until, "decided_on": decided_on, "document": document}
        record(actor=Actor.of(user), action="登记延期", target=made, before=before, after=after, reason=reason)
    return made


def transfer(
    *,
    user: Any,
    residency: Residency,
    carrier: Carrier,
    on: date,
    floor_area: Decimal | None = None,
    reason: str = "",
) -> Residency:
    """An incubatee moves to another carrier of the district (转移): one stay ends, the next begins on the same day, and
    the limit goes on counting where the rule says so. What was extended stays extended. Returns the new stay."""
    may_recognise(user, residency.carrier.owner_area.path).require()
    may_recognise(user, carrier.owner_area.path).require()
    not_future(on, "on")
    held("须转移到另一家载体" if carrier.pk == residency.carrier_id else "", "carrier")
    held(rules.before_opening(on, carrier.opened_on), "on")
    if carrier.closed_on is not None and carrier.closed_on <= on:
        raise Refused.at("carrier", f"该载体已于{date_cn(carrier.closed_on)}关闭")
    with transaction.atomic():
        old = _locked(residency, on)
        standing = _incubating(old, on, "on")
        continues = standing.rule is None or standing.rule.transfer_continues
        old.left_on, old.outcome = on, Residency.Outcome.TRANSFERRED
        save(old)
        new = Residency(
            enterprise=old.enterprise,
            carrier=carrier,
            entered_on=on,
            incubating_from=on,
            clock_from=old.clock_start if continues and old.clock_start < on else None,
            transferred_from=old,
            overlap_reason=old.overlap_reason,
            floor_area=floor_area,
            mentored=old.mentored,
            is_synthetic=old.is_synthetic,
        )
        held(clash_of(new, Scope.of(user).may_write), "on")
        save(new)
        if continues:
            _carry_over(old, new, on)
        actor = Actor.of(user)
        after = {"left_on": on, "outcome": old.outcome}
        record(actor=actor, action="登记转移(转出)", target=old, before={"left_on": None}, after=after, reason=reason)
        after = {"entered_on": on, "clock_from": new.clock_from, "transferred_from": str(old)}
        record(actor=actor, action="登记转移(转入)", target=new, after=after, reason=reason)
    return new


def _carry_over(old: Any, new: Residency, on: date) -> None:
    """The extension in force on the day of a transfer, if any, holds for the new stay too."""
    for made in old.extended:
        if made.decided_on <= on <= made.until:
            row = IncubationExtension(
                residency=new,
                decided_on=made.decided_on,
                until=made.until,
                reason=made.reason,
                document=made.document,
                decided_by=made.decided_by,
                is_synthetic=made.is_synthetic,
            )
            save(row)


def graduate(
    *,
    user: Any,
    residency: Residency,
    graduated_on: date,
    grounds: Sequence[str],
    files: Sequence[UploadedFile],
    number: str = "",
    registered_in_district: str = "",
    destination: str = Residency.Destination.STAYED,
    destination_place: str = "",
    invested_amount: Decimal | None = None,
    revenue_from_year: int | None = None,
    revenue_first: Decimal | None = None,
    revenue_second: Decimal | None = None,
) -> Residency:
    """An incubatee graduates (毕业) on grounds of the rule that holds for it, with their evidence. It may stay on as a
    tenant; one that goes on the same day leaves by the same event. Raises :class:`Refused` by field."""
    may_recognise(user, residency.carrier.owner_area.path).require()
    examined = _examined(files)
    with transaction.atomic():
        row = graduating(
            residency,
            graduated_on=graduated_on,
            grounds=grounds,
            registered_in_district=registered_in_district,
            destination=destination,
            destination_place=destination_place,
            invested_amount=invested_amount,
            revenue_from_year=revenue_from_year,
            revenue_first=revenue_first,
            revenue_second=revenue_second,
        )
        row.graduation_number = number
        if not examined and not _evidence(row).exists():
            raise Refused.at("files", "请上传毕业依据的证明材料")
        save(row)
        for file in examined:
            _keep(row, file, user)
        after = {
            "graduated_on": graduated_on,
            "ground": row.graduation_ground,
            "further_grounds": row.further_grounds,
            "graduation_number": number,
            "destination": row.destination,
            "files": [file.name for file in examined],
        }
        record(actor=Actor.of(user), action="登记毕业", target=row, after=after)
    return row


def graduating(
    residency: Residency,
    *,
    graduated_on: date,
    grounds: Sequence[str],
    registered_in_district: str = "",
    destination: str = "",
    destination_place: str = "",
    invested_amount: Decimal | None = None,
    revenue_from_year: int | None = None,
    revenue_first: Decimal | None = None,
    revenue_second: Decimal | None = None,
) -> Any:
    """The stay, ours until the transaction ends, as it would stand once graduated; nothing is saved. Raises
    :class:`Refused` by field for what the rule, or the register, does not let be."""
    not_future(graduated_on, "graduated_on")
    row = _locked(residency, graduated_on)
    if row.graduated_on is not None:
        raise Refused.at("graduated_on", f"已于{date_cn(row.graduated_on)}登记毕业")
    if row.left_on is not None:
        raise Refused.at("graduated_on", f"已于{date_cn(row.left_on)}离开")
    if row.incubating_from is None:
        raise Refused("毕业须先在孵,并写明毕业依据")
    held("毕业日期不能早于在孵起始" if graduated_on < row.incubating_from else "", "graduated_on")
    row.graduated_on, row.graduation_ground = graduated_on, next(iter(grounds), "")
    row.further_grounds = ",".join(code for code in Ground.values if code in grounds[1:])
    row.invested_amount = invested_amount
    row.revenue_from_year, row.revenue_first, row.revenue_second = revenue_from_year, revenue_first, revenue_second
    row.registered_in_district = registered_in_district
    _went(row, destination or Residency.Destination.STAYED, destination_place)
    _conditions_met(row, row.standing.rule)
    return row


def _went(row: Residency, destination: str, place: str) -> None:
    row.destination, row.destination_place = destination, place
    if destination != Residency.Destination.STAYED:
        row.left_on, row.outcome = row.graduated_on, Residency.Outcome.GRADUATED


def _conditions_met(row: Residency, rule: RuleFile | None) -> None:
    """Raises :class:`Refused`, all fields at once, unless enough grounds of the rule are met."""
    wrong: dict[str, list[str]] = {}
    if sentence := rules.too_few_grounds(rule, len(row.grounds)):
        wrong["grounds"] = [sentence]
    for code in row.grounds:
        says = rule.ground(code) if rule is not None else None
        if rule is not None and says is None:
            wrong.setdefault("grounds", []).append(f"《{rule.name}》没有“{Ground(code).label}”这一项依据")
        for field, sentence in _unmet(row, code, says):
            wrong.setdefault(field, []).append(sentence)
    if wrong:
        raise Refused(errors=wrong)


def _unmet(row: Residency, code: str, says: Any) -> list[tuple[str, str]]:
    """What is missing for one ground: (field, sentence)."""
    if code == Ground.HIGH_TECH:
        held_then = Qualification.objects.valid_on(row.graduated_on).filter(
            enterprise=row.enterprise_id, kind__code="high_tech"
        )
        return [] if held_then.exists() else [("grounds", "库中没有该企业毕业当日有效的高新技术企业资质,请先登记证书")]
    needed = rules.GROUND_FIELDS.get(code, ())
    missing = [(name, "选了这项依据须填写") for name in needed if getattr(row, name) is None]
    if missing or not needed:
        return missing
    if code == Ground.REVENUE and (row.revenue_from_year or 0) + 1 > row.graduated_on.year:  # type: ignore[union-attr]
        return [("revenue_from_year", "第二个年度晚于毕业年度")]
    amount = rules.ground_amount(code, lambda name: getattr(row, name))
    sentence = rules.not_exceeding(says, amount) if says is not None else ""
    return [(needed[-1], sentence)] if sentence else []


def record_whereabouts(*, user: Any, residency: Residency, destination: str, place: str) -> Residency:
    """Where a graduate went (毕业去向), as far as it is known now."""
    may_recognise(user, residency.carrier.owner_area.path).require()
    with transaction.atomic():
        row = Residency.objects.select_for_update().get(pk=residency.pk)
        held("" if row.graduated_on else "毕业企业才登记去向", "destination")
        ends = {"outcome": row.outcome, "graduated_on": row.graduated_on, "left_on": row.left_on}
        if wrong := rules.ended_wrongly(**ends, destination=destination, place=place):
            raise Refused.at(*wrong)
        before = {"destination": row.destination, "destination_place": row.destination_place}
        row.destination, row.destination_place = destination, place
        save(row)
        after = {"destination": destination, "destination_place": place}
        record(actor=Actor.of(user), action="登记毕业去向", target=row, before=before, after=after)
    return row


def follow_up(
    *,
    user: Any,
    residency: Residency,
    year: int,
    destination: str,
    place: str = "",
    staff_count: int | None = None,
    revenue: Decimal | None = None,
    note: str = "",
) -> GraduateFollowUp:
    """Where a graduate was in one year (毕业企业跟踪); one record a year."""
    may_recognise(user, residency.carrier.owner_area.path).require()
    today = timezone.localdate()
    if residency.graduated_on is None:
        raise Refused.at("year", "毕业企业才登记跟踪")
    if not residency.graduated_on.year <= year <= today.year:
        raise Refused.at("year", f"应在毕业当年({residency.graduated_on.year})至今年({today.year})之间")
    row = GraduateFollowUp(
        residency=residency,
        year=year,
        destination=destination,
        place=place,
        staff_count=staff_count,
        revenue=revenue,
        note=note,
        recorded_on=today,
        recorded_by=user,
        is_synthetic=residency.is_synthetic,
    )
    with transaction.atomic():
        save(row)
        after = {"year": year, "destination": destination, "place": place, "staff_count": staff_count}
        record(actor=Actor.of(user), action="登记毕业企业跟踪", target=row, after=after)
    return row


# --- evidence --------------------------------------------------------------------------------------------------------
def _evidence(row: Residency) -> Any:
    return files_of(ATTACHED_TO, row.pk)


def evidence_of(keys: Sequence[int]) -> dict[int, list[Attachment]]:
    """The files kept with each of some stays, oldest first. One query."""
    found: dict[int, list[Attachment]] = {}
    for file in Attachment.objects.filter(owner_label=ATTACHED_TO, owner_id__in=[str(key) for key in keys]):
        found.setdefault(int(file.owner_id), []).append(file)
    return found


def _examined(files: Sequence[UploadedFile]) -> list[Examined]:
    examined = []
    for file in files:
        try:
            examined.append(examine(file))
        except Refused as refused:
            raise Refused(errors={"files": refused.errors["file"]}) from refused
    return examined


def _keep(row: Residency, file: Examined, user: Any) -> None:
    try:
        keep(file, owner_label=ATTACHED_TO, owner_id=str(row.pk), by=str(user), what="一条入驻记录")
    except Refused as refused:
        raise Refused(errors={"files": refused.errors["file"]}) from refused


def attach(*, user: Any, residency: Residency, files: Sequence[UploadedFile]) -> int:
    """More evidence for a stay. Raises :class:`Refused` at ``files``; then none is kept."""
    may_recognise(user, residency.carrier.owner_area.path).require()
    held("" if files else "请选择文件", "files")
    examined = _examined(files)
    with transaction.atomic():
        row = Residency.objects.select_for_update().get(pk=residency.pk)
        for file in examined:
            _keep(row, file, user)
        after = {"files": [file.name for file in examined]}
        record(actor=Actor.of(user), action="上传入驻证明材料", target=row, after=after)
    return len(examined)


def detach(*, user: Any, residency: Residency, attachment_id: Any) -> None:
    """Remove a file; a graduation keeps at least one."""
    may_recognise(user, residency.carrier.owner_area.path).require()
    with transaction.atomic():
        row = Residency.objects.select_for_update().get(pk=residency.pk)
        held_files = [*_evidence(row)]
        gone = next((file for file in held_files if file.pk == attachment_id), None)
        if gone is None:
            raise Refused.at("files", "附件已不存在")
        if row.graduated_on is not None and len(held_files) == 1:
            raise Refused.at("files", "毕业须有证明材料;请先上传新的,再删除这一份")
        before = {"files": [gone.name]}
        record(actor=Actor.of(user), action="删除入驻证明材料", target=row, before=before)
        remove(gone)
