"""What exists and what happened: areas, organisations, carriers, enterprises, resources, monthly reports, visits."""

from incubators.models.areas import Area, AreaGroup
from incubators.models.bulletins import IssuedBulletin
from incubators.models.carrier_changes import REPORT_WITHIN, CarrierChange
from incubators.models.carrier_parts import CarrierContact, CarrierSite, CarrierTag, CarrierTagging
from incubators.models.carriers import Carrier, Designation, Ladder, Level, Title, TitleEquivalence
from incubators.models.corrections import CorrectionRequest
from incubators.models.enterprise_months import EnterpriseMonth
from incubators.models.enterprises import Enterprise, Qualification, QualificationKind
from incubators.models.graduations import GraduationRequest
from incubators.models.imports import ImportFile
from incubators.models.incubation_rules import IncubationRule
from incubators.models.memberships import Membership
from incubators.models.organisations import Organisation, OrganisationAlias
from incubators.models.reminders import (
    Delivery,
    LetterTemplate,
    Occasion,
    Reminder,
    ReminderBatch,
    ReminderRule,
)
from incubators.models.reports import (
    MonthClose,
    MonthlyReport,
    ReportCalendar,
    ReportEvent,
    Unlock,
)
from incubators.models.residencies import GraduateFollowUp, IncubationExtension, Residency
from incubators.models.resources import Activity, Fund, FundInvestment, Mentor, Mentorship, ServicePlatform, Talent
from incubators.models.rosters import Roster, RosterEntry
from incubators.models.saved_views import SavedView
from incubators.models.torch import TorchFigure
from incubators.models.visits import LiaisonAssignment, Visit

__all__ = [
    "REPORT_WITHIN",
    "Activity",
    "Area",
    "AreaGroup",
    "Carrier",
    "CarrierChange",
    "CarrierContact",
    "CarrierSite",
    "CarrierTag",
    "CarrierTagging",
    "CorrectionRequest",
    "Delivery",
    "Designation",
    "Enterprise",
    "EnterpriseMonth",
    "Fund",
    "FundInvestment",
    "GraduateFollowUp",
    "GraduationRequest",
    "ImportFile",
    "IncubationExtension",
    "IncubationRule",
    "IssuedBulletin",
    "Ladder",
    "LetterTemplate",
    "Level",
    "LiaisonAssignment",
    "Membership",
    "Mentor",
    "Mentorship",
    "MonthClose",
    "MonthlyReport",
    "Occasion",
    "Organisation",
    "OrganisationAlias",
    "Qualification",
    "QualificationKind",
    "Reminder",
    "ReminderBatch",
    "ReminderRule",
    "ReportCalendar",
    "ReportEvent",
    "Residency",
    "Roster",
    "RosterEntry",
    "SavedView",
    "ServicePlatform",
    "Talent",
    "Title",
    "TitleEquivalence",
    "TorchFigure",
    "Unlock",
    "Visit",
]
