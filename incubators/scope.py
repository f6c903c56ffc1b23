"""Which rows a person may see: the one place where lists, pages, exports, files, the API and jobs ask.

A scope is made once a request from the person's memberships (one query) and turned into conditions on rows. Without a
membership a person sees nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from incubators.access import AREA_ROLES, GRANTS, Capability, Role

NOTHING = Q(pk__in=())


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person's memberships of today add up to.

    ``area_paths``: path prefixes of areas seen whole; ``write_paths``: those where the person is staff;
    ``organisation_ids``: operators the person acts for; ``manage_paths``: areas whose people the person administers.
    """

    roles: frozenset[str]
    capabilities: frozenset[Capability]
    area_paths: tuple[str, ...]
    write_paths: tuple[str, ...]
    organisation_ids: tuple[int, ...]
    manage_paths: tuple[str, ...] = ()

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
        rows = user.memberships.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day).select_related(
            "area"
        )
        roles: set[str] = set()
        area_paths: set[str] = set()
        write_paths: set[str] = set()
        organisation_ids: set[int] = set()
        manage_paths: set[str] = set()
        for membership in rows:
            roles.add(membership.role)
            if membership.role in AREA_ROLES and membership.area is not None:
                area_paths.add(membership.area.path)
                if membership.role == Role.STAFF:
                    write_paths.add(membership.area.path)
            elif membership.role == Role.OPERATOR and membership.organisation_id is not None:
                organisation_ids.add(membership.organisation_id)
            elif membership.role == Role.ADMINISTRATOR and membership.area is not None:
                manage_paths.add(membership.area.path)
        capabilities = frozenset().union(*(GRANTS[role] for role in roles)) if roles else frozenset()
        return cls(
            frozenset(roles),
            capabilities,
            tuple(sorted(area_paths)),
            tuple(sorted(write_paths)),
            tuple(sorted(organisation_ids)),
            tuple(sorted(manage_paths)),
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
        return _within(self.area_paths, prefix)

    def carriers(self, prefix: str = "") -> Q:
        """Rows whose carrier the person may see: located in or owned by an area of theirs, or operated by them.

        ``prefix`` leads to the carrier, e.g. ``"carrier__"``; empty for carriers themselves.
        """
        condition = _within(self.area_paths, f"{prefix}area__") | _within(self.area_paths, f"{prefix}owner_area__")
        if self.organisation_ids:
            condition |= Q(**{f"{prefix}operator__in": self.organisation_ids})
        return condition


def _within(paths: tuple[str, ...], prefix: str) -> Q:
    """Rows whose area, reached by ``prefix``, lies at or below one of ``paths``; no rows without any path."""
    condition = NOTHING
    for path in paths:
        condition |= Q(**{f"{prefix}path__startswith": path})
    return condition


EMPTY = Scope(frozenset(), frozenset(), (), (), ())
