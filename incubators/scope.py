"""Which rows a person may see: the one place where lists, pages, exports, files, the API and jobs ask.

A scope is made once a request from the person's memberships (one query) and turned into conditions on rows. Without a
membership a person sees nothing. Conditions hold sets of keys (areas, carriers) rather than joins, so that the database
starts from the few areas and not from all rows. For who sees most areas it is the other way round: the few rows that
are not theirs are left out. Who sees every area is asked nothing at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import BooleanField, Count, F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.utils import timezone

from incubators.access import AREA_ROLES, GRANTS, Capability, Role

NOTHING = Q(pk__in=())
EVERYTHING = ~NOTHING


class Among(Func):
    """Whether a key is among the few that a query answers.

    PostgreSQL is made to ask once and to keep the answer as a list. Of a list it expects few rows and starts from them,
    as it should; of ``IN`` it thinks of hundreds of times as many as there are and reads the table, and the cost of
    ``NOT IN`` it reckons anew for every step of a join.
    """

    output_field = BooleanField()

    def __init__(self, key: str, found: QuerySet[Any]) -> None:
        super().__init__(F(key), Subquery(found))

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        """A plain ``IN``."""
        return self._written(compiler, "{} IN {}")

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        """By an array, which is made once."""
        return self._written(compiler, "{} = ANY (ARRAY{})")

    def _written(self, compiler: Any, template: str) -> Any:
        key, found = self.source_expressions
        (left, one), (right, two) = compiler.compile(key), compiler.compile(found)
        return template.format(left, right), (*one, *two)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person's memberships of today add up to.

    ``area_paths``: path prefixes of areas seen whole; ``write_paths``: those where the person is staff;
    ``organisation_ids``: operators the person acts for; ``manage_paths``: areas whose people the person administers;
    ``sees_all``: no area lies outside ``area_paths``; ``sees_most``: fewer lie outside than within.
    """

    roles: frozenset[str]
    capabilities: frozenset[Capability]
    area_paths: tuple[str, ...]
    write_paths: tuple[str, ...]
    organisation_ids: tuple[int, ...]
    manage_paths: tuple[str, ...] = ()
    sees_all: bool = False
    sees_most: bool = False

    @classmethod
    def of(cls, user: Any) -> Scope:
        """The scope of ``user``, kept on the user object for the length of a request."""
        cached = getattr(user, "_scope", None)
        if cached is None:
            cached = cls._build(user) if user is not None and user.is_authenticated else EMPTY
            if user is not None and user.is_authenticated:
                user._scope = cached  # noqa: SLF001 - our own mark on the request's user
        return cached

    @classmethod
    def _build(cls, user: Any, on: date | None = None) -> Scope:
        day = on or timezone.localdate()
        rows = user.memberships.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
        rows = rows.select_related("area").annotate(
            below=Subquery(_counted(_areas().filter(path__startswith=OuterRef("area__path")))),
            all_areas=Subquery(_counted(_areas())),
        )
        roles: set[str] = set()
        area_paths: set[str] = set()
        write_paths: set[str] = set()
        organisation_ids: set[int] = set()
        manage_paths: set[str] = set()
        below: dict[str, int] = {}
        all_areas = 0
        for membership in rows:
            roles.add(membership.role)
            if membership.role in AREA_ROLES and membership.area is not None:
                area_paths.add(membership.area.path)
                below[membership.area.path] = membership.below
                all_areas = membership.all_areas
                if membership.role == Role.STAFF:
                    write_paths.add(membership.area.path)
            elif membership.role == Role.OPERATOR and membership.organisation_id is not None:
                organisation_ids.add(membership.organisation_id)
            elif membership.role == Role.ADMINISTRATOR and membership.area is not None:
                manage_paths.add(membership.area.path)
        # An area within another of the person's is counted with that one.
        inside = sum(n for path, n in below.items() if not any(path != up and path.startswith(up) for up in below))
        capabilities = frozenset().union(*(GRANTS[role] for role in roles)) if roles else frozenset()
        return cls(
            frozenset(roles),
            capabilities,
            tuple(sorted(area_paths)),
            tuple(sorted(write_paths)),
            tuple(sorted(organisation_ids)),
            tuple(sorted(manage_paths)),
            bool(below) and inside == all_areas,
            bool(below) and inside * 2 >= all_areas,
        )

    def can(self, capability: Capability) -> bool:
        return capability in self.capabilities

    def covers(self, path: str) -> bool:
        """Whether the person sees the whole area with this path."""
        return any(path.startswith(prefix) for prefix in self.area_paths)

    def may_write(self, path: str) -> bool:
        """Whether the person is staff of the area with this path (or of one above it)."""
        return any(path.startswith(prefix) for prefix in self.write_paths)

    def manages(self, prefix: str = "") -> Q:
        """Rows whose area (reached by ``prefix``) lies within the areas whose people the person administers."""
        return _within(self.manage_paths, prefix)

    def writes(self, prefix: str = "") -> Q:
        """Rows whose area (reached by ``prefix``, e.g. ``"area__"``) lies within the areas where the person is staff."""
        return _within(self.write_paths, prefix)

    def areas(self, prefix: str = "") -> Q:
        """Rows whose area (reached by ``prefix``, e.g. ``"area__"``) lies within the person's areas."""
        return _all(prefix) if self.sees_all else _within(self.area_paths, prefix)

    def outside(self) -> QuerySet[Any]:
        """The areas that are not the person's own."""
        return _areas().exclude(_at(self.area_paths)).order_by()

    def carriers(self, prefix: str = "") -> Q:
        """Rows whose carrier the person may see: located in or owned by an area of theirs, or operated by them.

        ``prefix`` leads to the carrier, e.g. ``"carrier__"``; empty for carriers themselves.
        """
        if self.sees_all:
            return _all(prefix)
        carriers = apps.get_model("incubators", "Carrier")._default_manager.order_by()
        key = prefix.removesuffix("__") or "pk"
        if self.sees_most:
            others = self.outside().values("pk")
            hidden = carriers.filter(area__in=others, owner_area__in=others).exclude(operator__in=self.organisation_ids)
            return _all(prefix) & ~Q(Among(key, hidden.values("pk")))
        # A union of sets and no OR: each part goes by its own index.
        parts = [carriers.filter(operator__in=self.organisation_ids)] if self.organisation_ids else []
        if self.area_paths:
            parts += [carriers.filter(self.areas(name)) for name in ("area__", "owner_area__")]
        if not parts:
            return NOTHING
        first, *others = [part.values("pk") for part in parts]
        return Q(Among(key, first.union(*others) if others else first))


def _areas() -> QuerySet[Any]:
    # Models ask this module for conditions, so it cannot import them.
    return apps.get_model("incubators", "Area")._default_manager.all()


def _all(prefix: str) -> Q:
    """Rows that lead to anything at all by ``prefix``; all of them without one."""
    return Q(**{f"{prefix}isnull": False}) if prefix else EVERYTHING


def _within(paths: tuple[str, ...], prefix: str) -> Q:
    """Rows whose area, reached by ``prefix``, lies at or below one of ``paths``; no rows without any path."""
    if not prefix or not paths:
        return _at(paths)
    return Q(**{f"{prefix}in": _areas().filter(_at(paths)).order_by().values("pk")})


def _at(paths: tuple[str, ...]) -> Q:
    condition = NOTHING
    for path in paths:
        condition |= Q(path__startswith=path)
    return condition


def _counted(areas: QuerySet[Any]) -> QuerySet[Any]:
    """How many there are, as a sub-query."""
    return areas.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n")


EMPTY = Scope(frozenset(), frozenset(), (), (), ())
