"""Pages of rosters: the list, one roster in four parts, its paper, and whether an enterprise stands in one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.dates import date_cn
from core.listing import Listing, ListSpec
from core.spreadsheets import Column
from core.templatetags.badge_words import words_for
from incubators.models import Roster, RosterEntry
from incubators.register.permits import may_write_register
from incubators.rosters import comparing
from incubators.rosters.content import is_day, said_by
from incubators.rosters.filters import RosterEntryFilter, RosterFilter
from incubators.rosters.forms import VerifyForm
from incubators.rosters.permits import may_change, may_confirm, may_correct, may_make
from incubators.rosters.selectors import standing_in
from incubators.scope import Scope
from incubators.services.rosters import scans_of

PAGE_SIZE = 50
MOST_LISTED = 200  # enterprises of one comparison that a page lists; the export of the roster has all lines
TABS = {"lines": "名册内容", "year": "与上年对照", "register": "与登记簿对照", "record": "编制与确认"}
_SYNTHETIC = "“合成数据”为“是”的是演示用的合成数据,不是真实记录。"


LIST = ListSpec(
    filterset=RosterFilter,
    sorts={"year": "year", "kind": "kind", "area": "area__path", "as_of": "as_of", "confirmed_on": "confirmed_on"},
    default_sort="-year",
    file_name="名册",
    columns=(
        Column("年度", "year", "number"),
        Column("种类", lambda row: row.get_kind_display()),
        Column("标题", "title", width=36),
        Column("区域", "area.name"),
        Column("截止日", "as_of", "date"),
        Column("版次", "revision", "number"),
        Column("状态", lambda row: words_for("roster", row.standing).word),
        Column("企业数(您可见的)", "lines", "number"),
        Column("文号", "document", width=28),
        Column("确认日期", "confirmed_on", "date"),
        Column("校验值", "digest", width=66),
        Column("合成数据", "is_synthetic"),
    ),
    notes=(_SYNTHETIC,),
)


def entries_spec(roster: Roster, *, whole: bool) -> ListSpec:
    """What the list of a roster's lines offers: the columns that its kind has something to say of."""
    said = [
        Column(label, name, "date" if is_day(name) else "text", 26 if name.endswith("name") else 0)
        for name, label in said_by(roster.kind).items()
    ]
    state = "草稿,未经确认" if roster.is_draft else f"{roster.document};校验值 {roster.digest}"
    notes = (
        f"{roster}:截止{roster.as_of:%Y-%m-%d}。{state}",
        *([] if whole else ["只列您有权查看的载体的企业,不是全部名册。"]),
        _SYNTHETIC,
    )
    return ListSpec(
        filterset=RosterEntryFilter,
        sorts={"number": "number", "name": "name", **{name: name for name in said_by(roster.kind)}},
        default_sort="number",
        file_name=str(roster),
        columns=(Column("序号", "number", "number", 8), *said, Column("合成数据", "is_synthetic")),
        page_size=PAGE_SIZE,
        notes=notes,
    )


@require_safe
def roster_list(request: HttpRequest) -> HttpResponseBase:
    """Rosters that the person may see, with the number of lines that are theirs to read."""
    rows = Roster.objects.visible_to(request.user).with_standing(request.user).select_related("area")
    listing = Listing(request, rows, LIST)
    if listing.export_format:
        return listing.export()
    context = {"listing": listing, "page": listing.page(), "may_write": bool(may_write_register(request.user))}
    return render(request, "incubators/rosters/list.html", context)


def own_roster(request: HttpRequest, pk: int) -> Any:
    """The roster at an address, if the person may see any of it: with its standing, and ``whole`` if they see all."""
    rows = Roster.objects.visible_to(request.user).with_standing(request.user)
    related = ("area", "made_by", "confirmed_by", "corrects", "corrected_by")
    row = get_object_or_404(rows.select_related(*related), pk=pk)
    row.whole = Scope.of(request.user).covers(row.area.path)
    return row


@require_safe
def roster_detail(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One roster: its lines, what changed against the year before and the register, how it came about."""
    row = own_roster(request, pk)
    lines = RosterEntry.objects.visible_to(request.user).filter(roster=row)
    listing = Listing(request, lines.select_related("enterprise"), entries_spec(row, whole=row.whole))
    if listing.export_format:
        return listing.export()
    tabs = {key: word for key, word in TABS.items() if row.whole or key in {"lines", "year"}}
    asked = request.GET.get("tab", "")
    tab = asked if asked in tabs else "lines"
    correction = getattr(row, "corrected_by", None)
    context = {
        "roster": row,
        # A correction that is only being drafted is for those who see the whole list.
        "correction": correction if correction and (row.whole or not correction.is_draft) else None,
        "tab": tab,
        "tabs": [{"label": word, "url": f"?tab={key}", "active": key == tab} for key, word in tabs.items()],
        "may_write": may_make(request.user, row.area),
        "may_change": may_change(request.user, row),
        "may_confirm": may_confirm(request.user, row),
        "may_correct": may_correct(request.user, row),
        "columns": said_by(row.kind),
    }
    context |= _CONTENT[tab](request, row, listing)
    return render(request, f"incubators/rosters/{tab}.html", context)


def _lines(request: HttpRequest, row: Any, listing: Listing) -> dict[str, Any]:
    before = comparing.year_before(row, request.user)
    context: dict[str, Any] = {"listing": listing, "page": listing.page(), "before": before}
    if before is not None:
        context["added_count"] = comparing.added(row, before, request.user).count()
        context["dropped_count"] = comparing.dropped(row, before, request.user).count()
        context["change"] = context["added_count"] - context["dropped_count"]
    return context


def _year(request: HttpRequest, row: Any, listing: Listing) -> dict[str, Any]:
    before = comparing.year_before(row, request.user)
    if before is None:
        return {"before": None}
    return {
        "before": before,
        "added": [*comparing.added(row, before, request.user)[: MOST_LISTED + 1]],
        "dropped": [*comparing.dropped(row, before, request.user)[: MOST_LISTED + 1]],
        "most": MOST_LISTED,
    }


def _register(request: HttpRequest, row: Any, listing: Listing) -> dict[str, Any]:
    return {"comparison": comparing.against_register(row), "most": MOST_LISTED}


def _record(request: HttpRequest, row: Any, listing: Listing) -> dict[str, Any]:
    return {"scans": scans_of(row), "facts": _facts(row), "steps": _steps(row)}


_CONTENT = {"lines": _lines, "year": _year, "register": _register, "record": _record}


def _facts(row: Any) -> list[dict[str, Any]]:
    corrects = row.corrects
    address = reverse("incubators:roster_detail", args=[corrects.pk]) if corrects else ""
    return [
        {"label": "种类", "value": row.get_kind_display()},
        {"label": "区域", "value": row.area.name},
        {"label": "年度", "value": f"{row.year}年"},
        {"label": "截止日", "value": date_cn(row.as_of)},
        {"label": "版次", "value": f"第{row.revision}版"},
        {"label": "文号", "value": row.document},
        *([{"label": "更正自", "value": str(corrects), "href": address}] if corrects else []),
        *([{"label": "更正原因", "value": row.reason, "wide": True}] if row.reason else []),
    ]


def _steps(row: Any) -> list[dict[str, Any]]:
    made = timezone.localtime(row.made_at).date()
    done = {"label": "编制", "state": "done", "when": made, "actor": row.made_by.get_full_name()}
    if row.is_draft:
        return [done, {"label": "确认(另一人)", "state": "current"}]
    confirmed = {
        "label": "确认并冻结",
        "state": "done",
        "when": row.confirmed_on,
        "actor": row.confirmed_by.get_full_name(),
    }
    return [
        done,
        confirmed,
        *([{"label": words_for("roster", row.standing).word, "state": "stopped"}] if row.is_replaced else []),
    ]


@require_safe
def roster_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The roster as a paper on A4 with a place for the seal; who sees only some lines has an extract."""
    row = own_roster(request, pk)
    lines = RosterEntry.objects.visible_to(request.user).filter(roster=row).order_by("number")
    return render(request, "incubators/rosters/print.html", {"roster": row, "lines": [*lines]})


@require_safe
def roster_verify(request: HttpRequest) -> HttpResponse:
    """Whether an enterprise stood in a confirmed list of a year, with the list's document and digest."""
    asked = bool(request.GET)
    form = VerifyForm(request.GET if asked else None, initial={"year": timezone.localdate().year - 1})
    context: dict[str, Any] = {"form": form, "sees_areas": bool(Scope.of(request.user).area_paths)}
    if asked and form.is_valid():
        code, year = form.cleaned_data["uscc"], form.cleaned_data["year"]
        found = standing_in(request.user, uscc=code, roster__year=year)
        lists = Roster.objects.visible_to(request.user).in_force().filter(year=year).select_related("area")
        context |= {"asked": True, "uscc": code, "year": year, "found": [*found], "lists": [*lists]}
    return render(request, "incubators/rosters/verify.html", context, status=422 if form.errors else 200)
