"""Pages of carriers: the list with its export, and the file of one carrier by tabs."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from core.dates import date_cn
from core.listing import Counted, Listing, ListSpec, Sort
from core.spreadsheets import Column
from core.templatetags.badge_words import words_for
from incubators import profiles, selectors
from incubators.access import Capability
from incubators.filters import CarrierFilter
from incubators.models import Carrier, CarrierContact
from incubators.permits import may_file_report
from incubators.register.incubation import evidence_of
from incubators.register.limits import Rules, put_standing
from incubators.register.particulars import Particulars, particulars_on
from incubators.register.permits import (
    may_recognise,
    may_record_tenants,
    may_request_change,
    may_see_contacts,
    may_write_register,
)
from incubators.scope import Scope
from incubators.services.visits import may_visit
from incubators.timeline import SORTS, latest_first, of_titles, put_duties, timeline
from incubators.views.explain import link_figures
from incubators.views.places import parse_month
from incubators.views.register import EVENTS

PAGE_SIZE = 30
TIMELINE_SIZE = 60
TABS = {
    "overview": "概况",
    "enterprises": "企业",
    "places": "场地与变更",
    "resources": "资源",
    "service": "联络与走访",
    "timeline": "大事记",
}
TENANT_TABS = {
    "incubating": "在孵",
    "tenants": "其他入驻",
    "residents": "全部在驻",
    "graduates": "已毕业",
    "left": "已离开",
}


def _state_word(carrier: Any) -> str:
    return words_for("report", carrier.report_state).word if carrier.report_state else ""


LIST = ListSpec(
    filterset=CarrierFilter,
    sorts={
        "name": "name",
        "kind": "kind",
        "area": "area__path",
        "level": Sort("level_rank", selectors.by_rank),
        "incubatees": Sort("incubatees", selectors.by_incubatees),
        "opened_on": "opened_on",
        "code": "code",
    },
    default_sort="code",
    file_name="科创载体",
    page_size=PAGE_SIZE,
    columns=(
        Column("编号", "code", width=12),
        Column("名称", "name", width=30),
        Column("类型", lambda row: row.get_kind_display()),
        Column("所在区域", "area.name"),
        Column("归属区域", "owner_area.name"),
        Column("运营机构", "operator.name", width=30),
        Column("最高级别", "level_name"),
        Column("称号", "title_name", width=28),
        Column("主导领域", "industry"),
        Column("建筑面积(㎡)", "floor_area", "number"),
        Column("在孵企业(家)", "incubatees", "number"),
        Column("入驻率", "occupancy", "percent"),
        Column("入驻率月份", "occupancy_month", "date"),
        Column("上月月报", _state_word),
        Column("开办日期", "opened_on", "date"),
        Column("关闭日期", "closed_on", "date"),
        Column("规划点名", "named_in_plan"),
        Column("合成数据", "is_synthetic"),
    ),
    notes=(
        "级别、称号和在孵企业数按导出当天计;入驻率取最近一份已通过的月报,空白表示没有可用月报。",
        "“合成数据”为“是”的是演示用的合成数据,不是真实记录。",
    ),
)


@require_safe
def carrier_list(request: HttpRequest) -> HttpResponseBase:
    """Carriers that the person may see, filtered, sorted, paged; ``?format=`` takes away the same list."""
    today = timezone.localdate()
    listing = Listing(
        request,
        Carrier.objects.visible_to(request.user),
        LIST,
        show=lambda rows: selectors.with_standing(rows.select_related("area", "owner_area", "operator"), today),
        decorate=lambda batch: link_figures(request.user, selectors.add_reporting(batch, today), today),
    )
    if listing.export_format:
        return listing.export()
    context = {"listing": listing, "page": listing.page(), "today": today, "month": selectors.reporting_month(today)}
    context["may_write"] = bool(may_write_register(request.user))
    return render(request, "incubators/carriers/list.html", context)


@require_safe
def carrier_detail(request: HttpRequest, code: str) -> HttpResponse:
    """The file of one carrier. ``?on=`` shows its titles, level and tenants as of any day."""
    today = timezone.localdate()
    day, day_error = _day_asked(request, today)
    rows = Carrier.objects.visible_to(request.user).select_related("area", "owner_area", "operator")
    carrier: Any = get_object_or_404(selectors.with_sites(selectors.with_standing(rows, day), day), code=code)
    tab = request.GET.get("tab", "overview")
    tab = tab if tab in TABS else "overview"
    related = ("operator_before", "operator_after", "area_before", "area_after")
    known = [] if day == today else [*carrier.changes.happened().select_related(*related)]
    was = particulars_on(carrier, known, day)
    context = {
        "carrier": carrier,
        "may_edit": Scope.of(request.user).may_write(carrier.owner_area.path),
        "tab": tab,
        "tabs": _tabs(TABS, tab, day=day, today=today),
        "day": day,
        "day_error": day_error,
        "is_today": day == today,
        "today": today,
        "events": _events(request.user, carrier),
        "may_change": bool(may_request_change(request.user, carrier)),
        "was": was,
        "facts": _facts(carrier, was),
        "may_read": _may_read(request.user),
    }
    context |= _CONTENT[tab](request, carrier, day)
    return render(request, f"incubators/carriers/{tab}.html", context)


def _day_asked(request: HttpRequest, today: date) -> tuple[date, str]:
    text = request.GET.get("on", "")
    if not text:
        return today, ""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        return today, f"“{text}”不是日期,请按 2026-01-31 的写法填写;下面是今天的情况"
    return day, ""


def _tabs(words: dict[str, str], chosen: str, *, day: date, today: date, name: str = "tab") -> list[dict[str, Any]]:
    on = "" if day == today else f"&on={day.isoformat()}"
    return [{"label": label, "url": f"?{name}={key}{on}", "active": key == chosen} for key, label in words.items()]


def _facts(carrier: Any, was: Particulars) -> list[dict[str, Any]]:
    """What a carrier is, as it was on the day asked for; ``was`` is what its changes can make different."""
    enclave = carrier.owner_area_id != carrier.area_id
    owner = [{"label": "归属区域", "value": carrier.owner_area.name, "note": "数据计入归属区域"}] if enclave else []
    closed = [{"label": "关闭日期", "value": date_cn(carrier.closed_on)}] if carrier.closed_on else []
    sites, seats = _square(carrier.sites_floor_area), carrier.sites_seats
    return [
        {"label": "类型", "value": carrier.get_kind_display()},
        {"label": "编号", "value": carrier.code},
        {"label": "运营机构", "value": was.operator.name},
        {"label": "所在区域", "value": was.area.name},
        *owner,
        {"label": "主导领域", "value": carrier.industry},
        {
            "label": "建筑面积",
            "value": _square(was.floor_area),
            "unit": "㎡",
            "note": f"场地合计 {sites} ㎡" if sites is not None else "",
        },
        {
            "label": "工位数",
            "value": None if carrier.seats is None else f"{carrier.seats:,}",
            "unit": "个",
            "note": f"场地合计 {seats:,} 个" if seats is not None else "",
        },
        {"label": "开办日期", "value": date_cn(carrier.opened_on)},
        *closed,
        {"label": "地址", "value": was.address, "wide": True},
    ]


def _square(value: Any) -> str | None:
    return None if value is None else f"{value.normalize():,f}"


def _events(user: Any, carrier: Carrier) -> list[tuple[str, str]]:
    """The events of the register that this person may record here, as (code, words)."""
    return [(code, event.title) for code, event in EVENTS.items() if event.permit(user, carrier)]


def _may_read(user: Any) -> dict[str, bool]:
    scope = Scope.of(user)
    return {
        "reports": scope.can(Capability.REPORT_READ),
        "awards": scope.can(Capability.AWARD_READ),
        "evaluations": scope.can(Capability.EVALUATION_READ),
    }


def _overview(request: HttpRequest, carrier: Any, day: date) -> dict[str, Any]:
    today = timezone.localdate()
    designations = [*carrier.designations.ranked().select_related("title__level")]
    link_figures(request.user, selectors.add_reporting([carrier], today), day)
    return {
        "held": profiles.held_on(designations, day),
        "timeline": latest_first(of_titles(designations)),
        "tags": [*carrier.taggings.valid_on(day).select_related("tag")],
        "strip": profiles.month_strip(carrier, today),
        "may_file": bool(may_file_report(request.user, carrier)),
    }


def _enterprises(request: HttpRequest, carrier: Carrier, day: date) -> dict[str, Any]:
    asked = request.GET.get("list", "incubating")
    chosen = asked if asked in TENANT_TABS else "incubating"
    counts = profiles.tenant_counts(carrier, day)
    lists = _tabs(TENANT_TABS, chosen, day=day, today=timezone.localdate(), name="tab=enterprises&list")
    for item, count in zip(lists, (counts[key] for key in TENANT_TABS), strict=True):
        item["count"] = count
    paginator = Counted(profiles.tenants(carrier, chosen, day), PAGE_SIZE, known=counts[chosen])
    page = paginator.get_page(request.GET.get("page"))
    page.object_list = put_standing(page.object_list, day, Rules())
    evidence = evidence_of([row.pk for row in page.object_list]) if chosen == "graduates" else {}
    for row in page.object_list:
        row.evidence = evidence.get(row.pk, [])
    return {
        "list": chosen,
        "lists": lists,
        "floor_area": counts["floor_area"],
        "page": page,
        "may_graduate": bool(may_recognise(request.user, carrier.owner_area.path)),
        "may_leave": bool(may_record_tenants(request.user, carrier)),
    }


def _resources(request: HttpRequest, carrier: Carrier, day: date) -> dict[str, Any]:
    asked = request.GET.get("month", "")
    month = parse_month(asked) if asked else None
    found = profiles.resources(carrier, month)
    participants = sum(each.participants or 0 for each in found["activities"])
    return {**found, "month": month, "participants": participants}


def _service(request: HttpRequest, carrier: Carrier, day: date) -> dict[str, Any]:
    asked = selectors.asked_for(request.user, timezone.localdate(), carrier=carrier.code)
    return {**profiles.service(carrier), "asked": asked, "may_visit": may_visit(request.user, carrier)}


def _places(request: HttpRequest, carrier: Any, day: date) -> dict[str, Any]:
    return {
        "changes": put_duties(carrier.changes.with_duty(), timezone.localdate()),
        "sites": [*carrier.sites.all()],
        "taggings": [*carrier.taggings.select_related("tag")],
        "may_see_contacts": bool(may_see_contacts(request.user, carrier)),
        "contacts": [*CarrierContact.objects.visible_to(request.user).filter(carrier=carrier)],
    }


def _timeline(request: HttpRequest, carrier: Carrier, day: date) -> dict[str, Any]:
    today = timezone.localdate()
    happenings = [one for one in timeline(carrier) if one.on <= day or day == today]
    counts = Counter(one.sort for one in happenings)
    chosen = request.GET.get("of", "")
    shown = [one for one in happenings if one.sort == chosen] if chosen in SORTS else happenings
    lists = _tabs(
        {"": "全部", **SORTS}, chosen if chosen in SORTS else "", day=day, today=today, name="tab=timeline&of"
    )
    for item, sort in zip(lists, ("", *SORTS), strict=True):
        item["count"] = counts[sort] if sort else len(happenings)
    return {"lists": lists, "page": Paginator(shown, TIMELINE_SIZE).get_page(request.GET.get("page"))}


_CONTENT = {
    "overview": _overview,
    "enterprises": _enterprises,
    "places": _places,
    "resources": _resources,
    "service": _service,
    "timeline": _timeline,
}
