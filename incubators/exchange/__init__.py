"""Excel both ways: templates, previews, imports and exports that can be imported back, one description a kind of record."""

from incubators.exchange import carrier_parts, mentorships, registry, resources
from incubators.exchange.kinds import Kind

KINDS: dict[str, Kind] = {
    kind.code: kind for kind in (*registry.KINDS, *carrier_parts.KINDS, *resources.KINDS, *mentorships.KINDS)
}

__all__ = ["KINDS", "Kind"]
