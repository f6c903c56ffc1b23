"""What a jurisdiction asks of its months, and when: the versions so far, and a new one with what will come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.dates import month_cn
from core.permits import NotPermitted, Refused
from incubators.forms import ReportForm
from incubators.models import Area, Carrier, ReportCalendar
from incubators.months_forms import ArrangementForm, FieldForms
from incubators.permits import may_arrange
from incubators.reporting.calendar import Days, add_months, days_of, last_full_month
from incubators.reporting.declaring import KINDS
from incubators.reporting.enterprise_fields import ENTERPRISE_FIELDS, ENTERPRISE_GROUPS, REQUIRED
from incubators.reporting.fields import GROUPS, Group, ReportField
from incubators.reporting.form import FIGURE_KINDS, declared
from incubators.scope import Scope
from incubators.services.months import DAYS, declared_before, first_free_month, set_calendar
from incubators.views.places import month_asked

PREVIEWED = 3  # months whose dates are shown
SINCE_EVER = date(2000, 1, 1)
USUAL = {"opens_day": 1, "due_day": 5, "town_day": None, "review_day": 10}
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Dated:
    """One date of a month. ``moved``: not the day that was set, which is off work."""

    label: str
    day: date | None
    moved: bool = False

    @property
    def weekday(self) -> str:
        return f"周{WEEKDAYS[self.day.weekday()]}" if self.day else ""


# --- Areas --------------------------------------------------------------------------------------------------------------
def arranged_areas(user: Any) -> list[Area]:
    """The areas whose arrangements concern a person, those they decide first: jurisdictions among, below and above their
    own areas (of an operator: above its carriers), and own areas that have no calendar yet. Two queries."""
    scope = Scope.of(user)
    own = [path for path in scope.area_paths if not any(path != up and path.startswith(up) for up in scope.area_paths)]
    if not own:
        rows = Carrier.objects.visible_to(user).order_by().values_list("owner_area__path", flat=True).distinct()
        below = [*rows]
    else:
        below = own
    found: dict[int, Area] = {}
    for area in Area.objects.filter(report_calendars__isnull=False).distinct().order_by("path"):
        if scope.covers(area.path) or any(path.startswith(area.path) for path in below):
            found[area.pk] = area
    arranged = [area.path for area in found.values()]
    bare = [path for path in own if not any(path.startswith(up) or up.startswith(path) for up in arranged)]
    if bare:
        found |= {area.pk: area for area in Area.objects.filter(path__in=bare)}
    return sorted(found.values(), key=lambda area: (not may_arrange(user, area), area.path))


def chosen_area(request: HttpRequest) -> tuple[list[Area], Area | None]:
    """The areas to choose from, and the one that the address names: the first if it names none. Raises
    :class:`Http404` for one that is not among them."""
    areas = arranged_areas(request.user)
    code = request.GET.get("area", "")
    if not code:
        return areas, areas[0] if areas else None
    found = next((area for area in areas if area.code == code), None)
    if found is None:
        raise Http404
    return areas, found


def area_tabs(request: HttpRequest, areas: Sequence[Area], here: Area, keep: str = "") -> list[dict[str, Any]]:
    """A tab for each area; none where there is nothing to choose."""
    if len(areas) < 2:
        return []
    kept = f"&{keep}" if keep else ""
    return [{"label": area.name, "url": f"?area={area.code}{kept}", "active": area == here} for area in areas]


# --- The versions so far ------------------------------------------------------------------------------------------------
@require_safe
def arrangement_list(request: HttpRequest) -> HttpResponse:
    """An area's calendar and declared fields: what holds now, the dates that follow from it, and all versions."""
    areas, area = chosen_area(request)
    if area is None:
        return render(request, "incubators/months/arrangements.html", {"area": None})
    versions = [*area.report_calendars.select_related("set_by").order_by("-from_month")]
    month = last_full_month(timezone.localdate())
    now = next((row for row in versions if row.from_month <= month), None)
    context = {
        "area": area,
        "tabs": area_tabs(request, areas, area),
        "now": now,
        "versions": [(row, _standing(row, now, month)) for row in versions],
        "dates": dates(month, lambda each: _days_of(_holding(versions, each))),
        "fields": field_rows(now.declared if now else ()),
        **_read(request, versions, now, month),
        "since_ever": SINCE_EVER,
        "permit": may_arrange(request.user, area),
        "free": first_free_month(timezone.localdate()),
    }
    return render(request, "incubators/months/arrangements.html", context)


def _read(
    request: HttpRequest, versions: Sequence[ReportCalendar], now: ReportCalendar | None, month: date
) -> dict[str, Any]:
    """The version whose fields are read: the one that the address names by its first month, else the one that holds.
    ``next``: the next one with fields, where that one has none."""
    asked = request.GET.get("version", "")
    read = next((row for row in versions if f"{row.from_month:%Y-%m}" == asked), now)
    coming = [row for row in versions if row.from_month > month and row.declared]
    return {
        "read": read,
        "read_state": _standing(read, now, month) if read else "",
        "read_fields": field_rows(read.declared if read else ()),
        "next": coming[-1] if coming and not (read and read.declared) else None,
    }


def _holding(versions: Sequence[ReportCalendar], month: date) -> ReportCalendar | None:
    return next((row for row in versions if row.from_month <= month), None)


def _standing(row: ReportCalendar, now: ReportCalendar | None, month: date) -> str:
    if row == now:
        return "current"
    return "coming" if row.from_month > month else "ended"


def _days_of(row: ReportCalendar | None) -> dict[str, int | None]:
    return {name: getattr(row, name) for name in DAYS} if row else USUAL


def dates(first: date, days_for: Any) -> list[tuple[date, list[Dated]]]:
    """The actual dates of the reports of some months from ``first`` on, by what ``days_for`` a month was set. Each month
    has the same days in the same places; a day that none of them has is left out."""
    found: list[tuple[date, list[Dated]]] = []
    for by in range(PREVIEWED):
        month = add_months(first, by)
        set_days = days_for(month)
        made = days_of(month, **set_days)
        found.append((month, _dated(made, set_days, month)))
    asked = [any(column) for column in zip(*([each.day for each in days] for _, days in found), strict=True)]
    return [(month, [*compress(days, asked)]) for month, days in found]


def _dated(made: Days, set_days: dict[str, int | None], month: date) -> list[Dated]:
    after = add_months(month, 1)
    parts = (
        ("开放", made.opens_on, "opens_day"),
        ("填报截止", made.due_on, "due_day"),
        ("镇审截止", made.town_on, "town_day"),
        ("区审截止", made.review_on, "review_day"),
    )
    return [
        Dated(label, day, day is not None and day != after.replace(day=set_days[name] or 1))
        for label, day, name in parts
    ]


def field_rows(definition: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Declared fields in words."""
    rows = []
    for entry in definition:
        low, high = entry.get("smallest"), entry.get("largest")
        limits = f"{low or 0} 至 {high}" if high else (f"不小于 {low}" if low else "")
        rows.append(
            {
                **entry,
                "kind_word": KINDS[entry["kind"]],
                "limits": limits if entry["kind"] in FIGURE_KINDS else "、".join(entry.get("options", ())),
            }
        )
    return rows


# --- A new version ------------------------------------------------------------------------------------------------------
def arrangement_create(request: HttpRequest) -> HttpResponse:
    """Publish a version from a coming month on. Everything typed stays while fields are added, removed and moved."""
    _, area = chosen_area(request)
    if area is None:
        raise Http404
    permit = may_arrange(request.user, area)
    if not permit:
        return render(request, "incubators/months/not_yours.html", {"area": area, "reason": permit.reason}, status=403)
    versions = [*area.report_calendars.order_by("-from_month")]
    if request.method == "POST":
        form, fields = ArrangementForm(request.POST), FieldForms.sent(request.POST)
        action = request.POST.get("action", "")
        fields.move(action)
        made = fields.judge(*declared_before(area)) if _judges(action) else None
        if action == "publish" and form.is_valid() and made is not None:
            try:
                row = _publish(request, area, form, made)
            except (Refused, NotPermitted) as refused:
                form.refuse(refused)
            else:
                messages.success(request, f"{area.name}自{month_cn(row.from_month)}起的填报安排已发布")
                place = f"?area={area.code}&version={row.from_month:%Y-%m}#fields"
                return redirect(reverse("incubators:arrangement_list") + place)
    else:
        action = ""
        form, fields = _begun(request, versions)
        made = fields.judge()
    context = {
        "area": area,
        "form": form,
        "fields": fields,
        "problems": fields.problems if request.method == "POST" else [],
        "step": _step(request),
        "replaces": _replaced(versions, form),
        "back": f"{reverse('incubators:arrangement_list')}?area={area.code}",
        **_preview(form, made, judged=_judges(action) or request.method != "POST"),
    }
    refused = action == "publish" and request.method == "POST"
    return render(request, "incubators/months/arrange.html", context, status=422 if refused else 200)


def _judges(action: str) -> bool:
    return action in {"publish", "preview"}


def _step(request: HttpRequest) -> int:
    """How often the page came back: each time the browser keeps what is typed under a name of its own."""
    sent = request.POST.get("step", "")
    return int(sent) + 1 if sent.isdecimal() and len(sent) < 4 else 0


def _begun(request: HttpRequest, versions: Sequence[ReportCalendar]) -> tuple[ArrangementForm, FieldForms]:
    """The form to begin with: the version that would hold in the month asked for, from that month on."""
    free = first_free_month(timezone.localdate())
    month, _ = month_asked(request.GET)
    month = max(month, free)
    held = _holding(versions, month)
    initial: dict[str, Any] = {**_days_of(held), "from_month": month}
    if held is not None:
        initial |= {name: getattr(held, name) for name in ("first_month", "first_is_cumulative", "enterprise_months")}
        initial["note"] = held.note if held.from_month == month else ""
    return ArrangementForm(initial=initial), FieldForms.of(held.declared if held else ())


def _publish(request: HttpRequest, area: Area, form: ArrangementForm, made: list[dict[str, Any]]) -> ReportCalendar:
    data = form.cleaned_data
    return set_calendar(
        user=request.user,
        area=area,
        from_month=data["from_month"],
        days={name: data[name] for name in DAYS},
        declared=made,
        first_month=data["first_month"],
        first_is_cumulative=data["first_is_cumulative"],
        enterprise_months=data["enterprise_months"],
        note=data["note"],
    )


def _month_of(form: ArrangementForm) -> date | None:
    if not form.is_bound:
        return form.initial["from_month"]  # type: ignore[no-any-return]
    form.is_valid()
    return form.cleaned_data.get("from_month")


def _replaced(versions: Sequence[ReportCalendar], form: ArrangementForm) -> ReportCalendar | None:
    """The version that has not begun and whose place this one would take."""
    month = _month_of(form)
    return next((row for row in versions if row.from_month == month), None)


def _preview(form: ArrangementForm, made: list[dict[str, Any]] | None, *, judged: bool) -> dict[str, Any]:
    """What will come of the form as it stands: the dates of the first months, and the form of the month."""
    month = _month_of(form)
    days = form.days if form.is_bound else {name: form.initial[name] for name in DAYS}
    month_form = declared(made or ())
    shown = ReportForm(month_form=month_form)
    for field in shown.fields.values():
        field.disabled = True
    sections = [
        (group, [shown[spec.code] for spec in month_form.figures if spec.group == group.code]) for group in GROUPS
    ]
    return {
        "dates": dates(month, lambda each: days) if month and days else [],
        "sections": [(group, lines) for group, lines in sections if lines],
        "words": [shown[text.code] for text in month_form.texts],
        "asked_count": len(month_form.figures),
        "own_count": len(made or ()),
        "enterprise_count": len(ENTERPRISE_FIELDS),
        "enterprise_required": REQUIRED,
        "enterprise_fields": [*map(_enterprise_group, ENTERPRISE_GROUPS)] if _asks_enterprises(form) else [],
        "fields_judged": judged and made is not None,
    }


def _asks_enterprises(form: ArrangementForm) -> bool:
    return str(form["enterprise_months"].value() or "") not in {"", ReportCalendar.EnterpriseMonths.NEVER.value}


def _enterprise_group(group: Group) -> tuple[Group, list[ReportField]]:
    return group, [spec for spec in ENTERPRISE_FIELDS if spec.group == group.code]


__all__ = ["area_tabs", "arranged_areas", "arrangement_create", "arrangement_list", "chosen_area"]
