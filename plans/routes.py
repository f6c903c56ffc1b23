"""The capability each address of this app needs; an address without an entry is refused."""

from incubators.access import Capability

PAGES: dict[str, str] = {
    "plan_list": Capability.PLAN_READ,
    "plan_detail": Capability.PLAN_READ,
    "text_search": Capability.PLAN_READ,
    "question_list": Capability.PLAN_READ,
    # Who may record a decision is decided by plans.permits.
    "question_detail": Capability.PLAN_READ,
}

# REST route names, without the "api:" prefix.
API: dict[str, str] = {
    "plans-list": Capability.PLAN_READ,
    "plans-detail": Capability.PLAN_READ,
}

__all__ = ["API", "PAGES", "Capability"]
