"""The base of every list page: filters in the address, order, pages, and the export of exactly what is listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from core.cursors import order_terms
from core.spreadsheets import FORMATS, Column, write

Decorate = Callable[[list[Any]], list[Any]]
CHUNK = 500


class Counted(Paginator):
    """Pages of rows whose number is already known (from the tabs above them), so that it is not asked again."""

    def __init__(self, rows: Any, per_page: int, *, known: int) -> None:
        super().__init__(rows, per_page)
        self.count = known


@dataclass(frozen=True, slots=True)
class ListSpec:
    """What a list offers: its filter set (the API uses the same), orders (public name -> ORM path), export columns."""

    filterset: type[Any]
    sorts: Mapping[str, str]
    default_sort: str
    file_name: str
    columns: Sequence[Column] = field(default=())
    page_size: int = 30
    notes: Sequence[str] = ()


class Listing:
    """A list as one request asks for it.

    ``rows`` must already be limited to what the person may see. ``decorate`` adds what a row shows beyond its own
    columns to a whole batch at once: one query a question, never one a row. A filter that cannot be understood lists
    nothing and says so at its field.
    """

    def __init__(
        self, request: HttpRequest, rows: QuerySet[Any], spec: ListSpec, *, decorate: Decorate | None = None
    ) -> None:
        self.request = request
        self.spec = spec
        self.decorate = decorate or (lambda batch: batch)
        self.filterset = spec.filterset(request.GET, queryset=rows, request=request)
        self.valid: bool = self.filterset.is_valid()
        chosen = self.filterset.qs if self.valid else rows.none()
        self.sort = request.GET.get("sort", "")
        if self.sort.removeprefix("-") not in spec.sorts:
            self.sort = spec.default_sort
        self.rows = chosen.order_by(*order_terms(self._orderings(), backward=False))

    def _orderings(self) -> list[str]:
        path = self.spec.sorts[self.sort.removeprefix("-")]
        return [f"-{path}" if self.sort.startswith("-") else path, "pk"]

    @property
    def form(self) -> Any:
        return self.filterset.form

    @property
    def keep(self) -> dict[str, str]:
        """What the filter form must carry along: the order, when one was asked for."""
        return {"sort": self.request.GET["sort"]} if self.request.GET.get("sort") else {}

    @property
    def is_filtered(self) -> bool:
        """Whether any filter is in use: an empty list then says "nothing matches", not "there is nothing"."""
        return any(self.request.GET.get(name) for name in self.form.fields)

    def page(self) -> Any:
        """The page asked for, its rows decorated; ``page.paginator.count`` is the count of the whole list."""
        page = Paginator(self.rows, self.spec.page_size).get_page(self.request.GET.get("page"))
        page.object_list = self.decorate([*page.object_list])
        return page

    @property
    def export_format(self) -> str:
        """``xlsx`` or ``csv`` when the address asks for a file and the filters are sound, else empty."""
        asked = self.request.GET.get("format", "")
        return asked if asked in FORMATS and self.valid else ""

    def _batches(self) -> Iterator[Any]:
        source = self.rows.iterator(chunk_size=CHUNK)
        while batch := [*islice(source, CHUNK)]:
            yield from self.decorate(batch)

    def export(self) -> HttpResponseBase:
        """The whole filtered list, in its order, as a download."""
        name = f"{self.spec.file_name}{timezone.localdate():%Y%m%d}"
        return write(self._batches(), self.spec.columns, name=name, fmt=self.export_format, notes=self.spec.notes)
