"""Grades that official evaluations gave: the list, and recording one with its document."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core.listing import Listing, ListSpec
from core.permits import NotPermitted, Refused
from core.spreadsheets import Column
from evaluations import selectors, services
from evaluations.filters import GradeRecordFilter
from evaluations.forms import GradeForm
from incubators.access import Capability
from incubators.models import Carrier
from incubators.scope import Scope

GRADES = ListSpec(
    filterset=GradeRecordFilter,
    sorts={"year": "year", "carrier": "carrier__name", "published_on": "published_on"},
    default_sort="-year",
    file_name="评价等次",
    columns=(
        Column("载体编号", "carrier.code"),
        Column("载体", "carrier.name", width=30),
        Column("类型", lambda row: row.carrier.get_kind_display()),
        Column("归属区域", "carrier.owner_area.name"),
        Column("评价", "frame.name", width=36),
        Column("年度", "year", "number"),
        Column("等次", "grade_name"),
        Column("公布日期", "published_on", "date"),
        Column("结果文件", "document", width=36),
        Column("合成数据", "is_synthetic"),
    ),
)


@require_safe
def grade_list(request: HttpRequest) -> HttpResponseBase:
    """Official grades of the carriers the person may see."""
    listing = Listing(request, selectors.grade_records(request.user), GRADES, decorate=selectors.with_grade_names)
    if listing.export_format:
        return listing.export()
    may_record = Scope.of(request.user).can(Capability.EVALUATION_RUN)
    context = {"listing": listing, "page": listing.page(), "may_record": may_record}
    return render(request, "evaluations/grade_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def grade_record_create(request: HttpRequest) -> HttpResponse:
    """Record a grade. ``?carrier=CODE`` chooses the carrier beforehand."""
    scope = Scope.of(request.user)
    carriers = (
        Carrier.objects.filter(scope.carriers()).order_by("name") if scope.write_paths else Carrier.objects.none()
    )
    frames = selectors.frames_with_grades(request.user)
    form = GradeForm(
        request.POST or None,
        initial={"carrier": request.GET.get("carrier", "")},
        carriers=carriers,
        frames=frames,
        names=selectors.grade_names(frames),
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = services.record_grade(user=request.user, **form.chosen())
            except NotPermitted as denied:
                form.add_error("carrier", str(denied))
            except Refused as refused:
                form.refuse(refused)
            else:
                messages.success(request, f"已登记:{row.carrier} {row.year}年等次")
                return redirect("evaluations:grade_list")
    return render(request, "evaluations/grade_record_form.html", {"form": form, "frames": frames}, status=status)
