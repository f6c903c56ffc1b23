"""The capability each address of this app needs; an address without an entry is refused."""

from incubators.access import Capability

PAGES: dict[str, str] = {
    "award_list": Capability.AWARD_READ,
    "award_detail": Capability.AWARD_READ,
    "carrier_panel": Capability.AWARD_READ,
    # Which award, and which step, is decided by subsidies.permits.
    "award_grant": Capability.AWARD_GRANT,
    "award_advance": Capability.AWARD_GRANT,
    "award_send_back": Capability.AWARD_GRANT,
    "run_list": Capability.AWARD_READ,
    "run_detail": Capability.AWARD_READ,
    "run_create": Capability.AWARD_COMPUTE,
    # What a rule says is part of a plan's text, which is public.
    "rule_list": Capability.PLAN_READ,
    "rule_detail": Capability.PLAN_READ,
    "payer_grant_list": Capability.AWARD_READ,
    "payer_grant_create": Capability.AWARD_COMPUTE,
}

# REST route names, without the "api:" prefix.
API: dict[str, str] = {
    **{f"rules-{kind}": Capability.PLAN_READ for kind in ("list", "detail")},
    **{f"award-runs-{kind}": Capability.AWARD_READ for kind in ("list", "detail")},
    **{f"awards-{kind}": Capability.AWARD_READ for kind in ("list", "detail")},
}

__all__ = ["API", "PAGES", "Capability"]
