"""Who may do what with monthly reports and their months, with the reason when not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.permits import ALLOWED, Permit, refuse
from incubators.access import Capability
from incubators.models import Area, Carrier, MonthlyReport
from incubators.reporting import checks
from incubators.reporting.calendar import Calendars, Days
from incubators.reporting.closing import Closes
from incubators.reporting.context import MonthContext
from incubators.reporting.workflow import COUNTED, EDITABLE, TRANSITIONS, Side
from incubators.scope import Scope

# Why a report cannot be changed, to who files it and to who reviews it.
_CLOSED = {
    MonthlyReport.State.SUBMITTED: (
        "月报已提交,等待审核;如需修改请联系区科委退回",
        "月报已提交,等待审核;如需修改,请在月报页退回",
    ),
    MonthlyReport.State.CHECKED: (
        "月报已镇审通过,等待区审;如需修改请联系区科委退回",
        "月报已镇审通过,等待区审;如需修改,请在月报页退回",
    ),
    MonthlyReport.State.ACCEPTED: (
        "月报已通过审核,不能再改;如需更正,请在月报页申请更正",
        "月报已通过审核,不能再改;如需更正,请在月报页点“更正”",
    ),
    MonthlyReport.State.LOCKED: (
        "月报已锁定,不能再改;如需更正,请在月报页申请更正",
        "月报已锁定,不能再改;如需更正,请在月报页点“更正”",
    ),
}


def may_file_report(user: Any, carrier: Carrier) -> Permit:
    """Fill in and submit: the carrier's own operator, or staff of the area it is credited to, on its behalf."""
    scope = Scope.of(user)
    own = carrier.operator_id in scope.organisation_ids
    if scope.can(Capability.REPORT_FILE) and (own or scope.may_write(carrier.owner_area.path)):
        return ALLOWED
    return refuse("只有该载体的运营方和归属区域的科委工作人员可以填报")


def may_review_reports(user: Any, carrier: Carrier) -> Permit:
    """Return, accept, lock, open a correction: staff of the area the carrier is credited to."""
    scope = Scope.of(user)
    if scope.can(Capability.REPORT_REVIEW) and scope.may_write(carrier.owner_area.path):
        return ALLOWED
    return refuse("只有该载体归属区域的科委工作人员可以审核月报")


def may_arrange(user: Any, area: Area) -> Permit:
    """Set an area's calendar, close its months and open them again: its staff; of a town or park, those of its district."""
    scope = Scope.of(user)
    above = area.path.rstrip("/").rsplit("/", 1)[0] + "/"
    if not (scope.can(Capability.REPORT_REVIEW) and scope.may_write(area.path)):
        return refuse("只有该区域的科委工作人员可以管理填报安排和月结")
    if area.kind in {Area.Kind.TOWN, Area.Kind.PARK} and above != "/" and not scope.may_write(above):
        return refuse("镇(街道)和园区的填报由区里统一安排,镇级工作人员不设置填报安排,也不月结")
    return ALLOWED


def may_edit_report(user: Any, report: MonthlyReport, closed: Callable[[], str] | None = None) -> Permit:
    """Change figures and evidence: who may file, while the report is a draft or was returned and, but for a correction,
    its month was not closed. ``closed`` says why it was, where that can be had without a query."""
    permit = may_file_report(user, report.carrier)
    if not permit:
        return permit
    if report.state not in EDITABLE:
        return refuse(_CLOSED[MonthlyReport.State(report.state)][bool(may_review_reports(user, report.carrier))])
    words = "" if report.revision > 1 else (closed or (lambda: _refusal(report)))()
    return refuse(words) if words else ALLOWED


def _refusal(report: MonthlyReport) -> str:
    return Closes([report.month]).refusal(report.carrier_id, report.carrier.owner_area.path, report.month)


def may_fill_month(user: Any, around: MonthContext) -> Permit:
    """Fill in a carrier's month, its report begun or not."""
    if around.latest is not None:
        around.latest.carrier = around.carrier
        return may_edit_report(user, around.latest, lambda: around.closed)
    permit = may_file_report(user, around.carrier)
    words = (around.closed or checks.period_problem(around.carrier, around.month, around.days)) if permit else ""
    return refuse(words) if words else permit


def may_move_report(user: Any, report: MonthlyReport, move: str, days: Days | None = None) -> Permit:
    """Whether ``user`` may make this transition of the workflow now. ``days`` of the report's month, where they are
    known already."""
    transition = TRANSITIONS[move]
    side = may_file_report if transition.side == Side.FILER else may_review_reports
    permit = side(user, report.carrier)
    if not permit:
        return permit
    if report.state not in transition.sources:
        state = MonthlyReport.State(report.state).label
        return refuse(f"月报现为“{state}”,不能{transition.label}")
    if move == "correct" and not report.is_current:
        return refuse("这不是现行版本,请在现行版本上更正")
    if transition.four_eyes and report.submitted_by_id == user.pk:
        return refuse("您是本月报的提交人,须由另一位工作人员审核通过")
    if transition.four_eyes and user.pk in (report.writers or ()):
        return refuse("您填写过本月报的内容,须由另一位工作人员审核通过")
    return _levels(user, report, move, days) if move in {"check", "accept"} else ALLOWED


def may_ask_correction(user: Any, report: MonthlyReport) -> Permit:
    """Ask for a correction of what was accepted: the carrier's own operator. Staff open it themselves. Whether one is
    asked for or open already, its service says."""
    scope = Scope.of(user)
    if not (scope.can(Capability.REPORT_FILE) and report.carrier.operator_id in scope.organisation_ids):
        return refuse("只有该载体的运营方可以申请更正")
    if report.state not in COUNTED:
        return refuse("月报通过审核后才能申请更正")
    return ALLOWED if report.is_current else refuse("这不是现行版本,请在现行版本上申请更正")


def _levels(user: Any, report: MonthlyReport, move: str, days: Days | None) -> Permit:
    """Where the calendar asks the towns, a town checks and the jurisdiction accepts; elsewhere it accepts at once."""
    path = report.carrier.owner_area.path
    days = days or Calendars().days(path, report.month)
    has_town = days.town_on is not None and path != days.jurisdiction
    if move == "check":
        return ALLOWED if has_town else refuse("本区域的月报不经镇审,请直接审核")
    if has_town and not Scope.of(user).may_write(days.jurisdiction):
        return refuse("镇级工作人员只作镇审,由区科委审核通过")
    if has_town and report.state != MonthlyReport.State.CHECKED:
        return refuse("须先经镇审通过")
    if has_town and report.checked_by_id == user.pk:
        return refuse("镇审是您作的,须由另一位工作人员审核通过")
    return ALLOWED
