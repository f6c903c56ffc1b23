"""Every filter, order and search of every list can go by an index. Made from what the filter sets and lists declare,
so that a new filter or order without an index fails here, by name. Plans are PostgreSQL's; nothing is timed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django import forms
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import bulk
from core.listing import Bounded, Listing, ListSpec, Sort
from incubators.access import Role
from incubators.api import registry, reports
from incubators.exchange import KINDS
from incubators.exchange.lists import filter_of, sorts_of
from incubators.filters import CarrierNamedField
from incubators.models import (
    Activity,
    Area,
    Carrier,
    Designation,
    Enterprise,
    FundInvestment,
    Mentor,
    MonthlyReport,
    Organisation,
    Qualification,
    Residency,
    ServicePlatform,
    Talent,
)
from incubators.views import carriers, enterprises
from tests.incubators.factories import (
    AreaFactory,
    FundFactory,
    QualificationKindFactory,
    TitleFactory,
    make_user,
)
from tests.support.plans import prefer_indexes, sorted_whole, thrown_away, whole_reads

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="plans are PostgreSQL's: make test-services"),
]
SYLLABLES = "华东海智新材云图光电生物医药航天芯微源动力数联科创瑞恒达信安泰中远宏博文思维"
ENTERPRISES, CARRIERS, DISTRICTS = 6000, 400, 20
START = date(2020, 1, 1)
# Conditions that most rows meet: reading them all is the quickest, whatever the index.
MOST_ROWS = {
    "place": "most enterprises are in carriers",
    "state": "most carriers are open",
    "level": "follows from titles and decisions about them, for carriers alone",
}
# Orders by what is computed: sorted in full, over carriers alone.
COMPUTED = {"level", "incubatees"}
# A carrier has one or two: sorting all of a country takes a moment.
FEW = {("/records/designations/", "title_id")}
# Of residencies: computed from the rules of the place and day, one by one.
NO_COLUMN = {"state", "limit_on"}
WORDS = ("海智", "hzx", "T0010")


@dataclass(frozen=True, slots=True)
class Case:
    """A list as one address asks for it."""

    name: str
    rows: Any
    spec: ListSpec
    query: dict[str, str]

    def __str__(self) -> str:
        return f"{self.name} {self.query}"


@pytest.fixture(scope="module")
def country(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """A register big enough that an index pays, with people who see all of it, most, a district, an operator's."""
    with django_db_blocker.unblock(), transaction.atomic():
        people = _build()
        prefer_indexes()
        yield people
        transaction.set_rollback(True)


def _build() -> dict[str, Any]:
    chance = random.Random(7)  # noqa: S311 - the same rows every time
    root = AreaFactory(kind=Area.Kind.COUNTRY)
    districts = [AreaFactory(parent=root) for _ in range(DISTRICTS)]
    operators = bulk.reserve_ids(Organisation, CARRIERS)
    bulk.insert(
        Organisation,
        ("id", "code", "name", "kind", "uscc", "is_group", "is_synthetic"),
        [(pk, f"op{pk}", f"{_name(chance)}运营公司", "operator", "", False, True) for pk in operators],
    )
    places = bulk.reserve_ids(Carrier, CARRIERS)
    _insert(Carrier, [
        {"id": pk, "code": f"T{pk:05}", "name": f"{_name(chance)}孵化器", "pinyin": _letters(chance),
         "kind": chance.choice(Carrier.Kind.values), "operator_id": operators[n], "industry": chance.choice("甲乙丙丁戊"),
         "area_id": districts[n % DISTRICTS].pk, "owner_area_id": districts[n % DISTRICTS].pk,
         "floor_area": chance.randrange(9999), "opened_on": _day(chance)}
        for n, pk in enumerate(places)
    ])  # fmt: skip
    companies = bulk.reserve_ids(Enterprise, ENTERPRISES)
    _insert(Enterprise, [
        {"id": pk, "uscc": f"91{pk:016}", "name": f"{_name(chance)}有限公司", "pinyin": _letters(chance),
         "area_id": districts[n % DISTRICTS].pk, "founded_on": _day(chance), "industry": f"领域{chance.randrange(30)}",
         "registered_capital": chance.randrange(10**6), "staff_count": chance.randrange(500),
         "founder_type": chance.choice(["", "", "", "", *Enterprise.FounderType.values])}
        for n, pk in enumerate(companies)
    ])  # fmt: skip
    _events(chance, companies, places, districts)
    for model in (Carrier, Enterprise, Residency, Qualification, Designation, MonthlyReport, Organisation, Activity,
                  Mentor, Talent, ServicePlatform, FundInvestment):  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(f"analyze {model._meta.db_table}")
    for stray in Area.objects.filter(parent=None).exclude(pk=root.pk):  # what factories made on the way
        Area.objects.filter(pk=stray.pk).update(parent=root, path=f"{root.path}{stray.code}/")
    most = make_user(Role.STAFF, area=districts[0])
    for area in districts[1:-3]:
        most.memberships.create(role=Role.STAFF, area=area, valid_from=START)
    return {
        "root": make_user(Role.STAFF, area=root),
        "most": most,
        "district": make_user(Role.STAFF, area=districts[0]),
        "operator": make_user(Role.OPERATOR, organisation=Organisation.objects.get(pk=operators[0])),
    }


def _events(chance: random.Random, companies: list[int], places: list[int], districts: list[Area]) -> None:
    kinds = [QualificationKindFactory(code=f"q{n}").pk for n in range(20)]
    titles = [TitleFactory(code=f"t{n}").pk for n in range(40)]
    fund = FundFactory(area=districts[0]).pk
    _insert(Residency, [
        {"enterprise_id": pk, "carrier_id": places[n % CARRIERS], "entered_on": (day := _day(chance)),
         "incubating_from": day, "graduated_on": None, "left_on": day + timedelta(days=99) if n % 3 else None,
         "outcome": chance.choice(Residency.Outcome.values) if n % 3 else "", "graduation_number": f"BY{n}"}
        for n, pk in enumerate(companies)
    ])  # fmt: skip
    _insert(Qualification, [
        {"enterprise_id": pk, "kind_id": chance.choice(kinds), "valid_from": (day := _day(chance)),
         "valid_to": day + timedelta(days=1095), "certificate": f"GR{n}"}
        for n, pk in enumerate(companies)
    ])  # fmt: skip
    _insert(FundInvestment, [
        {"fund_id": fund, "enterprise_id": pk, "paid_on": _day(chance), "amount": chance.randrange(1, 10**6)}
        for pk in companies
    ])  # fmt: skip
    _insert(Designation, [
        {"carrier_id": pk, "title_id": chance.choice(titles), "awarded_on": _day(chance), "document": f"文{n}"}
        for n, pk in enumerate(places)
    ])  # fmt: skip
    _insert(MonthlyReport, [
        {"carrier_id": pk, "month": date(2024, month, 1), "state": "draft"} for pk in places for month in range(1, 13)
    ])  # fmt: skip
    of_carriers = [(n, {"carrier_id": places[n % CARRIERS]}) for n in range(ENTERPRISES)]
    of_areas = [(n, row | {"area_id": districts[n % DISTRICTS].pk}) for n, row in of_carriers]
    _insert(Activity, [{**row, "title": _name(chance), "held_on": _day(chance), "participants": n}
                       for n, row in of_carriers])  # fmt: skip
    _insert(Mentor, [{**row, "name": f"{_name(chance)[:3]}", "engaged_on": _day(chance)} for n, row in of_carriers])
    _insert(Talent, [{**row, "name": _name(chance)[:3], "route": chance.choice(Talent.Route.values),
                      "arrived_on": _day(chance)} for n, row in of_areas])  # fmt: skip
    _insert(ServicePlatform, [{**row, "name": f"{_name(chance)}平台", "kind": chance.choice(ServicePlatform.Kind.values),
                               "built_on": _day(chance)} for n, row in of_areas])  # fmt: skip


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    """``rows`` with the model's own defaults for what they do not say."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key or "id" in rows[0]]
    names = [field.attname for field in fields]
    made = (model(**row) for row in rows)
    bulk.insert(model, names, [[_stored(field, row) for field in fields] for row in made])


def _stored(field: Any, row: Any) -> Any:
    return field.pre_save(row, add=True)


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=6))


def _letters(chance: random.Random) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=8))


def _day(chance: random.Random) -> date:
    return START + timedelta(days=chance.randrange(1800))


# --- Lists ----------------------------------------------------------------------------------------------------------
def lists(user: Any) -> Iterator[tuple[str, Any, ListSpec]]:
    """Name, rows and offer of every list of the register."""
    yield "/carriers/", Carrier.objects.visible_to(user), carriers.LIST
    yield "/enterprises/", Enterprise.objects.visible_to(user), enterprises.LIST
    for kind in KINDS.values():
        sorts = sorts_of(kind)
        yield f"/records/{kind.code}/", kind.visible(user), ListSpec(filter_of(kind), sorts, next(iter(sorts)), "")
    for view in (
        registry.CarrierViewSet,
        registry.EnterpriseViewSet,
        registry.DesignationViewSet,
        registry.ResidencyViewSet,
        registry.QualificationViewSet,
        reports.MonthlyReportViewSet,
    ):
        rows: Any = view.queryset
        orders = {name: path for name, path in view.orderings.items() if name not in COMPUTED | NO_COLUMN}
        first = view.default_ordering[0]
        spec = ListSpec(view.filterset_class, orders, first, "")
        yield f"/api/v1/{view.file_name}/", rows.visible_to(user), spec


def _asked(user: Any, rows: Any, spec: ListSpec, query: dict[str, str]) -> Listing:
    request = RequestFactory().get("/", query)
    request.user = user
    return Listing(request, rows, spec)


def values(name: str, field: Any) -> list[dict[str, str]]:
    """Queries that use a filter, made from its field."""
    suffixes = getattr(field.widget, "suffixes", None)
    if suffixes:
        return [{f"{name}_after": "2023-06-01", f"{name}_before": "2023-06-05"}]
    if isinstance(field, CarrierNamedField):
        return [{name: Carrier.objects.order_by("pk").values_list("code", flat=True)[0]}]
    if isinstance(field, forms.DateField):
        return [{name: "2024-06-01"}]
    if isinstance(field, forms.NullBooleanField):
        return [{name: "true"}, {name: "false"}]
    if isinstance(field, forms.ChoiceField):
        return [{name: str(value)} for value, _ in field.choices if str(value)][:3]
    texts = {
        "q": WORDS,
        "carrier": Carrier.objects.values_list("code", flat=True)[:1],
        "enterprise": Enterprise.objects.values_list("uscc", flat=True)[:1],
        "area": Area.objects.filter(parent__isnull=False).values_list("code", flat=True)[:1],
        "title": ["t7"],
        "level": ["municipal"],
        "kind": ["q1"],
    }
    assert name in texts, f"say here what is asked of the filter “{name}”"
    return [{name: text} for text in texts[name]]


def _queries(listing: Listing) -> tuple[str, str]:
    """What counts the list, and what finds a page of it."""
    assert listing.valid, listing.filterset.errors
    with CaptureQueriesContext(connection) as seen:
        assert Bounded(listing.rows, listing.spec.page_size, counted=listing.counted).count >= 0
    counts = [each["sql"] for each in seen if each["sql"].startswith("SELECT COUNT")]
    with CaptureQueriesContext(connection) as seen:
        [*listing.rows.values("pk")[: listing.spec.page_size]]
    # A search whose words no record has is answered without asking for rows.
    return counts[-1] if counts else "select 1", seen[-1]["sql"] if seen else "select 1"


@pytest.mark.parametrize("person", ["root", "most", "district", "operator"])
def test_every_filter_of_every_list_goes_by_an_index(country: dict[str, Any], person: str) -> None:
    user = country[person]
    wrong = []
    for name, rows, spec in lists(user):
        for field_name, field in _asked(user, rows, spec, {}).form.fields.items():
            if field_name in NO_COLUMN and "入驻" in name:
                continue
            for query in values(field_name, field):
                count, page = _queries(_asked(user, rows, spec, query))
                found = whole_reads(count) + whole_reads(page)
                # Who sees little starts from the own areas, and what the filter then throws away is little too.
                if person == "root" and field_name not in MOST_ROWS:
                    found += thrown_away(count)
                wrong += [f"{name} {query}: {each}" for each in found]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("person", ["root", "most", "district", "operator"])
def test_every_order_of_every_list_goes_by_an_index(country: dict[str, Any], person: str) -> None:
    user = country[person]
    wrong = []
    for name, rows, spec in lists(user):
        for order in spec.sorts:
            for sort in (order, f"-{order}") if person == "root" else (f"-{order}",):
                count, page = _queries(_asked(user, rows, spec, {"sort": sort}))
                found = whole_reads(count) + whole_reads(page)
                if person == "root" and not isinstance(spec.sorts[order], Sort) and (name, order) not in FEW:
                    found += sorted_whole(page, rows.model._meta.db_table)
                wrong += [f"{name} {sort}: {each}" for each in found]
    assert not wrong, "\n".join(wrong)


PAGES = [
    ("incubators:carrier_list", {}),
    ("incubators:enterprise_list", {}),
    *[("incubators:record_list", {"kind": code}) for code in KINDS],
    *[
        (f"api:{name}-list", {})
        for name in ("carriers", "enterprises", "designations", "residencies", "qualifications")
    ],
]


@pytest.mark.parametrize("person", ["root", "most", "district", "operator"])
def test_whatever_else_a_list_page_asks_goes_by_an_index(country: dict[str, Any], person: str) -> None:
    """Choices of its filters, what its rows show, and the searches."""
    client = Client()
    client.force_login(country[person], backend="django.contrib.auth.backends.ModelBackend")
    asked = [(reverse(name, kwargs=kwargs), {}) for name, kwargs in PAGES]
    for text in WORDS:
        asked += [
            (reverse("incubators:search"), {"q": text}),
            (reverse("incubators:carrier_offers"), {"carrier": text}),
        ]
    wrong = []
    for address, query in asked:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address, query).status_code == 200
        selects = [each["sql"] for each in seen if each["sql"].startswith(("SELECT", "with", "(SELECT"))]
        wrong += [f"{address} {query}: {table}: {sql}" for sql in selects for table in whole_reads(sql)]
    assert not wrong, "\n".join(wrong)
