"""The capability each address of this app needs; an address without an entry is refused."""

from incubators.access import Capability

PAGES: dict[str, str] = {
    **{f"award_{page}": Capability.AWARD_READ for page in ("list", "detail", "recheck")},
    "award_grant": Capability.AWARD_GRANT,
    "award_advance": Capability.AWARD_GRANT,
    "carrier_panel": Capability.AWARD_READ,
    "run_list": Capability.AWARD_COMPUTE,
    "run_create": Capability.AWARD_COMPUTE,
    "run_detail": Capability.AWARD_COMPUTE,
    # What a rule says is part of a plan's text.
    "rule_detail": Capability.PLAN_READ,
    "grant_list": Capability.AWARD_READ,
    "grant_create": Capability.AWARD_GRANT,
}

# REST route names, without the "api:" prefix.
API: dict[str, str] = {
    **{f"rules-{kind}": Capability.PLAN_READ for kind in ("list", "detail")},
    **{f"award-runs-{kind}": Capability.AWARD_COMPUTE for kind in ("list", "detail")},
    **{f"awards-{kind}": Capability.AWARD_READ for kind in ("list", "detail")},
}
