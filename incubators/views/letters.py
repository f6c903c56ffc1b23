"""An area's own words for asking its carriers, and when they are asked without a click."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from core.forms import PortalForm
from core.permits import NotPermitted, Refused
from incubators.models import Area, Carrier, Occasion
from incubators.reminding.chasing import Rules
from incubators.reporting.calendar import Calendars, last_full_month
from incubators.reporting.letters import PLACEHOLDERS, WITH_REASON, Letters, checked
from incubators.scope import Scope
from incubators.services import letters as services
from incubators.services.reminders import About, worded

MOST_CARRIERS = 60  # offered for a look at a letter
_SAMPLE_REASON = "本月获投融资金额与企业数不符,请核对后再报"
READ_OR_POST = ["GET", "HEAD", "POST"]


def _area(request: HttpRequest, code: str) -> Area:
    """An area where the person is staff; otherwise there is no such area."""
    return get_object_or_404(Area.objects.filter(Scope.of(request.user).writes()), code=code)


@require_GET
def letter_list(request: HttpRequest) -> HttpResponse:
    """For each of the person's own areas: the rule of the daily run, and which words hold for which occasion."""
    scope = Scope.of(request.user)
    letters, rules = Letters(), Rules()
    # The person's own areas, and those below them that have words or a rule of their own.
    special = Q(path__in=scope.write_paths) | Q(pk__in={*letters.set.areas.values(), *rules.set.areas.values()})
    shown = []
    for area in Area.objects.filter(scope.writes(), special):
        words = [(choice, letters.holding(area.path, choice)) for choice in Occasion]
        shown.append((area, rules.rule(area.path), rules.holding(area.path), words))
    return render(request, "incubators/reminders/letters.html", {"areas": shown})


class LetterForm(PortalForm):
    """A letter's subject and body; the service reads the placeholders."""

    subject = forms.CharField(label="标题", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    body = forms.CharField(label="正文", max_length=4000, widget=forms.Textarea(attrs={"rows": 12}))


@require_http_methods(READ_OR_POST)
def letter_edit(request: HttpRequest, area: str, occasion: str) -> HttpResponse:
    """Write a letter, look at it with a real carrier, save it, or give it up for the text from above."""
    if occasion not in Occasion.values:
        raise Http404
    place = _area(request, area)
    letters = Letters()
    holding, words = letters.holding(place.path, occasion), letters.words(place.path, occasion)
    action = request.POST.get("action", "")
    if action == "reset":
        return _reset(request, place, occasion)
    form = LetterForm(request.POST or None, initial={"subject": words.subject, "body": words.body})
    if request.method == "POST" and form.is_valid():
        try:
            if action == "look":
                words = checked(occasion, **form.cleaned_data)
            else:
                services.set_letter(user=request.user, area=place, occasion=occasion, **form.cleaned_data)
                messages.success(request, f"已保存{place.name}的“{Occasion(occasion).label}”信")
                return redirect("incubators:letter_list")
        except (Refused, NotPermitted) as refused:
            form.refuse(refused)
    rows = Carrier.objects.filter(owner_area__path__startswith=place.path, closed_on=None)
    carriers = [*rows.select_related("owner_area").order_by("code")[:MOST_CARRIERS]]
    picked = next((row for row in carriers if row.code == request.POST.get("carrier")), None)
    sample = picked or (carriers[0] if carriers else None)
    context = {
        "area": place,
        "occasion": Occasion(occasion),
        "form": form,
        "holding": holding,
        "is_own": holding is not None and holding.area_id == place.pk,
        "placeholders": [
            (name, said) for name, said in PLACEHOLDERS.items() if name != "原因" or occasion in WITH_REASON
        ],
        "carriers": carriers,
        "sample": sample,
        "letter": None if form.errors or sample is None else worded(*_sample(sample, occasion, words)),
        "looked": action == "look" and not form.errors,
    }
    return render(request, "incubators/reminders/letter.html", context, status=422 if form.errors else 200)


def _sample(carrier: Carrier, occasion: str, words: Any) -> tuple[About, Any, dict[str, str]]:
    """A real carrier's letter of the month that is reported on now."""
    path, month = carrier.owner_area.path, last_full_month(timezone.localdate())
    days = Calendars().days(path, month)
    reason = _SAMPLE_REASON if occasion == Occasion.RETURNED else ""
    about = About(carrier.pk, carrier.name, carrier.code, path, month, days, reason=reason)
    names = {row.path: row.name for row in Area.objects.filter(path__in=[days.jurisdiction or path])}
    return about, words, names


def _reset(request: HttpRequest, area: Area, occasion: str) -> HttpResponse:
    try:
        services.reset_letter(user=request.user, area=area, occasion=occasion)
    except (Refused, NotPermitted) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "已恢复原来的文本")
    return redirect("incubators:letter_edit", area=area.code, occasion=occasion)


class RuleForm(PortalForm):
    """When carriers are asked without a click."""

    opening = forms.BooleanField(label="开始填报的当天提醒", required=False)
    days_before = forms.IntegerField(
        label="截止前提醒", min_value=0, max_value=10, help_text="截止日前几个工作日提醒还没有提交的载体;0 为不提醒"
    )
    overdue_every = forms.IntegerField(
        label="逾期后每隔", min_value=0, max_value=30, help_text="截止日次日起催报,以后每隔几天再催,最多催30天;0 为不催"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days_before"].unit = "工作日"
        self.fields["overdue_every"].unit = "天"
        self.fields["opening"].wide = True


@require_http_methods(READ_OR_POST)
def chasing_rule(request: HttpRequest, area: str) -> HttpResponse:
    """Set when the carriers of an area are asked by the daily run."""
    place = _area(request, area)
    rule = Rules().rule(place.path)
    initial = {name: getattr(rule, name) for name in services.RULE}
    form = RuleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_rule(user=request.user, area=place, **form.cleaned_data)
        except (Refused, NotPermitted) as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"已设置{place.name}的自动催报")
            return redirect("incubators:letter_list")
    context = {"area": place, "form": form}
    return render(request, "incubators/reminders/rule.html", context, status=422 if form.errors else 200)
