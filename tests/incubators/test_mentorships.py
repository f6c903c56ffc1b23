"""Whom a mentor guides: from a sheet, on the carrier's page, and in the share of guided incubatees on any day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from incubators.access import Role
from incubators.indicators import figures
from incubators.models import Mentorship
from tests.incubators.exchange_cases import Office
from tests.incubators.factories import (
    CarrierFactory,
    EnterpriseFactory,
    MentorFactory,
    ResidencyFactory,
    make_user,
    uscc,
)
from tests.support.workbooks import xlsx

pytestmark = pytest.mark.django_db
D = date.fromisoformat
HEADS = ["导师", "统一社会信用代码", "起始日期", "终止日期"]


@pytest.fixture
def office() -> Office:
    """A carrier with one mentor since 2024 and two tenants since 2023, and a neighbour with a mentor of that name."""
    made = Office()
    MentorFactory(carrier=made.carrier, name="张三", engaged_on=D("2024-01-01"))
    for number in (1, 2):
        tenant = EnterpriseFactory(uscc=uscc(number), name=f"企业{number}", area=made.town)
        ResidencyFactory(
            carrier=made.carrier,
            enterprise=tenant,
            entered_on=D("2023-03-01"),
            incubating_from=D("2023-03-01"),
            mentored=False,
        )
    neighbour = CarrierFactory(code="EX02", area=made.town, owner_area=made.area)
    MentorFactory(carrier=neighbour, name="李四", engaged_on=D("2024-01-01"))
    return made


def share(day: str) -> Any:
    (figure,) = figures.compute("mentored_ratio", on=D(day))
    return figure.value


def test_a_sheet_pairs_mentors_with_tenants_and_says_what_cannot_be(office: Office) -> None:
    EnterpriseFactory(uscc=uscc(9), name="外面的企业", area=office.town)
    rows = [
        ["张三", uscc(1), D("2024-02-01"), ""],
        ["EX01/张三", uscc(2), D("2023-12-31"), ""],
        ["李四", uscc(2), D("2024-02-01"), ""],
        ["张三", uscc(9), D("2024-02-01"), ""],
        ["王五", uscc(1), D("2024-02-01"), ""],
        ["张三", uscc(2), D("2024-02-01"), D("2024-01-31")],
    ]
    preview = office.upload("mentorships", xlsx([HEADS, *rows]))
    assert preview.counts == (1, 0, 0, 5)
    assert preview.sentences == [
        "早于导师的聘任日期2024-01-01",
        "该企业当日不在导师所在的载体入驻",
        "该企业当日不在导师所在的载体入驻",
        "您管辖的载体没有登记导师“王五”",
        "终止日期不能早于起始日期",
    ]
    office.confirm(preview, only_right="1")
    pair = Mentorship.objects.get()
    assert (pair.mentor.name, pair.enterprise.uscc) == ("张三", uscc(1))


def test_two_mentors_of_a_name_are_told_apart_by_their_carrier(office: Office) -> None:
    MentorFactory(carrier=CarrierFactory(code="EX03", area=office.town, owner_area=office.area), name="张三")
    rows = [["张三", uscc(1), D("2024-02-01"), ""], ["EX01/张三", uscc(2), D("2024-02-01"), ""]]
    preview = office.upload("mentorships", xlsx([HEADS, *rows]))
    assert preview.sentences == ["有2位导师叫“张三”,请写成 载体编号/姓名"]
    assert preview.counts == (1, 0, 0, 1)


def test_two_mentors_of_a_name_in_one_carrier_are_told_apart_by_their_first_day(office: Office) -> None:
    """And what was exported of them changes nothing when it comes back."""
    later = MentorFactory(carrier=office.carrier, name="张三", engaged_on=D("2024-03-01"))
    rows = [["EX01/张三", uscc(1), D("2024-04-01"), ""], ["EX01/张三/2024-03-01", uscc(2), D("2024-04-01"), ""]]
    preview = office.upload("mentorships", xlsx([HEADS, *rows]))
    assert preview.sentences == ["有2位导师叫“EX01/张三”,请写成 载体编号/姓名/聘任日期"]
    office.confirm(preview, only_right="1")
    assert Mentorship.objects.get().mentor == later
    twin = MentorFactory(carrier=office.carrier, name="张三", engaged_on=D("2024-03-01"))
    Mentorship.objects.create(
        mentor=twin, enterprise=office.carrier.residencies.first().enterprise, started_on=D("2024-05-01")
    )
    back = office.upload("mentorships", office.download("exchange_export", "mentorships"))
    assert back.counts == (0, 0, 2, 0)


def test_the_share_of_guided_incubatees_knows_time(office: Office) -> None:
    """Two incubatees; one is guided from February to the end of May, the other is declared so from the beginning."""
    mentor = office.carrier.mentors.get()
    first, second = office.carrier.residencies.order_by("enterprise__uscc")
    Mentorship.objects.create(
        mentor=mentor, enterprise=first.enterprise, started_on=D("2024-02-01"), ended_on=D("2024-06-01")
    )
    assert [share(day) for day in ("2024-01-31", "2024-02-01", "2024-05-31", "2024-06-01")] == [0, 0.5, 0.5, 0]
    second.mentored = True
    second.save()
    assert [share(day) for day in ("2024-01-31", "2024-02-01")] == [0.5, 1]
    months = figures.compute("mentored_ratio", by="month", start=D("2024-01-01"), end=D("2024-02-29"))
    assert [figure.value for figure in months] == [0.5, 1]


def test_a_mentor_who_left_guides_nobody(office: Office) -> None:
    mentor = office.carrier.mentors.get()
    Mentorship.objects.create(
        mentor=mentor, enterprise=office.carrier.residencies.first().enterprise, started_on=D("2024-02-01")
    )
    mentor.ended_on = D("2024-03-01")
    mentor.save()
    assert (share("2024-02-29"), share("2024-03-01")) == (0.5, 0)


def test_the_carriers_page_names_whom_each_mentor_guides(office: Office, client: Any) -> None:
    tenant = office.carrier.residencies.order_by("enterprise__uscc")[0].enterprise
    Mentorship.objects.create(mentor=office.carrier.mentors.get(), enterprise=tenant, started_on=D("2024-02-01"))
    client.force_login(make_user(Role.STAFF, area=office.area))
    page = client.get(f"/carriers/{office.carrier.code}/?tab=resources").content.decode()
    assert f"/enterprises/{tenant.uscc}/" in page
