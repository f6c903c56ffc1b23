"""Pages of rules: the list, and one rule as data beside its clause with its worked cases."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.listing import Listing, ListSpec
from core.spreadsheets import Column
from incubators.models import Area, Title
from subsidies import cases, rulebook, selectors
from subsidies.filters import RuleFilter
from subsidies.models import Award

SPEC = ListSpec(
    filterset=RuleFilter,
    sorts={"plan": "plan__code", "code": "code"},
    default_sort="plan",
    file_name="补贴规则",
    page_size=60,
    columns=[
        Column("代码", "code"),
        Column("规则", "name", width=40),
        Column("规划", "plan.short_title", width=26),
        Column("条款", "clause.code"),
        Column("引文", "quote", width=60),
        Column("金额", lambda row: rulebook.amount_words(row.definition)),
        Column("出资", lambda row: rulebook.payer_words(row.definition)),
        Column("生效", "effective_from", "date"),
        Column("失效", "effective_to", "date"),
    ],
)


@require_safe
def rule_list(request: HttpRequest) -> HttpResponseBase:
    """All rules with how much and who pays."""
    listing = Listing(request, selectors.rules(), SPEC, decorate=_decorate)
    if listing.export_format:
        return listing.export()
    return render(request, "subsidies/rule_list.html", {"listing": listing, "page": listing.page()})


def _decorate(rows: list[Any]) -> list[Any]:
    for row in rows:
        row.amount_words = rulebook.amount_words(row.definition)
        row.payer_words = rulebook.payer_words(row.definition)
    return rows


@require_safe
def rule_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Who, when, how much, who pays, what is open; the clause beside it and the worked cases below."""
    rule = selectors.rules().filter(code=code).first()
    if rule is None:
        raise Http404("没有这条规则")
    titles = dict(Title.objects.values_list("code", "name"))
    area = Area.objects.filter(code=rule.definition["who"]["area"]).values_list("name", flat=True).first()
    counts = selectors.verdict_counts(Award.objects.visible_to(request.user).filter(rule=rule))
    context = {
        "rule": rule,
        "facts": rulebook.facts(rule, titles=titles, area=area or ""),
        "definition": rule.definition,
        "computed": rulebook.is_computed(rule),
        "questions": rulebook.questions(rule, timezone.localdate()),
        "cases": cases.of_rule(code, titles),
        "counts": [(value, label, counts.get(value, 0)) for value, label in Award.Verdict.choices],
        "counted": sum(counts.values()),
    }
    return render(request, "subsidies/rule_detail.html", context)
