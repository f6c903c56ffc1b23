"""What the page of one report shows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from core.templatetags.portal import DASH
from incubators.models import EnterpriseMonth, MonthlyReport
from incubators.permits import may_ask_correction, may_edit_report, may_move_report, may_review_reports
from incubators.reporting import checks, context, register
from incubators.reporting.context import MonthContext
from incubators.reporting.enterprise_fields import ENTERPRISE_FIELDS, ENTERPRISE_GROUPS, answers_of, totals
from incubators.reporting.fields import GROUPS, Gap, ReportField
from incubators.reporting.findings import Finding
from incubators.reporting.fingerprint import content_hash
from incubators.reporting.form import MonthForm
from incubators.reporting.workflow import COUNTED, EDITABLE, MISSING, S, words
from incubators.services.corrections import last_request
from incubators.services.enterprise_rows import rows_of
from incubators.services.evidence import attachments_of
from incubators.views.enterprise_rows import REMOVED, shown_rows
from incubators.views.explain import explain_count, explain_reported
from incubators.views.report_form import previous_url, records_urls, sparkline

_TONES = {S.SUBMITTED: "info", S.CHECKED: "info", S.RETURNED: "warning", S.ACCEPTED: "success"}
_ICONS = {
    S.DRAFT: "pencil",
    S.SUBMITTED: "send",
    S.CHECKED: "checks",
    S.RETURNED: "arrow-back-up",
    S.ACCEPTED: "circle-check",
    S.LOCKED: "lock",
}


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """One figure to read: this month and what it is counted in (``url``), last month, the change, the earlier months
    as a line, and its findings, each with its explanation and where the register's records are listed. Of a correction
    also what the revision before it said (``former``, or why it said nothing), and whether that is another answer."""

    spec: ReportField
    value: str
    url: str
    previous: str
    change: str
    points: str
    findings: list[tuple[Finding, str, str]]
    label: str = ""
    gap: Gap | None = None
    former: str = ""
    former_gap: Gap | None = None
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class ShownWords:
    """Words of a report; of a correction also what the revision before it said, and whether that is something else."""

    label: str
    text: str
    former: str = ""
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class ShownCount:
    """One of the register's counts as kept with the report, and as the register has it now with its records."""

    label: str
    unit: str
    kept: int | None
    now: int
    url: str

    @property
    def differs(self) -> bool:
        return self.kept is not None and self.kept != self.now


def detail_context(user: Any, report: MonthlyReport) -> dict[str, Any]:
    """Everything the page shows, with the permits for what this person may do next."""
    around = context.load([report.carrier], report.month)[report.carrier_id]
    editable = report.state in EDITABLE
    form = around.form
    # Missing figures matter while it can be changed.
    found = [each for each in checks.run(around.sheet_of(report)) if editable or each.rule != "M"]
    former = _former(around, report)
    sections = _sections(user, around, report, found, former)
    texts = _texts(form, report, former)
    attachments, enterprises = list(attachments_of(report)), _rows(around, report)
    moves = {
        move: may_move_report(user, report, move, around.days)
        for move in ("check", "return", "accept", "lock", "correct")
    }
    reviewer = bool(may_review_reports(user, report.carrier))
    return {
        "report": report,
        "carrier": report.carrier,
        "month": report.month,
        "month_text": f"{report.month:%Y-%m}",
        "days": around.days,
        "late": around.timing.late,
        "state_words": words(report.state or MISSING, reviewer=reviewer),
        "sections": sections,
        "former": former,
        "changed": [line.label for _, lines in sections for line in lines if line.is_changed],
        "changed_texts": [text.label for text in texts if text.is_changed],
        "previous_url": previous_url(around),
        "texts": texts,
        "handed_in": not editable,
        "general": [(each, report.explanations.get(each.key, "")) for each in found if not each.place],
        "is_explained": bool(report.explanations),
        "counts": _counts(user, around, report),
        "events": _events(report),
        "revisions": [*reversed(around.revisions)],
        "attachments": attachments,
        "content_hash": content_hash(report, [each.sha256 for each in attachments], enterprises),
        **_enterprises(around, enterprises, former),
        "may_edit": may_edit_report(user, report),
        "moves": moves,
        "may_ask": may_ask_correction(user, report),
        "asked": last_request(report) if report.state in COUNTED and report.is_current else None,
        "is_reviewer": reviewer,
        "is_latest": around.latest is None or around.latest.pk == report.pk,
        "latest": around.latest,
        "standing": around.standing,
    }


def _rows(around: MonthContext, report: MonthlyReport) -> list[EnterpriseMonth]:
    """What the report holds of each incubatee, with the enterprises; asked for again only of an earlier revision."""
    if around.latest is not None and around.latest.pk == report.pk:
        return around.enterprises.kept(around.carrier.pk)
    return [*rows_of(report)]


def _enterprises(around: MonthContext, rows: list[EnterpriseMonth], former: MonthlyReport | None) -> dict[str, Any]:
    """What the report holds of each incubatee, with the sums; nothing where the month does not ask and none was told."""
    if not rows and not around.form.enterprises:
        return {"enterprises": [], "enterprise_totals": [], "sheet_url": ""}
    shown = shown_rows(around, rows, None if former is None else [*rows_of(former)])
    sheet = [around.carrier.code, f"{around.month:%Y-%m}"]
    return {
        "enterprises": shown,
        "astray_enterprises": [each.name for each in shown if each.is_astray and each.note != REMOVED],
        "changed_enterprises": [each.name for each in shown if each.is_changed],
        "enterprise_groups": [
            (group, [spec for spec in ENTERPRISE_FIELDS if spec.group == group.code]) for group in ENTERPRISE_GROUPS
        ],
        "enterprise_totals": [*totals(map(answers_of, rows)).values()],
        "enterprise_count": len(rows),
        "sheet_url": reverse("incubators:report_enterprises", args=sheet) if around.form.enterprises else "",
    }


def _former(around: MonthContext, report: MonthlyReport) -> MonthlyReport | None:
    """What a correction replaces: the revision before it, which counts until the correction is accepted. Only one
    correction is open at a time, so there is none between."""
    return next((row for row in around.revisions if row.revision == report.revision - 1), None)


def _texts(form: MonthForm, report: MonthlyReport, former: MonthlyReport | None) -> list[ShownWords]:
    held = form.texts_of(report)
    before = held if former is None else form.texts_of(former)
    return [
        ShownWords(text.label, held[text.code], before[text.code], held[text.code] != before[text.code])
        for text in form.texts
    ]


def _sections(
    user: Any, around: MonthContext, report: MonthlyReport, found: list[Finding], former: MonthlyReport | None
) -> list[tuple[Any, list[ShownFigure]]]:
    figures = []
    # Figures of other revisions and of open reports are counted nowhere.
    counts = report.is_current and report.state in COUNTED
    held, urls = around.form.answers_of(report), records_urls(around)
    old = held if former is None else around.form.answers_of(former)
    # A figure that the correction took away is shown too.
    either = {code: value if value is not None else old[code] for code, value in held.items()}
    for spec in around.form.asked(report.carrier.kind, either):
        value, before, was = held[spec.code], around.before(spec.code), old[spec.code]
        figures.append(
            ShownFigure(
                spec=spec,
                value=spec.show(value, unit=False),
                url=explain_reported(user, spec.code, report.carrier.code, report.month)
                if counts and not spec.declared and value is not None and not isinstance(value, Gap)
                else "",
                previous=spec.show(before, unit=False),
                change=_change(spec, value, before),
                points=sparkline([*around.series(spec.code), None if isinstance(value, Gap) else value]),
                label=around.label(spec),
                gap=value if isinstance(value, Gap) else None,
                former=spec.show(was, unit=False),
                former_gap=was if isinstance(was, Gap) else None,
                is_changed=value != was,
                findings=[
                    (each, report.explanations.get(each.key, ""), urls.get(each.records, ""))
                    for each in found
                    if each.place == spec.code
                ],
            )
        )
    return [
        (group, lines) for group in GROUPS if (lines := [line for line in figures if line.spec.group == group.code])
    ]


def _change(spec: ReportField, value: Any, before: Any) -> str:
    if value is None or before is None or isinstance(value, Gap) or isinstance(before, Gap):
        return DASH
    change = Decimal(value) - Decimal(before)
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return f"{sign}{spec.show(abs(change), unit=False)}"


def _counts(user: Any, around: MonthContext, report: MonthlyReport) -> list[ShownCount]:
    return [
        ShownCount(
            label,
            unit,
            report.register.get(code),
            around.known[code],
            explain_count(user, code, report.carrier.code, report.month),
        )
        for code, (label, unit) in register.REGISTER_LABELS.items()
    ]


def _events(report: MonthlyReport) -> list[dict[str, Any]]:
    """The log of this revision, the latest first."""
    rows = report.transitions.select_related("actor").order_by("-at", "-pk")
    return [
        {
            "when": row.at,
            "title": _event_words(row.from_state, row.to_state, row.comment),
            "text": row.comment,
            "actor": str(row.actor),
            "tone": _TONES.get(S(row.to_state), "neutral"),
            "icon": _ICONS[S(row.to_state)],
        }
        for row in rows
    ]


def _event_words(before: str, after: str, comment: str) -> str:
    if after == S.DRAFT:
        return "建立更正版本" if comment else "开始填报"
    again = "再次" if before == S.RETURNED and after == S.SUBMITTED else ""
    done = {S.SUBMITTED: "提交", S.CHECKED: "镇审通过", S.RETURNED: "退回", S.ACCEPTED: "审核通过", S.LOCKED: "锁定"}
    return again + done[S(after)]
