"""Reading people: those whom an administrator may see, and what a list and a page show of them, by set queries only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from axes.models import AccessLog
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.lockout import locked_until
from accounts.models import ApiToken, User
from core.models import Change
from incubators.models import Area, Carrier, Membership, Organisation
from incubators.scope import Scope

TRAIL_SHOWN = 50


def areas(user: Any) -> QuerySet[Area]:
    """The areas whose people ``user`` administers, with everything below them."""
    return Area.objects.filter(Scope.of(user).manages()).order_by("path")


def organisations(user: Any) -> QuerySet[Organisation]:
    """Operators within these areas: registered there, or running a carrier that stands there or is credited there."""
    scope = Scope.of(user)
    carriers = Carrier.objects.filter(scope.manages("area__") | scope.manages("owner_area__"))
    running = Q(pk__in=carriers.values("operator"))
    registered = scope.manages("area__") & Q(kind="operator")
    return Organisation.objects.filter(running | registered, is_group=False).order_by("name")


def memberships(user: Any) -> QuerySet[Membership]:
    """Roles within the areas that ``user`` administers, past and coming ones too."""
    within = Scope.of(user).manages("area__") | Q(organisation__in=organisations(user).order_by().values("pk"))
    return Membership.objects.filter(within).select_related("area", "organisation")


def not_ended(day: date) -> Q:
    """Memberships in force on ``day`` or later."""
    return Q(valid_to=None) | Q(valid_to__gte=day)


def people(user: Any) -> QuerySet[User]:
    """Whom ``user`` administers: people with a role in these areas, and those who had one here and have none anywhere.

    ``elsewhere`` is set on each: whether the person also holds a role outside these areas, now or later.
    """
    today = timezone.localdate()
    here = memberships(user).filter(user=OuterRef("pk")).order_by()
    anywhere = Membership.objects.filter(not_ended(today), user=OuterRef("pk")).order_by()
    outside = anywhere.exclude(pk__in=memberships(user).order_by().values("pk"))
    return User.objects.annotate(elsewhere=Exists(outside)).filter(
        Exists(here.filter(not_ended(today))) | (Exists(here) & ~Exists(anywhere))
    )


def account_state(person: User, locked: bool) -> str:
    """``active``, ``first_password``, ``locked`` or ``inactive``: the code of the account's badge."""
    if not person.is_active:
        return "inactive"
    if locked:
        return "locked"
    return "first_password" if person.must_change_password else "active"


def term_state(row: Membership, today: date) -> str:
    """``current``, ``coming`` or ``ended``."""
    if row.valid_from > today:
        return "coming"
    return "ended" if row.valid_to is not None and row.valid_to < today else "current"


def place_of(row: Membership) -> str:
    """Where a role is held, in words: the area, or the operator."""
    return str(row.area or row.organisation)


def add_standing(user: Any, batch: list[User]) -> list[User]:
    """Put on each person ``roles_held`` (roles in these areas that have not ended), ``locked`` and ``state``.

    Two queries for any number of people.
    """
    today = timezone.localdate()
    held: dict[int, list[Membership]] = {}
    for row in memberships(user).filter(not_ended(today), user__in=[person.pk for person in batch]).order_by("pk"):
        held.setdefault(row.user_id, []).append(row)
    locks = locked_until([person.username for person in batch])
    for person in batch:
        shown: Any = person
        shown.roles_held = held.get(person.pk, [])
        shown.locked = person.username in locks
        shown.state = account_state(person, shown.locked)
    return batch


@dataclass(frozen=True, slots=True)
class SignIn:
    """The last time a person signed in, and from which address."""

    at: datetime
    address: str


def last_sign_in(person: User) -> SignIn | None:
    """None when the person never signed in; the address is empty where it was not noted."""
    if person.last_login is None:
        return None
    entry = AccessLog.objects.filter(username=person.username).order_by("-attempt_time").first()
    return SignIn(person.last_login, entry.ip_address or "" if entry else "")


def changes_of(person: User, held: list[Membership], tokens: list[ApiToken]) -> list[Change]:
    """What was done to this account, its roles as given and its tokens; the latest first, at most ``TRAIL_SHOWN``."""
    about = Q(record_label=User._meta.label_lower, record_id=str(person.pk))
    about |= Q(record_label=Membership._meta.label_lower, record_id__in=[str(row.pk) for row in held])
    about |= Q(record_label=ApiToken._meta.label_lower, record_id__in=[str(token.pk) for token in tokens])
    return [*Change.objects.filter(about).order_by("-at", "-id")[:TRAIL_SHOWN]]
