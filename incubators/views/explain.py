"""Addresses that lead from a page of the register to how its figures are made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import NoReverseMatch

from incubators.access import Capability
from incubators.indicators.links import figure_url, records_url
from incubators.indicators.tally import month_end
from incubators.models import Carrier
from incubators.scope import Scope


def explain(user: Any, code: str, **params: Any) -> str:
    """The page with the records counted in figure ``code``; empty for who may not open it."""
    if not Scope.of(user).can(Capability.FIGURE_READ):
        return ""
    try:
        return records_url(code, **params)
    except NoReverseMatch:
        return ""


def link_figures(user: Any, carriers: Sequence[Any], day: date) -> Sequence[Any]:
    """Put on each carrier ``incubatees_url`` (the records counted) and ``occupancy_url`` (how the rate is made).

    Expects what :func:`incubators.selectors.add_reporting` puts there; asks the database nothing.
    """
    may = Scope.of(user).can(Capability.FIGURE_READ)
    for carrier in carriers:
        carrier.incubatees_url = explain(user, "n_incubatee", carrier=carrier.code, on=day)
        rate = "seat_occupancy_rate" if carrier.kind == Carrier.Kind.MAKER_SPACE else "occupancy_rate"
        known = may and carrier.occupancy_month is not None
        on = month_end(carrier.occupancy_month) if known else day
        carrier.occupancy_url = figure_url(rate, carrier=carrier.code, on=on) if known else ""
    return carriers
