"""Lists and forms of any kind of record, drawn from its description: search, columns, saved views, edit, bulk edit."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from core.listing import Bounded, Listing, ListSpec
from core.permits import NotPermitted, Refused
from incubators.access import Capability
from incubators.exchange import KINDS, Kind, files
from incubators.exchange.cells import Reference
from incubators.exchange.comparing import say
from incubators.exchange.editing import RecordForm, save, set_many
from incubators.exchange.kinds import Column, Context
from incubators.exchange.lists import NAMED, cells, chosen, filter_of, sorts_of
from incubators.models import Carrier, SavedView
from incubators.register.particulars import ATTRIBUTE
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
    sorts = sorts_of(spec)
    listing = Listing(
        request,
        spec.visible(request.user),
        ListSpec(filter_of(spec), sorts, next(iter(sorts)), spec.title, page_size=PAGE_SIZE),
    )
    if listing.export_format:
        return files.sent(spec, context, listing.rows, fmt=listing.export_format)
    places = chosen(columns, request.GET.getlist("cols"))
    page = Bounded(listing.rows, PAGE_SIZE, show=lambda rows: rows).get_page(request.GET.get("page"))
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
            "heads": [(columns[place], columns[place].name in sorts) for place in places],
            "columns": [(column, n in places) for n, column in enumerate(columns)],
            "views": SavedView.objects.visible_to(request.user).filter(kind=spec.code),
            "may_write": Scope.of(request.user).can(Capability.REGISTRY_WRITE),
            "query": _kept_query(request.GET.urlencode()),
        },
    )


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
    if isinstance(record, Carrier):
        _point_to_events(form, record)
    context = {"kind": spec, "form": form, "permit": permit, "record": record, "differences": differences}
    status = 403 if not permit else 409 if differences else 422 if form.errors else 200
    return render(request, "incubators/records/form.html", context, status=status)


def _point_to_events(form: RecordForm, carrier: Carrier) -> None:
    """Beside each known value that only a dated event may change, the way to that event."""
    for kind, attribute in ATTRIBUTE.items():
        name = attribute if attribute in form.fields else f"{attribute}_id"
        if getattr(carrier, name) not in (None, ""):
            where = reverse("incubators:carrier_change_create", args=[carrier.code, kind.value])
            form.fields[name].help_text = format_html('{}变更请<a href="{}">登记变更事件</a>', kind.label, where)


def record_bulk(request: HttpRequest, kind: str) -> HttpResponse:
    """Give one column of several chosen records one value: all of them, or none when a rule speaks against one."""
    spec = kind_or_404(kind)
    permit = may_write_register(request.user)
    context = Context(request.user)
    asked = request.POST if request.method == "POST" else request.GET
    ids = [int(value) for value in asked.getlist("id") if value.isdecimal()][:1000]
    rows = spec.model._default_manager.filter(spec.writable(context.scope), pk__in=ids).order_by("pk")
    columns = [column for column in spec.columns(context) if column.name and column.name not in spec.key]
    column = next((each for each in columns if each.name == asked.get("column")), None)
    wrong: list[tuple[str, str]] = []
    # "look" is sent when a column is chosen: the page then shows what the records hold there.
    wanted = request.method == "POST" and permit and "look" not in asked
    errors = _unasked(asked, column) if wanted else {}
    if wanted and not errors:
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
    page = {
        "kind": spec,
        "permit": permit,
        "rows": rows,
        "held": _held(rows, column),
        "column": column,
        "columns": columns,
        "asked": asked,
        "errors": errors,
        "wrong": wrong,
    }
    return render(request, "incubators/records/bulk.html", page, status=422 if errors or wrong else 200)


def _unasked(asked: Any, column: Column | None) -> dict[str, list[str]]:
    """What a bulk edit still needs to be told, by field."""
    errors = {} if column else {"column": ["请选择栏目"]}
    return errors if asked.get("reason", "").strip() else errors | {"reason": ["请填更改原因"]}


def _held(rows: Any, column: Column | None) -> list[tuple[Any, str]]:
    """The chosen records, each with what it holds in the chosen column."""
    if column is None:
        return [(row, "") for row in rows]
    values = dict(rows.values_list("pk", column.name))
    if isinstance(column.reader, Reference):
        column.reader.prepare_show(values.values())
    return [(row, say(column.reader.show(values[row.pk]))) for row in rows]


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
