"""The registry of figures. A higher app may add its own when it starts; a code stands for one figure for ever."""

from __future__ import annotations

from collections.abc import Iterable

from incubators.indicators import carriers, enterprises, incubatees, reports, resources
from incubators.indicators.base import BadQuestion, Indicator

_registry: dict[str, Indicator] = {}


class UnknownIndicator(BadQuestion):
    """There is no figure with this code."""


def register(indicators: Iterable[Indicator]) -> None:
    """Add figures. Raises :class:`ValueError` for a code that is taken."""
    for indicator in indicators:
        if indicator.code in _registry:
            raise ValueError(f"indicator code taken: {indicator.code}")
        _registry[indicator.code] = indicator


def get(code: str) -> Indicator:
    """The figure with this code. Raises :class:`UnknownIndicator`."""
    if code not in _registry:
        raise UnknownIndicator(errors={"indicator": [f"没有代码为“{code}”的指标;可在“指标口径”中查到全部代码"]})
    return _registry[code]


def all() -> list[Indicator]:  # noqa: A001 - read as catalogue.all()
    """Every figure, in the order of their groups."""
    return list(_registry.values())


for _module in (carriers, enterprises, resources, reports, incubatees):
    register(_module.INDICATORS)
