"""What holds for any sheet of any kind: every row is counted once, every written record has one line, and an export comes
back as it left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import Change
from incubators.exchange import KINDS
from incubators.exchange.cells import Amount, Choice, Day, Reference, Text, Uscc, YesNo
from incubators.exchange.kinds import Context
from incubators.models import CarrierTag, Enterprise, Residency
from tests.incubators.exchange_cases import Office, whole
from tests.incubators.factories import (
    CarrierFactory,
    EnterpriseFactory,
    FundFactory,
    MentorFactory,
    OrganisationFactory,
    QualificationKindFactory,
    ResidencyFactory,
    uscc,
)
from tests.support.workbooks import xlsx

CODES = [uscc(number) for number in range(6)]
NAMED = {
    "area_id": ["甲镇", "甲区"],
    "owner_area_id": ["甲镇", "甲区"],
    "carrier_id": ["EX01", "EX02", "甲区孵化器"],
    "enterprise_id": CODES,
    "operator_id": ["老（集团）公司", "老(集团)公司", "新公司", "=新公司"],
    "title_id": ["市级科技企业孵化器"],
    "tag_id": ["虚拟标杆", "benchmark"],
    "kind_id": ["高新技术企业", "专精特新（小巨人）"],
    "fund_id": ["fund-one"],
    "mentor_id": ["张老师", "EX01/张老师"],
}
KEYS = {"code": ["K1", "K-2", "k_3"], "name": ["甲", "乙（丙）", "-丁"], "title": ["路演", "'=路演"]}
JUNK: list[Any] = ["没有这个", "清空", "#N/A", -1, 1e300, True, "  ", "9" * 30, date(2999, 1, 1)]
DAYS = st.dates(date(2021, 5, 1), date(2025, 6, 30))
LATER = st.dates(date(2025, 7, 1), date(2026, 6, 30))
ENDS = {"closed_on", "ended_on", "left_on", "graduated_on", "valid_to"}
AWKWARD = [
    "=1+1", "'=1", "''x", "@a", "＝甲", "0012", "1e5", "_x0041_", "一,二;三", '他说"好"', "上\n下", "（全角）",
    "2024-01-01", "是", "NULL", "\\N", "\\.", "a\\tb\tc",
]  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co", "Zl", "Zp"]), max_size=12),
)


@pytest.fixture
def office(db: None) -> Office:
    made = Office()
    CarrierFactory(code="EX02", name="甲区二号孵化器", area=made.area, opened_on=date(2020, 1, 1))
    FundFactory(code="fund-one", carrier=made.carrier, area=made.area)
    QualificationKindFactory()
    QualificationKindFactory(code="srdi", name="专精特新（小巨人）")
    OrganisationFactory(name="老（集团）公司")
    MentorFactory(carrier=made.carrier, name="张老师", engaged_on=date(2020, 1, 1))
    for code, name in (("benchmark", "标杆孵化器"), ("virtual_benchmark", "虚拟标杆")):
        CarrierTag.objects.get_or_create(code=code, defaults={"name": name})
    return made


@contextmanager
def undone() -> Iterator[None]:
    """An example of its own: what it writes is gone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def cell_of(column: Any) -> st.SearchStrategy[Any]:
    """Cells that a column takes, blank where that is allowed."""
    reader = column.reader
    right: st.SearchStrategy[Any] = WORDS
    if isinstance(reader, Uscc):
        right = st.sampled_from(CODES)
    elif isinstance(reader, Reference):
        right = st.sampled_from(NAMED[column.name])
    elif isinstance(reader, Day):
        days = LATER if column.name in ENDS else DAYS
        right = st.one_of(days, days.map(lambda day: f"{day.year}年{day.month}月{day.day}日"))
    elif isinstance(reader, Amount):
        right = st.one_of(
            st.integers(0, 10**7 - 1), st.decimals(0, 10**6, places=reader.places).map(lambda n: f"{n:f}")
        )
    elif isinstance(reader, YesNo | Choice):
        right = st.sampled_from(reader.words)
    elif isinstance(reader, Text) and column.required:
        right = st.sampled_from(KEYS.get(column.name, ["甲", "乙"]))
    return right if column.required else st.one_of(st.just(""), right)


def sheet_of(code: str) -> st.SearchStrategy[list[list[Any]]]:
    """Headings and rows that mostly fit, with a few cells that do not."""
    columns = KINDS[code].columns(Context(None))
    heads = [column.heading for column in columns]
    rows = st.lists(st.tuples(*map(cell_of, columns)).map(list), min_size=1, max_size=8)
    slips = st.lists(st.tuples(st.integers(0, 7), st.integers(0, len(columns) - 1), st.sampled_from(JUNK)), max_size=3)

    def put(lines: list[list[Any]], wrong: list[tuple[int, int, Any]]) -> list[list[Any]]:
        lines = [[*cells] for cells in lines]
        for line, place, junk in wrong:
            lines[line % len(lines)][place] = junk
        return [heads, *lines]

    return st.builds(put, rows, slips)


SHEETS = {code: sheet_of(code) for code in KINDS}
FEW = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.mark.parametrize("code", sorted(KINDS))
@FEW
@given(data=st.data())
def test_any_sheet_is_counted_written_once_and_comes_back_unchanged(code: str, office: Office, data: Any) -> None:
    """A sheet of new records, and one that says something else of the same ones."""
    first, other = data.draw(SHEETS[code]), data.draw(SHEETS[code])
    keys = [place for place, column in enumerate(KINDS[code].columns(Context(None))) if column.name in KINDS[code].key]
    second = [first[0]]
    for known, cells in zip(first[1:], other[1:], strict=False):
        second.append([known[place] if place in keys else cell for place, cell in enumerate(cells)])
    with undone():
        if code != "enterprises":
            for number, each in enumerate(CODES):
                tenant = EnterpriseFactory(uscc=each, name=f"企业{number}", area=office.town)
                if code == "mentorships":  # only who lives in the mentor's carrier is guided by them
                    ResidencyFactory(carrier=office.carrier, enterprise=tenant, entered_on=date(2020, 1, 1))
        for sheet in (first, second):
            if any(str(cell).strip() for cells in sheet[1:] for cell in cells):
                goes_in(office, code, sheet)
        comes_back(office, code)


def goes_in(office: Office, code: str, sheet: list[list[Any]]) -> None:
    """A sheet's right rows are written, each once, with a line each; sent in again, it changes nothing more."""
    model = KINDS[code].model
    manager = model._default_manager
    lines = Change.objects.filter(record_label=model._meta.label_lower, channel=Change.Channel.IMPORT)
    held, recorded = manager.count(), lines.count()
    rows = sum(any(str(cell).strip() for cell in cells) for cells in sheet[1:])
    preview = office.upload(code, xlsx(sheet))
    new, changed, unchanged, wrong = preview.counts
    assert new + changed + unchanged + wrong == rows
    assert [len(preview.row.preview[outcome]) for outcome in ("new", "changed", "wrong")] == [new, changed, wrong]
    if new + changed:
        office.confirm(preview, only_right="1")
    assert manager.count() == held + new
    added = [*lines.order_by("number")[recorded:]]
    assert len({line.record_id for line in added}) == len(added) == new + changed
    assert all(line.reason and line.after for line in added)
    assert sum(bool(line.before) for line in added) == changed
    assert whole()
    assert office.upload(code, xlsx(sheet)).counts == (0, 0, rows - wrong, wrong)


def comes_back(office: Office, code: str) -> None:
    """Both exports of a kind, sent in again, change nothing."""
    held = KINDS[code].model._default_manager.filter(KINDS[code].writable(Context(office.user).scope)).count()
    if not held:
        return
    for query, name in (("", "a.xlsx"), ("?format=csv", "a.csv")):
        back = office.upload(code, office.download("exchange_export", code, query=query), name)
        assert back.counts == (0, 0, held, 0), (back.row.preview["changed"], back.row.preview["wrong"])


ENTERPRISE = st.fixed_dictionaries(
    {
        "name": WORDS.map(str.strip).filter(bool),
        "industry": WORDS.map(str.strip),
        "remark": WORDS.map(str.strip),
        "website": WORDS.map(str.strip),
        "founded_on": st.none() | st.dates(date(1901, 1, 1), date(2026, 6, 30)),
        "registered_capital": st.none() | st.decimals(0, Decimal("9999999999999.99"), places=2),
        "staff_count": st.none() | st.integers(50, 10**6),
        "research_staff_count": st.none() | st.integers(0, 50),
        "founder_type": st.sampled_from(["", *Enterprise.FounderType.values]),
        "licence_checked": st.booleans(),
    }
)


@settings(FEW, max_examples=40)
@given(rows=st.lists(ENTERPRISE.filter(lambda row: row["remark"] != "清空"), min_size=1, max_size=6))
def test_any_enterprise_comes_back_as_it_left(office: Office, rows: list[dict[str, Any]]) -> None:
    with undone():
        Enterprise.objects.bulk_create(
            Enterprise(uscc=uscc(number), area=office.town, **row) for number, row in enumerate(rows)
        )
        comes_back(office, "enterprises")


@settings(FEW, max_examples=20)
@given(
    spans=st.lists(
        st.tuples(
            DAYS, st.integers(0, 400), st.integers(0, 400), st.sampled_from(["open", "left", "graduated", "tenant"])
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_residency_comes_back_as_it_left(office: Office, spans: list[tuple[date, int, int, str]]) -> None:
    with undone():
        for number, (entered, first, then, fate) in enumerate(spans):
            day = date.fromordinal(min(entered.toordinal() + first, date(2026, 7, 1).toordinal()))
            end = date.fromordinal(min(day.toordinal() + then, date(2026, 7, 1).toordinal()))
            values: dict[str, Any] = {"incubating_from": None if fate == "tenant" else day}
            if fate == "left":
                values |= {"left_on": end, "outcome": "moved_out"}
            if fate == "graduated":
                values |= {"graduated_on": end, "graduation_ground": "high_tech", "graduation_number": f"00{number}"}
            company = EnterpriseFactory(uscc=uscc(number), area=office.elsewhere if number % 2 else office.town)
            ResidencyFactory(enterprise=company, carrier=office.carrier, entered_on=entered, **values)
        assert Residency.objects.count() == len(spans)
        comes_back(office, "residencies")
