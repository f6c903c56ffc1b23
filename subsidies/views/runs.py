"""Pages of computations: the list, starting one, and what came of it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from core.listing import Listing, ListSpec
from core.permits import NotPermitted, Refused
from core.spreadsheets import Column
from incubators.access import Capability
from incubators.scope import Scope
from subsidies import selectors, tracing
from subsidies.filters import RunFilter
from subsidies.forms import RunForm
from subsidies.models import Award, AwardRun
from subsidies.recording import request_computation


def _count(name: str) -> Any:
    return lambda row: row.counts.get(name)


SPEC = ListSpec(
    filterset=RunFilter,
    sorts={"started": "started_at", "year": "year", "plan": "plan__code"},
    default_sort="-started",
    file_name="测算记录",
    columns=[
        Column("规划", "plan.short_title", width=26),
        Column("年度", "year", "number"),
        Column("数据截止", "as_of", "date"),
        Column("测算人", "run_by_name"),
        Column("开始时间", "started_at", "date"),
        *[Column(label, _count(code), "number") for code, label in (*Award.Verdict.choices, *tracing.WRITTEN.items())],
    ],
)


@require_safe
def run_list(request: HttpRequest) -> HttpResponseBase:
    """Computations, newest first."""
    listing = Listing(request, selectors.runs(request.user), SPEC)
    if listing.export_format:
        return listing.export()
    page = listing.page()
    standing = selectors.standing(request.user, page.object_list)
    for run in page.object_list:
        _with_counts(run, standing.get(run.pk), reverse("subsidies:run_detail", args=[run.pk]))
    may_compute = Scope.of(request.user).can(Capability.AWARD_COMPUTE)
    return render(request, "subsidies/run_list.html", {"listing": listing, "page": page, "may_compute": may_compute})


def _with_counts(run: AwardRun, standing: dict[str, int] | None, fallback: str) -> None:
    """Put the run's counts on it, each with the page that lists what was counted."""
    shown: Any = run
    shown.verdicts = tracing.verdicts(run, standing, fallback)
    shown.written = tracing.written(run, standing, "" if fallback.startswith("#") else fallback)
    shown.differs = run.counts.get("settled_differs", 0)


@require_http_methods(["GET", "HEAD", "POST"])
def run_create(request: HttpRequest) -> HttpResponse:
    """Choose a plan and year; the computation runs in the background."""
    form = RunForm(request.POST or None, user=request.user, initial=_asked(request))
    if request.method == "POST" and form.is_valid():
        try:
            job = request_computation(user=request.user, **form.cleaned_data)
        except NotPermitted as denied:
            raise PermissionDenied(str(denied)) from denied
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return redirect("core:job_detail", pk=job.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "subsidies/run_create.html", {"form": form}, status=status)


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("plan", "year") if request.GET.get(name)}


@require_safe
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What a computation found, by rule and verdict, and where it differs from what was reviewed."""
    run = selectors.runs(request.user).filter(pk=pk).first()
    if run is None:
        raise Http404("没有这次测算")
    _with_counts(run, selectors.standing(request.user, [run]).get(run.pk), "#by-rule")
    context = {
        "run": run,
        "table": selectors.verdicts_by_rule(request.user, run),
        "verdicts": Award.Verdict.choices,
        "differences": selectors.settled_differences(request.user, run),
        "newer": selectors.newer_run(run) if run.superseded else None,
    }
    return render(request, "subsidies/run_detail.html", context)
