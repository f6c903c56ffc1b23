"""An operator asks that a graduation be recorded (毕业申请); staff agree, which records it, or return it with a reason.

What is asked is held against the same rule as what is recorded (:func:`incubators.register.incubation.graduating`), when it
is asked and again when it is agreed to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.models import Attachment
from core.permits import NotPermitted, Refused
from core.saving import held, is_key, save
from core.trail import Actor, plain, record
from incubators.models import Carrier, GraduationRequest, Residency
from incubators.register import incubation
from incubators.register.permits import may_ask_graduation, may_recognise
from incubators.scope import Scope
from incubators.services.evidence import Examined, examine, files_of, keep

ATTACHED_TO = "incubators.graduationrequest"
LONGEST_REASON = 300
AMOUNTS = ("invested_amount", "revenue_first", "revenue_second")
State = GraduationRequest.State


def ask(
    *,
    user: Any,
    residency: Residency,
    graduated_on: date,
    grounds: Sequence[str],
    files: Sequence[UploadedFile],
    **particulars: Any,
) -> GraduationRequest:
    """Ask for a graduation, with its evidence. ``particulars``: as of :func:`incubation.graduate`, without the number, which
    staff give. Raises :class:`Refused` by field."""
    may_ask_graduation(user, residency.carrier).require()
    examined = _examined(files)
    with transaction.atomic():
        stay = incubation.graduating(residency, graduated_on=graduated_on, grounds=grounds, **particulars)
        if GraduationRequest.objects.waiting().filter(residency=stay.pk).exists():
            raise Refused("该企业已申请毕业,正等待审核")
        held("" if examined else "请上传毕业依据的证明材料", "files")
        row = GraduationRequest(
            residency=residency,
            graduated_on=graduated_on,
            grounds=[*grounds],
            particulars={name: plain(value) for name, value in particulars.items() if value not in (None, "")},
            asked_by=user,
            is_synthetic=residency.is_synthetic,
        )
        save(row)
        for file in examined:
            keep(file, owner_label=ATTACHED_TO, owner_id=str(row.pk), by=str(user), what="一份毕业申请")
        after = {"graduated_on": graduated_on, "grounds": row.ground_words, "files": [file.name for file in examined]}
        record(actor=Actor.of(user), action="申请毕业", target=row, after=plain(after))
    return row


def _examined(files: Sequence[UploadedFile]) -> list[Examined]:
    try:
        return [examine(file) for file in files]
    except Refused as refused:
        raise Refused(errors={"files": refused.errors["file"]}) from refused


def grant(*, user: Any, request: GraduationRequest, number: str = "") -> Residency:
    """Agree: the graduation is recorded as it was asked, with its evidence and its number. Raises :class:`Refused` where
    the rule or the register no longer let it be, :class:`NotPermitted` for who asked."""
    may_recognise(user, request.residency.carrier.owner_area.path).require()
    with transaction.atomic():
        row = _waiting(request)
        if row.asked_by_id == user.pk:
            raise NotPermitted("申请人不能同意自己的申请")
        files = [SimpleUploadedFile(file.name, _content(file)) for file in evidence_of(row)]
        stay = incubation.graduate(
            user=user,
            residency=request.residency,
            graduated_on=row.graduated_on,
            grounds=row.grounds,
            files=files,
            number=number.strip(),
            **typed(row.particulars),
        )
        _answer(user, row, State.GRANTED, "同意毕业申请")
    return stay


def give_back(*, user: Any, request: GraduationRequest, reason: str) -> GraduationRequest:
    """Return it with the reason, which its operator reads; it may be asked again."""
    may_recognise(user, request.residency.carrier.owner_area.path).require()
    words = reason.strip()
    held("" if words else "请写明退回原因", "reason")
    held(f"最多{LONGEST_REASON}字" if len(words) > LONGEST_REASON else "", "reason")
    with transaction.atomic():
        row = _waiting(request)
        row.answer = words
        _answer(user, row, State.RETURNED, "退回毕业申请", words)
    return row


def withdraw(*, user: Any, request: GraduationRequest) -> GraduationRequest:
    """The operator takes back what still waits."""
    may_ask_graduation(user, request.residency.carrier).require()
    with transaction.atomic():
        row = _waiting(request)
        _answer(user, row, State.WITHDRAWN, "撤回毕业申请")
    return row


def _waiting(request: GraduationRequest) -> GraduationRequest:
    """The request, ours until the transaction ends. Raises :class:`Refused` when it does not wait any more."""
    row = GraduationRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if row.state != State.WAITING:
        raise Refused(f"这份毕业申请{row.get_state_display()},不用再处理")
    return row


def _answer(user: Any, row: GraduationRequest, state: str, action: str, words: str = "") -> None:
    before, row.state = row.state, state
    row.answered_at, row.answered_by = timezone.now(), user
    save(row)
    told = {"before": {"state": before}, "after": {"state": str(state)}}
    record(actor=Actor.of(user), action=action, target=row, **told, reason=words)


def _content(file: Attachment) -> bytes:
    with file.file.open("rb") as opened:
        content: bytes = opened.read()
    return content


def typed(particulars: Mapping[str, Any]) -> dict[str, Any]:
    """What a request keeps, as the event takes it: amounts are exact again."""
    return {name: Decimal(value) if name in AMOUNTS else value for name, value in particulars.items()}


def evidence_of(request: GraduationRequest) -> QuerySet[Attachment]:
    """The files that came with a request, oldest first."""
    return files_of(ATTACHED_TO, request.pk)


def last_of(residency: Residency) -> GraduationRequest | None:
    """The last request for a stay, however it was answered. One query."""
    return residency.graduation_requests.select_related("asked_by", "answered_by").order_by("-pk").first()


def waiting_for(user: Any) -> list[GraduationRequest]:
    """Requests that this person is to answer, the oldest first. One query; none for who records no graduations."""
    scope = Scope.of(user)
    if not scope.write_paths:
        return []
    rows = GraduationRequest.objects.to_answer().filter(scope.writes("residency__carrier__owner_area__"))
    return [*rows.select_related("residency__enterprise", "residency__carrier").order_by("asked_at", "pk")]


def asked_before(carrier: Carrier, residency_key: str) -> dict[str, Any]:
    """What the last request of a stay that was returned or withdrawn said, as its form begins with it again; empty where
    there is none."""
    if not is_key(residency_key):
        return {}
    row = (
        GraduationRequest.objects.filter(residency__carrier=carrier, residency=residency_key)
        .exclude(state=State.GRANTED)
        .order_by("-pk")
        .first()
    )
    if row is None:
        return {}
    return {"graduated_on": row.graduated_on, "grounds": row.grounds, **typed(row.particulars)}


__all__ = [
    "ATTACHED_TO",
    "ask",
    "asked_before",
    "evidence_of",
    "give_back",
    "grant",
    "last_of",
    "waiting_for",
    "withdraw",
]
