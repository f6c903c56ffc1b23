"""The form of one incubatee's month, for a screen that has no room for the sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms

from core.forms import PortalForm
from incubators.reporting.enterprise_fields import ENTERPRISE_BY_CODE, ENTERPRISE_FIELDS, ENTERPRISE_GROUPS, REQUIRED
from incubators.reporting.enterprises import Incubatee
from incubators.reporting.fields import Group, Kind
from incubators.services.cells import LONGEST_CELL
from incubators.services.enterprise_cells import as_typed


class EnterpriseMonthForm(PortalForm):
    """All figures as words; the service reads them. ``was``: what each held when the page was made."""

    def __init__(self, each: Incubatee, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.was = as_typed(each)
        self._previous = each.previous or {}
        for spec in ENTERPRISE_FIELDS:
            mode = "numeric" if spec.kind == Kind.COUNT else "decimal"
            field = forms.CharField(
                label=spec.label,
                required=False,
                max_length=LONGEST_CELL,
                help_text=spec.help,
                widget=forms.TextInput(attrs={"inputmode": mode, "autocomplete": "off"}),
            )
            field.said_required = spec in REQUIRED  # type: ignore[attr-defined]
            self.fields[spec.code] = field

    def sent(self) -> Iterator[tuple[str, str]]:
        """What was sent, by code; figures that were not stay as they are."""
        return ((code, self.data[code].strip()) for code in ENTERPRISE_BY_CODE if code in self.data)

    def sections(self) -> list[tuple[Group, list[dict[str, Any]]]]:
        """The fields by group, each with its unit, whether it is required, what it was, and what it was last time."""
        return [
            (group, [self._line(code) for code, spec in ENTERPRISE_BY_CODE.items() if spec.group == group.code])
            for group in ENTERPRISE_GROUPS
        ]

    def _line(self, code: str) -> dict[str, Any]:
        spec, before = ENTERPRISE_BY_CODE[code], self._previous.get(code)
        return {
            "bound": self[code],
            "unit": spec.unit,
            "was": self.was[code],
            "previous": "" if before is None else spec.show(before, unit=False),
        }


__all__ = ["EnterpriseMonthForm"]
