"""Pages of what the city approved: the list, and the form that records one."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core.listing import Listing, ListSpec
from core.permits import NotPermitted, Refused
from core.spreadsheets import Column
from incubators.access import Capability
from incubators.scope import Scope
from subsidies import selectors
from subsidies.filters import PayerGrantFilter
from subsidies.forms import PayerGrantForm
from subsidies.recording import record_payer_grant

SPEC = ListSpec(
    filterset=PayerGrantFilter,
    sorts={"carrier": "carrier__name", "year": "year", "approved": "approved", "approved_on": "approved_on"},
    default_sort="-approved_on",
    file_name="市级资助记录",
    columns=[
        Column("载体编号", "carrier.code"),
        Column("载体", "carrier.name", width=30),
        Column("种类", lambda row: row.get_kind_display(), width=24),
        Column("年度", "year", "number"),
        Column("批准金额(万元)", "approved", "wan"),
        Column("批准日期", "approved_on", "date"),
        Column("批准文件", "document", width=40),
        Column("到账金额(万元)", "received", "wan"),
        Column("到账日期", "received_on", "date"),
        Column("登记人", lambda row: str(row.recorded_by or "")),
        Column("合成数据", lambda row: "是" if row.is_synthetic else "否"),
    ],
)


@require_safe
def payer_grant_list(request: HttpRequest) -> HttpResponseBase:
    """What the city approved, by carrier and year: the base of the district's match."""
    listing = Listing(request, selectors.payer_grants(request.user), SPEC)
    if listing.export_format:
        return listing.export()
    may_record = Scope.of(request.user).can(Capability.AWARD_COMPUTE)
    context = {"listing": listing, "page": listing.page(), "may_record": may_record}
    return render(request, "subsidies/payer_grant_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def payer_grant_create(request: HttpRequest) -> HttpResponse:
    """Record what the city approved, with its document."""
    initial = {name: request.GET[name] for name in ("carrier", "kind", "year") if request.GET.get(name)}
    form = PayerGrantForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = record_payer_grant(user=request.user, **form.cleaned_data)
        except NotPermitted as denied:
            raise PermissionDenied(str(denied)) from denied
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"已登记{row.carrier.name}{row.year}年度{row.get_kind_display()};重新测算后生效")
            return redirect("subsidies:payer_grant_list")
    status = 422 if request.method == "POST" else 200
    return render(request, "subsidies/payer_grant_form.html", {"form": form}, status=status)
