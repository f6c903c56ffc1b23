"""Pages of incubation: whose limit is near or past, and everything of one stay."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.dates import date_cn
from core.listing import Listing, ListSpec
from core.permits import NotPermitted, Refused
from core.saving import held, is_key
from core.spreadsheets import Column
from core.templatetags.portal import wan_number
from incubators.filters import AreaFilter, PortalFilterSet, matches, search_filter
from incubators.models import Area, Carrier, GraduationRequest, Residency
from incubators.register import graduations, incubation, rules
from incubators.register.incubation_forms import FollowUpForm, WhereaboutsForm
from incubators.register.lifecycle import IN_INCUBATION, State
from incubators.register.limits import Rules, clocked, put_standing, with_state
from incubators.register.permits import may_ask_graduation, may_recognise, may_write_register
from incubators.scope import Scope
from incubators.services.evidence import ACCEPT

LONGEST_NUMBER = 60  # of a graduation

RANGES = [
    ("overdue", "已超期"),
    ("30", "30天内到期"),
    ("90", "90天内到期"),
    ("extended", "延期中"),
    ("all", "全部在孵"),
]


class LimitFilter(PortalFilterSet):
    """Filters of incubations by their limit. Without a range: what nears its limit, is beyond it, or is extended."""

    area_filters = ("area",)
    q = search_filter("企业名称或代码")
    range = django_filters.ChoiceFilter(choices=RANGES, method="filter_range", label="范围", empty_label="将到期与超期")
    area = AreaFilter(
        queryset=Area.objects.none(), to_field_name="code", method="filter_area", label="区域", empty_label="全部"
    )

    class Meta:
        model = Residency
        fields: list[str] = []

    def areas_to_choose(self) -> Any:
        return Area.objects.filter(Scope.of(self.user).areas()).order_by("path")

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("range") else self._near(rows, Rules().longest_warning)

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(matches(value, code="uscc", prefix="enterprise__"))

    def filter_area(self, rows: Any, name: str, value: Area) -> Any:
        return rows.filter(carrier__owner_area__path__startswith=value.path)

    def filter_range(self, rows: Any, name: str, value: str) -> Any:
        if value in ("overdue", "extended"):
            return rows.filter(state=State.OVERDUE if value == "overdue" else State.EXTENDED)
        if value == "all":
            return rows
        today = timezone.localdate()
        return rows.filter(limit_on__gte=today, limit_on__lte=today + timedelta(days=int(value)))

    def _near(self, rows: Any, days: int) -> Any:
        last = timezone.localdate() + timedelta(days=days)
        return rows.filter(Q(limit_on__lte=last) | Q(state=State.EXTENDED))


LIST = ListSpec(
    filterset=LimitFilter,
    sorts={"name": "enterprise__name", "carrier": "carrier__name", "clock": "clock_start", "limit": "limit_on"},
    default_sort="limit",
    file_name="在孵期限",
    columns=(
        Column("统一社会信用代码", "enterprise.uscc", width=22),
        Column("企业", "enterprise.name", width=32),
        Column("载体", "carrier.name", width=28),
        Column("归属区域", "carrier.owner_area.name"),
        Column("技术领域", "enterprise.industry"),
        Column("在孵起始", "incubating_from", "date"),
        Column("计时起始", "clock_start", "date"),
        Column("已用(月)", "standing.months_used", "number"),
        Column("时限(月)", "limit_months", "number"),
        Column("在孵期限", "limit_on", "date"),
        Column("剩余天数", "standing.days_left", "number"),
        Column("延期至", "extended_to", "date"),
        Column("状态", lambda row: row.standing.word),
        Column("合成数据", "is_synthetic"),
    ),
    notes=(
        "按导出当天和所适用的孵化规则计;期满当日仍在期内。剩余天数为负的已超期。",
        "“合成数据”为“是”的是演示用的合成数据,不是真实记录。",
    ),
)


@require_safe
def incubation_list(request: HttpRequest) -> HttpResponseBase:
    """Incubations that near their limit, are beyond it, or are extended, with what an officer may do about each."""
    today, known = timezone.localdate(), Rules()
    scope = Scope.of(request.user)
    rows = Residency.objects.visible_to(request.user).incubating_on(today)
    rows = with_state(rows.select_related("enterprise", "carrier__owner_area"), today, known)

    def decorate(batch: list[Any]) -> list[Any]:
        for row in put_standing(batch, today, known):
            row.may_write = scope.may_write(row.carrier.owner_area.path)
        return batch

    listing = Listing(request, rows, LIST, decorate=decorate)
    if listing.export_format:
        return listing.export()
    context = {
        "listing": listing,
        "page": listing.page(),
        "today": today,
        "may_write": bool(may_write_register(request.user)),
        "has_rules": bool(known.held),
        "open_rules": [one.says for one in known.held if one.says.longer and not one.says.longer.confirmed],
    }
    return render(request, "incubators/residencies/list.html", context)


def _own(request: HttpRequest, pk: int) -> Any:
    rows = Residency.objects.visible_to(request.user)
    related = ("enterprise", "carrier__owner_area", "transferred_from__carrier", "transferred_to__carrier")
    row = get_object_or_404(clocked(rows.select_related(*related)), pk=pk)
    return put_standing([row], timezone.localdate(), Rules())[0]


@require_safe
def residency_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One stay: its state and limit, extensions, graduation with its evidence, and what became of the graduate."""
    return _detail(request, _own(request, pk))


def _detail(
    request: HttpRequest,
    stay: Any,
    whereabouts: forms.Form | None = None,
    follow_up: forms.Form | None = None,
    file_errors: list[str] | None = None,
    problem: str = "",
    typed_reason: str = "",
) -> HttpResponse:
    asked = graduations.last_of(stay)
    at_first = {"destination": stay.destination, "place": stay.destination_place}
    may_write = bool(may_recognise(request.user, stay.carrier.owner_area.path))
    context = {
        "stay": stay,
        "facts": [*_facts(stay), *_elsewhere(request.user, stay, may_write=may_write)],
        "graduation": _graduation(stay, with_destination=not may_write),
        "follow_ups": stay.follow_ups.all(),
        "files": incubation.evidence_of([stay.pk]).get(stay.pk, []),
        "in_incubation": stay.standing.state in IN_INCUBATION,
        "may_write": may_write,
        "whereabouts": whereabouts or WhereaboutsForm(initial=at_first),
        "follow_up": follow_up or FollowUpForm(initial={"year": timezone.localdate().year}),
        "accept": ACCEPT,
        "file_errors": file_errors or [],
        "problem": problem,
        "asked": asked,
        "asked_facts": _asked_facts(asked) if asked is not None else [],
        "asked_files": graduations.evidence_of(asked) if asked is not None else (),
        "may_ask": bool(may_ask_graduation(request.user, stay.carrier)),
        "typed_reason": typed_reason,
    }
    wrong = problem or file_errors or any(form is not None and form.errors for form in (whereabouts, follow_up))
    return render(request, "incubators/residencies/detail.html", context, status=422 if wrong else 200)


def _day(day: date | None) -> str | None:
    return date_cn(day) if day is not None else None


def _facts(stay: Any) -> list[dict[str, Any]]:
    standing, limit = stay.standing, stay.standing.limit
    return [
        {"label": "入驻", "value": _day(stay.entered_on)},
        {"label": "在孵起始", "value": _day(stay.incubating_from)},
        {"label": "计时起始", "value": _day(stay.clock_start)},
        {"label": "已用", "value": standing.months_used, "unit": "个月"},
        {"label": "时限", "value": limit.months if limit else None, "unit": "个月"},
        {"label": "在孵期限", "value": _day(limit.day) if limit else None, "note": standing.days_words},
        {
            "label": "所适用规则",
            "value": standing.rule.name if standing.rule else None,
            "note": f"“{standing.rule.limit_quote}”" if standing.rule else "",
            "wide": True,
        },
        {"label": "离开", "value": _day(stay.left_on), "note": stay.get_outcome_display()},
    ]


def _elsewhere(user: Any, stay: Any, *, may_write: bool) -> list[dict[str, Any]]:
    """What a stay tells of other carriers: an officer's words to officers, a carrier's name to who may see it."""
    words = {"label": "同时在孵说明", "value": stay.overlap_reason, "wide": True}
    both = (("转自", stay.transferred_from), ("转往", getattr(stay, "transferred_to", None)))
    moves = [(label, other.carrier) for label, other in both if other is not None]
    seen = {*Carrier.objects.visible_to(user).filter(pk__in=[one.pk for _, one in moves])} if moves else set()
    return [
        *([words] if may_write and stay.overlap_reason else []),
        *({"label": label, "value": carrier.name} for label, carrier in moves if carrier in seen),
    ]


def _graduation(stay: Any, *, with_destination: bool) -> list[dict[str, Any]]:
    years = f"{stay.revenue_from_year}、{stay.revenue_from_year + 1}年" if stay.revenue_from_year else ""
    went = {"label": "毕业去向", "value": stay.get_destination_display(), "note": stay.destination_place}
    revenue = rules.ground_amount("revenue", lambda name: getattr(stay, name))
    return [
        {"label": "毕业日期", "value": _day(stay.graduated_on)},
        {"label": "毕业编号", "value": stay.graduation_number},
        {"label": "毕业依据", "value": stay.ground_words, "wide": True},
        *_amount("累计获得创业投资", stay.invested_amount),
        *_amount("两年营业收入合计", revenue, years),
        {"label": "毕业时注册在本区", "value": stay.get_registered_in_district_display()},
        *([went] if with_destination else []),
    ]


def _asked_facts(asked: GraduationRequest) -> list[dict[str, Any]]:
    """What was asked, as a graduation is read."""
    told = graduations.typed(asked.particulars)
    year = told.get("revenue_from_year")
    went = dict(Residency.Destination.choices).get(told.get("destination", ""), "")
    return [
        {"label": "毕业日期", "value": _day(asked.graduated_on)},
        {"label": "毕业依据", "value": asked.ground_words, "wide": True},
        *_amount("累计获得创业投资", told.get("invested_amount")),
        *_amount("两年营业收入合计", rules.ground_amount("revenue", told.get), f"{year}、{year + 1}年" if year else ""),
        {
            "label": "毕业时注册在本区",
            "value": dict(Residency.YesNo.choices).get(told.get("registered_in_district", "")),
        },
        {"label": "毕业去向", "value": went, "note": told.get("destination_place", "")},
        {"label": "申请", "value": str(asked.asked_by), "note": date_cn(timezone.localdate(asked.asked_at))},
    ]


def _amount(label: str, value: Any, note: str = "") -> list[dict[str, Any]]:
    return [] if value is None else [{"label": label, "value": wan_number(value), "unit": "万元", "note": note}]


@require_POST
def residency_act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Record where a graduate went, a year of follow-up, add and remove evidence, or answer what was asked."""
    acts = {
        "whereabouts": _whereabouts,
        "follow-up": _follow_up,
        "attach": _attach,
        "detach": _detach,
        "grant": _grant,
        "return": _give_back,
        "withdraw": _withdraw,
    }
    if action not in acts:
        raise Http404
    stay = _own(request, pk)
    try:
        return acts[action](request, stay)
    except NotPermitted as denied:
        return _detail(request, stay, problem=str(denied))


def _recorded(request: HttpRequest, stay: Any, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("incubators:residency_detail", pk=stay.pk)


def _whereabouts(request: HttpRequest, stay: Any) -> HttpResponse:
    form = WhereaboutsForm(request.POST)
    if form.is_valid():
        try:
            incubation.record_whereabouts(user=request.user, residency=stay, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return _recorded(request, stay, "已登记毕业去向")
    return _detail(request, stay, whereabouts=form)


def _follow_up(request: HttpRequest, stay: Any) -> HttpResponse:
    form = FollowUpForm(request.POST)
    if form.is_valid():
        try:
            row = incubation.follow_up(user=request.user, residency=stay, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return _recorded(request, stay, f"已登记{row.year}年的跟踪")
    return _detail(request, stay, follow_up=form)


def _attach(request: HttpRequest, stay: Any) -> HttpResponse:
    try:
        count = incubation.attach(user=request.user, residency=stay, files=request.FILES.getlist("files"))
    except Refused as refused:
        return _detail(request, stay, file_errors=[s for group in refused.errors.values() for s in group])
    return _recorded(request, stay, f"已上传 {count} 份材料")


def _detach(request: HttpRequest, stay: Any) -> HttpResponse:
    try:
        incubation.detach(user=request.user, residency=stay, attachment_id=_uuid(request.POST.get("file", "")))
    except Refused as refused:
        return _detail(request, stay, file_errors=[s for group in refused.errors.values() for s in group])
    return _recorded(request, stay, "已删除")


def _asked(request: HttpRequest, stay: Any) -> GraduationRequest:
    """The request that was on the page."""
    key = request.POST.get("request", "")
    row = stay.graduation_requests.filter(pk=key).first() if is_key(key) else None
    if row is None:
        raise Http404
    row.residency = stay
    return row  # type: ignore[no-any-return]


def _grant(request: HttpRequest, stay: Any) -> HttpResponse:
    number = request.POST.get("number", "")
    try:
        held("毕业编号最多60字" if len(number) > LONGEST_NUMBER else "", "number")
        graduations.grant(user=request.user, request=_asked(request, stay), number=number)
    except Refused as refused:
        return _detail(request, _own(request, stay.pk), problem=f"没有登记毕业:{refused}")
    return _recorded(request, stay, "已同意,并登记毕业")


def _give_back(request: HttpRequest, stay: Any) -> HttpResponse:
    reason = request.POST.get("reason", "")
    try:
        graduations.give_back(user=request.user, request=_asked(request, stay), reason=reason)
    except Refused as refused:
        return _detail(request, stay, problem=str(refused), typed_reason=reason)
    return _recorded(request, stay, "已退回毕业申请")


def _withdraw(request: HttpRequest, stay: Any) -> HttpResponse:
    try:
        graduations.withdraw(user=request.user, request=_asked(request, stay))
    except Refused as refused:
        return _detail(request, stay, problem=str(refused))
    return _recorded(request, stay, "已撤回毕业申请")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
