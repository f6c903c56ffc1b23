"""Who may do what: the one table of roles and capabilities.

Rows are decided in :mod:`incubators.scope`; routes name the capability they need in each app's ``routes.py``. Pages,
exports, files, the API and jobs all ask here, and what is not granted is refused.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models


class Role(models.TextChoices):
    """What a membership makes a person within an area or an organisation."""

    STAFF = "staff", "科委工作人员"
    LIAISON = "liaison", "科技联络员"
    OPERATOR = "operator", "载体运营方"
    EXPERT = "expert", "评审专家"
    LEADER = "leader", "领导"
    AUDITOR = "auditor", "审计员"
    ADMINISTRATOR = "administrator", "系统管理员"


class Capability(StrEnum):
    """Something a route lets a person do."""

    REGISTRY_READ = "registry.read"  # carriers, enterprises and what belongs to them
    REGISTRY_WRITE = "registry.write"
    REPORT_READ = "report.read"
    REPORT_FILE = "report.file"  # fill in and submit a month
    REPORT_REVIEW = "report.review"  # return, accept, lock
    SUMMARY_READ = "summary.read"  # bulletins and yearly summaries of an area
    VISIT_WRITE = "visit.write"
    PLAN_READ = "plan.read"  # plan texts are public documents
    PLAN_DECIDE = "plan.decide"  # record what a text leaves open
    FIGURE_READ = "figure.read"
    EVALUATION_READ = "evaluation.read"
    EVALUATION_RUN = "evaluation.run"
    EVALUATION_SCORE = "evaluation.score"  # an expert's own scores
    AWARD_READ = "award.read"
    AWARD_COMPUTE = "award.compute"
    AWARD_GRANT = "award.grant"
    TARGET_READ = "target.read"
    TARGET_ENTER = "target.enter"  # outside statistics, officers' ticks, computing progress
    JOB_READ = "job.read"
    TRAIL_READ = "trail.read"
    ACCOUNT_MANAGE = "account.manage"


_C = Capability
_READS = frozenset(
    {
        _C.REGISTRY_READ,
        _C.REPORT_READ,
        _C.SUMMARY_READ,
        _C.PLAN_READ,
        _C.FIGURE_READ,
        _C.EVALUATION_READ,
        _C.AWARD_READ,
        _C.TARGET_READ,
        _C.JOB_READ,
    }
)

GRANTS: dict[str, frozenset[Capability]] = {
    Role.STAFF: _READS
    | {
        _C.REGISTRY_WRITE,
        _C.REPORT_FILE,
        _C.REPORT_REVIEW,
        _C.VISIT_WRITE,
        _C.PLAN_DECIDE,
        _C.EVALUATION_RUN,
        _C.AWARD_COMPUTE,
        _C.AWARD_GRANT,
        _C.TARGET_ENTER,
    },
    Role.LIAISON: frozenset(
        {_C.REGISTRY_READ, _C.REPORT_READ, _C.PLAN_READ, _C.FIGURE_READ, _C.VISIT_WRITE, _C.JOB_READ}
    ),
    Role.OPERATOR: frozenset(
        {
            _C.REGISTRY_READ,
            _C.REPORT_READ,
            _C.REPORT_FILE,
            _C.PLAN_READ,
            _C.FIGURE_READ,
            _C.EVALUATION_READ,
            _C.AWARD_READ,
            _C.JOB_READ,
        }
    ),
    Role.EXPERT: frozenset({_C.PLAN_READ, _C.EVALUATION_SCORE, _C.JOB_READ}),
    Role.LEADER: _READS,
    Role.AUDITOR: _READS | {_C.TRAIL_READ},
    # Duties are separated: who manages accounts sees no business data.
    Role.ADMINISTRATOR: frozenset({_C.ACCOUNT_MANAGE, _C.JOB_READ}),
}

# Roles whose membership covers every record of an area (and the areas below it).
AREA_ROLES = frozenset({Role.STAFF, Role.LIAISON, Role.LEADER, Role.AUDITOR})
