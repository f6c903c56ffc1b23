"""From the proposal to the payment: amounts under their limits, steps by different people, and what the log keeps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.models import Change
from core.permits import NotPermitted, Refused
from subsidies.models import Award, AwardShare
from subsidies.permits import may_advance, may_grant
from subsidies.services import advance, grant, send_back
from tests.subsidies.factories import award, run

CEILING, MATCH = "JS-S05", "JS-S02"


def share_of(district: Any, rule: str) -> AwardShare:
    return award(district.carrier, rule).shares.get()


@pytest.mark.parametrize("amount", ["0", "599999.99", "600000"])
def test_up_to_the_ceiling_is_granted(district: Any, amount: str) -> None:
    grant(user=district.staff, share=share_of(district, CEILING), amount=Decimal(amount))
    assert share_of(district, CEILING).granted == Decimal(amount)


@pytest.mark.parametrize(
    ("rule", "amount", "words"), [(CEILING, "600000.01", "上限"), (MATCH, "800000.01", "测算金额")]
)
def test_more_than_the_limit_is_refused_with_the_limit(district: Any, rule: str, amount: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        grant(user=district.staff, share=share_of(district, rule), amount=Decimal(amount))
    assert words in refused.value.errors["amount"][0]
    assert "万元" in refused.value.errors["amount"][0]
    assert share_of(district, rule).granted is None


@pytest.mark.parametrize(("rule", "amount"), [(CEILING, "600000.01"), (MATCH, "800000.01"), (CEILING, "-1")])
def test_the_database_holds_the_limit_too(district: Any, rule: str, amount: str) -> None:
    share = share_of(district, rule)
    with pytest.raises(IntegrityError), transaction.atomic():
        AwardShare.objects.filter(pk=share.pk).update(granted=Decimal(amount))


def test_the_database_refuses_to_move_what_is_not_payable(district: Any) -> None:
    undecided = award(district.carrier, "JS-S09")
    with pytest.raises(IntegrityError), transaction.atomic():
        Award.objects.filter(pk=undecided.pk).update(state=Award.State.REVIEWED)


def test_the_whole_way_with_two_people(district: Any) -> None:
    row = award(district.carrier, CEILING)
    grant(user=district.staff, share=row.shares.get(), amount=Decimal(550_000))
    for user in (district.staff, district.staff, district.second, district.staff):
        row = advance(user=user, award=row, comment="按会议意见")
    assert row.state == Award.State.PAID
    steps = [(event.from_state, event.to_state, event.actor) for event in row.events.all()]
    assert steps == [
        ("proposed", "reviewed", district.staff),
        ("reviewed", "publicised", district.staff),
        ("publicised", "approved", district.second),
        ("approved", "paid", district.staff),
    ]
    assert Change.objects.filter(record_label="subsidies.award", record_id=str(row.pk)).count() == 5
    assert not may_advance(district.second, row)


def test_an_amount_shown_to_the_public_is_fixed_until_sent_back(district: Any) -> None:
    row = award(district.carrier, CEILING)
    grant(user=district.staff, share=row.shares.get(), amount=Decimal(550_000))
    for _ in range(2):
        row = advance(user=district.staff, award=row)
    assert row.state == Award.State.PUBLICISED
    with pytest.raises(NotPermitted, match="公示中的金额不再改动"):
        grant(user=district.staff, share=row.shares.get(), amount=Decimal(500_000))
    assert share_of(district, CEILING).granted == 550_000
    row = send_back(user=district.staff, award=row, comment="金额有误")
    assert grant(user=district.staff, share=row.shares.get(), amount=Decimal(500_000)).granted == 500_000


def test_who_reviewed_cannot_approve(district: Any) -> None:
    row = award(district.carrier, CEILING)
    grant(user=district.staff, share=row.shares.get(), amount=Decimal(550_000))
    row = advance(user=district.staff, award=row)
    row = advance(user=district.second, award=row)
    with pytest.raises(NotPermitted) as denied:
        advance(user=district.staff, award=row)
    assert "另一人" in str(denied.value)
    assert award(district.carrier, CEILING).state == Award.State.PUBLICISED


def test_nothing_is_publicised_without_its_amount(district: Any) -> None:
    row = advance(user=district.staff, award=award(district.carrier, CEILING))
    with pytest.raises(Refused) as refused:
        advance(user=district.second, award=row)
    assert "核定" in str(refused.value)


def test_an_approved_amount_does_not_change(district: Any) -> None:
    row = award(district.carrier, CEILING)
    grant(user=district.staff, share=row.shares.get(), amount=Decimal(550_000))
    for user in (district.staff, district.staff, district.second):
        row = advance(user=user, award=row)
    with pytest.raises(NotPermitted):
        grant(user=district.staff, share=row.shares.get(), amount=Decimal(1))
    with pytest.raises(NotPermitted):
        send_back(user=district.staff, award=row, comment="有异议")
    assert share_of(district, CEILING).granted == Decimal(550_000)


def test_sent_back_it_is_a_proposal_again_and_may_be_computed_again(district: Any) -> None:
    row = award(district.carrier, CEILING)
    grant(user=district.staff, share=row.shares.get(), amount=Decimal(550_000))
    row = advance(user=district.staff, award=row)
    with pytest.raises(Refused):
        send_back(user=district.second, award=row, comment=" ")
    row = send_back(user=district.second, award=row, comment="公示有异议")
    assert (row.state, row.shares.get().granted) == ("proposed", None)
    assert row.events.last().comment == "公示有异议"
    assert run().counts["settled_differs"] == 0


def test_who_reviewed_before_it_was_sent_back_may_approve_the_second_time(district: Any) -> None:
    """What counts is the review in force, not one that was taken back."""
    row = award(district.carrier, CEILING)
    row = advance(user=district.staff, award=row)
    row = send_back(user=district.second, award=row, comment="重看")
    grant(user=district.second, share=row.shares.get(), amount=Decimal(100_000))
    row = advance(user=district.second, award=row)
    row = advance(user=district.second, award=row)
    assert not may_advance(district.second, row)
    assert may_advance(district.staff, row)


@pytest.mark.parametrize("who", ["stranger", "operator", "leader", "other_operator"])
def test_others_neither_grant_nor_move(district: Any, who: str) -> None:
    row, user = award(district.carrier, CEILING), getattr(district, who)
    assert not may_grant(user, row)
    with pytest.raises(NotPermitted):
        grant(user=user, share=row.shares.get(), amount=Decimal(1))
    with pytest.raises(NotPermitted):
        advance(user=user, award=row)


@pytest.mark.parametrize("rule", ["JS-S09", "JS-S04"])
def test_what_is_not_payable_cannot_be_moved(district: Any, rule: str) -> None:
    with pytest.raises(NotPermitted) as denied:
        advance(user=district.staff, award=award(district.carrier, rule))
    assert "应予" in str(denied.value)
