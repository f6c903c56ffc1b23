"""Cycles: the list, one cycle's ranking with its export, scoring anew, publishing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.listing import Listing, ListSpec
from core.models import Job
from core.permits import NotPermitted, Refused
from core.spreadsheets import Column
from evaluations import permits, selectors, services
from evaluations.filters import CycleFilter, OrganiserResultFilter, ResultFilter
from evaluations.forms import PublishForm
from evaluations.models import Cycle
from evaluations.schemefile.schema import SchemeFile
from evaluations.services import definition_of
from evaluations.tasks import SCORE_CYCLE
from incubators.scope import Scope

DEMONSTRATION = "演示方案,不是政策"
MISSING_SHOWN = 20

CYCLES = ListSpec(
    filterset=CycleFilter,
    sorts={"year": "year", "name": "name", "scored_at": "scored_at"},
    default_sort="-year",
    file_name="评价周期",
    columns=(
        Column("代码", "code"),
        Column("名称", "name", width=36),
        Column("年度", "year", "number"),
        Column("区域", "area.name"),
        Column("方案", lambda row: str(row.scheme), width=36),
        Column("演示方案", "scheme.is_demonstration"),
        Column("状态", lambda row: row.get_state_display()),
        Column("参评载体(家)", "carriers", "number"),
        Column("有总分(家)", "scored", "number"),
    ),
)


@require_safe
def cycle_list(request: HttpRequest) -> HttpResponseBase:
    """Cycles the person may see."""
    rows = selectors.cycles_with_counts(request.user).select_related("scheme", "area").defer("scheme__definition")
    listing = Listing(request, rows, CYCLES)
    if listing.export_format:
        return listing.export()
    return render(request, "evaluations/cycle_list.html", {"listing": listing, "page": listing.page()})


def visible_cycle(request: HttpRequest, code: str) -> Cycle:
    """The cycle, or 404 when it is not the person's to see."""
    return get_object_or_404(Cycle.objects.visible_to(request.user).select_related("scheme", "area"), code=code)


def _dimension(place: int) -> Any:
    return lambda row: row.dimensions[place][1]


def _spec(cycle: Cycle, scheme: SchemeFile, *, organises: bool) -> ListSpec:
    notes = [f"{cycle.name};方案:{cycle.scheme}。来源:{cycle.scheme.source}", "空白的总分表示缺数据,不是零分。"]
    if cycle.scheme.is_demonstration:
        notes.insert(0, f"{DEMONSTRATION}。分数只说明评价如何进行,不能作为正式结果使用。")
    return ListSpec(
        filterset=OrganiserResultFilter if organises else ResultFilter,
        sorts={"rank": "rank", "score": "score", "name": "carrier__name", "kind": "carrier__kind", "grade": "grade"},
        default_sort="rank",
        file_name=f"{cycle.name}结果",
        columns=(
            Column("名次", "rank", "number"),
            Column("载体编号", "carrier.code"),
            Column("载体", "carrier.name", width=30),
            Column("类型", lambda row: row.carrier.get_kind_display()),
            Column("归属区域", "carrier.owner_area.name"),
            *(Column(each.name, _dimension(place), "number") for place, each in enumerate(scheme.dimensions)),
            Column("总分", "score", "number"),
            Column("等次", "grade"),
            Column("缺少的数据", lambda row: ";".join(row.missing), width=40),
            Column("合成数据", "carrier.is_synthetic"),
            Column("演示方案", lambda row: cycle.scheme.is_demonstration),
        ),
        notes=tuple(notes),
    )


@require_safe
def cycle_detail(request: HttpRequest, code: str) -> HttpResponseBase:
    """The ranking: everyone of the area for who oversees it, an operator's own only. ``?format=`` exports it."""
    cycle = visible_cycle(request, code)
    scheme = definition_of(cycle.scheme)
    everyone = selectors.results_of(request.user, cycle)
    asked = request.GET.get("state", "")
    # What has no total stands apart from the ranking unless it is asked for.
    rows = everyone if asked else everyone.filter(score__isnull=False)
    may_run = permits.may_run(request.user, cycle.area)
    spec = _spec(cycle, scheme, organises=bool(may_run))
    listing = Listing(request, rows, spec, decorate=lambda batch: selectors.with_dimensions(batch, scheme))
    if listing.export_format:
        return listing.export()
    summary = selectors.summary(everyone)
    lacking = everyone.filter(score__isnull=True).order_by("carrier__code").defer("steps")
    scope = Scope.of(request.user)
    context = {
        "cycle": cycle,
        "scheme": scheme,
        "listing": listing,
        "page": listing.page(),
        "summary": summary,
        "tones": selectors.grade_tones(scheme),
        "grades": [(each.name, summary["grades"].get(each.name, 0)) for each in scheme.grades.set],
        "lacking": lacking[:MISSING_SHOWN] if summary["missing"] and not asked else (),
        "may_run": may_run,
        "open": permits.may_change(cycle),
        "own_only": not scope.area_paths,
        "experts": selectors.expert_progress(cycle) if may_run else (),
        "asked_expert": request.GET.get("expert", "") if may_run else "",
        "job": _job(request, cycle),
    }
    return render(request, "evaluations/cycle_detail.html", context)


def _job(request: HttpRequest, cycle: Cycle) -> Job | None:
    """The scoring named in the address, if the person started it for this cycle."""
    try:
        key = UUID(request.GET.get("job", ""))
    except ValueError:
        return None
    row = Job.objects.visible_to(request.user).filter(pk=key, kind=SCORE_CYCLE).first()
    return row if row is not None and row.params.get("code") == cycle.code else None


@require_POST
def cycle_score(request: HttpRequest, code: str) -> HttpResponse:
    """Queue the scoring and go back to the cycle, where its progress is shown."""
    cycle = visible_cycle(request, code)
    try:
        row = services.request_scoring(cycle=cycle, user=request.user)
    except (NotPermitted, Refused) as refused:
        messages.error(request, str(refused))
        return redirect("evaluations:cycle_detail", code=code)
    target = redirect("evaluations:cycle_detail", code=code)
    target["Location"] += f"?job={row.pk}"
    return target


@require_http_methods(["GET", "HEAD", "POST"])
def cycle_publish(request: HttpRequest, code: str) -> HttpResponse:
    """Take the grades over as official; a demonstration scheme's never are."""
    cycle = visible_cycle(request, code)
    form = PublishForm(request.POST or None, frames=selectors.frames_with_grades(request.user))
    refusal = permits.may_run(request.user, cycle.area)
    refusal = refusal if not refusal else permits.may_publish(cycle)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                count = services.publish_grades(user=request.user, cycle=cycle, **form.cleaned_data)
            except NotPermitted as denied:
                status = 403
                form.refuse(denied)
            except Refused as refused:
                form.refuse(refused)
            else:
                messages.success(request, f"已公布,登记等次 {count} 条")
                return redirect("evaluations:cycle_detail", code=code)
    context = {"cycle": cycle, "form": form, "refusal": "" if refusal else refusal.reason}
    return render(request, "evaluations/cycle_publish.html", context, status=status)
