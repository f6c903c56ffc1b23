"""Companies that run carriers, registered on the way when a sheet or a change names one that is not known yet."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from incubators.models import Organisation

KIND = "operator"


def operator_of_name(name: str, area_id: Any) -> tuple[Organisation, bool]:
    """The operator that is registered under this name alone, made where there is none; and whether it was made."""
    code = f"{KIND}-{sha256(name.encode()).hexdigest()[:12]}"
    return Organisation.objects.get_or_create(code=code, defaults={"name": name, "kind": KIND, "area_id": area_id})
