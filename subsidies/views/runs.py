"""Pages of computations, rules, and what other payers granted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core.jobs import submit
from core.trail import Actor, record
from incubators.scope import Scope
from plans.planfile.vocab import LABELS
from subsidies import selectors
from subsidies.forms import PayerGrantForm, RunForm
from subsidies.models import Award, AwardRun
from subsidies.permits import may_compute
from subsidies.tasks import KIND

VERDICTS = dict(Award.Verdict.choices)


@require_safe
def run_list(request: HttpRequest) -> HttpResponse:
    """Computations of the person's areas, newest first."""
    page = Paginator(selectors.runs(request.user), 30).get_page(request.GET.get("page"))
    for run in page.object_list:
        run.by_verdict = _by_verdict(run)
    return render(request, "subsidies/run_list.html", {"page": page})


def _by_verdict(run: AwardRun) -> list[tuple[str, str, int]]:
    return [(code, word, run.counts.get(code, 0)) for code, word in VERDICTS.items()]


@require_http_methods(["GET", "POST"])
def run_create(request: HttpRequest) -> HttpResponse:
    """Choose plan and year, start the job, and follow it."""
    form = RunForm(request.POST or None, plans=selectors.plans_to_compute(request.user))
    if request.method == "POST" and form.is_valid():
        plan = form.cleaned_data["plan"]
        permit = may_compute(request.user, plan)
        if permit:
            year, as_of = form.cleaned_data["year"], form.cleaned_data["as_of"]
            with transaction.atomic():
                row = submit(
                    kind=KIND,
                    title=f"测算 {plan.short_title} {year}年度",
                    actor=Actor.of(request.user),
                    params={"plan": plan.code, "year": year, "as_of": as_of.isoformat()},
                )
            return redirect("core:job_detail", pk=row.pk)
        form.add_error("plan", permit.reason)
    return render(request, "subsidies/run_create.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One computation: counts, and the awards it last wrote."""
    run = get_object_or_404(selectors.runs(request.user), pk=pk)
    rows = selectors.awards(request.user).filter(rule__plan=run.plan, year=run.year)
    chosen = rows.exclude(verdict__in=(Award.Verdict.NOT_PAYABLE, Award.Verdict.NOT_IN_FORCE))
    page = Paginator(chosen.order_by("rule__order", "carrier__code"), 50).get_page(request.GET.get("page"))
    context = {"run": run, "by_verdict": _by_verdict(run), "page": page, "totals": selectors.totals(rows)}
    return render(request, "subsidies/run_detail.html", context)


@require_safe
def rule_detail(request: HttpRequest, code: str) -> HttpResponse:
    """A rule beside its clause: who, when, how much, who pays, what is open."""
    rule = get_object_or_404(selectors.rules(), code=code)
    definition = rule.definition
    who, amount = definition["who"], definition["amount"]
    titles = {t["code"]: t["name"] for t in rule.plan.definition.get("titles", ())}
    grades = {t["code"]: t["name"] for t in rule.plan.definition.get("terms", ())}
    questions = [q for q in rule.plan.definition.get("decisions", ()) if q["code"] in definition.get("decisions", ())]
    context: dict[str, Any] = {
        "rule": rule,
        "definition": definition,
        "amount": amount,
        "who_titles": "、".join(titles.get(c, c) for c in who.get("titles_any_of", ())),
        "who_grades": "、".join(grades.get(c, c) for c in who.get("grades_any_of", ())),
        "form_word": _word("amount_form", rule.form),
        "frequency_word": _word("frequency", rule.frequency),
        "event_word": _word("rule_event", who["event"]),
        "beneficiary_word": _word("who_kind", rule.beneficiary),
        "payer_words": "、".join(_word("payer", p) for p in definition.get("payers", ())),
        "questions": questions,
        "years": _years(request, rule),
    }
    return render(request, "subsidies/rule_detail.html", context)


def _word(kind: str, code: str) -> str:
    """The Chinese word of a code of the plan file's vocabulary."""
    return LABELS.get(kind, {}).get(code, code)


def _years(request: HttpRequest, rule: Any) -> list[dict[str, Any]]:
    """How the rule answered in each year, of what the person may see."""
    rows = Award.objects.visible_to(request.user).filter(rule=rule).order_by("-year").values("year", "verdict")
    found: dict[int, dict[str, int]] = {}
    for row in rows.annotate(n=Count("pk")):
        found.setdefault(row["year"], {})[row["verdict"]] = row["n"]
    return [
        {"year": year, "counts": [(code, word, n.get(code, 0)) for code, word in VERDICTS.items()]}
        for year, n in found.items()
    ]


@require_safe
def grant_list(request: HttpRequest) -> HttpResponse:
    """What the city approved, as recorded."""
    page = Paginator(selectors.grants(request.user), 50).get_page(request.GET.get("page"))
    return render(request, "subsidies/grant_list.html", {"page": page})


@require_http_methods(["GET", "POST"])
def grant_create(request: HttpRequest) -> HttpResponse:
    """Record what the city approved for a carrier: the base of the district's match."""
    form = PayerGrantForm(request.POST or None, user=request.user, initial={"carrier": request.GET.get("carrier")})
    if request.method == "POST" and form.is_valid():
        carrier = form.cleaned_data["carrier"]
        if Scope.of(request.user).may_write(carrier.owner_area.path):
            with transaction.atomic():
                row = form.save(commit=False)
                row.recorded_by = request.user
                row.is_synthetic = carrier.is_synthetic
                row.save()
                after = {"carrier": carrier.code, "approved": row.approved, "document": row.document}
                record(actor=Actor.of(request.user), action="登记市级资助", target=row, after=after)
            messages.success(request, "已登记;重新测算后计入匹配")
            return redirect("subsidies:grant_list")
        form.add_error("carrier", "只有载体所在区科委工作人员可以登记")
    return render(request, "subsidies/grant_form.html", {"form": form}, status=422 if form.errors else 200)
