"""Pages of enterprises: the list with its export, and everything known of one enterprise."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.dates import date_cn
from core.listing import Listing, ListSpec, Sort
from core.spreadsheets import Column
from core.templatetags.portal import wan_number
from incubators import profiles, selectors
from incubators.filters import EnterpriseFilter
from incubators.models import Enterprise, Qualification, Residency
from incubators.register.incubation import evidence_of
from incubators.register.limits import Rules, clocked, put_standing
from incubators.register.permits import may_write_register
from incubators.rosters.selectors import standing_in
from incubators.scope import Scope


def _qualified(row: Any) -> str:
    return "、".join(dict.fromkeys(item.kind.name for item in row.qualifications_today))


LIST = ListSpec(
    filterset=EnterpriseFilter,
    sorts={
        "name": "name",
        "uscc": "uscc",
        "area": "area__path",
        "founded_on": "founded_on",
        "industry": "industry",
        "carrier": Sort("carrier_name", selectors.by_carrier, "按所在载体排序时,只列现在载体内的企业。"),
        "incubating_from": Sort("incubating_from", selectors.by_begin, "按在孵起始排序时,只列现在在孵的企业。"),
    },
    default_sort="uscc",
    file_name="企业",
    columns=(
        Column("统一社会信用代码", "uscc", width=22),
        Column("名称", "name", width=32),
        Column("注册区域", "area.name"),
        Column("技术领域", "industry"),
        Column("成立日期", "founded_on", "date"),
        Column("现在所在载体", "carrier_name", width=28),
        Column("在孵起始", "incubating_from", "date"),
        Column("有效资质", _qualified, width=36),
        Column("合成数据", "is_synthetic"),
    ),
    notes=(
        "所在载体、在孵和有效资质按导出当天计;载体只列您有权查看的。",
        "“合成数据”为“是”的是演示用的合成数据,不是真实记录。",
    ),
)


@require_safe
def enterprise_list(request: HttpRequest) -> HttpResponseBase:
    """Enterprises that the person may see, inside carriers or not."""
    today = timezone.localdate()
    listing = Listing(
        request,
        Enterprise.objects.visible_to(request.user),
        LIST,
        show=lambda rows: selectors.with_place(rows.select_related("area"), request.user, today),
    )
    if listing.export_format:
        return listing.export()
    return render(
        request,
        "incubators/enterprises/list.html",
        {
            "listing": listing,
            "page": listing.page(),
            "may_write": bool(may_write_register(request.user)),
        },
    )


@require_safe
def enterprise_detail(request: HttpRequest, uscc: str) -> HttpResponse:
    """One enterprise: where it lives and lived, what it is qualified as and until when, and its history."""
    today = timezone.localdate()
    enterprise = get_object_or_404(
        Enterprise.objects.visible_to(request.user).select_related("area"), uscc=uscc.upper()
    )
    stays = Residency.objects.visible_to(request.user).filter(enterprise=enterprise)
    stays = clocked(stays.select_related("enterprise", "carrier__owner_area"))
    residencies = put_standing(stays, today, Rules())
    evidence = evidence_of([row.pk for row in residencies])
    for row in residencies:
        row.evidence = evidence.get(row.pk, [])
    qualifications = [*Qualification.objects.filter(enterprise=enterprise).select_related("kind")]
    for row in qualifications:
        row.standing = _standing(row, today)
    context = {
        "enterprise": enterprise,
        "facts": _facts(enterprise),
        "residencies": residencies,
        "qualifications": qualifications,
        "timeline": profiles.enterprise_history(enterprise, residencies, qualifications),
        "roster_entries": standing_in(request.user, enterprise=enterprise),
        "today": today,
        "may_edit": Scope.of(request.user).may_write(enterprise.area.path),
    }
    return render(request, "incubators/enterprises/detail.html", context)


def _standing(row: Qualification, today: Any) -> tuple[str, str]:
    """Word and tone of a qualification's validity."""
    if row.valid_from > today:
        return "未生效", "neutral"
    if row.valid_to is not None and row.valid_to < today:
        return "已失效", "neutral"
    if row.valid_to is not None and (row.valid_to - today).days <= profiles.EXPIRES_SOON_DAYS:
        return "即将到期", "warning"
    return "有效", "success"


# What is shown only where somebody has entered it: attribute and, where it is money, its unit.
_PARTICULARS = {
    "former_name": "",
    "registration_type": "",
    "industry_code": "",
    "legal_representative": "",
    "registered_capital": "万元",
    "paid_in_capital": "万元",
    "registered_address": "",
    "office_address": "",
    "contact_name": "",
    "contact_phone": "",
    "contact_email": "",
    "website": "",
    "main_product": "",
    "core_technology": "",
    "founder_name": "",
    "founder_type": "",
    "staff_count": "人",
    "research_staff_count": "人",
    "remark": "",
}


def _particulars(enterprise: Enterprise) -> list[dict[str, Any]]:
    found = []
    for name, unit in _PARTICULARS.items():
        value = getattr(enterprise, name)
        if value in (None, ""):
            continue
        label = str(Enterprise._meta.get_field(name).verbose_name).removesuffix("(元)")
        if unit == "万元":
            value = wan_number(value)
        elif name == "founder_type":
            value = enterprise.get_founder_type_display()
        found.append({"label": label, "value": value, "unit": unit})
    return found


def _facts(enterprise: Enterprise) -> list[dict[str, Any]]:
    founded = enterprise.founded_on
    return [
        {"label": "统一社会信用代码", "value": enterprise.uscc},
        {"label": "注册区域", "value": enterprise.area.name},
        {"label": "技术领域", "value": enterprise.industry},
        {"label": "成立日期", "value": date_cn(founded) if founded else None},
        *_particulars(enterprise),
    ]
