"""Any history of tenants: the catalogue counts as a plain replay of the events does, the equation of the month holds, and
the state said in the database is the state said by the pure function."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.permits import Refused
from incubators.indicators import figures
from incubators.models import IncubationExtension, Residency
from incubators.register import incubation
from incubators.register.limits import Rules, clocked, put_standing, with_state
from tests.incubators.factories import EnterpriseFactory
from tests.incubators.tenants import District, proof

pytestmark = pytest.mark.django_db
FIRST = date(2022, 1, 31)
KINDS = ("admit", "admit", "admit", "service", "leave", "graduate", "transfer", "extend")
EVENTS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 2), st.integers(0, 1), st.integers(0, 900)),
    min_size=1,
    max_size=10,
)


class Replay:
    """Who incubates where, told by the events alone: (enterprise, carrier) -> [begun, end, how it ended]."""

    def __init__(self) -> None:
        self.spells: list[list[Any]] = []

    def begin(self, company: int, carrier: int, day: date) -> None:
        self.spells.append([company, carrier, day, None, ""])

    def end(self, company: int, carrier: int, day: date, how: str) -> None:
        for spell in self.spells:
            if spell[:2] == [company, carrier] and spell[3] is None:
                spell[3], spell[4] = day, how

    def incubating(self, day: date) -> list[tuple[int, int]]:
        return [(s[0], s[1]) for s in self.spells if s[2] <= day and (s[3] is None or s[3] > day)]


def play(district: District, events: list[tuple[str, int, int, int]]) -> Replay:
    """Try every event through its service, in order of time; what was refused did not happen."""
    replay = Replay()
    companies = [EnterpriseFactory(area=district.area) for _ in range(3)]
    carriers = [district.first, district.second]
    for kind, who, where, offset in sorted(events, key=lambda event: event[3]):
        day = FIRST + timedelta(days=offset)
        company, carrier, other = companies[who], carriers[where], carriers[1 - where]
        stay = Residency.objects.filter(enterprise=company, carrier=carrier, left_on=None).first()
        try:
            with transaction.atomic():
                _happen(district, kind, day, company, carrier, other, stay)
        except Refused:
            continue
        begins = stay is None and kind == "admit"
        if begins:
            replay.begin(who, where, day)
        elif stay is not None and kind in {"leave", "graduate", "transfer"}:
            replay.end(who, where, day, kind)
            if kind == "transfer":
                replay.begin(who, 1 - where, day)
    return replay


def _happen(district: District, kind: str, day: date, company: Any, carrier: Any, other: Any, stay: Any) -> None:
    text = day.isoformat()
    if kind in {"admit", "service"}:
        district.admit(text, carrier=carrier, company=company, incubating=kind == "admit", return_reason="再次入孵")
    elif stay is None:
        raise Refused("不在驻")
    elif kind == "leave":
        district.leave(stay, text, "graduated" if stay.graduated_on else "moved_out")
    elif kind == "graduate":
        district.graduate(stay, text, destination="stayed", files=[proof()])
    elif kind == "transfer":
        district.transfer(stay, text, other)
    else:
        district.extend(stay, text, (day + timedelta(days=400)).isoformat())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, asked=st.integers(0, 1300))
def test_the_catalogue_counts_what_the_events_say(events: list[tuple[str, int, int, int]], asked: int) -> None:
    with transaction.atomic():
        district = District(limit_months=12)
        replay = play(district, events)
        day = FIRST + timedelta(days=asked)
        counted = {
            figure.key: int(figure.value or 0) for figure in figures.compute("n_incubatee", by="carrier", on=day)
        }
        for where, carrier in enumerate((district.first, district.second)):
            expected = sum(place == where for _, place in replay.incubating(day))
            assert counted.get(carrier.pk, 0) == expected
        # One carrier at a time: the district counts each enterprise once and loses none.
        assert figures.compute("n_incubatee", on=day)[0].value == len(replay.incubating(day))
        _the_equation_holds(day)
        _both_say_the_same_state(day)
        transaction.set_rollback(True)


def _the_equation_holds(day: date) -> None:
    first = FIRST + timedelta(days=100)
    last = max(first, day)
    begin, end = (figures.compute("n_incubatee", on=on)[0].value for on in (first - timedelta(days=1), last))
    new, graduated, left = (
        figures.compute(code, start=first, end=last)[0].value
        for code in ("n_incubatee_new", "n_graduate_new", "n_exit_new")
    )
    assert begin + new - graduated - left == end


def _both_say_the_same_state(day: date) -> None:
    rules = Rules()
    said = {row.pk: row for row in with_state(Residency.objects.all(), day, rules)}
    stays = put_standing(clocked(Residency.objects.select_related("enterprise", "carrier__owner_area")), day, rules)
    overdue = 0
    for row in stays:
        state, limit = row.standing.state, row.standing.limit
        assert said[row.pk].state == (state or "")
        assert said[row.pk].limit_on == (limit.day if limit else None)
        overdue += state == "overdue"
    assert figures.compute("n_overdue", on=day)[0].value == overdue


def test_such_histories_hold_every_kind_of_event() -> None:
    """So that the property above is not proved of nothing."""
    district = District(limit_months=12)
    events = [
        ("admit", 0, 0, 0),
        ("service", 1, 0, 5),
        ("extend", 0, 0, 300),
        ("transfer", 0, 0, 400),
        ("graduate", 0, 1, 500),
        ("leave", 0, 1, 600),
        ("admit", 0, 1, 700),
    ]
    replay = play(district, events)
    assert [spell[4] for spell in replay.spells] == ["transfer", "graduate", ""]
    assert Residency.objects.count() == 4
    assert IncubationExtension.objects.count() == 2
    assert incubation.evidence_of([*Residency.objects.values_list("pk", flat=True)])
