"""The capability each address of this app needs; an address without an entry is refused."""

from incubators.access import Capability

PAGES: dict[str, str] = {
    # Who may record which event is decided by incubators.register.permits.
    "register_event": Capability.REGISTRY_READ,
}

# REST route names, without the "api:" prefix.
API: dict[str, str] = {}

__all__ = ["API", "PAGES", "Capability"]
