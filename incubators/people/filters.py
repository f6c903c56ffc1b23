"""Filters of people: one set for the page and its export."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.lockout import locked_until
from accounts.models import User
from incubators.access import Role
from incubators.filters import AreaFilter, PortalFilterSet, search_filter
from incubators.models import Area
from incubators.people import selectors
from incubators.scope import Scope

DORMANT_DAYS = 90
STATES = (
    ("active", "在用"),
    ("inactive", "已停用"),
    ("first_password", "待改密码"),
    ("locked", "已锁定"),
    ("dormant", f"在用但{DORMANT_DAYS}天未登录"),
    ("without_role", "现无任职"),
)


class PersonFilter(PortalFilterSet):
    """Role and area speak of the same membership, in force or coming; operators are where their organisation is."""

    area_filters = ("area",)
    q = search_filter("姓名、用户名、电话或邮箱", shortest=1)
    role = django_filters.ChoiceFilter(choices=Role.choices, method="keep", label="角色", empty_label="全部")
    area = AreaFilter(
        queryset=Area.objects.none(), to_field_name="code", method="keep", label="区域", empty_label="全部"
    )
    state = django_filters.ChoiceFilter(choices=STATES, method="filter_state", label="状态", empty_label="全部")

    class Meta:
        model = User
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paths = Scope.of(self.user).manage_paths
        self.filters["area"].field.depth = min((path.count("/") for path in paths), default=99)

    def areas_to_choose(self) -> Any:
        return selectors.areas(self.user)

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        role, area = self.form.cleaned_data["role"], self.form.cleaned_data["area"]
        if not role and area is None:
            return rows
        held = selectors.memberships(self.user).filter(selectors.not_ended(timezone.localdate()), user=OuterRef("pk"))
        if role:
            held = held.filter(role=role)
        if area is not None:
            held = held.filter(Q(area__path__startswith=area.path) | Q(organisation__area__path__startswith=area.path))
        return rows.filter(Exists(held.order_by()))

    def keep(self, rows: Any, name: str, value: Any) -> Any:
        """Role and area are asked together, in :meth:`filter_queryset`."""
        return rows

    def filter_q(self, rows: Any, name: str, value: str) -> Any:
        text = value.strip()
        fields = ("display_name", "username", "phone", "email")
        found = Q(pk__in=())
        for field in fields:
            found |= Q(**{f"{field}__icontains": text})
        return rows.filter(found)

    def filter_state(self, rows: Any, name: str, value: str) -> Any:
        if value == "inactive":
            return rows.filter(is_active=False)
        if value == "without_role":
            held = selectors.memberships(self.user).filter(
                selectors.not_ended(timezone.localdate()), user=OuterRef("pk")
            )
            return rows.filter(~Exists(held.order_by()))
        rows = rows.filter(is_active=True)
        if value == "first_password":
            return rows.filter(must_change_password=True)
        if value == "locked":
            return rows.filter(username__in=locked_until())
        if value == "dormant":
            since = timezone.now() - timedelta(days=DORMANT_DAYS)
            never = Q(last_login=None, date_joined__lt=since)
            return rows.filter(never | Q(last_login__lt=since))
        return rows
