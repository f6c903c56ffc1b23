"""Addresses that lead from a page of the register to how its figures are made."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch

from incubators.access import Capability
from incubators.indicators.links import records_url
from incubators.scope import Scope


def explain(user: Any, code: str, **params: Any) -> str:
    """The page with the records counted in figure ``code``; empty for who may not open it."""
    if not Scope.of(user).can(Capability.FIGURE_READ):
        return ""
    try:
        return records_url(code, **params)
    except NoReverseMatch:
        return ""
