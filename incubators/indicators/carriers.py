"""Figures about carriers themselves: how many there are, which titles they hold, how areas are covered."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.lookups import GreaterThanOrEqual, In

from incubators.indicators.base import Coverage, End, Indicator, Kind, Part, Question, Ratio, Rows, Start, Tally, Until
from incubators.models import Carrier, Designation, TitleEquivalence
from incubators.reporting.calendar import Calendars

GROUP = "载体"
OPENED = (Start("opened_on"),)
OPEN_UNTIL = (End("closed_on"),)


def _narrow(params: Any, prefix: str = "") -> Q:
    """Conditions on a carrier: its kind, floor area, and whether it stands outside the area that set it up."""
    where = Q()
    if params.get("kinds"):
        where &= Q(**{f"{prefix}kind__in": params["kinds"]})
    if params.get("min_floor_area"):
        where &= Q(**{f"{prefix}floor_area__gte": params["min_floor_area"]})
    if params.get("outside_owner"):
        where &= ~Q(**{f"{prefix}area": F(f"{prefix}owner_area")})
    return where


def _titled(params: Any) -> Q:
    """Conditions on a designation: one of the titles, or a level of at least a rank. A title of a new regime is taken as
    the title as which it counts by decision; without one it fits neither."""
    where = Q()
    said = TitleEquivalence.objects.nearest()
    if titles := params.get("titles"):
        where &= Q(title__code__in=titles) | Q(In(Subquery(said.values("same_as__code")[:1]), titles))
    if rank := params.get("rank_at_least"):
        counts = GreaterThanOrEqual(Subquery(said.values("same_as__level__rank")[:1]), rank)
        where &= Q(title__level__rank__gte=rank) | Q(counts)
    return where


def standing_carriers(question: Question) -> Rows:
    """Carriers operating on the day; with titles or a rank given, those holding such a title on it."""
    params = question.params
    if not (params.get("titles") or params.get("rank_at_least")):
        return Rows(Carrier.objects.all(), Carrier, OPENED, OPEN_UNTIL, _narrow(params), place="", area="owner_area")
    return Rows(
        Designation.objects.all(),
        Carrier,
        (Start("awarded_on"),),
        (End("ended_on"), End("carrier__closed_on")),
        _titled(params) & _narrow(params, "carrier__"),
        entity="carrier_id",
    )


def first_titles(question: Question) -> Rows:
    """First designation of each carrier that fits the titles, kinds or rank: provincial then national counts once."""
    fits = _titled(question.params)
    earlier = Designation.objects.filter(fits, carrier=OuterRef("carrier")).filter(
        Q(awarded_on__lt=OuterRef("awarded_on")) | Q(awarded_on=OuterRef("awarded_on"), pk__lt=OuterRef("pk"))
    )
    return Rows(
        Designation.objects.filter(~Exists(earlier)),
        Carrier,
        (Start("awarded_on"),),
        where=fits & _narrow(question.params, "carrier__"),
        entity="carrier_id",
    )


def opened_carriers(question: Question) -> Rows:
    return Rows(Carrier.objects.all(), Carrier, OPENED, (), _narrow(question.params), place="", area="owner_area")


def located_carriers(question: Question) -> Rows:
    """Operating carriers by where they stand: coverage of towns asks for the place, not for the owner."""
    return Rows(Carrier.objects.all(), Carrier, OPENED, OPEN_UNTIL, _narrow(question.params), place="", area="area")


def known_calendars(question: Question) -> Calendars:
    """The calendars of all jurisdictions, read once for a question and those derived from it."""
    if "calendars" not in question.known:
        question.known["calendars"] = Calendars()
    calendars: Calendars = question.known["calendars"]
    return calendars


def asked_to_report(question: Question, month: date, area: str) -> Q:
    """Rows whose area (reached by ``area``, e.g. ``"owner_area__"``) reports the month at all: its own calendar does
    not begin later."""
    calendars = known_calendars(question)
    unasked, nearer = Q(pk__in=()), Q()
    for prefix in calendars.prefixes:
        here = Q(**{f"{area}path__startswith": prefix})
        if not calendars.days(prefix, month).asked:
            unasked |= here & ~nearer
        nearer |= here
    return ~unasked if unasked != Q(pk__in=()) else Q()


def reporting_carriers(question: Question) -> Rows:
    """Carriers expected to report the month of the day: open on at least one of its days, in a jurisdiction whose first
    month had come."""
    where = _narrow(question.params) & asked_to_report(question, question.day.replace(day=1), "owner_area__")
    return Rows(
        Carrier.objects.all(),
        Carrier,
        OPENED,
        (End("closed_on", Until.MONTH),),
        where,
        place="",
        area="owner_area",
        plain=not any(given for name, given in question.params.items() if name != "kinds"),
    )


def with_liaison(question: Question) -> Rows:
    rows = standing_carriers(question)
    prefix = "" if rows.place == "" else "carrier__"
    return Rows(
        rows.queryset,
        Carrier,
        (*rows.starts, Start(f"{prefix}liaisons__valid_from")),
        (*rows.ends, End(f"{prefix}liaisons__valid_to", Until.THROUGH)),
        rows.where,
        entity=rows.entity,
        place=rows.place,
        area=rows.area,
    )


NARROWED = frozenset({"kinds", "titles", "rank_at_least", "min_floor_area", "outside_owner"})
FIRST_ONLY = "同一载体只计首次符合条件的认定;级别由低升高不再计一次"

INDICATORS: tuple[Indicator, ...] = (
    Tally(
        code="n_carriers",
        name="科创载体数",
        unit="家",
        kind=Kind.STOCK,
        group=GROUP,
        definition="当日已开办、未关闭的科创载体;给出称号或级别时,为当日持有该称号(或该级别以上称号)的载体。"
        "新制度的称号按已登记的称号对应计,未决定的不计入。飞地计入设立方。",
        formula="开办日期 ≤ 当日,且未关闭;认定日期 ≤ 当日,且认定未终止。一家持有多个称号只计一次。",
        source="金山 II.p4、盐城 II、奉贤 II.b3",
        params=NARROWED,
        rows=standing_carriers,
    ),
    Tally(
        code="n_carriers_new",
        name="新增科创载体数",
        unit="家",
        kind=Kind.FLOW,
        group=GROUP,
        definition="期间内开办的科创载体,计入归属区域(飞地计入设立方,不计入所在地)。",
        formula="开办日期在期间内(含首尾两日)。",
        source="盐城 T.2、T.4",
        params=frozenset({"kinds", "min_floor_area", "outside_owner"}),
        rows=opened_carriers,
    ),
    Tally(
        code="n_carriers_new_title",
        name="新增获认定载体数",
        unit="家",
        kind=Kind.FLOW,
        group=GROUP,
        definition=f"期间内首次获得所列称号之一(或某级别以上称号)的载体。{FIRST_ONLY}。",
        formula="首次符合条件的认定日期在期间内(含首尾两日)。",
        source="金山 II.p2、盐城 II",
        params=NARROWED,
        rows=first_titles,
    ),
    Coverage(
        code="area_coverage",
        name="科创载体覆盖率",
        unit="%",
        group=GROUP,
        definition="区域组中至少有一家在运营载体的区域占全部区域的比例。文本未列全名单的,须先由人确认名单。",
        formula="有载体的区域数 ÷ 区域组成员数",
        source="金山 II.p4、盐城 III.1",
        params=frozenset({"group", "members", "kinds", "min_floor_area"}),
        required=frozenset({"group"}),
        rows=located_carriers,
    ),
    Ratio(
        code="n_liaison_coverage",
        name="联络员(服务专员)配备率",
        unit="%",
        group=GROUP,
        definition="当日配有现任联络员或服务专员的载体,占同口径载体的比例;市、区各派一名的只计一家。",
        formula="有现任联络员的载体数 ÷ 载体数",
        source="上海 IV.1、金山 IV.1",
        params=NARROWED,
        top=(Part(rows=with_liaison, kind=Kind.STOCK),),
        bottom=(Part(rows=standing_carriers, kind=Kind.STOCK),),
        empty="当日没有符合条件的载体",
    ),
)
