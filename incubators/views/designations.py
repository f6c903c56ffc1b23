"""One title of one carrier on a page: its papers, how it ended, and ending it. And the ladders of titles."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.permits import NotPermitted, Refused
from incubators.models import Designation, Ladder, Title, TitleEquivalence
from incubators.register import rules, scans, titles
from incubators.register.carrier_forms import EndForm, EquivalenceForm, RectifyForm
from incubators.register.permits import may_decide_titles, may_recognise


def _own(request: HttpRequest, pk: int) -> Designation:
    rows = Designation.objects.visible_to(request.user).ranked().select_related("title__level", "carrier__owner_area")
    return get_object_or_404(rows, pk=pk)


@require_safe
def designation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A title with its papers, and the forms that order it put right or end it."""
    return _detail(request, _own(request, pk))


def _detail(
    request: HttpRequest, row: Designation, wrong: forms.Form | None = None, file_errors: list[str] | None = None
) -> HttpResponse:
    may = bool(may_recognise(request.user, row.carrier.owner_area.path))
    open_ = may and row.ended_on is None
    context = {
        "designation": row,
        "ladder": Ladder.objects.filter(code=row.title.ladder).select_related("counterpart").first(),
        "files": scans.scans_of(row),
        "may_write": may,
        "rectification": row.rectification(timezone.localdate()),
        "end_form": _form(wrong, EndForm, designation=row) if open_ else None,
        "rectify_form": _form(wrong, RectifyForm, initial={"rectify_by": row.rectify_by}) if open_ else None,
        "file_errors": file_errors or [],
        "accept": scans.ACCEPT,
    }
    status = 422 if wrong is not None or file_errors else 200
    return render(request, "incubators/designations/detail.html", context, status=status)


def _form(wrong: forms.Form | None, kind: type[Any], **arguments: Any) -> forms.Form:
    made: forms.Form = wrong if isinstance(wrong, kind) else kind(**arguments)
    return made


@require_POST
def designation_act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """End a title, order that something be put right, or keep scans of its papers."""
    row = _own(request, pk)
    if action == "attach":
        return _attach(request, row)
    if action not in {"end", "rectify"}:
        raise Http404
    form = EndForm(request.POST, designation=row) if action == "end" else RectifyForm(request.POST)
    if form.is_valid():
        write: Any = titles.end_designation if action == "end" else titles.order_rectification
        try:
            write(user=request.user, designation=row, **form.cleaned_data)
        except (Refused, NotPermitted) as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"已终止{row.title.name}" if action == "end" else "已登记整改")
            return redirect("incubators:designation_detail", pk=row.pk)
    return _detail(request, row, form)


def _attach(request: HttpRequest, row: Designation) -> HttpResponse:
    uploads = request.FILES.getlist("file")
    try:
        scans.attach_scans(user=request.user, designation=row, uploads=uploads)
    except Refused as refused:
        return _detail(request, row, file_errors=refused.errors["file"])
    except NotPermitted as denied:
        return _detail(request, row, file_errors=[str(denied)])
    messages.success(request, f"已上传 {len(uploads)} 个文件")
    return redirect("incubators:designation_detail", pk=row.pk)


@require_POST
def designation_detach(request: HttpRequest, pk: int, attachment: UUID) -> HttpResponse:
    """Remove a scan."""
    row = _own(request, pk)
    try:
        scans.detach_scan(user=request.user, designation=row, attachment_id=attachment)
    except (Refused, NotPermitted) as refused:
        return _detail(request, row, file_errors=[str(refused)])
    messages.success(request, "已删除文件")
    return redirect("incubators:designation_detail", pk=row.pk)


@require_safe
def title_list(request: HttpRequest) -> HttpResponse:
    """The ladders with their titles, and what was decided about titles of a new regime."""
    held = [*Title.objects.exclude(ladder="").select_related("level")]
    decided = TitleEquivalence.objects.visible_to(request.user).select_related("area", "same_as", "decided_by")
    decisions: dict[int, list[TitleEquivalence]] = {}
    for row in decided:
        decisions.setdefault(row.title_id, []).append(row)
    groups = []
    for ladder in Ladder.objects.select_related("counterpart"):
        steps = sorted((row for row in held if row.ladder == ladder.code), key=rules.place, reverse=True)
        shown = [{"title": row, "decisions": decisions.get(row.pk, [])} for row in steps]
        groups.append({"ladder": ladder, "rows": shown})
    context = {"groups": groups, "may_decide": bool(may_decide_titles(request.user))}
    return render(request, "incubators/designations/titles.html", context)


def title_decide(request: HttpRequest, title: str) -> HttpResponse:
    """Decide as which former title a title of a new regime counts, for an area of the person's."""
    row = get_object_or_404(Title, code=title)
    ladder = get_object_or_404(Ladder.objects.select_related("counterpart"), code=row.ladder, counterpart__isnull=False)
    form = EquivalenceForm(request.POST or None, ladder=ladder, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            titles.decide_equivalence(user=request.user, title=row, **form.cleaned_data)
        except (Refused, NotPermitted) as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"已登记对“{row.name}”的决定")
            return redirect("incubators:title_list")
    context = {"title": row, "ladder": ladder, "form": form}
    return render(request, "incubators/designations/decide.html", context, status=422 if form.errors else 200)
