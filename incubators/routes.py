"""The capability each address of this app needs; an address without an entry is refused."""

from incubators.access import Capability

PAGES: dict[str, str] = {
    **{f"indicator_{page}": Capability.FIGURE_READ for page in ("list", "detail", "records")},
    # Who may record which event is decided by incubators.register.permits.
    "register_event": Capability.REGISTRY_READ,
}

# REST route names, without the "api:" prefix.
_REGISTER = ("areas", "carriers", "designations", "enterprises", "residencies", "qualifications", "visits")
API: dict[str, str] = {
    **{f"{name}-{kind}": Capability.REGISTRY_READ for name in _REGISTER for kind in ("list", "detail")},
    **{
        f"{name}": Capability.FIGURE_READ
        for name in ("indicators-list", "indicators-detail", "figures-list", "figures-records")
    },
    "jobs-list": Capability.JOB_READ,
    "jobs-detail": Capability.JOB_READ,
}

__all__ = ["API", "PAGES", "Capability"]
