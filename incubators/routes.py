"""The capability each address of this app needs; an address without an entry is refused."""

from incubators.access import Capability

# Any signed-in person, as config.access reads it: the record that the file belongs to decides.
SIGNED_IN = "signed in"

PAGES: dict[str, str] = {
    "carrier_list": Capability.REGISTRY_READ,
    "carrier_detail": Capability.REGISTRY_READ,
    # Who may record a change, and confirm it, is decided by incubators.register.permits.
    **{f"carrier_change_{page}": Capability.REGISTRY_READ for page in ("list", "detail", "create")},
    "carrier_change_act": Capability.REGISTRY_WRITE,
    "designation_detail": Capability.REGISTRY_READ,
    **{f"designation_{page}": Capability.REGISTRY_WRITE for page in ("act", "detach")},
    "title_list": Capability.REGISTRY_READ,
    "title_decide": Capability.PLAN_DECIDE,
    "carrier_offers": Capability.REGISTRY_READ,
    "enterprise_list": Capability.REGISTRY_READ,
    "enterprise_detail": Capability.REGISTRY_READ,
    **{f"change_{page}": Capability.TRAIL_READ for page in ("list", "days", "day")},
    **{
        f"person_{page}": Capability.ACCOUNT_MANAGE
        for page in ("list", "create", "detail", "edit", "act", "grant", "end", "token_issue", "token_revoke")
    },
    "attachment_download": SIGNED_IN,
    **{f"exchange_{page}": Capability.REGISTRY_WRITE for page in ("home", "upload", "template", "export")},
    **{f"visit_{page}": Capability.REGISTRY_READ for page in ("list", "detail")},
    **{f"visit_{page}": Capability.VISIT_WRITE for page in ("create", "close", "attach")},
    "search": Capability.REGISTRY_READ,
    "register_home": Capability.REGISTRY_READ,
    "record_list": Capability.REGISTRY_READ,
    **{f"record_{page}": Capability.REGISTRY_WRITE for page in ("create", "edit", "bulk")},
    **{f"view_{page}": Capability.REGISTRY_READ for page in ("save", "delete")},
    **{f"import_{page}": Capability.REGISTRY_WRITE for page in ("detail", "confirm", "discard", "marked")},
    **{f"indicator_{page}": Capability.FIGURE_READ for page in ("list", "detail", "records")},
    **{f"report_{page}": Capability.REPORT_READ for page in ("list", "detail", "grid")},
    **dict.fromkeys(("completeness", "arrangement_list", "month_close", "month_close_detail"), Capability.REPORT_READ),
    "arrangement_create": Capability.REPORT_REVIEW,
    **{
        f"report_{page}": Capability.REPORT_FILE
        for page in ("edit", "ask", "attach", "detach", "grid_save", "grid_act")
    },
    **{f"report_{page}": Capability.REPORT_READ for page in ("checks", "explanations", "enterprises", "enterprise")},
    "report_enterprises_save": Capability.REPORT_FILE,
    "report_workbook": Capability.REPORT_FILE,
    **{
        f"report_workbook_{page}": Capability.REPORT_FILE
        for page in ("download", "detail", "confirm", "discard", "marked")
    },
    "report_move": Capability.REPORT_REVIEW,
    **dict.fromkeys(("bulletin", "torch_year"), Capability.SUMMARY_READ),
    "torch_carrier": Capability.REPORT_READ,
    "torch_import": Capability.REPORT_REVIEW,
    **{f"chasing_{page}": Capability.REPORT_REVIEW for page in ("list", "preview", "send", "sent", "retry", "rule")},
    **{f"letter_{page}": Capability.REPORT_REVIEW for page in ("list", "edit")},
    **{f"roster_{page}": Capability.REGISTRY_READ for page in ("list", "detail", "print", "verify")},
    **{
        f"roster_{page}": Capability.REGISTRY_WRITE
        for page in ("create", "confirm", "correct", "candidates", "remove", "redraw", "discard", "attach")
    },
    "incubation_list": Capability.REGISTRY_READ,
    **{f"residency_{page}": Capability.REGISTRY_READ for page in ("detail", "act")},
    # Who may record which event is decided by incubators.register.permits.
    "register_event": Capability.REGISTRY_READ,
}

# REST route names, without the "api:" prefix.
_REGISTER = (
    "areas",
    "carriers",
    "carrier-changes",
    "carrier-sites",
    "carrier-tags",
    "designations",
    "enterprises",
    "residencies",
    "qualifications",
    "visits",
)
API: dict[str, str] = {
    **{f"{name}-{kind}": Capability.REGISTRY_READ for name in _REGISTER for kind in ("list", "detail")},
    **{
        f"{name}": Capability.FIGURE_READ
        for name in ("indicators-list", "indicators-detail", "figures-list", "figures-records")
    },
    # Writing a report is decided by incubators.permits, row by row.
    **{f"monthly-reports-{name}": Capability.REPORT_READ for name in ("list", "detail")},
    **{f"enterprise-months-{name}": Capability.REPORT_READ for name in ("list", "detail")},
    **dict.fromkeys(("monthly-reports-submit", "monthly-reports-ask-correction"), Capability.REPORT_FILE),
    **{
        f"monthly-reports-{name}": Capability.REPORT_REVIEW
        for name in ("check", "return", "accept", "lock", "correct", "grant-correction", "decline-correction")
    },
    **{f"correction-requests-{name}": Capability.REPORT_READ for name in ("list", "detail")},
    # An operator reads its own carriers' months and years; totals are of areas.
    **dict.fromkeys(("completeness-list", "torch-years-list"), Capability.REPORT_READ),
    "torch-years-totals": Capability.SUMMARY_READ,
    **{f"rosters-{name}": Capability.REGISTRY_READ for name in ("list", "detail")},
    "roster-entries-list": Capability.REGISTRY_READ,
    "jobs-list": Capability.JOB_READ,
    "jobs-detail": Capability.JOB_READ,
}

__all__ = ["API", "PAGES", "Capability"]
