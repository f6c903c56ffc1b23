"""The register of residencies as sheets and forms: where enterprises live, incubate, graduate and go."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from core.dates import date_cn
from incubators.exchange import references
from incubators.exchange.cells import Amount, Choice, Choices, Day, Text, YesNo
from incubators.exchange.kinds import Column, Context, Kind, Row, Table, in_order, needs, not_future
from incubators.models import Carrier, Residency
from incubators.register import overlaps, rules
from incubators.register.limits import Rules
from incubators.register.overlaps import Span


def _columns(context: Context) -> list[Column]:
    enterprise, carrier = references.enterprise(context), references.carrier(context)
    grounds = dict(Residency.GraduationGround.choices)
    year = Amount(digits=4, places=0, lowest=Decimal(1990))
    overlap = Column(
        "overlap_reason",
        "同时在孵说明",
        Text(200),
        width=28,
        help="同一企业经区科委同意同时在两家载体在孵的填写;一般不填",
    )
    return [
        Column("enterprise_id", "统一社会信用代码", enterprise, True, ("信用代码", "企业代码"), width=22),
        Column("carrier_id", "载体编号", carrier, True, ("载体", "载体名称", "所在载体"), width=20),
        Column("entered_on", "入驻日期", Day(), True, ("入驻时间",)),
        Column(
            "incubating_from", "在孵起始", Day(), help="签订孵化协议之日;只租用场地的企业不填", aliases=("孵化起始",)
        ),
        Column("graduated_on", "毕业日期", Day()),
        Column("graduation_ground", "毕业依据", Choice(grounds), width=24),
        Column("graduation_number", "毕业编号", Text(60, codelike=True)),
        Column("left_on", "离开日期", Day(), aliases=("退出日期", "迁出日期")),
        Column("outcome", "结果", Choice(dict(Residency.Outcome.choices)), aliases=("退出原因",)),
        Column("floor_area", "占用面积(㎡)", Amount(digits=8), aliases=("占用面积", "面积")),
        Column("mentored", "已建立导师辅导", YesNo()),
        Column(
            "clock_from", "孵化计时起始", Day(), aliases=("计时起始",), help="由区内其他载体转入、时限连续计算的填写"
        ),
        # It tells of another carrier: an officer's words for officers.
        *([overlap] if context.scope.write_paths else []),
        Column("further_grounds", "其他毕业依据", Choices(grounds), width=24, help="不止一项的,以顿号分隔"),
        Column("invested_amount", "累计获得创业投资(万元)", Amount(digits=12, wan=True), help="单位万元", width=22),
        Column("revenue_from_year", "收入首年", year, help="连续两年中的第一年,如 2024"),
        Column("revenue_first", "首年营业收入(万元)", Amount(digits=12, wan=True), help="单位万元", width=20),
        Column("revenue_second", "次年营业收入(万元)", Amount(digits=12, wan=True), help="单位万元", width=20),
        Column("registered_in_district", "毕业时注册在本区", Choice(dict(Residency.YesNo.choices)), width=18),
        Column("destination", "毕业去向", Choice(dict(Residency.Destination.choices))),
        Column("destination_place", "去向说明", Text(120), width=28),
    ]


def _check(table: Table) -> None:
    carrier, entered = table.places("carrier_id", "entered_on")
    opened: dict[Any, Any] = {}
    paths: dict[Any, str] = {}
    for batch in references.chunks({row.values[carrier] for row in table.sound()}):
        found = Carrier.objects.filter(pk__in=batch).values_list("pk", "opened_on", "owner_area__path")
        for pk, opened_on, path in found:
            opened[pk], paths[pk] = opened_on, path
    for row in table.sound():
        if sentence := rules.before_opening(row.values[entered], opened[row.values[carrier]]):
            row.errors[entered] = sentence
    not_future(table, "entered_on", "incubating_from", "graduated_on", "left_on")
    in_order(table, "entered_on", "left_on", "离开日期早于入驻日期")
    in_order(table, "entered_on", "incubating_from", "在孵起始早于入驻日期")
    in_order(table, "incubating_from", "graduated_on", "毕业日期早于在孵起始")
    in_order(table, "graduated_on", "left_on", "离开日期早于毕业日期")
    in_order(table, "clock_from", "incubating_from", "孵化计时起始晚于在孵起始")
    needs(table, "graduated_on", "incubating_from", "毕业须先在孵,请填在孵起始")
    needs(table, "graduated_on", "graduation_ground", "毕业须写明依据")
    needs(table, "left_on", "outcome", "离开须写明结果(迁出、注销、清退、转移或毕业)")
    _ends(table)
    _grounds(table, paths)
    _one_stay(table)
    _one_incubation(table)


def _ends(table: Table) -> None:
    """How a stay ended and where a graduate went go together."""
    names = ("outcome", "graduated_on", "left_on", "destination", "destination_place")
    outcome, graduated, left, destination, place = table.places(*names)
    for row in table.sound():
        wrong = rules.ended_wrongly(
            outcome=row.now(outcome),
            graduated_on=row.now(graduated),
            left_on=row.now(left),
            destination=row.now(destination),
            place=row.now(place),
        )
        if wrong is not None:
            row.errors[table.place(wrong[0])] = wrong[1]


def _grounds(table: Table, paths: dict[Any, str]) -> None:
    """A graduation has as many grounds as the rule asks, and the amounts that it rests on exceed the rule's (超过), where
    they are written. ``paths``: of the areas to which the carriers are credited."""
    names = ("carrier_id", "graduated_on", "incubating_from", "clock_from", "graduation_ground", "further_grounds")
    carrier, graduated, begun, clock, ground, further = table.places(*names)
    known = Rules()
    for row in [row for row in table.sound() if row.now(graduated) is not None]:
        rule = known.holding(paths[row.values[carrier]], row.now(clock) or row.now(begun))
        codes = {row.now(ground), *(row.now(further) or "").split(",")} - {""}
        # A graduation that the row leaves as it is, was judged when it was recorded.
        if _spoken_of(table, row, "graduated_on", "graduation_ground", "further_grounds") and (
            sentence := rules.too_few_grounds(rule, len(codes))
        ):
            row.errors[further] = sentence
        for code in codes & {*rules.GROUND_FIELDS}:
            says = rule.ground(code) if rule is not None else None
            if says is None:
                continue
            place = table.place(rules.GROUND_FIELDS[code][-1])
            amount = rules.ground_amount(code, lambda name, row=row: row.now(table.place(name)))  # type: ignore[misc]
            if sentence := rules.not_exceeding(says, amount):
                row.errors[place] = sentence


# When an enterprise incubates, as :class:`Span` takes it.
_SPAN = ("incubating_from", "graduated_on", "left_on", "overlap_reason")


def _span(table: Table, row: Row) -> Span | None:
    return Span.of(*(row.now(place) for place in table.places(*_SPAN)))


def _spoken_of(table: Table, row: Row, *names: str) -> bool:
    """Whether this row says anything new in the columns ``names``: what it leaves as it is, is not judged again."""
    before = row.before
    places = table.places(*names)
    return before is None or any((row.now(place) or None) != (before[place] or None) for place in places)


def _one_incubation(table: Table) -> None:
    """An enterprise incubates in one carrier at a time, past days too, over the file and the register together."""
    enterprise, begun = table.places("enterprise_id", "incubating_from")
    spans = [(row, span) for row in table.sound() if (span := _span(table, row)) is not None]
    # A row that is wrong may stay unwritten: what the register says of its record holds.
    mentioned = {row.pk for row in table.sound() if row.pk is not None}
    scope = table.context.scope
    recorded: dict[Any, list[tuple[Any, Span, str]]] = {}
    for batch in references.chunks({row.values[enterprise] for row, _ in spans}):
        # A carrier of another district is not named to this person.
        recorded |= overlaps.recorded(batch, scope.may_write)
    earlier: dict[Any, list[tuple[Row, Span]]] = {}
    # What the register already holds stays; what is new is what has to be put right.
    for row, span in sorted(spans, key=lambda pair: _spoken_of(table, pair[0], *_SPAN)):
        company = row.values[enterprise]
        others = earlier.setdefault(company, [])
        if _spoken_of(table, row, *_SPAN):
            for pk, other, where in recorded.get(company, ()):
                if pk not in mentioned and span.clashes(other):
                    row.errors[begun] = overlaps.sentence(where, other)
            clash = next((other for other, taken in others if span.clashes(taken)), None)
            if clash is not None and begun not in row.errors:
                row.errors[begun] = f"与第{clash.line}行同为在孵,同一企业同时只能在一家载体在孵"
        others.append((row, span))


def _twice(first: date, last: date | None, line: int) -> str:
    """What is said of a stay that overlaps one from ``first`` to ``last``: of the file's row ``line``, else of the
    register."""
    if line:
        return f"与第{line}行的入驻时间重叠,同一企业在一家载体同时只有一条入驻记录"
    until = f"至{date_cn(last)}" if last else "起"
    return f"该企业自{date_cn(first)}{until}已登记在本载体入驻,与这一条时间重叠;请先改正原记录的离开日期"


def _one_stay(table: Table) -> None:
    """An enterprise is in one carrier once at a time, whether it incubates there or not: two stays that overlap would
    count it twice."""
    enterprise, carrier, entered, left = table.places("enterprise_id", "carrier_id", "entered_on", "left_on")
    rows = [*table.sound()]
    mentioned = {row.pk for row in rows if row.pk is not None}
    stays: dict[tuple[Any, Any], list[tuple[date, date | None, int]]] = {}
    for batch in references.chunks({row.values[enterprise] for row in rows}):
        fields = ("pk", "enterprise_id", "carrier_id", "entered_on", "left_on")
        for pk, company, place, begun, gone in Residency.objects.filter(enterprise__in=batch).values_list(*fields):
            if pk not in mentioned:
                stays.setdefault((company, place), []).append((begun, gone, 0))
    for row in sorted(rows, key=lambda each: _spoken_of(table, each, "entered_on", "left_on")):
        others = stays.setdefault((row.values[enterprise], row.values[carrier]), [])
        begun, gone = row.now(entered), row.now(left)
        if _spoken_of(table, row, "entered_on", "left_on"):
            for first, last, line in others:
                if (last is None or begun < last) and (gone is None or first < gone):
                    row.errors[entered] = _twice(first, last, line)
                    break
        others.append((begun, gone, row.line))


KIND = Kind(
    "residencies", "企业入驻", Residency, ("enterprise_id", "carrier_id", "entered_on"), _columns,
    lambda scope: scope.writes("carrier__owner_area__"), Residency.objects.visible_to,
    _check, ("enterprise_id", "carrier_id"), "条",
    (
        "企业须先在库中;同一企业同时只能在一家载体在孵(过去的日期也一样),确有需要的填“同时在孵说明”。",
        "毕业证明材料在载体页“登记毕业”或入驻记录页上传。",
    ),
)  # fmt: skip
