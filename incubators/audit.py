"""The trail as an auditor may read it: what was done to records of the auditor's areas, and what its people did."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import CharField, Model, Q, QuerySet
from django.db.models.functions import Cast

from core.models import Change
from incubators.models import Membership
from incubators.scope import Scope

# Words for record types whose model is gone; everything else is named by its model.
_UNKNOWN = "其他记录"


def model_of(label: str) -> type[Model] | None:
    """The model that a line of the trail speaks of, or None when there is none of that name any more."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def label_words(label: str) -> str:
    """The Chinese name of a record type."""
    model = model_of(label)
    return str(model._meta.verbose_name) if model else _UNKNOWN


def field_words(label: str, field: str) -> str:
    """The Chinese name of a field of a record type; a name that is no field is given back."""
    model = model_of(label)
    names = (
        {item.name: str(getattr(item, "verbose_name", item.name)) for item in model._meta.get_fields()} if model else {}
    )
    return names.get(field, field)


def changes_for(user: Any) -> QuerySet[Change]:
    """Lines about records that the user may see, and lines by people whose roles lie within the user's areas.

    The second half keeps what was done to records that are gone or that belong to no area.
    """
    scope = Scope.of(user)
    people = Membership.objects.filter(scope.areas("area__") | scope.areas("organisation__area__")).values("user")
    condition = Q(actor_id__in=people)
    for label in Change.objects.order_by().values_list("record_label", flat=True).distinct():
        model = model_of(label)
        rows = getattr(model, "_default_manager", None)
        if rows is not None and hasattr(rows, "visible_to"):
            keys = rows.visible_to(user).order_by().annotate(_key=Cast("pk", CharField())).values("_key")
            condition |= Q(record_label=label, record_id__in=keys)
    return Change.objects.filter(condition)


def differences(change: Change) -> list[tuple[str, Any, Any]]:
    """What a change changed, field by field: (name in words, before, after); None where there was nothing."""
    names = dict.fromkeys([*change.before, *change.after])
    return [(field_words(change.record_label, name), change.before.get(name), change.after.get(name)) for name in names]
