"""Who may record what in the register, with the reason when not."""

from __future__ import annotations

from typing import Any

from core.permits import ALLOWED, Permit, refuse
from incubators.access import Capability
from incubators.models import Area, Carrier
from incubators.scope import Scope


def may_write_register(user: Any) -> Permit:
    """Change records of any kind, one by one, many at once or from a sheet: staff only. Which rows, each kind says."""
    scope = Scope.of(user)
    if scope.can(Capability.REGISTRY_WRITE) and scope.write_paths:
        return ALLOWED
    return refuse("只有区科委工作人员可以改动登记簿")


def may_record_tenants(user: Any, carrier: Carrier) -> Permit:
    """Entries and exits: the carrier's own operator, and staff of its area."""
    return _own_or_staff(user, carrier, "只有该载体的运营方和所在区科委工作人员可以登记入驻与离开")


def may_except(user: Any, carrier: Carrier) -> Permit:
    """Say otherwise than the rule: a second carrier at the same time, incubation again after it ended. Staff only."""
    return _staff(user, carrier.owner_area.path, "同时在孵和再次入孵须由区科委工作人员登记")


def may_recognise(user: Any, area_path: str) -> Permit:
    """Graduations, qualifications and designations rest on documents the commission has seen: staff only."""
    return _staff(user, area_path, "毕业、资质和认定须由区科委工作人员凭文件登记")


def may_ask_graduation(user: Any, carrier: Carrier) -> Permit:
    """Ask that an incubatee's graduation be recorded: the carrier's own operator. Staff record it themselves."""
    scope = Scope.of(user)
    if carrier.operator_id in scope.organisation_ids and scope.can(Capability.REPORT_FILE):
        return ALLOWED
    return refuse("毕业申请由该载体的运营方提出")


def may_request_change(user: Any, carrier: Carrier) -> Permit:
    """Say that a carrier's name, operator, area, site or size has changed: staff, or its own operator as a request."""
    return _own_or_staff(user, carrier, "只有该载体的运营方和所在区科委工作人员可以登记变更")


def may_confirm_change(user: Any, carrier: Carrier) -> Permit:
    """Decide on what an operator asked for, and say when it was reported upward: staff."""
    return _staff(user, carrier.owner_area.path, "变更须由所在区科委工作人员确认")


def may_see_contacts(user: Any, carrier: Carrier) -> Permit:
    """Names and telephones of a carrier's people; see :meth:`CarrierContactQuerySet.visible_to`."""
    if carrier.operator_id in Scope.of(user).organisation_ids:
        return ALLOWED
    return _staff(user, carrier.owner_area.path, "联系人只有该载体的运营方和所在区科委工作人员可以查看")


def may_decide_titles(user: Any, area: Area | None = None) -> Permit:
    """Decide for an area (without one: for any of the person's) as which former title a title of a new regime counts."""
    scope = Scope.of(user)
    if scope.can(Capability.PLAN_DECIDE) and (scope.may_write(area.path) if area else scope.write_paths):
        return ALLOWED
    return refuse("称号对应须由该区域的科委工作人员决定")


def _staff(user: Any, area_path: str, otherwise: str) -> Permit:
    return ALLOWED if Scope.of(user).may_write(area_path) else refuse(otherwise)


def _own_or_staff(user: Any, carrier: Carrier, otherwise: str) -> Permit:
    scope = Scope.of(user)
    if carrier.operator_id in scope.organisation_ids and scope.can(Capability.REPORT_FILE):
        return ALLOWED
    return _staff(user, carrier.owner_area.path, otherwise)
