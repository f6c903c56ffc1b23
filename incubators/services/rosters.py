"""Making, confirming and correcting rosters. What was confirmed is never written to again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import bulk
from core.dates import date_cn
from core.models import Attachment
from core.permits import Permit, Refused
from core.saving import not_future, save
from core.trail import Actor, record, record_many
from incubators.models import Area, Enterprise, Qualification, QualificationKind, Roster, RosterEntry
from incubators.register.rules import HARD_TECH
from incubators.rosters import content
from incubators.rosters.comparing import against_register
from incubators.rosters.permits import may_change, may_confirm, may_correct, may_make
from incubators.services.evidence import SCANS, examine, files_of, keep, remove

ATTACHED_TO = "incubators.roster"
_BASIS_LENGTH = 200
_MOST_NAMED = 20  # wrong lines that are named; the rest is counted


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enterprise proposed for a list, with the words it rests on; ``place`` says where it was typed (第3行)."""

    uscc: str
    basis: str
    place: str = ""


def make(*, user: Any, kind: str, area: Area, year: int, as_of: date, title: str = "") -> Roster:
    """A draft roster with the lines that the register gives as of ``as_of``. Raises :class:`Refused` by field."""
    may_make(user, area).require()
    not_future(as_of, "as_of", "截止日")
    if as_of.year != year:
        raise Refused.at("as_of", f"截止日应在{year}年内,通常为{year}年12月31日")
    taken = Roster.objects.filter(kind=kind, area=area, year=year).order_by("-revision").first()
    if taken is not None:
        word = "草稿" if taken.is_draft else "已确认的名册;如有错误请在其页面上更正"
        raise Refused.at("year", f"{area.name}{year}年的{taken.get_kind_display()}已有{word}")
    row = Roster(
        kind=kind,
        area=area,
        year=year,
        as_of=as_of,
        title=title or f"{area.name}{year}年{Roster.Kind(kind).label}",
        made_by=user,
        made_at=timezone.now(),
    )
    return _start(row, user, "编制名册")


def correct(*, user: Any, roster: Roster, reason: str) -> Roster:
    """A further revision of a confirmed roster, as a draft with ``reason``: the lines that the register gives now for
    the same day, or for a list confirmed one by one those of the revision before."""
    if not reason.strip():
        raise Refused.at("reason", "请写明更正原因")
    with transaction.atomic():
        old = _locked(roster, user, may_correct)
        row = Roster(
            kind=old.kind,
            area=old.area,
            year=old.year,
            as_of=old.as_of,
            title=old.title,
            revision=old.revision + 1,
            corrects=old,
            reason=reason.strip(),
            made_by=user,
            made_at=timezone.now(),
        )
        bases = dict(old.entries.values_list("enterprise_id", "basis"))
        return _start(row, user, "更正名册", bases if old.kind == Roster.Kind.HARD_TECH else None)


def _start(row: Roster, user: Any, action: str, bases: dict[int, str] | None = None) -> Roster:
    lines = content.drawn(row, bases)
    row.is_synthetic = any(line["is_synthetic"] for line in lines)
    with transaction.atomic():
        save(row)
        _write(row, lines)
        after = {"as_of": row.as_of, "entries": len(lines)}
        record(actor=Actor.of(user), action=action, target=row, after=after, reason=row.reason)
    return row


def redraw(*, user: Any, roster: Roster) -> Roster:
    """Draw the lines of a draft anew, so that it agrees with the register; words of a list confirmed one by one stay."""
    with transaction.atomic():
        row = _locked(roster, user, may_change)
        bases = dict(row.entries.values_list("enterprise_id", "basis"))
        chosen = bases if row.kind == Roster.Kind.HARD_TECH else None
        return _rewritten(row, user, content.drawn(row, chosen), "按登记簿更新名册草稿")


def add_candidates(*, user: Any, roster: Roster, candidates: Sequence[Candidate]) -> int:
    """Propose enterprises for a draft that is confirmed one by one (硬科技), each with its basis. All or none.

    Raises :class:`Refused` at ``lines`` with a sentence for each line that is wrong. Returns how many were added.
    """
    with transaction.atomic():
        row = _locked(roster, user, may_change)
        _one_by_one(row)
        if not candidates:
            raise Refused.at("lines", "请至少提出一家企业")
        bases = dict(row.entries.values_list("enterprise_id", "basis"))
        found = Enterprise.objects.visible_to(user).filter(uscc__in={each.uscc for each in candidates})
        known = {each.uscc: each for each in found.select_related("area")}
        wrong: list[str] = []
        for each in candidates:
            enterprise = known.get(each.uscc)
            if sentence := _unfit(each, enterprise, row, bases):
                wrong.append(f"{each.place}{each.uscc}:{sentence}")
            elif enterprise is not None:
                bases[enterprise.pk] = each.basis
        if wrong:
            more = [f"另有 {len(wrong) - _MOST_NAMED} 行有误"] if len(wrong) > _MOST_NAMED else []
            raise Refused(errors={"lines": wrong[:_MOST_NAMED] + more})
        _rewritten(row, user, content.drawn(row, bases), "提出硬科技企业", added=[each.uscc for each in candidates])
    return len(candidates)


def _unfit(each: Candidate, enterprise: Enterprise | None, row: Roster, bases: dict[int, str]) -> str:
    if enterprise is None:
        return "库中没有这个代码的企业,或不在您的权限范围内"
    if not enterprise.area.path.startswith(row.area.path):
        return f"“{enterprise.name}”登记在{enterprise.area.name},不在{row.area.name}"
    if enterprise.pk in bases:
        return f"“{enterprise.name}”已在名单中"
    if not each.basis:
        return f"“{enterprise.name}”没有写确认依据"
    if len(each.basis) > _BASIS_LENGTH:
        return f"“{enterprise.name}”的确认依据超过{_BASIS_LENGTH}字"
    return ""


def remove_candidate(*, user: Any, roster: Roster, number: int) -> str:
    """Take a line off a draft that is confirmed one by one. Returns the enterprise's name."""
    with transaction.atomic():
        row = _locked(roster, user, may_change)
        _one_by_one(row)
        gone = row.entries.filter(number=number).first()
        if gone is None:
            raise Refused("这一行已不在名单中,请刷新页面")
        bases = dict(row.entries.exclude(pk=gone.pk).values_list("enterprise_id", "basis"))
        _rewritten(row, user, content.drawn(row, bases), "移出硬科技企业", removed=[gone.uscc])
    return str(gone.name)


def _one_by_one(row: Roster) -> None:
    if row.kind != Roster.Kind.HARD_TECH:
        raise Refused("这份名册由登记簿生成,不能逐家增减;请先更正登记簿,再更新草稿")


def _rewritten(row: Roster, user: Any, lines: list[content.Line], action: str, **what: list[str]) -> Roster:
    before = {"entries": row.entries.count()}
    _write(row, lines)
    row.made_by, row.made_at = user, timezone.now()
    row.is_synthetic = any(line["is_synthetic"] for line in lines)
    row.save(update_fields=["made_by", "made_at", "is_synthetic"])
    record(actor=Actor.of(user), action=action, target=row, before=before, after={"entries": len(lines), **what})
    return row


def discard(*, user: Any, roster: Roster) -> None:
    """Throw a draft away, its files included."""
    with transaction.atomic():
        row = _locked(roster, user, may_change)
        record(actor=Actor.of(user), action="放弃名册草稿", target=row, before={"entries": row.entries.count()})
        for file in scans_of(row):
            remove(file)
        row.entries.all().delete()
        row.delete()


# --- Confirming -------------------------------------------------------------------------------------------------------
def confirm(
    *,
    user: Any,
    roster: Roster,
    document: str,
    confirmed_on: date,
    seen: str,
    differences_accepted: bool = False,
    ended: Iterable[int] = (),
) -> Roster:
    """Freeze a draft under its document. ``seen`` is the digest of the draft that the person looked at.

    For 硬科技, in the same transaction, those on the list without a valid qualification receive one from that day, and
    the qualification of enterprises in ``ended`` (keys; holders that are not on the list) ends with it.
    Raises :class:`Refused` by field, e.g. when the draft changed meanwhile or the register says something else.
    """
    _check_document(roster, document, confirmed_on)
    with transaction.atomic():
        row = _locked(roster, user, may_confirm)
        if content.digest_now(row) != seen:
            raise Refused("您打开页面之后草稿有了变化,没有确认;请重新核对")
        if not row.entries.exists():
            raise Refused("名册没有任何企业,不能确认")
        if not differences_accepted and (differing := against_register(row).count):
            raise Refused.at("differences_accepted", f"草稿与登记簿有 {differing} 处不同;请先更新草稿,或核对后勾选此项")
        row.state, row.document = Roster.State.CONFIRMED, document.strip()
        row.confirmed_by, row.confirmed_on = user, confirmed_on
        row.digest = content.digest_now(row)
        row.save(update_fields=["state", "document", "confirmed_by", "confirmed_on", "digest"])
        qualified: list[Qualification] = []
        closed: list[tuple[Qualification, date | None]] = []
        if row.kind == Roster.Kind.HARD_TECH:
            # Ends first: whoever is on the list is not among them.
            closed = _end(row, set(ended))
            qualified = _qualify(row)
        _record_confirmed(row, user, qualified, closed)
    return row


def _check_document(roster: Roster, document: str, confirmed_on: date) -> None:
    if not document.strip():
        raise Refused.at("document", "请填文号")
    if confirmed_on < roster.as_of:
        raise Refused.at("confirmed_on", f"确认日期不能早于截止日{date_cn(roster.as_of)}")
    before = roster.corrects
    if before is not None and before.confirmed_on is not None and confirmed_on < before.confirmed_on:
        raise Refused.at("confirmed_on", f"确认日期不能早于所更正的一版的确认日期{date_cn(before.confirmed_on)}")
    not_future(confirmed_on, "confirmed_on", "确认日期")


def unlisted(roster: Roster, day: date) -> list[Qualification]:
    """硬科技 qualifications held on the day that the list speaks of (:func:`content.held_on`) and still on ``day``, whose
    enterprise is not on the list, by enterprise. Those that began later are a later list's matter."""
    listed = roster.entries.values("enterprise")
    rows = content.held_on(roster).valid_on(day).exclude(enterprise__in=listed)
    return [*rows.select_related("enterprise").order_by("enterprise__name", "pk")]


def _end(row: Roster, ended: set[int]) -> list[tuple[Qualification, date | None]]:
    """Let these qualifications end with the day of the document. Returns each with the end that it had before."""
    assert row.confirmed_on is not None  # noqa: S101 - set just before
    keys = [each.pk for each in unlisted(row, row.confirmed_on) if each.enterprise_id in ended]
    rows = [
        *Qualification.objects.select_for_update(of=("self",)).filter(pk__in=keys).select_related("enterprise", "kind")
    ]
    if {each.enterprise_id for each in rows} != ended:
        raise Refused.at("ended", "所选企业中有的已不持有有效资质,请重新核对")
    before = [each.valid_to for each in rows]
    for each in rows:
        each.valid_to = row.confirmed_on
    Qualification.objects.bulk_update(rows, ["valid_to"], batch_size=500)
    return [*zip(rows, before, strict=True)]


def _qualify(row: Roster) -> list[Qualification]:
    assert row.confirmed_on is not None  # noqa: S101 - set just before
    kind = QualificationKind.objects.filter(code=HARD_TECH).first()
    if kind is None:
        raise Refused("资质种类中没有“硬科技”(hard_tech),请先载入规划")
    holding = Qualification.objects.valid_on(row.confirmed_on).filter(kind=kind).values("enterprise")
    fresh = row.entries.exclude(enterprise__in=holding).select_related("enterprise").order_by("number")
    made = [
        Qualification(
            enterprise=line.enterprise,
            kind=kind,
            valid_from=row.confirmed_on,
            basis=f"{row.document}《{row.title}》第{line.number}号:{line.basis}",
            is_synthetic=line.is_synthetic,
        )
        for line in fresh
    ]
    if long := [each for each in made if len(each.basis) > _BASIS_LENGTH]:
        named = "、".join(f"“{each.enterprise.name}”({len(each.basis)}字)" for each in long[:_MOST_NAMED])
        raise Refused.at(
            "document",
            f"资质的依据由文号、标题、序号和确认依据合成,最多{_BASIS_LENGTH}字,下列{len(long)}家超过:{named};"
            "请缩短文号,或移出后用较短的确认依据重新提出",
        )
    return Qualification.objects.bulk_create(made, batch_size=500)


def _record_confirmed(
    row: Roster, user: Any, qualified: Sequence[Qualification], closed: Sequence[tuple[Qualification, date | None]]
) -> None:
    """The lines of the trail, last of all: from the first on, everybody else who writes waits."""
    actor = Actor.of(user)
    after = {
        "document": row.document,
        "confirmed_on": row.confirmed_on,
        "entries": row.entries.count(),
        "digest": row.digest,
    }
    record(
        actor=actor, action="确认名册", target=row, before={"state": Roster.State.DRAFT}, after=after, reason=row.reason
    )
    reason = f"{row.document}《{row.title}》"
    granted = [
        (each.pk, str(each), {}, {"kind": HARD_TECH, "valid_from": each.valid_from, "basis": each.basis})
        for each in qualified
    ]
    record_many(actor=actor, action="随名单登记资质", model=Qualification, rows=granted, reason=reason)
    over = [(each.pk, str(each), {"valid_to": was}, {"valid_to": each.valid_to}) for each, was in closed]
    record_many(actor=actor, action="随名单终止资质", model=Qualification, rows=over, reason=reason)


# --- Files ------------------------------------------------------------------------------------------------------------
def scans_of(roster: Roster) -> QuerySet[Attachment]:
    """The scans of the stamped list, oldest first."""
    return files_of(ATTACHED_TO, roster.pk)


def attach_scan(*, user: Any, roster: Roster, upload: UploadedFile | None) -> Attachment:
    """Keep a scan of the stamped list with the roster, frozen or not. Raises :class:`Refused` at ``file``."""
    may_make(user, roster.area).require()
    if upload is None:
        raise Refused.at("file", "请选择盖章名册的扫描件")
    file = examine(upload, only=SCANS)
    with transaction.atomic():
        kept = keep(file, owner_label=ATTACHED_TO, owner_id=str(roster.pk), by=str(user), what="一份名册")
        after = {"name": file.name, "sha256": file.sha256}
        record(actor=Actor.of(user), action="上传名册扫描件", target=roster, after=after)
    return kept


# --- Shared -----------------------------------------------------------------------------------------------------------
def _locked(roster: Roster, user: Any, permit: Callable[[Any, Roster], Permit]) -> Roster:
    """The roster as it is now, ours until the transaction ends, if the person may."""
    row = Roster.objects.select_for_update(of=("self",)).select_related("area").get(pk=roster.pk)
    permit(user, row).require()
    return row


def _write(row: Roster, lines: list[content.Line]) -> None:
    """Replace the lines of a draft."""
    row.entries.all().delete()
    names = ("roster_id", *content.LINE)
    bulk.insert(RosterEntry, names, ([row.pk, *(line[name] for name in content.LINE)] for line in lines))
