"""What exists and what happened: areas, organisations, carriers, enterprises, resources, monthly reports, visits."""

from incubators.models.areas import Area, AreaGroup
from incubators.models.carriers import Carrier, Designation, Level, Title
from incubators.models.enterprises import Enterprise, Qualification, QualificationKind, Residency
from incubators.models.imports import ImportFile
from incubators.models.memberships import Membership
from incubators.models.organisations import Organisation, OrganisationAlias
from incubators.models.reports import MonthlyReport, ReportCalendar, ReportEvent
from incubators.models.resources import Activity, Fund, FundInvestment, Mentor, ServicePlatform, Talent
from incubators.models.saved_views import SavedView
from incubators.models.visits import LiaisonAssignment, Visit

__all__ = [
    "Activity",
    "Area",
    "AreaGroup",
    "Carrier",
    "Designation",
    "Enterprise",
    "Fund",
    "FundInvestment",
    "ImportFile",
    "Level",
    "LiaisonAssignment",
    "Membership",
    "Mentor",
    "MonthlyReport",
    "Organisation",
    "OrganisationAlias",
    "Qualification",
    "QualificationKind",
    "ReportCalendar",
    "ReportEvent",
    "Residency",
    "SavedView",
    "ServicePlatform",
    "Talent",
    "Title",
    "Visit",
]
