"""Pages that record one event of the register each, from a carrier's page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from core.dates import date_cn, month_cn
from core.permits import NotPermitted, Permit, Refused
from incubators.models import Carrier, Enterprise
from incubators.register import graduations, incubation, services
from incubators.register.forms import AdmitForm, DesignateForm, LeaveForm, QualifyForm
from incubators.register.incubation_forms import AskGraduationForm, ExtendForm, GraduateForm, TransferForm
from incubators.register.permits import may_ask_graduation, may_recognise, may_record_tenants
from incubators.reporting.closing import Closes
from incubators.services.evidence import ACCEPT

MONTH = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])")
# When an event of a tenant took place, by the name of its field.
HAPPENED = ("entered_on", "left_on", "on", "graduated_on")
UPLOAD = {"accept": ACCEPT, "label": "选择证明材料(可多选),或拖到这里"}


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of event: its words, its form, who may, the service that writes it, and the part of the carrier's file
    (``shown``) where what was recorded stands; ``of_enterprise``: it stands on the page of the enterprise, which may
    live elsewhere. ``files``: what is uploaded with it, in words. ``starts``: what the form of a stay begins with."""

    title: str
    lead: str
    form: type[forms.Form]
    permit: Callable[[Any, Carrier], Permit]
    write: Callable[[Any, Carrier, dict[str, Any]], str]
    shown: str = ""
    files: str = ""
    of_enterprise: bool = False
    starts: Callable[[Carrier, str], dict[str, Any]] = lambda carrier, residency: {}


def _admit(user: Any, carrier: Carrier, data: dict[str, Any]) -> str:
    data["licence_checked"] = data.pop("confirmed", False)
    row = services.admit(user=user, carrier=carrier, **data)
    remark = services.remark_on_entry(row)
    return f"已登记{row.enterprise.name}入驻" + (f"。{remark}" if remark else "")


def _graduate(user: Any, carrier: Carrier, data: dict[str, Any]) -> str:
    row = incubation.graduate(user=user, **data)
    return f"已登记{row.enterprise.name}毕业"


def _ask_graduation(user: Any, carrier: Carrier, data: dict[str, Any]) -> str:
    row = graduations.ask(user=user, **data)
    return f"已申请{row.residency.enterprise.name}毕业,区科委审核同意后计入"


def _extend(user: Any, carrier: Carrier, data: dict[str, Any]) -> str:
    made = incubation.extend(user=user, **data)
    return f"已登记{made.residency.enterprise.name}延期至{date_cn(made.until)}"


def _transfer(user: Any, carrier: Carrier, data: dict[str, Any]) -> str:
    row = incubation.transfer(user=user, **data)
    since = f",孵化时限自{date_cn(row.clock_from)}起连续计算" if row.clock_from else ""
    return f"已登记{row.enterprise.name}转入{row.carrier.name}{since}"


def _leave(user: Any, carrier: Carrier, data: dict[str, Any]) -> str:
    row = services.leave(user=user, **data)
    return f"已登记{row.enterprise.name}离开"


def _qualify(user: Any, carrier: Carrier, data: dict[str, Any]) -> str:
    enterprise = Enterprise.objects.visible_to(user).select_related("area").filter(uscc=data.pop("uscc")).first()
    if enterprise is None:
        raise Refused.at("uscc", "库中没有这个代码的企业,请先登记企业或核对代码")
    row = services.qualify(user=user, enterprise=enterprise, **data)
    return f"已登记{enterprise.name}取得{row.kind.name}"


def _designate(user: Any, carrier: Carrier, data: dict[str, Any]) -> str:
    row = services.designate(user=user, carrier=carrier, **data)
    return f"已登记{carrier.name}获认定为{row.title.name}"


def _staff(user: Any, carrier: Carrier) -> Permit:
    return may_recognise(user, carrier.owner_area.path)


# In the order in which a carrier's page offers them.
EVENTS: dict[str, Event] = {
    "admit": Event(
        "登记新入驻",
        "企业签约入驻后登记;签订孵化协议的计为在孵企业。",
        AdmitForm,
        may_record_tenants,
        _admit,
        "residents",
    ),
    "leave": Event("登记离开", "迁出、注销、清退,或毕业后离开。", LeaveForm, may_record_tenants, _leave, "left"),
    "extend": Event(
        "登记延期",
        "期满后仍须孵化的,凭决定登记延期;以决定当日起生效。",
        ExtendForm,
        _staff,
        _extend,
        "incubating",
    ),
    "transfer": Event(
        "登记转移",
        "在孵企业转到区内另一家载体:同一天转出、转入,孵化时限按规则连续计算。",
        TransferForm,
        _staff,
        _transfer,
        "left",
    ),
    "graduate": Event(
        "登记毕业",
        "至少符合孵化规则要求的毕业依据,并上传证明材料。",
        GraduateForm,
        _staff,
        _graduate,
        "graduates",
        "证明材料:证书、投资协议与到账凭证、两年审计报告、交易或上市文件",
    ),
    "ask-graduate": Event(
        "申请毕业",
        "由区科委审核,同意后才登记、才计入本月毕业;退回的可以改正再申请。",
        AskGraduationForm,
        may_ask_graduation,
        _ask_graduation,
        "incubating",
        "证明材料:证书、投资协议与到账凭证、两年审计报告、交易或上市文件",
        starts=graduations.asked_before,
    ),
    "qualify": Event(
        "登记企业资质", "按证书或确认名单登记;复审换证另登一条。", QualifyForm, _staff, _qualify, of_enterprise=True
    ),
    "designate": Event("登记载体认定", "按认定文件登记;级别由认定事件得出。", DesignateForm, _staff, _designate),
}


def _of_a_closed_month(carrier: Carrier, data: dict[str, Any]) -> str:
    """What to know of an event that falls into a month that was closed already; empty for one that does not."""
    today = timezone.localdate()
    days = [data[name] for name in HAPPENED if data.get(name)]
    month = min((day for day in days if day <= today), default=today).replace(day=1)
    if Closes([month]).closed_on(carrier.owner_area.path, month) is None:
        return ""
    return (
        f"{month_cn(month)}已经月结:月结时发布的通报不变;现在再查{month_cn(month)}及以后各月的企业数,会按这次登记计算"
    )


def register_event(request: HttpRequest, code: str, event: str) -> HttpResponse:
    """Show and take the form of one kind of event for one carrier. What was typed stays in place on any error."""
    if event not in EVENTS:
        raise Http404
    spec = EVENTS[event]
    carrier = get_object_or_404(
        Carrier.objects.visible_to(request.user).select_related("owner_area", "area", "operator"), code=code
    )
    permit = spec.permit(request.user, carrier)
    back = reverse("incubators:carrier_detail", args=[carrier.code])
    month = request.GET.get("month", "")
    to_month = reverse("incubators:report_edit", args=[carrier.code, month]) if MONTH.fullmatch(month) else ""
    shown = to_month or f"{back}?tab=enterprises&list={spec.shown}" if spec.shown else to_month or back
    initial = spec.starts(carrier, request.GET.get("residency", "")) | request.GET.dict()
    form = spec.form(request.POST or None, initial=initial, carrier=carrier, user=request.user)
    file_errors: list[str] = []
    if request.method == "POST" and permit and form.is_valid():
        data = dict(form.cleaned_data)
        if spec.files:
            data["files"] = request.FILES.getlist("files")
        try:
            message = spec.write(request.user, carrier, data)
        except (Refused, NotPermitted) as refused:
            file_errors = form.refuse(refused, apart=("files",))
        else:
            messages.success(request, message)
            if warning := _of_a_closed_month(carrier, form.cleaned_data):
                messages.warning(request, warning)
            if spec.of_enterprise and not to_month:
                return redirect("incubators:enterprise_detail", uscc=form.cleaned_data["uscc"])
            return redirect(shown)
    context = {
        "carrier": carrier,
        "form": form,
        "spec": spec,
        "permit": permit,
        "event": event,
        "back": to_month or (f"{back}?tab=enterprises" if spec.shown else back),
        "month": month if to_month else "",
        "upload": {**UPLOAD, "help": spec.files, "errors": file_errors} if spec.files else None,
    }
    status = 403 if not permit else 422 if form.errors or file_errors else 200
    return render(request, "incubators/register/form.html", context, status=status)
