"""What a roster says: lines drawn from the register as of a day, and the digests that tell if one was changed since.

Who is in is asked of the catalogue of figures (:mod:`incubators.indicators`), so that a roster and the figure of the
same day count the same enterprises.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import DateField

from core.trail import canonical, moment
from incubators.indicators import enterprises, tally
from incubators.indicators.base import Kind, Question
from incubators.models import Enterprise, Residency, Roster, RosterEntry
from incubators.register.rules import HARD_TECH

# What a line says beside its number, in the order of the list: attribute and heading.
SAID: dict[str, str] = {
    "uscc": "统一社会信用代码",
    "name": "企业名称",
    "area_name": "注册区域",
    "industry": "技术领域",
    "founded_on": "成立日期",
    "carrier_code": "载体编号",
    "carrier_name": "载体名称",
    "operator_name": "运营机构",
    "entered_on": "入驻日期",
    "incubating_from": "在孵起始",
    "graduated_on": "毕业日期",
    "graduation_ground": "毕业依据",
    "graduation_number": "毕业编号",
    "basis": "确认依据",
}
# What a kind of roster has nothing to say of.
_UNSAID = {
    Roster.Kind.INCUBATEES: {"graduated_on", "graduation_ground", "graduation_number", "basis"},
    Roster.Kind.GRADUATES: {"basis"},
    Roster.Kind.HARD_TECH: {"incubating_from", "graduated_on", "graduation_ground", "graduation_number"},
}
# Of the roster itself, what its digest covers. People and areas by key: their names may change.
_HEADER = (
    *("kind", "area_id", "year", "as_of", "title", "revision", "corrects_id", "reason", "made_by_id"),
    *("confirmed_by_id", "confirmed_on", "document"),
)
# Everything a line is written with, beside the roster's key.
LINE = ("number", "enterprise_id", "carrier_id", *SAID, "pinyin", "is_synthetic", "digest")

Line = dict[str, Any]


def said_by(kind: str) -> dict[str, str]:
    """The columns of a kind of roster: attribute to heading."""
    return {name: label for name, label in SAID.items() if name not in _UNSAID[Roster.Kind(kind)]}


def is_day(name: str) -> bool:
    """Whether an attribute of a line is a date."""
    return isinstance(RosterEntry._meta.get_field(name), DateField)


# --- Drawing ----------------------------------------------------------------------------------------------------------
def drawn(roster: Roster, bases: Mapping[int, str] | None = None) -> list[Line]:
    """The lines of ``roster`` by the register as it stands now, numbered, as of the roster's day.

    ``bases``: for a list confirmed one by one (硬科技), the enterprises to be on it with their words; without them, those
    whose qualification is valid that day. A few queries, whatever the number of lines.
    """
    if roster.kind != Roster.Kind.HARD_TECH:
        return _numbered(_stays(roster))
    return _numbered(_chosen(roster, _qualified(roster) if bases is None else bases))


def _numbered(lines: list[Line]) -> list[Line]:
    """By carrier, those outside all carriers last."""
    lines.sort(key=lambda line: (not line["carrier_code"], line["carrier_code"], line["uscc"]))
    for number, line in enumerate(lines, start=1):
        line["number"] = number
        line["digest"] = digest_of_line(line)
    return lines


def _stays(roster: Roster) -> list[Line]:
    if roster.kind == Roster.Kind.INCUBATEES:
        question = Question(on=roster.as_of, within=roster.area)
        stays = tally.select(enterprises.incubatees(question), Kind.STOCK, question)
        latest = "-incubating_from"
    else:
        question = Question(start=date(roster.year, 1, 1), end=roster.as_of, within=roster.area)
        stays = tally.select(enterprises.graduated(question), Kind.FLOW, question)
        latest = "-graduated_on"
    lines: dict[int, Line] = {}
    for stay in stays.select_related("enterprise__area", "carrier__operator").order_by(latest, "-pk"):
        # An enterprise is on a list once, with its latest stay.
        if stay.enterprise_id not in lines:
            lines[stay.enterprise_id] = _line(roster, stay.enterprise, stay, "")
    return [*lines.values()]


def _qualified(roster: Roster) -> dict[int, str]:
    """Enterprises of the area that hold the qualification on the day, with the words it was recorded with."""
    rows = qualified_on(roster, roster.as_of).order_by("valid_from", "pk")
    return {row.enterprise_id: row.basis or row.certificate for row in rows}


def qualified_on(roster: Roster, day: date) -> Any:
    """The 硬科技 qualifications of enterprises of the roster's area that are valid on ``day``."""
    asked = {"qualification": HARD_TECH, "population": "district"}
    question = Question(on=day, within=roster.area, params=asked)
    rows: Any = tally.select(enterprises.qualified(question), Kind.STOCK, question)
    return rows


def held_on(roster: Roster) -> Any:
    """The 硬科技 qualifications that a list can end: those valid on its own day; of a correction, on the day when the
    revision before it was confirmed, for that one granted some from that day on."""
    before = roster.corrects
    day = before.confirmed_on if before is not None and before.confirmed_on is not None else roster.as_of
    return qualified_on(roster, day)


def _chosen(roster: Roster, bases: Mapping[int, str]) -> list[Line]:
    chosen = Enterprise.objects.filter(pk__in=list(bases)).select_related("area")
    stays = Residency.objects.resident_on(roster.as_of).filter(enterprise__in=list(bases))
    places: dict[int, Residency] = {}
    for stay in stays.select_related("carrier__operator").order_by("entered_on", "pk"):
        places[stay.enterprise_id] = stay
    return [_line(roster, row, places.get(row.pk), bases[row.pk]) for row in chosen]


def _line(roster: Roster, enterprise: Enterprise, stay: Residency | None, basis: str) -> Line:
    """One enterprise as the register says it; what the kind of roster does not speak of stays empty."""
    carrier = stay.carrier if stay else None
    line = {
        "uscc": enterprise.uscc,
        "name": enterprise.name,
        "area_name": enterprise.area.name,
        "industry": enterprise.industry,
        "founded_on": enterprise.founded_on,
        "carrier_code": carrier.code if carrier else "",
        "carrier_name": carrier.name if carrier else "",
        "operator_name": carrier.operator.name if carrier else "",
        "entered_on": stay.entered_on if stay else None,
        "incubating_from": stay.incubating_from if stay else None,
        "graduated_on": stay.graduated_on if stay else None,
        "graduation_ground": stay.get_graduation_ground_display() if stay else "",
        "graduation_number": stay.graduation_number if stay else "",
        "basis": basis,
    }
    for name in _UNSAID[Roster.Kind(roster.kind)]:
        line[name] = None if is_day(name) else ""
    return line | {
        "enterprise_id": enterprise.pk,
        "carrier_id": carrier.pk if carrier else None,
        "pinyin": enterprise.pinyin,
        "is_synthetic": enterprise.is_synthetic,
    }


def lines_of(roster: Roster) -> list[Line]:
    """The lines that the roster holds, in order."""
    return [*roster.entries.order_by("number").values(*LINE)]


# --- Digests ----------------------------------------------------------------------------------------------------------
def digest_of_line(line: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of what a line says, its number and its synthetic mark included."""
    said = {name: line[name] for name in ("number", *SAID, "is_synthetic")}
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def digest_of(roster: Roster, digests: Iterable[str]) -> str:
    """SHA-256 (hex) of a roster: its own facts, then the digests of its lines in order."""
    facts = {name: getattr(roster, name) for name in _HEADER}
    facts["made_at"] = moment(roster.made_at)
    whole = hashlib.sha256(canonical(facts).encode())
    for digest in digests:
        whole.update(f"\n{digest}".encode())
    return whole.hexdigest()


def digest_now(roster: Roster) -> str:
    """The digest of a roster as it stands in the database."""
    return digest_of(roster, roster.entries.order_by("number").values_list("digest", flat=True))
