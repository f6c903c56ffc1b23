"""Lists and forms of any kind of record, drawn from its description: search, columns, saved views, edit, bulk edit."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from core.listing import Listing, ListSpec
from core.permits import NotPermitted, Refused
from incubators.access import Capability
from incubators.exchange import KINDS, Kind, files
from incubators.exchange.editing import RecordForm, save, set_many
from incubators.exchange.kinds import Context
from incubators.exchange.lists import NAMED, cells, chosen, filter_of
from incubators.models import SavedView
from incubators.register.permits import may_write_register
from incubators.scope import Scope

PAGE_SIZE = 50
MOST_VIEWS = 30


def kind_or_404(code: str) -> Kind:
    """The kind of record that an address names."""
    if code not in KINDS:
        raise Http404
    return KINDS[code]


@require_safe
def register_home(request: HttpRequest) -> HttpResponse:
    """The register opens at its events: who moved in, graduated, left."""
    return redirect("incubators:record_list", kind="residencies")


@require_safe
def record_list(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Records of a kind that the person may see: filtered, sorted, with the columns they choose; exported as shown."""
    spec = kind_or_404(kind)
    context = Context(request.user)
    columns = spec.columns(context)
    sorts = {column.name: _sort_path(column.name) for column in columns}
    listing = Listing(
        request,
        spec.visible(request.user),
        ListSpec(filter_of(spec), sorts, spec.key[0], spec.title, page_size=PAGE_SIZE),
    )
    if listing.export_format:
        return files.sent(spec, context, listing.rows, fmt=listing.export_format)
    places = chosen(columns, request.GET.getlist("cols"))
    page = Paginator(listing.rows, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = cells(spec, columns, places, page.object_list)
    return render(
        request,
        "incubators/records/list.html",
        {
            "kind": spec,
            "kinds": KINDS.values(),
            "listing": listing,
            "page": page,
            "named": [label for label, _ in NAMED.get(spec.code, ())],
            "heads": [columns[place] for place in places],
            "columns": [(column, n in places) for n, column in enumerate(columns)],
            "views": SavedView.objects.visible_to(request.user).filter(kind=spec.code),
            "may_write": Scope.of(request.user).can(Capability.REGISTRY_WRITE),
            "query": _kept_query(request.GET.urlencode()),
        },
    )


def _sort_path(name: str) -> str:
    """Areas and the like sort by what is read, not by their keys."""
    paths = {"area_id": "area__path", "owner_area_id": "owner_area__path", "carrier_id": "carrier__code"}
    paths |= {"enterprise_id": "enterprise__uscc", "operator_id": "operator__name", "title_id": "title__name"}
    paths |= {"fund_id": "fund__code", "kind_id": "kind__name"}
    return paths.get(name, name)


def _kept_query(query: str) -> str:
    """A query string without what belongs to one visit."""
    return urlencode([(name, value) for name, value in parse_qsl(query) if name not in {"page", "format"}])


def record_create(request: HttpRequest, kind: str) -> HttpResponse:
    """A new record."""
    spec = kind_or_404(kind)
    form = RecordForm(request.POST or None, kind=spec, context=Context(request.user), initial=request.GET.dict())
    return _edit(request, spec, form)


def record_edit(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Change a record. If somebody else was faster, the difference is shown and what was typed stays."""
    spec = kind_or_404(kind)
    try:
        form = RecordForm(request.POST or None, kind=spec, context=Context(request.user), pk=pk)
    except ObjectDoesNotExist as gone:
        raise Http404 from gone
    return _edit(request, spec, form)


def _edit(request: HttpRequest, spec: Kind, form: RecordForm) -> HttpResponse:
    permit = may_write_register(request.user)
    differences: list[Any] = []
    if request.method == "POST" and permit and form.is_valid():
        try:
            outcome = save(form=form, user=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            if outcome.differences:
                differences = outcome.differences
                form.take_over()
            else:
                words = f"已保存{spec.title}" if outcome.changed else "没有改动"
                messages.success(request, words)
                return redirect("incubators:record_edit", kind=spec.code, pk=outcome.pk)
    record = spec.model._default_manager.filter(pk=form.pk).first() if form.pk is not None else None
    context = {"kind": spec, "form": form, "permit": permit, "record": record, "differences": differences}
    status = 403 if not permit else 409 if differences else 422 if form.errors else 200
    return render(request, "incubators/records/form.html", context, status=status)


def record_bulk(request: HttpRequest, kind: str) -> HttpResponse:
    """Give one column of several chosen records one value: all of them, or none when a rule speaks against one."""
    spec = kind_or_404(kind)
    permit = may_write_register(request.user)
    context = Context(request.user)
    asked = request.POST if request.method == "POST" else request.GET
    ids = [int(value) for value in asked.getlist("id") if value.isdecimal()][:1000]
    rows = spec.model._default_manager.filter(spec.writable(context.scope), pk__in=ids).order_by("pk")
    errors: dict[str, list[str]] = {}
    wrong: list[tuple[str, str]] = []
    if request.method == "POST" and permit:
        try:
            count, wrong = set_many(
                kind=spec,
                user=request.user,
                ids=ids,
                name=asked.get("column", ""),
                text=asked.get("value", ""),
                reason=asked.get("reason", "")[:200],
            )
        except (Refused, NotPermitted) as refused:
            errors = getattr(refused, "errors", {"": [str(refused)]})
        else:
            if not wrong:
                messages.success(request, f"已修改 {count} 条" if count else "没有改动")
                return redirect("incubators:record_list", kind=spec.code)
    columns = [column for column in spec.columns(context) if column.name not in spec.key]
    page = {
        "kind": spec,
        "permit": permit,
        "rows": rows,
        "columns": columns,
        "asked": asked,
        "errors": errors,
        "wrong": wrong,
    }
    return render(request, "incubators/records/bulk.html", page, status=422 if errors or wrong else 200)


@require_POST
def view_save(request: HttpRequest, kind: str) -> HttpResponse:
    """Keep the filters, order and columns of a list under a name; a view of the same name is replaced."""
    spec = kind_or_404(kind)
    name = request.POST.get("name", "").strip()[:40]
    query = _kept_query(request.POST.get("query", ""))[:1000]
    own = SavedView.objects.visible_to(request.user).filter(kind=spec.code)
    if not name:
        messages.error(request, "请给视图起个名字")
    elif own.exclude(name=name).count() >= MOST_VIEWS:
        messages.error(request, f"最多保存 {MOST_VIEWS} 个视图,请先删去不用的")
    else:
        SavedView.objects.update_or_create(user=request.user, kind=spec.code, name=name, defaults={"query": query})
        messages.success(request, f"已保存视图“{name}”")
    return redirect(f"{reverse('incubators:record_list', args=[spec.code])}?{query}")


@require_POST
def view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a saved view."""
    row = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    row.delete()
    messages.info(request, f"已删除视图“{row.name}”")
    return redirect("incubators:record_list", kind=row.kind)
