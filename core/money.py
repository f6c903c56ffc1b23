"""Money is Decimal yuan; people read and type 万元 (ten thousand yuan)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

WAN = Decimal(10_000)
THOUSAND = Decimal(1_000)
YUAN_PLACES = Decimal("0.01")


def round_yuan(amount: Decimal) -> Decimal:
    """``amount`` to the cent, half up: the only rounding of money in the portal."""
    return amount.quantize(YUAN_PLACES, rounding=ROUND_HALF_UP)


def to_wan(amount: Decimal) -> Decimal:
    """Yuan to 万元, exact."""
    return amount / WAN


def from_wan(amount: Decimal) -> Decimal:
    """万元 to yuan, exact."""
    return amount * WAN


def to_thousands_exactly(amount: Decimal) -> Decimal:
    """Yuan to 千元, exact."""
    return amount / THOUSAND


def to_thousands(amount: Decimal) -> Decimal:
    """Yuan to whole 千元, half up: the unit of the Torch statistics system."""
    return to_thousands_exactly(amount).quantize(Decimal(1), rounding=ROUND_HALF_UP)


def from_thousands(amount: Decimal) -> Decimal:
    """千元 to yuan, exact."""
    return amount * THOUSAND


def wan_text(amount: Decimal | None) -> str:
    """``600000`` -> ``60 万元``; decimals only where there are some; ``—`` when unknown."""
    if amount is None:
        return "—"
    value = to_wan(Decimal(amount)).quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP).normalize()
    return f"{value:,f} 万元"
