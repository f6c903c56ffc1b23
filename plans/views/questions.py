"""What the plans leave open, and the form that records who decided what."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.listing import Listing, ListSpec
from core.permits import Refused
from core.spreadsheets import Column
from incubators.models import AreaGroup
from plans import selectors
from plans.filters import QuestionFilter
from plans.forms import DecisionForm
from plans.models import OpenQuestion
from plans.permits import may_decide
from plans.selectors import QuestionView
from plans.services import record_decision


def _current(view: QuestionView, name: str) -> Any:
    answer = view.current
    if answer is None:
        return ""
    return answer.words if name == "words" else str(getattr(answer.decision, name))


SPEC = ListSpec(
    filterset=QuestionFilter,
    sorts={"plan": "plan__code", "code": "code"},
    default_sort="code",
    file_name="待定事项",
    page_size=25,
    columns=[
        Column("编号", lambda view: view.question.code),
        Column("规划", lambda view: str(view.question.plan)),
        Column("条款", lambda view: view.question.clause.code if view.question.clause else ""),
        Column("待定事项", lambda view: view.question.question),
        Column("未决定前的处理", lambda view: view.question.meanwhile),
        Column("决定", lambda view: _current(view, "words")),
        Column("决定日期", lambda view: _current(view, "decided_on")),
        Column("依据文件", lambda view: _current(view, "document")),
        Column("决定人", lambda view: _current(view, "decided_by")),
    ],
)


@require_safe
def question_list(request: HttpRequest) -> HttpResponseBase:
    """Every open question with what was decided, by plan."""
    today = timezone.localdate()
    listing = Listing(request, selectors.questions(), SPEC, decorate=lambda rows: selectors.in_words(rows, today))
    if listing.export_format:
        return listing.export()
    return render(request, "plans/question_list.html", {"listing": listing, "page": listing.page()})


@require_http_methods(["GET", "HEAD", "POST"])
def question_detail(request: HttpRequest, code: str) -> HttpResponse:
    """A question with its clause, what it holds up and every decision; staff of the plan's area record one here."""
    question = selectors.questions().filter(code=code).first()
    if question is None:
        raise Http404("没有这个待定事项")
    view = selectors.in_words([question], timezone.localdate())[0]
    permit = may_decide(request.user, question.plan)
    group = AreaGroup.objects.select_related("parent").filter(code=view.group).first() if view.group else None
    form = None
    if request.method == "POST":
        if not permit:
            raise PermissionDenied(permit.reason)
        form = DecisionForm(request.POST, view=view, group=group)
        if form.is_valid() and _save(request, question, form):
            messages.success(request, "决定已登记。等待此项的目标和补贴,重新计算后随之更新。")
            return redirect("plans:question_detail", code=code)
    elif permit:
        form = DecisionForm(view=view, group=group)
    return render(
        request,
        "plans/question_detail.html",
        {"view": view, "question": question, "permit": permit, "form": form, "uses": _uses(question)},
        status=422 if request.method == "POST" else 200,
    )


def _save(request: HttpRequest, question: OpenQuestion, form: DecisionForm) -> bool:
    data = form.cleaned_data
    try:
        record_decision(
            question=question,
            value=data["value"],
            decided_on=data["decided_on"],
            document=data["document"],
            reason=data["reason"],
            new_areas=data.get("new_areas", ()),
            user=request.user,
        )
    except Refused as refusal:
        form.refuse(refusal)
        return False
    return True


def _uses(question: OpenQuestion) -> list[dict[str, str]]:
    """The targets, rules, frames and duties that wait for the answer, with the tab where they stand."""
    definition = question.plan.definition
    sections = (
        ("targets", "目标", "targets"),
        ("subsidy_rules", "补贴规则", "rules"),
        ("evaluation_frames", "评价", "frames"),
        ("reporting_duties", "报送要求", "duties"),
        ("tasks", "任务", "tasks"),
        ("baselines", "基期数据", "terms"),
    )
    return [
        {"code": entry["code"], "name": entry.get("name") or entry.get("title", ""), "label": label, "tab": tab}
        for section, label, tab in sections
        for entry in definition.get(section, ())
        if entry["code"] in question.used_by
    ]
