"""What the form of one month shows: each figure with last month's, the register's, a small line, and its findings."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from incubators.forms import EXPLANATION, ReportForm
from incubators.reporting import checks, register
from incubators.reporting.context import MonthContext
from incubators.reporting.enterprise_fields import Total, totals
from incubators.reporting.fields import GROUPS, Answer, ReportField, Value
from incubators.reporting.findings import Finding, while_filling
from incubators.reporting.form import DECLARED
from incubators.views.explain import explain_count
from incubators.views.register import EVENTS

LINE_WIDTH, LINE_HEIGHT, LINE_MARGIN = 96, 22, 3


@dataclass(frozen=True, slots=True)
class Note:
    """A finding as shown: what blocks, or what asks for an explanation and what was written so far. ``url``: the records
    of the register that it is about; ``take``: what its button puts into the field (``code=text``), ``take_label`` in words."""

    finding: Finding
    text: str
    missing: bool
    url: str = ""
    take: str = ""
    take_label: str = ""

    @property
    def name(self) -> str:
        return EXPLANATION + self.finding.key


@dataclass(frozen=True, slots=True)
class Notes:
    """Errors and findings at one place. ``beside``: findings that stand at another field and are about this one too.
    ``signature`` tells whether a saved page already shows the same."""

    place: str
    errors: Sequence[str]
    notes: Sequence[Note]
    beside: Sequence[Finding] = ()

    @property
    def count(self) -> int:
        """How many things are to be put right here."""
        return len(self.errors) + sum(note.finding.hard for note in self.notes)

    @property
    def signature(self) -> str:
        words = "\n".join(
            [
                *self.errors,
                *(f"{each.key}{each.message}" for each in (*(note.finding for note in self.notes), *self.beside)),
            ]
        )
        return hashlib.sha256(words.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One figure of the form."""

    spec: ReportField
    label: str
    bound: Any
    input: str
    required: bool
    previous: str
    known: str
    known_url: str
    points: str
    notes: Notes


@dataclass(frozen=True, slots=True)
class KnownLine:
    """One count of the register, beside what last month's report said."""

    code: str
    label: str
    unit: str
    value: int
    before: int | None
    url: str


def present(
    around: MonthContext,
    form: ReportForm,
    values: Mapping[str, Answer],
    texts: Mapping[str, str],
    explanations: Mapping[str, str],
    *,
    user: Any,
    strict: bool,
) -> dict[str, Any]:
    """The template's figures, words, notes and register lines, with addresses that ``user`` may open. ``strict``: after
    an attempt to submit, what is missing is named too."""
    # Whether the month has ended matters only to who submits it.
    found = checks.run(around.sheet(values, texts, today=timezone.localdate() if strict else None))
    unread = set(form.errors) if form.is_bound else set()
    if not strict:
        found = while_filling(found, values)
    # What could not be read is not "missing" as well.
    found = [each for each in found if each.rule != "M" or each.place not in unread]
    shown = found
    if form.is_bound:
        shown = _to_errors(form, shown)
        # A figure that must be put right first is not to be explained as well; words already written stay.
        shown = [each for each in shown if each.place not in form.errors or explanations.get(each.key)]
    notes = notes_by_place(form, shown, explanations, records_urls(around), about=found, strict=strict)
    kind, month = around.carrier.kind, around.form
    declared = [(text, form[text.code], notes[text.code]) for text in month.texts if text.declared]
    asked = [spec for spec in month.figures if spec.concerns(kind, values.get(spec.code)) or spec.code in form.data]
    figures = [_figure(around, form, spec, notes) for spec in asked]
    return {
        "sections": [
            (group, lines, words)
            for group in GROUPS
            for lines in [[line for line in figures if line.spec.group == group.code]]
            for words in [declared if group.code == DECLARED else []]
            if lines or words
        ],
        "words": [(text, form[text.code], notes[text.code]) for text in month.texts if not text.declared],
        "enterprises": progress(around),
        "changes": changes(around, user),
        "general": notes[""],
        "notes": list(notes.values()),
        "known": known_lines(around, user),
        "known_elsewhere": [line for line in figures if line.known_url],
        "previous_url": previous_url(around),
        "blocking": [each for each in shown if each.hard],
        "to_explain": [each for each in shown if each.must_explain and not explanations.get(each.key, "").strip()],
    }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far what is reported of the incubatees is: how many are complete and to be put right, and what they sum up to."""

    total: int
    complete: int
    wrong: int
    url: str
    sums: list[Total]

    @property
    def wrong_words(self) -> str:
        return f"{self.wrong}家待改正"


# What the form tells of the sums; the sheet has all.
TOLD_SUMS = ("staff", "revenue", "revenue_ytd", "research_ytd", "ip_valid", "financing")


def progress(around: MonthContext) -> Progress | None:
    """Of a month that asks of its incubatees; else None."""
    if not around.form.enterprises:
        return None
    known = around.incubatees
    summed = totals(each.answers for each in known if each.row is not None)
    return Progress(
        total=len(known),
        complete=sum(each.complete for each in known),
        wrong=sum(bool(each.row is not None and each.row.unread) for each in known),
        url=reverse("incubators:report_enterprises", args=[around.carrier.code, f"{around.month:%Y-%m}"]),
        sums=[summed[code] for code in TOLD_SUMS if summed[code].known],
    )


def _to_errors(form: ReportForm, shown: list[Finding]) -> list[Finding]:
    """Make what blocks at a field an error of that field, so that its input is marked; returns the other findings."""
    for each in shown:
        if each.hard and each.place:
            form.add_error(each.place, each.message)
    return [each for each in shown if not (each.hard and each.place)]


def notes_by_place(
    form: ReportForm,
    found: Sequence[Finding],
    explanations: Mapping[str, str],
    urls: Mapping[str, str],
    *,
    about: Sequence[Finding],
    strict: bool,
) -> dict[str, Notes]:
    """Errors and findings by field, with an empty entry for every field and one for the whole report. ``about``: all
    findings, for the fields that one of another field is about too."""
    places = ["", *form.month_form.codes]
    errors = form.errors if form.is_bound else {}
    result = {}
    for place in places:
        here = [each for each in found if each.place == place]
        texts = [explanations.get(each.key, "") for each in here]
        result[place] = Notes(
            place,
            list(errors.get(place, [])) if place else [],
            [
                Note(
                    each,
                    text,
                    strict and each.must_explain and not text.strip(),
                    urls.get(each.records, ""),
                    *_taken(form, each),
                )
                for each, text in zip(here, texts, strict=True)
            ],
            [each for each in about if place in each.fields[1:]],
        )
    return result


def _taken(form: ReportForm, each: Finding) -> tuple[str, str]:
    """What the button of a finding puts into the field, and how it says so."""
    if each.suggestion is None:
        return "", ""
    spec = form.month_form.by_code[each.place]
    return f"{spec.code}={spec.typed(each.suggestion)}", spec.show(each.suggestion)


def _figure(around: MonthContext, form: ReportForm, spec: ReportField, notes: Mapping[str, Notes]) -> FigureLine:
    before = around.before(spec.code)
    known, url = known_of(around, spec)
    return FigureLine(
        spec=spec,
        label=around.label(spec),
        bound=form[spec.code],
        input=_input(form[spec.code], beside=before is not None or bool(known)),
        required=spec.required_for(around.carrier.kind),
        previous="" if before is None else spec.show(before, unit=False),
        known=known,
        known_url=url,
        points=sparkline(around.series(spec.code)),
        notes=notes[spec.code],
    )


def _input(bound: Any, *, beside: bool) -> str:
    """The field, read aloud with its help, its errors, and last month's and the register's figure beside it."""
    told = [(bound.help_text, "helptext"), (bound.errors, "error"), (beside, "beside")]
    names = " ".join(f"{bound.auto_id}_{part}" for there, part in told if there)
    described = {"aria-describedby": names} if names else {}
    return str(bound.as_widget(attrs={**described, "aria-keyshortcuts": "Alt+ArrowDown"}))


# What the register knows of a figure: the tab of the carrier's file that lists it, as of the month.
_LISTED = {
    "floor_area": "tab=enterprises&list=residents&on={end:%Y-%m-%d}",
    "n_mentor": "tab=resources&month={month:%Y-%m}#mentors",
    "n_activity": "tab=resources&month={month:%Y-%m}#activities",
    "n_participant": "tab=resources&month={month:%Y-%m}#activities",
}


def known_of(around: MonthContext, spec: ReportField) -> tuple[str, str]:
    """What the register knows of the same thing, in words, and where it is listed. Area only if known for all; of the
    month alone nothing beside what is counted from January."""
    if around.cumulative and not spec.stock:
        return "", ""
    if not spec.register or (spec.register == "floor_area" and around.known["floor_area_unknown"]):
        return "", ""
    return spec.show(around.known[spec.register], unit=False), _listed(around, spec)


def _listed(around: MonthContext, spec: ReportField) -> str:
    listed = _LISTED[spec.register].format(month=around.month, end=register.month_end(around.month))
    return f"{reverse('incubators:carrier_detail', args=[around.carrier.code])}?{listed}"


def records_urls(around: MonthContext) -> dict[str, str]:
    """Where the register's records of figures that are typed are listed, by the figure's code."""
    return {spec.code: _listed(around, spec) for spec in around.form.figures if spec.register}


@dataclass(frozen=True, slots=True)
class Change:
    """What happened among the tenants in the month as the register knows it, and the form that records one more
    (empty where this person may not; ``why`` says so). ``waits``: what is asked for and not recorded yet."""

    label: str
    value: int
    url: str
    record_label: str
    record_url: str
    why: str
    waits: str = ""


# The register's count, and the events that add to it: what staff record, an operator may have to ask for.
_CHANGES = (("new", ("admit",)), ("graduated", ("graduate", "ask-graduate")), ("left", ("leave",)))


def changes(around: MonthContext, user: Any) -> list[Change]:
    """Entries, graduations and exits of the month, each with the way to record one more and come back."""
    found = []
    asked = around.known["graduation_asked"]
    for code, events in _CHANGES:
        permits = [(event, EVENTS[event].permit(user, around.carrier)) for event in events]
        event, permit = next((pair for pair in permits if pair[1]), permits[0])
        spec = EVENTS[event]
        address = reverse("incubators:register_event", args=[around.carrier.code, event])
        found.append(
            Change(
                register.REGISTER_LABELS[code][0],
                around.known[code],
                explain_count(user, code, around.carrier.code, around.month),
                spec.title,
                f"{address}?month={around.month:%Y-%m}" if permit else "",
                permit.reason,
                f"另有{asked}家毕业申请待审核,同意后计入" if code == "graduated" and asked else "",
            )
        )
    return found


def known_lines(around: MonthContext, user: Any) -> list[KnownLine]:
    """The register's counts for the month, each leading to the records counted."""
    before = around.previous.register if around.previous is not None else {}
    return [
        KnownLine(
            code=code,
            label=label,
            unit=unit,
            value=around.known[code],
            before=before.get(code),
            url=explain_count(user, code, around.carrier.code, around.month),
        )
        for code, (label, unit) in register.REGISTER_LABELS.items()
    ]


def previous_url(around: MonthContext) -> str:
    """Last month's report, where its figures stand; empty if it was not filed."""
    return reverse("incubators:report_detail", args=[around.previous.pk]) if around.previous is not None else ""


def sparkline(series: Sequence[Value]) -> str:
    """Points of a small line (SVG) over the months that have a value; empty with fewer than three of them."""
    known = [Decimal(value) for value in series if value is not None]
    if len(known) < 3:
        return ""
    low, high = min(known), max(known)
    step = Decimal(LINE_WIDTH - 2 * LINE_MARGIN) / (len(known) - 1)
    room = Decimal(LINE_HEIGHT - 2 * LINE_MARGIN)
    heights = [room / 2 if high == low else (high - value) / (high - low) * room for value in known]
    return " ".join(f"{LINE_MARGIN + step * n:.1f},{LINE_MARGIN + y:.1f}" for n, y in enumerate(heights))
