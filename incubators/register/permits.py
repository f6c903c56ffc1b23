"""Who may record what in the register, with the reason when not."""

from __future__ import annotations

from typing import Any

from core.permits import ALLOWED, Permit, refuse
from incubators.access import Capability
from incubators.models import Carrier
from incubators.scope import Scope


def may_write_register(user: Any) -> Permit:
    """Change records of any kind, one by one, many at once or from a sheet: staff only. Which rows, each kind says."""
    scope = Scope.of(user)
    if scope.can(Capability.REGISTRY_WRITE) and scope.write_paths:
        return ALLOWED
    return refuse("只有区科委工作人员可以改动登记簿")


def may_record_tenants(user: Any, carrier: Carrier) -> Permit:
    """Entries and exits: the carrier's own operator, and staff of its area."""
    scope = Scope.of(user)
    if scope.may_write(carrier.owner_area.path):
        return ALLOWED
    if carrier.operator_id in scope.organisation_ids and scope.can(Capability.REPORT_FILE):
        return ALLOWED
    return refuse("只有该载体的运营方和所在区科委工作人员可以登记入驻与离开")


def may_recognise(user: Any, area_path: str) -> Permit:
    """Graduations, qualifications and designations rest on documents the commission has seen: staff only."""
    if Scope.of(user).may_write(area_path):
        return ALLOWED
    return refuse("毕业、资质和认定须由区科委工作人员凭文件登记")
