"""Pages about the checks: the rules themselves, and the month's questions with their explanations and gaps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import spreadsheets
from core.forms import PortalForm
from core.spreadsheets import Column
from incubators.models import Area
from incubators.reporting import overview, queue, rules_catalogue
from incubators.reporting.calendar import add_months
from incubators.reporting.queue import EVERYTHING, SORTS, STANDINGS
from incubators.reporting.rules_catalogue import Does, Kept
from incubators.views.places import month_asked

PAGE_SIZE = 50
_NAMED = {rules_catalogue.name_of(number) for number in rules_catalogue.numbers()}
COLUMNS = [
    Column("归属区域", "carrier.owner_area.name"),
    Column("载体编号", "carrier.code", width=12),
    Column("载体", "carrier.name", width=28),
    Column("状态", "state_label", width=10),
    Column("类别", "sort_label", width=14),
    Column("规则", "rule", width=8),
    Column("项目", "label", width=20),
    Column("核对情况", "says", width=60),
    Column("说明或原因", "words", width=50),
]


@require_safe
def report_checks(request: HttpRequest) -> HttpResponseBase:
    """Every rule: number, what it compares, what it does, where it is kept."""
    kept = request.GET.get("kept", "")
    does = request.GET.get("does", "")
    form = RuleFilter(request.GET)
    rows = [rule for rule in rules_catalogue.RULES if (not kept or kept in rule.kept) and does in {"", rule.does}]
    return render(
        request,
        "incubators/reports/checks.html",
        {"form": form, "rules": rows, "names": rules_catalogue.NAMES, "total": len(rows)},
    )


@require_safe
def report_explanations(request: HttpRequest) -> HttpResponseBase:
    """The month's questions with what was written on them, and the figures that are not there; also as a file."""
    month, problem = month_asked(request.GET)
    standing = request.GET.get("state", "")
    states = STANDINGS.get(standing, STANDINGS[""])
    carriers = queue.carriers_of(request.user, month, states)
    areas = Area.objects.filter(pk__in=carriers.order_by().values("owner_area")).order_by("order", "path")
    by_code = {area.code: area for area in areas}
    within = by_code.get(request.GET.get("area", ""))
    if within is not None:
        carriers = carriers.filter(owner_area__path__startswith=within.path)
    count = carriers.count()
    too_many = count if count > overview.MOST_CARRIERS else 0
    lines = [] if too_many else [line for line in queue.queue(carriers, month) if line.report.state in states]
    # A rule that is asked for and has no lines here finds none; it is not wrong.
    rules = {line.rule for line in lines if line.rule} | ({request.GET.get("rule", "")} & _NAMED)
    form = QueueFilter(request.GET, areas=[(code, area.name) for code, area in by_code.items()], rules=sorted(rules))
    picked: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    shown = queue.chosen(
        lines, words=picked.get("q") or "", sort=picked.get("sort") or "", rule=picked.get("rule") or ""
    )
    month_text = f"{month:%Y-%m}"
    if not too_many and (fmt := request.GET.get("format")) in spreadsheets.FORMATS:
        return spreadsheets.write(shown, COLUMNS, name=f"核对说明与缺数{month_text}", fmt=str(fmt))
    later = add_months(month, 1)
    return render(
        request,
        "incubators/reports/explanations.html",
        {
            "month": month,
            "month_problem": problem,
            "month_text": month_text,
            "earlier": f"{add_months(month, -1):%Y-%m}",
            "later": f"{later:%Y-%m}" if later <= timezone.localdate() else "",
            "latest_text": f"{timezone.localdate():%Y-%m}",
            "form": form,
            "keep": {"month": month_text},
            "reset_url": f"?month={month_text}",
            "page_obj": Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page")),
            "counts": [(label, sum(line.sort == sort for line in lines), sort) for sort, label in SORTS.items()],
            "within": within,
            "standing": standing if standing in STANDINGS else "",
            "empty_title": "没有符合条件的说明或缺数" if any(picked.values()) else "待审核的月报没有须看的说明或缺数",
            "too_many": too_many,
            "most": overview.MOST_CARRIERS,
        },
    )


class RuleFilter(PortalForm):
    """Filters of the rules, in the address."""

    does = forms.ChoiceField(label="性质", required=False, choices=[("", "全部"), *((each, each) for each in Does)])
    kept = forms.ChoiceField(
        label="在何处把关", required=False, choices=[("", "全部"), *((each, each) for each in Kept)]
    )


class QueueFilter(PortalForm):
    """Filters of the questions and gaps, in the address."""

    q = forms.CharField(
        label="载体、项目或说明",
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(
        label="状态",
        required=False,
        choices=[("", "待审核"), ("counted", "已通过"), (EVERYTHING, "全部")],
    )
    sort = forms.ChoiceField(
        label="类别",
        required=False,
        choices=[("", "说明和缺数"), *SORTS.items(), (EVERYTHING, "全部")],
    )
    rule = forms.ChoiceField(label="规则", required=False)
    area = forms.ChoiceField(label="归属区域", required=False)

    def __init__(self, *args: Any, areas: list[tuple[str, str]], rules: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule"].choices = [("", "全部"), *((number, number) for number in rules)]  # type: ignore[attr-defined]
        self.fields["area"].choices = [("", "全部"), *areas]  # type: ignore[attr-defined]


__all__ = ["report_checks", "report_explanations"]
