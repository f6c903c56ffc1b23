"""The leader's page: are we on track, who is behind, why. Everything is read from stored progress."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.dates import date_cn, month_cn
from core.jobs import submit
from core.trail import Actor
from incubators.indicators.tally import report_month
from incubators.reporting.calendar import Calendars
from incubators.reporting.closing import Closes
from plans.models import Plan
from targets import presenting, selectors
from targets.line import Stretch
from targets.models import Target
from targets.pace import THRESHOLD_WORDS
from targets.permits import may_compute
from targets.tasks import COMPUTE_PROGRESS


def chosen_plan(request: HttpRequest, plans: list[Plan]) -> Plan | None:
    """The plan asked for by ``?plan=``, else the first that is running."""
    asked = request.GET.get("plan", "")
    return next((plan for plan in plans if plan.code == asked), plans[0] if plans else None)


def time_gone(plan: Plan) -> dict[str, Any] | None:
    """How much of a plan's period is over today; None where the text gives no period."""
    if plan.period_from is None or plan.period_to is None:
        return None
    today = timezone.localdate()
    stretch = Stretch(plan.period_from, plan.period_to)
    left = stretch.days - stretch.elapsed(today)
    return {
        "share": stretch.share(today),
        "days_gone": stretch.elapsed(today),
        "days": stretch.days,
        "days_left": left,
        "over": left == 0,
        "start": plan.period_from,
        "end": plan.period_to,
    }


def legend() -> list[tuple[str, str]]:
    return list(THRESHOLD_WORDS)


def close_words(plan: Plan, on: date) -> str:
    """Whether the last month of reports that figures of the day ``on`` rest on is closed; nothing for a plan of an area
    whose districts close their months themselves. Two queries."""
    month, calendars = report_month(on), Calendars()
    if not calendars.days(plan.area.path, month).jurisdiction:
        return ""
    closed_on = Closes([month], calendars).closed_on(plan.area.path, month)
    return f"{month_cn(month)}月报" + (f"已于{date_cn(closed_on)}月结" if closed_on else "尚未月结")


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """All targets of one plan of the person's areas, most urgent first (``?order=plan``: in the plan's order;
    ``?show=``: one group of paces, or one pace)."""
    rows = list(selectors.targets(request.user))
    standing = selectors.latest(request.user, rows)
    plans = selectors.running_first(selectors.plans_of(rows), timezone.localdate())
    plan = chosen_plan(request, plans)
    own = [row for row in rows if plan is not None and row.plan_id == plan.pk]
    cards = selectors.cards(request.user, own, standing) if own else []
    in_order = request.GET.get("order") == "plan"
    shown = presenting.shown_group(request.GET.get("show", ""))
    listed = cards if in_order else presenting.by_attention(cards)
    if shown:
        listed = [card for card in listed if card.pace in shown.paces]
    computed_on = max((card.progress.on for card in cards if card.progress), default=None)
    context = {
        "plan": plan,
        "plan_tabs": [_tab(each, rows, standing, plan) for each in plans] if len(plans) > 1 else [],
        "cards": listed,
        "all_count": len(cards),
        "headline": presenting.headline(cards),
        "groups": presenting.group_counts(cards),
        "shown": shown,
        "in_order": in_order,
        "time": time_gone(plan) if plan else None,
        "computed_on": computed_on,
        "close_words": close_words(plan, computed_on) if plan and computed_on else "",
        "may_compute": may_compute(request.user, plan),
        "legend": legend(),
    }
    return render(request, "targets/dashboard.html", context)


def _tab(plan: Plan, rows: list[Target], standing: dict[int, Any], chosen: Plan | None) -> dict[str, Any]:
    own = [row for row in rows if row.plan_id == plan.pk]
    urgent = sum(1 for row in own if row.pk in standing and standing[row.pk].pace in {"behind", "at_risk", "missed"})
    return {
        "label": plan.short_title or plan.title,
        "url": f"?plan={plan.code}",
        "active": plan == chosen,
        "count": f"{urgent}项落后" if urgent else None,
    }


@require_POST
def progress_compute(request: HttpRequest) -> HttpResponse:
    """Start the computation as a background job and follow it."""
    asked = request.POST.get("plan", "")
    if not asked:
        messages.error(request, "请在规划的页面上点“重新计算”。")
        return redirect("targets:dashboard")
    plan = selectors.plan_of(request.user, asked)
    if plan is None:
        raise Http404
    permit = may_compute(request.user, plan)
    if not permit:
        raise PermissionDenied(permit.reason)
    today = timezone.localdate()
    title = f"计算目标进度:{plan.short_title or plan.title}"
    params = {"on": today.isoformat(), "plan": plan.code}
    row = submit(kind=COMPUTE_PROGRESS, title=title, actor=Actor.of(request.user), params=params)
    return redirect("core:job_detail", pk=row.pk)
