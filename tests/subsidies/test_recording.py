"""Recording what the city approved."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.models import Change
from core.permits import NotPermitted, Refused
from subsidies.models import PayerGrant
from subsidies.recording import record_payer_grant
from tests.subsidies.factories import award, run

SOUND: dict[str, Any] = {
    "kind": "grade_grant",
    "year": 2025,
    "approved": Decimal(520_000),
    "approved_on": date(2026, 7, 15),
    "document": "测试批复",
}


def test_a_record_is_kept_with_who_recorded_it_and_reaches_the_award(district: Any) -> None:
    row = record_payer_grant(user=district.staff, carrier=district.carrier, **SOUND)
    assert (row.recorded_by, row.approved) == (district.staff, Decimal(520_000))
    assert Change.objects.filter(action="登记市级资助", record_id=str(row.pk)).exists()
    run()
    assert award(district.carrier, "JS-S09").dossier["facts"]["grants"][0]["id"] == row.pk


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"approved": Decimal(0)}, "approved"),
        ({"approved_on": date(2999, 1, 1)}, "approved_on"),
        ({"document": "  "}, "document"),
        ({"received": Decimal(1)}, "received_on"),
        ({"received_on": date(2026, 8, 1)}, "received"),
        ({"received": Decimal(1), "received_on": date(2026, 7, 14)}, "received_on"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(district: Any, wrong: dict[str, Any], field: str) -> None:
    before = PayerGrant.objects.count()
    with pytest.raises(Refused) as refused:
        record_payer_grant(user=district.staff, carrier=district.carrier, **(SOUND | wrong))
    assert set(refused.value.errors) == {field}
    assert PayerGrant.objects.count() == before


def test_the_same_document_is_recorded_once(district: Any) -> None:
    record_payer_grant(user=district.staff, carrier=district.carrier, **SOUND)
    with pytest.raises(Refused) as refused:
        record_payer_grant(user=district.staff, carrier=district.carrier, **SOUND)
    assert "已登记" in str(refused.value)


@pytest.mark.parametrize("who", ["stranger", "operator", "leader"])
def test_only_the_districts_staff_record(district: Any, who: str) -> None:
    with pytest.raises(NotPermitted):
        record_payer_grant(user=getattr(district, who), carrier=district.carrier, **SOUND)
