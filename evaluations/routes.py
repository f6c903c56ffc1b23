"""The capability each address of this app needs; an address without an entry is refused."""

from incubators.access import Capability

PAGES: dict[str, str] = {
    "cycle_list": Capability.EVALUATION_READ,
    "cycle_detail": Capability.EVALUATION_READ,
    "cycle_score": Capability.EVALUATION_RUN,
    "cycle_publish": Capability.EVALUATION_RUN,
    "result_detail": Capability.EVALUATION_READ,
    "scheme_detail": Capability.EVALUATION_READ,
    "carrier_panel": Capability.EVALUATION_READ,
    "expert_list": Capability.EVALUATION_SCORE,
    "expert_form": Capability.EVALUATION_SCORE,
    "grade_list": Capability.EVALUATION_READ,
    "grade_record_create": Capability.EVALUATION_RUN,
}

# REST route names, without the "api:" prefix.
API: dict[str, str] = {
    f"{name}-{kind}": Capability.EVALUATION_READ
    for name in ("schemes", "cycles", "results")
    for kind in ("list", "detail")
}

__all__ = ["API", "PAGES", "Capability"]
