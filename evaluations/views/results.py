"""One result with every step, the scheme as a table, and the panel for a carrier's own page."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from evaluations import selectors, wording
from evaluations.assembly import Step
from evaluations.models import Result, Scheme
from evaluations.schemefile.schema import Counted, FigureOf, SchemeFile
from evaluations.scoring import ZERO, rounded
from evaluations.services import definition_of
from evaluations.views.cycles import visible_cycle
from incubators.access import Capability
from incubators.indicators import catalogue, links
from incubators.indicators.base import Kind
from incubators.models import Carrier
from incubators.scope import Scope


@require_safe
def result_detail(request: HttpRequest, code: str, carrier: str) -> HttpResponse:
    """Every step of one carrier's result, added up again on the page."""
    cycle = visible_cycle(request, code)
    result = get_object_or_404(selectors.results_of(request.user, cycle), carrier__code=carrier)
    scheme = definition_of(cycle.scheme)
    parts = _by_part(result.steps)
    for step in result.steps:
        _link(step, carrier)
    context = {
        "cycle": cycle,
        "result": result,
        "carrier": result.carrier,
        "groups": _groups(scheme, parts),
        "rescale": next(iter(parts.get("rescale", [])), None),
        "total": next(iter(parts.get("total", [])), {}),
        "grade": next(iter(parts.get("grade", [])), {}),
        "grade_tone": selectors.grade_tones(scheme).get(result.grade, "neutral"),
        "sum_steps": _sum_steps(result, scheme, parts),
        "readded": _readded(result, parts),
    }
    return render(request, "evaluations/result_detail.html", context)


def _by_part(steps: list[Step]) -> dict[str, list[Step]]:
    parts: dict[str, list[Step]] = {}
    for step in steps:
        parts.setdefault(step["part"], []).append(step)
    return parts


def _link(step: Step, carrier: str) -> None:
    """Addresses of "how is this made?" and of the records, for a figure of the catalogue."""
    figure = step.get("figure") or {}
    if not figure.get("code"):
        return
    asked: dict[str, Any] = {"carrier": carrier, **figure.get("params", {})}
    if figure.get("on"):
        asked["on"] = date.fromisoformat(figure["on"])
    elif catalogue.get(figure["code"]).kind is Kind.RATIO:
        # A share is asked for as of a day; one of flows then is that of the year up to it.
        asked["on"] = date.fromisoformat(figure["end"])
    else:
        asked |= {"from_": date.fromisoformat(figure["start"]), "to": date.fromisoformat(figure["end"])}
    step["figure_url"] = links.figure_url(figure["code"], **asked)
    step["records_url"] = links.records_url(figure["code"], **asked)


def _groups(scheme: SchemeFile, parts: dict[str, list[Step]]) -> list[dict[str, Any]]:
    """The steps as the page groups them: dimensions with their points before rescaling, bonus, deduction, vetoes."""
    heads = {step["code"]: step for step in parts.get("dimension", [])}
    groups = [
        {
            "code": dimension.code,
            "name": dimension.name,
            "weight": wording.bare(dimension.weight),
            "points": heads.get(dimension.code, {}).get("raw"),
            "rows": [step for step in parts.get("indicator", []) if step["dimension"] == dimension.code],
        }
        for dimension in scheme.dimensions
    ]
    for name, label in (("bonus", "加分"), ("deduction", "扣分")):
        extras = getattr(scheme, name)
        if parts.get(name) and extras is not None:
            earned = _exact(parts["total"][0], name)
            note = f"合计最多{wording.bare(extras.cap)}分"
            groups.append(
                {"code": name, "name": label, "note": note, "points": f"{rounded(earned):f}", "rows": parts[name]}
            )
    if parts.get("veto"):
        groups.append({"name": "一票否决", "rows": parts["veto"]})
    return groups


def _exact(step: Step, name: str = "exact") -> Fraction:
    return Fraction(step[name]) if step.get(name) is not None else ZERO


def _readded(result: Result, parts: dict[str, list[Step]]) -> dict[str, Any] | None:
    """The total from the steps alone, and whether it is the one kept."""
    if result.score is None:
        return None
    factor = Fraction(parts["rescale"][0]["factor"]) if parts.get("rescale") else Fraction(1)
    base = sum((_exact(step) for step in parts["indicator"]), ZERO) * factor
    total = parts["total"][0]
    added = rounded(max(ZERO, base + _exact(total, "bonus") - _exact(total, "deduction")))
    return {"value": added, "same": added == result.score}


def _sum_steps(result: Result, scheme: SchemeFile, parts: dict[str, list[Step]]) -> list[dict[str, Any]]:
    """The total as a sum a reader can follow."""
    rescale = parts["rescale"][0]["arithmetic"] if parts.get("rescale") else ""
    steps = []
    for place, step in enumerate(parts.get("dimension", [])):
        shown = f"{step['raw']} × {rescale}" if rescale and step.get("raw") else "逐项"
        sign = "+" if place else ""
        row = {"label": step["name"], "note": shown, "href": f"#part-{step['code']}", "sign": sign}
        steps.append({**row, "value": step.get("points"), "unit": "分"})
    total = parts["total"][0]
    for name, label, sign in (("bonus", "加分", "+"), ("deduction", "扣分", "−")):
        extras = getattr(scheme, name)
        if extras is not None:
            amount = f"{rounded(_exact(total, name)):f}"
            source = {"note": "逐项", "href": f"#part-{name}"} if parts.get(name) else {}
            steps.append({"label": label, "sign": sign, "value": amount, "unit": "分", **source})
    value = None if result.score is None else f"{result.score:f}"
    steps.append({"label": "总分", "sign": "=", "value": value, "unit": "分", "total": True})
    return steps


@require_safe
def scheme_detail(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """A scheme as a table anyone can read."""
    row = get_object_or_404(Scheme, code=code, version=version)
    scheme = definition_of(row)
    context = {
        "row": row,
        "scheme": scheme,
        "kinds": wording.kinds_words(scheme.kinds),
        "groups": _scheme_groups(scheme),
        "vetoes": [
            {**_figure(veto), "words": wording.veto_words(veto, _unit(veto.figure), scheme.grades.get(veto.grade))}
            for veto in scheme.vetoes
        ],
        "grades": [(grade, wording.grade_words(grade)) for grade in scheme.grades.set],
        "versions": Scheme.objects.filter(code=code).defer("definition").order_by("-version"),
    }
    return render(request, "evaluations/scheme_detail.html", context)


def _scheme_groups(scheme: SchemeFile) -> list[dict[str, Any]]:
    groups = [
        {"name": each.name, "weight": each.weight, "rows": [_scheme_row(item, item.weight) for item in each.indicators]}
        for each in scheme.dimensions
    ]
    extras = (("加分(权重之外)", scheme.bonus), ("扣分(权重之外)", scheme.deduction))
    groups += [
        {"name": name, "weight": found.cap, "rows": [_scheme_row(item, item.cap) for item in found.items]}
        for name, found in extras
        if found is not None
    ]
    return groups


def _unit(figure: FigureOf | None) -> str:
    return catalogue.get(figure.indicator).unit if figure is not None else "分"


def _figure(item: Counted) -> dict[str, Any]:
    figures = [("", item.figure), *((wording.kinds_words([kind]), each) for kind, each in item.figure_for.items())]
    return {
        "item": item,
        "kinds": "" if item.kinds is None else f"适用于{wording.kinds_words(item.kinds)}",
        "figures": [
            {
                "for_kind": kind,
                "name": catalogue.get(each.indicator).name,
                "url": links.figure_url(each.indicator, **each.params),
                "months": each.months_at_least,
            }
            for kind, each in figures
            if each is not None
        ],
    }


def _scheme_row(item: Any, weight: Any) -> dict[str, Any]:
    missing = {"zero": "缺数据计0分", "leave_out": "缺数据时移出并折算"}.get(getattr(item, "missing", ""), "")
    return {
        **_figure(item),
        "weight": weight,
        "method": wording.method_words(item.method, weight, _unit(item.figure)),
        "missing": f"{missing}:{item.missing_reason}" if missing else "",
    }


@require_safe
def carrier_panel(request: HttpRequest, code: str) -> HttpResponse:
    """A carrier's results and official grades, for its own page."""
    carrier = get_object_or_404(Carrier.objects.visible_to(request.user), code=code)
    results = (
        Result.objects.visible_to(request.user)
        .filter(carrier=carrier)
        .select_related("cycle__scheme")
        .defer("steps", "cycle__scheme__definition")
        .order_by("-cycle__year", "cycle")
    )
    grades = selectors.grade_records(request.user).filter(carrier=carrier).order_by("-year")
    context = {
        "carrier": carrier,
        "results": results,
        "grades": selectors.with_grade_names(list(grades)),
        "may_record": Scope.of(request.user).can(Capability.EVALUATION_RUN),
    }
    return render(request, "evaluations/carrier_panel.html", context)
