"""The capability each address of this app needs; an address without an entry is refused."""

from incubators.access import Capability

PAGES: dict[str, str] = {
    "dashboard": Capability.TARGET_READ,
    "progress_compute": Capability.TARGET_ENTER,
    "task_list": Capability.PLAN_READ,
    "plan_progress": Capability.TARGET_READ,
    "target_detail": Capability.TARGET_READ,
    "target_records": Capability.TARGET_READ,
    "outside_figure_create": Capability.TARGET_ENTER,
}

# REST route names, without the "api:" prefix.
API: dict[str, str] = {
    "targets-list": Capability.TARGET_READ,
    "targets-detail": Capability.TARGET_READ,
    "progress-list": Capability.TARGET_READ,
    "progress-detail": Capability.TARGET_READ,
    "tasks-list": Capability.PLAN_READ,
    "tasks-detail": Capability.PLAN_READ,
}

__all__ = ["API", "PAGES", "Capability"]
