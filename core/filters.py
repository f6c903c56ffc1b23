"""The base of every filter set of the portal."""

from __future__ import annotations

from typing import Any

import django_filters

from core.forms import Spoken


class SpokenFilterSet(django_filters.FilterSet):
    """A filter set whose form says what is wrong in the portal's own words."""

    def get_form_class(self) -> Any:
        made = super().get_form_class()
        return type(made.__name__, (Spoken, made), {})
