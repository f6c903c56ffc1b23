"""The yearly summary for Torch: the table of an area, its differences from what was filed, one carrier, the import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import workbooks
from core.money import to_thousands_exactly
from core.permits import NotPermitted, Refused
from core.spreadsheets import FORMATS, Column, write
from core.templatetags.portal import number, written
from incubators.access import Capability
from incubators.indicators import catalogue
from incubators.indicators.base import Kind
from incubators.indicators.links import records_url
from incubators.models import Carrier, TorchFigure
from incubators.permits import may_review_reports
from incubators.reporting import torch_table
from incubators.reporting.calendar import last_full_month
from incubators.reporting.torch import ITEMS, SOURCE_WORDS, CarrierYear, Item, Source, Year, year_of
from incubators.scope import Scope
from incubators.services.torch import Filed, file_figures
from incubators.views.places import Place, place_asked, year_asked

PAGE_SIZE = 50
_MADE_UP = "演示用合成数据,不是真实情况"


# --- The area's table -------------------------------------------------------------------------------------------------
@require_safe
def torch_year(request: HttpRequest) -> HttpResponseBase:
    """Every carrier's year in 千元, or the differences from what was filed. Eleven queries, however many carriers."""
    place = place_asked(request)
    year, problem = year_asked(request)
    found = year_of(request.user, place.area, year)
    tab = "differences" if request.GET.get("tab") == "differences" else "figures"
    form = request.GET.get("format", "")
    problems = [sentence for sentence in (problem, place.problem) if sentence]
    if form in FORMATS and not problems:
        return _export(found, place, tab, form)
    differences = found.differences
    explained = sum(bool(figure.note) for *_, figure in differences)
    rows: list[Any] = differences if tab == "differences" else list(found.rows)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    keep = {"year": year, "area": place.area.code}
    latest = last_full_month(timezone.localdate()).year
    context = {
        "found": found,
        "place": place,
        "problems": problems,
        "years": range(latest, latest - 6, -1),
        "tab": tab,
        "tabs": [
            {"label": "汇总表", "url": f"?{urlencode(keep)}", "active": tab == "figures", "count": len(found.rows)},
            {
                "label": "与火炬填报数的差异",
                "url": f"?{urlencode(keep | {'tab': 'differences'})}",
                "active": tab == "differences",
                "count": len(differences),
            },
        ],
        "page_obj": page,
        "items": found.items,
        "source_words": SOURCE_WORDS,
        "shown": [_line(row, found.items) for row in page] if tab == "figures" else _differing(page),
        "totals": [number(found.total(item)) for item in found.items],
        "complete": sum(not row.remarks for row in found.rows),
        "filed": sum(bool(row.filed) for row in found.rows),
        "explained": explained,
        "differing": len(differences),
        "unexplained": _unexplained(found, len(differences) - explained),
        "made_up": _MADE_UP if any(row.synthetic for row in found.rows) else "",
        "may_import": Scope.of(request.user).can(Capability.REPORT_REVIEW),
        "import_url": f"{reverse('incubators:torch_import')}?{urlencode(keep)}",
    }
    # A file of another area or year than was asked for would not say so: the page does.
    return render(request, "incubators/reports/torch.html", context, status=400 if form in FORMATS else 200)


def _unexplained(found: Year, count: int) -> str:
    """What is asked for once December is closed; empty before, when the differences are not final."""
    return f"12月已月结,还有{count}项相差超过5%的没有差异说明,请逐项写明" if found.closed_on and count else ""


def _line(row: CarrierYear, items: Sequence[Item]) -> dict[str, Any]:
    address = reverse("incubators:torch_carrier", args=[row.carrier.code, row.year])
    cells = [
        {
            "text": number(row.amounts[item.code].shown),
            "href": f"{address}#{item.code}",
            "mark": row.mark(item.code),
        }
        for item in items
    ]
    return {"row": row, "cells": cells, "href": address}


def _differing(page: Any) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "item": item,
            "compared": compared,
            "figure": figure,
            "href": f"{reverse('incubators:torch_carrier', args=[row.carrier.code, row.year])}#{item.code}",
        }
        for row, item, compared, figure in page
    ]


def _export(found: Year, place: Place, tab: str, form: str) -> HttpResponseBase:
    name = f"{place.area.name}{found.year}年度汇总"
    notes = [
        f"{place.area.name}{found.year}年,数据截至{found.as_of:%Y-%m-%d};金额单位为千元。",
        "当期数为各月审核通过的月报之和,期末数取最近一个月,企业数取自登记库;“月报情况”写明缺的月份。",
        "把各指标改成向火炬统计系统填报的数(没有的留空),可在“录入填报数”中原样导入。",
        *([_MADE_UP] if any(row.synthetic for row in found.rows) else []),
    ]
    if tab == "differences":
        return write(found.differences, _DIFFERENCES, name=f"{name}差异", fmt=form, notes=notes[:1])
    columns = [
        Column("编号", "carrier.code", width=10),
        Column("名称", "carrier.name", width=26),
        Column("归属区域", "carrier.owner_area.name", width=14),
        *(Column(item.head, _shown_of(item), "number") for item in found.items),
        Column("月报情况", "remarks", width=40),
    ]
    return write(found.rows, columns, name=name, fmt=form, notes=notes)


def _shown_of(item: Item) -> Any:
    return lambda row: row.amounts[item.code].shown


_DIFFERENCES = (
    Column("编号", lambda line: line[0].carrier.code, width=10),
    Column("名称", lambda line: line[0].carrier.name, width=26),
    Column("指标", lambda line: line[1].head, width=24),
    Column("月报汇总", lambda line: line[2].ours, "number"),
    Column("火炬填报", lambda line: line[2].filed, "number"),
    Column("差异率", lambda line: line[2].share, "percent"),
    Column("算式", lambda line: line[2].worked, width=44),
    Column("月报情况", lambda line: line[0].remarks, width=30),
    Column("差异说明", lambda line: line[3].note, width=40),
    Column("来源", lambda line: line[3].source, width=24),
)


# --- One carrier ------------------------------------------------------------------------------------------------------
def torch_carrier(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """A carrier's year, each figure worked out; staff enter what was filed beside it, and why it differs."""
    carriers = Carrier.objects.visible_to(request.user).select_related("owner_area")
    carrier = get_object_or_404(carriers, code=code)
    if not 2000 <= year <= last_full_month(timezone.localdate()).year:
        raise Http404
    found = year_of(request.user, carrier.owner_area, year, carrier=code)
    if not found.rows:
        raise Http404
    row = found.rows[0]
    permit = may_review_reports(request.user, carrier)
    typed, errors = request.POST.dict() if request.method == "POST" else {}, {}
    if request.method == "POST":
        try:
            permit.require()
            entries, errors = _entries(row, typed)
            if not errors:
                count = file_figures(user=request.user, year=year, entries=entries, source=typed.get("source", ""))
                messages.success(request, f"已保存 {count} 项" if count else "没有改动")
                return redirect("incubators:torch_carrier", code=code, year=year)
        except Refused as refused:
            errors = {place: sentences[0] for place, sentences in refused.errors.items()}
        except NotPermitted as denied:
            errors = {"": str(denied)}
    context = {
        "row": row,
        "found": found,
        "lines": [_entry_line(row, item, typed, errors) for item in row.items],
        "source": typed.get("source", ""),
        "source_error": errors.get("source", ""),
        "errors": list(errors.values()),
        "permit": permit,
        **_way_back(request, carrier, year),
        "made_up": _MADE_UP if row.synthetic else "",
    }
    return render(request, "incubators/reports/torch_carrier.html", context, status=422 if errors else 200)


def _way_back(request: HttpRequest, carrier: Carrier, year: int) -> dict[str, str]:
    """To the area's table, or to their own months for who reads no area's summary."""
    if Scope.of(request.user).can(Capability.SUMMARY_READ):
        keep = urlencode({"year": year, "area": carrier.owner_area.code})
        return {"back": f"{reverse('incubators:torch_year')}?{keep}", "back_label": "年度汇总"}
    return {"back": reverse("incubators:report_list"), "back_label": "我的月报"}


def as_typed(item: Item, figure: TorchFigure | None) -> str:
    """What was filed as a person would type it: money in 千元."""
    if figure is None:
        return ""
    value = to_thousands_exactly(figure.value) if item.money else figure.value
    return str(written(value, most=5)).replace(",", "")


def _entries(row: CarrierYear, typed: dict[str, str]) -> tuple[list[Filed], dict[str, str]]:
    """What was changed against the page as it was opened, and what is wrong with it by field. A figure that somebody else
    changed meanwhile is not overwritten unseen."""
    entries: list[Filed] = []
    errors: dict[str, str] = {}
    for item in row.items:
        figure = row.filed.get(item.code)
        now = (as_typed(item, figure), figure.note if figure else "")
        opened = (typed.get(f"was:{item.code}", now[0]), typed.get(f"was-note:{item.code}", now[1]))
        sent = (typed.get(f"value:{item.code}", opened[0]).strip(), typed.get(f"note:{item.code}", opened[1]).strip())
        if sent in (opened, now):
            continue
        if now != opened:
            by = figure.entered_by.get_full_name() if figure else "别人"
            errors[f"value:{item.code}"] = f"{item.label}已被{by}改为“{now[0] or '(空)'}”;请核对后再保存"
            continue
        try:
            value = torch_table.parse(item, sent[0])
        except Refused as refused:
            errors[f"value:{item.code}"] = f"{item.label}{refused}"
            continue
        entries.append(Filed(row.carrier, item.code, value, sent[1]))
    return entries, errors


def _entry_line(row: CarrierYear, item: Item, typed: dict[str, str], errors: dict[str, str]) -> dict[str, Any]:
    figure, amount = row.filed.get(item.code), row.amounts[item.code]
    held, note = as_typed(item, figure), figure.note if figure else ""
    of_register = item.source is Source.REGISTER
    asked: dict[str, Any] = {"on": row.as_of}
    if of_register and catalogue.get(item.code).kind is Kind.FLOW:
        asked = {"from_": row.as_of.replace(month=1, day=1), "to": row.as_of}
    return {
        "item": item,
        "source": SOURCE_WORDS[item.source],
        "shown": number(amount.shown),
        "href": records_url(item.code, carrier=row.carrier.code, **asked) if of_register else "",
        "expression": row.expression(item.code),
        "counted": f"登记库{'1月1日至' if 'to' in asked else ''}{row.as_of.month}月{row.as_of.day}日的记录",
        "asked": row.asked(item.code),
        "unsaid": row.unsaid(item.code),
        "figure": figure,
        "compared": row.compared(item.code),
        "was": held,
        "was_note": note,
        "value": typed.get(f"value:{item.code}", held),
        "note": typed.get(f"note:{item.code}", note),
        "value_error": errors.get(f"value:{item.code}", ""),
        "note_error": errors.get(f"note:{item.code}", ""),
    }


# --- Import -----------------------------------------------------------------------------------------------------------
def torch_import(request: HttpRequest) -> HttpResponse:
    """Paste or upload what was filed, for many carriers at once. All is kept, or nothing and why."""
    place = place_asked(request)
    year, problem = year_asked(request)
    typed, errors, wrong = request.POST.dict(), {}, []
    if request.method == "POST":
        try:
            table = torch_table.read(_sheet(request))
            entries, wrong = _found(request, place, table, year)
            if not wrong:
                count = file_figures(user=request.user, year=year, entries=entries, source=typed.get("source", ""))
                said = f"已录入 {len(table.rows)} 家载体的填报数,新增或改动 {count} 项"
                if table.unknown:
                    said += f";没有导入的列:{'、'.join(table.unknown[:10])}"
                messages.success(request, said)
                keep = urlencode({"year": year, "area": place.area.code, "tab": "differences"})
                return redirect(f"{reverse('incubators:torch_year')}?{keep}")
        except Refused as refused:
            errors = {name: sentences[0] for name, sentences in refused.errors.items()}
        except NotPermitted as denied:
            errors = {"": str(denied)}
    keep = urlencode({"year": year, "area": place.area.code})
    back = f"{reverse('incubators:torch_year')}?{keep}"
    context = {
        "place": place,
        "year": year,
        "problems": [sentence for sentence in (problem, place.problem) if sentence],
        "pasted": typed.get("pasted", ""),
        "source": typed.get("source", ""),
        "errors": errors,
        "problem": errors.get("", ""),
        "file_errors": [errors["file"]] if "file" in errors else [],
        "wrong": wrong[: torch_table.MOST_ERRORS],
        "wrong_all": wrong,
        "heads": [item.head for item in ITEMS],
        "back": back,
        "template_url": f"{back}&format=xlsx",
    }
    return render(request, "incubators/reports/torch_import.html", context, status=422 if errors or wrong else 200)


def _sheet(request: HttpRequest) -> workbooks.Sheet:
    upload, pasted = request.FILES.get("file"), request.POST.get("pasted", "")
    if upload is not None:
        if (upload.size or 0) > workbooks.LARGEST_BYTES:
            raise Refused.at("file", f"文件超过 {workbooks.LARGEST_BYTES >> 20} MB")
        return workbooks.read(upload.read())
    if not pasted.strip():
        raise Refused.at("file", "请选择文件,或把表格(连同表头)粘贴到下面")
    return workbooks.read(pasted.encode())


def _found(
    request: HttpRequest, place: Place, table: torch_table.Table, year: int
) -> tuple[list[Filed], list[torch_table.Wrong]]:
    """The carriers of the rows. One query."""
    codes = {row.code for row in table.rows}
    near = Carrier.objects.visible_to(request.user).filter(owner_area__path__startswith=place.area.path)
    known = {carrier.code: carrier for carrier in near.filter(code__in=codes).select_related("owner_area")}
    wrong = list(table.wrong)
    entries = []
    for row in table.rows:
        carrier = known.get(row.code)
        if carrier is None:
            words = f"{place.area.name}没有编号为“{row.code}”的载体"
            wrong.append(torch_table.Wrong(f"第{row.place}行", row.code, words))
        elif row.name and row.name != carrier.name:
            words = f"编号{row.code}是“{carrier.name}”,与这一行的名称不符"
            wrong.append(torch_table.Wrong(f"第{row.place}行", row.name, words))
        elif not (permit := may_review_reports(request.user, carrier)):
            wrong.append(torch_table.Wrong(f"第{row.place}行", row.code, permit.reason))
        else:
            entries += [Filed(carrier, code, value) for code, value in row.values.items()]
    return entries, wrong


__all__ = ["as_typed", "torch_carrier", "torch_import", "torch_year"]
