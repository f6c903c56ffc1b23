"""Addresses that lead from a page of the register to how its figures are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.urls import NoReverseMatch

from incubators.access import Capability
from incubators.indicators import catalogue, figures
from incubators.indicators.base import Kind, Tally
from incubators.indicators.links import figure_url, records_url
from incubators.indicators.tally import month_end
from incubators.models import Carrier
from incubators.scope import Scope

# The register's counts beside a month's report (incubators.reporting.register) as questions to the catalogue: the
# figure, and what is asked of it for a month.
Question = Callable[[date], dict[str, Any]]


def _at_end(month: date) -> dict[str, Any]:
    return {"on": month_end(month)}


def _day_before(month: date) -> dict[str, Any]:
    return {"on": month - timedelta(days=1)}


def _within(month: date) -> dict[str, Any]:
    return {"from_": month, "to": month_end(month)}


def _tenants_with(kind: str) -> Question:
    return lambda month: {**_at_end(month), "qualification": kind, "population": "residents"}


REGISTER_QUESTIONS: dict[str, tuple[str, Question]] = {
    "n_resident": ("n_resident", _at_end),
    "n_incubatee_begin": ("n_incubatee", _day_before),
    "new": ("n_incubatee_new", _within),
    "graduated": ("n_graduate_new", _within),
    "left": ("n_exit_new", _within),
    "n_incubatee": ("n_incubatee", _at_end),
    "n_graduate_cum": ("n_graduate_cum", _at_end),
    "n_tech_sme": ("n_tech_sme", _at_end),
    "n_hnte": ("n_qualified", _tenants_with("high_tech")),
    "n_hardtech": ("n_qualified", _tenants_with("hard_tech")),
}


def explain(user: Any, code: str, **params: Any) -> str:
    """The page with the records counted in figure ``code``; empty for who may not open it."""
    if not Scope.of(user).can(Capability.FIGURE_READ):
        return ""
    try:
        return records_url(code, **params)
    except NoReverseMatch:
        return ""


def explain_count(user: Any, code: str, carrier: str, month: date) -> str:
    """The records behind one of the register's counts of a carrier's month; empty for who may not open them."""
    figure, question = REGISTER_QUESTIONS[code]
    return explain(user, figure, carrier=carrier, **question(month))


@cache
def _summed() -> dict[str, Tally]:
    """Column of the monthly report -> the figure of the catalogue that adds it up."""
    day = date(2000, 1, 31)
    sums = [each for each in catalogue.all() if isinstance(each, Tally) and each.source == "月报"]
    columns = [(figures.counted_column(each.code, on=day, start=day, end=day), each) for each in sums]
    return {column: each for column, each in columns if column}


def explain_reported(user: Any, column: str, carrier: str, month: date) -> str:
    """How the figure that a report's ``column`` is counted in is made, for one carrier's month; empty without one."""
    figure = _summed().get(column)
    if figure is None or not Scope.of(user).can(Capability.FIGURE_READ):
        return ""
    question = _within(month) if figure.kind is Kind.FLOW else _at_end(month)
    return figure_url(figure.code, carrier=carrier, **question)


def link_figures(user: Any, carriers: Sequence[Any], day: date) -> Sequence[Any]:
    """Put on each carrier ``incubatees_url`` (the records counted) and ``occupancy_url`` (how the rate is made, or why
    there is none). Expects what :func:`incubators.selectors.add_reporting` puts there; asks the database nothing.
    """
    may = Scope.of(user).can(Capability.FIGURE_READ)
    for carrier in carriers:
        carrier.incubatees_url = explain(user, "n_incubatee", carrier=carrier.code, on=day)
        rate = "seat_occupancy_rate" if carrier.kind == Carrier.Kind.MAKER_SPACE else "occupancy_rate"
        on = month_end(carrier.occupancy_month) if carrier.occupancy_month else day
        carrier.occupancy_url = figure_url(rate, carrier=carrier.code, on=on) if may else ""
    return carriers
