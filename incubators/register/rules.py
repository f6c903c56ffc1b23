"""Rules of the register that forms, sheets and services share. Each answers what is wrong in a sentence, or nothing."""

from __future__ import annotations

from datetime import date

from incubators.models import Carrier


def before_opening(day: date, opened_on: date) -> str:
    """Nobody moves in, and no title is given, before the carrier opened."""
    return f"不能早于载体开办日期{opened_on:%Y年%m月%d日}" if day < opened_on else ""


def unfit(title_kind: str, carrier_kind: str) -> str:
    """A title for one kind of carrier is not given to another; ``any`` and nothing fit all."""
    if title_kind in {"", "any", carrier_kind}:
        return ""
    return f"这个称号不适用于{Carrier.Kind(carrier_kind).label}"


def unproven(certificate: str | None, basis: str | None) -> str:
    """A qualification rests on a certificate, or on a list that confirms it (硬科技)."""
    return "" if certificate or basis else "请填证书或登记编号;以名单确认的资质请填依据"
