"""The base of every list page: filters in the address, order, pages, and the export of exactly what is listed.

Made for registers of a whole country: a page is found by its keys alone, and only its rows are dressed with what they
show (``show``); a list is counted and turned up to a bound, beyond which it is narrowed by filters or exported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.functional import cached_property

from core.cursors import order_terms, with_key
from core.spreadsheets import FORMATS, Column, write

Decorate = Callable[[list[Any]], list[Any]]
Shape = Callable[[QuerySet[Any]], QuerySet[Any]]
CHUNK = 500
# The most rows of a list that are counted and turned to: all carriers of a country, but not all its enterprises.
MOST_COUNTED = 20_000


class Counted(Paginator):
    """Pages of rows whose number is already known (from the tabs above them), so that it is not asked again."""

    def __init__(self, rows: Any, per_page: int, *, known: int) -> None:
        super().__init__(rows, per_page)
        self.count = known


class Bounded(Paginator):
    """Pages of the first :data:`MOST_COUNTED` rows; ``more`` says that there are others beyond them.

    ``show`` dresses the rows of a page with what they show; finding the page does without it. ``counted``: the same
    rows without what their order costs.
    """

    def __init__(
        self, rows: QuerySet[Any], per_page: int, *, show: Shape | None = None, counted: QuerySet[Any] | None = None
    ) -> None:
        super().__init__(rows, per_page)
        self.rows = rows
        self.show = show
        self.counted = rows if counted is None else counted

    @cached_property
    def _reached(self) -> int:
        return self.counted.order_by().values("pk")[: MOST_COUNTED + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self._reached, MOST_COUNTED)

    @property
    def more(self) -> bool:
        """Whether the list goes on beyond what is counted."""
        return self._reached > MOST_COUNTED

    def page(self, number: Any) -> Any:
        page = super().page(number)
        if self.show is not None:
            keys: Any = page.object_list
            page.object_list = dressed(self.rows, keys.values("pk"), self.show)
        return page


def dressed(rows: QuerySet[Any], keys: QuerySet[Any], show: Shape) -> QuerySet[Any]:
    """The rows of ``keys`` with what they show, in the order of ``rows``, whose conditions are met already."""
    return show(rows.model._default_manager.filter(pk__in=keys)).order_by(*rows.query.order_by)


@dataclass(frozen=True, slots=True)
class Sort:
    """An order by something that is no column: ``prepare(rows, user)`` puts ``path`` on the rows, cheaply for all of them. It may
    leave out rows that have no such value; ``note`` tells the person so."""

    path: str
    prepare: Callable[[QuerySet[Any], Any], QuerySet[Any]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ListSpec:
    """What a list offers: its filter set (the API uses the same), orders (public name -> ORM path or
    :class:`Sort`), export columns."""

    filterset: type[Any]
    sorts: Mapping[str, str | Sort]
    default_sort: str
    file_name: str
    columns: Sequence[Column] = field(default=())
    page_size: int = 30
    notes: Sequence[str] = ()


class Listing:
    """A list as one request asks for it.

    ``rows`` must already be limited to what the person may see. ``show`` joins and annotates what a row shows, for the
    rows of one page or of an export; it must know every path that the list sorts by. ``decorate`` adds what queries of
    their own answer, to a whole batch at once: one query a question, never one a row. A filter that cannot be
    understood lists nothing and says so at its field.
    """

    def __init__(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        spec: ListSpec,
        *,
        show: Shape | None = None,
        decorate: Decorate | None = None,
    ) -> None:
        self.request = request
        self.spec = spec
        self.show = show
        self.decorate = decorate or (lambda batch: batch)
        self.filterset = spec.filterset(request.GET, queryset=rows, request=request)
        self.valid: bool = self.filterset.is_valid()
        chosen = self.filterset.qs if self.valid else rows.none()
        # A filter may find out only while it filters that it cannot answer.
        self.valid = self.valid and not self.filterset.form.errors
        self.sort = request.GET.get("sort", "")
        if self.sort.removeprefix("-") not in spec.sorts:
            self.sort = spec.default_sort
        sort = spec.sorts[self.sort.removeprefix("-")]
        path = sort
        self.counted = chosen
        if isinstance(sort, Sort):
            path, chosen = sort.path, sort.prepare(chosen, request.user)
            if sort.note:
                self.counted = chosen
        self.sort_note = sort.note if isinstance(sort, Sort) else ""
        orderings = with_key([f"-{path}" if self.sort.startswith("-") else str(path)])
        self.rows = chosen.order_by(*order_terms(orderings, backward=False, model=rows.model))

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
        """The page asked for, its rows decorated; ``page.paginator.count`` is the count of the list, as far as it is counted."""
        pages = Bounded(self.rows, self.spec.page_size, show=self.show, counted=self.counted)
        page = pages.get_page(self.request.GET.get("page"))
        page.object_list = self.decorate([*page.object_list])
        return page

    @property
    def export_format(self) -> str:
        """``xlsx`` or ``csv`` when the address asks for a file and the filters are sound, else empty."""
        asked = self.request.GET.get("format", "")
        return asked if asked in FORMATS and self.valid else ""

    def _batches(self) -> Iterator[Any]:
        rows = self.rows
        if self.show is not None:
            rows = dressed(rows, rows.order_by().values("pk"), self.show)
        source = rows.iterator(chunk_size=CHUNK)
        while batch := [*islice(source, CHUNK)]:
            yield from self.decorate(batch)

    def export(self) -> HttpResponseBase:
        """The whole filtered list, in its order, as a download."""
        name = f"{self.spec.file_name}{timezone.localdate():%Y%m%d}"
        return write(self._batches(), self.spec.columns, name=name, fmt=self.export_format, notes=self.spec.notes)
