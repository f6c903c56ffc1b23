"""The side navigation: what a person may open, in the order of their work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from incubators.access import Capability, Role
from incubators.scope import Scope


@dataclass(frozen=True, slots=True)
class Entry:
    label: str
    route: str
    icon: str
    need: Capability


SECTIONS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "总览",
        (
            Entry("目标进度", "targets:dashboard", "target", Capability.TARGET_READ),
            Entry("规划与条款", "plans:plan_list", "book", Capability.PLAN_READ),
            Entry("待定事项", "plans:question_list", "help-circle", Capability.PLAN_DECIDE),
        ),
    ),
    (
        "登记",
        (
            Entry("查找", "incubators:search", "search", Capability.REGISTRY_READ),
            Entry("科创载体", "incubators:carrier_list", "building-community", Capability.REGISTRY_READ),
            Entry("载体变更", "incubators:carrier_change_list", "replace", Capability.REGISTRY_READ),
            Entry("企业", "incubators:enterprise_list", "buildings", Capability.REGISTRY_READ),
            Entry("在孵期限", "incubators:incubation_list", "clock", Capability.REGISTRY_READ),
            Entry("登记簿", "incubators:register_home", "notebook", Capability.REGISTRY_READ),
            Entry("名册", "incubators:roster_list", "clipboard-list", Capability.REGISTRY_READ),
            Entry("批量导入", "incubators:exchange_home", "table-import", Capability.REGISTRY_WRITE),
        ),
    ),
    (
        "运行",
        (
            Entry("月报", "incubators:report_list", "calendar-month", Capability.REPORT_READ),
            Entry("完整性", "incubators:completeness", "layout-grid", Capability.REPORT_READ),
            Entry("月结", "incubators:month_close", "calendar-check", Capability.REPORT_REVIEW),
            Entry("填报安排", "incubators:arrangement_list", "calendar-cog", Capability.REPORT_REVIEW),
            Entry("月度通报", "incubators:bulletin", "speakerphone", Capability.SUMMARY_READ),
            Entry("年度汇总", "incubators:torch_year", "calendar-stats", Capability.SUMMARY_READ),
            Entry("催报", "incubators:chasing_list", "bell-ringing", Capability.REPORT_REVIEW),
            Entry("走访", "incubators:visit_list", "walk", Capability.REGISTRY_READ),
            Entry("指标口径", "incubators:indicator_list", "chart-dots", Capability.FIGURE_READ),
        ),
    ),
    (
        "评价与补贴",
        (
            Entry("绩效评价", "evaluations:cycle_list", "award", Capability.EVALUATION_READ),
            Entry("专家评分", "evaluations:expert_list", "pencil", Capability.EVALUATION_SCORE),
            Entry("补贴", "subsidies:award_list", "coins", Capability.AWARD_READ),
            Entry("测算", "subsidies:run_list", "calculator", Capability.AWARD_COMPUTE),
        ),
    ),
    (
        "管理",
        (
            Entry("人员与权限", "incubators:person_list", "users", Capability.ACCOUNT_MANAGE),
            Entry("变更记录", "incubators:change_list", "history", Capability.TRAIL_READ),
            Entry("我的任务", "core:job_list", "list-check", Capability.JOB_READ),
        ),
    ),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context for every page: sections with the entries this person may open, and who they are."""
    user = getattr(request, "user", None)
    # A one-time password opens nothing but the page to change it.
    if user is None or not user.is_authenticated or user.must_change_password:
        return {"nav": [], "synthetic_banner": _banner()}
    scope = Scope.of(user)
    nav = []
    for label, entries in SECTIONS:
        items = [item for entry in entries if scope.can(entry.need) and (item := _item(entry))]
        if items:
            nav.append({"label": label, "items": items})
    _mark_active(request.path, [item for section in nav for item in section["items"]])
    roles = "、".join(Role(role).label for role in sorted(scope.roles))
    return {"nav": nav, "scope": scope, "role_words": roles, "synthetic_banner": _banner()}


def _item(entry: Entry) -> dict[str, Any] | None:
    try:
        url = reverse(entry.route)
    except NoReverseMatch:
        return None
    return {"label": entry.label, "url": url, "icon": entry.icon, "active": False}


def _mark_active(path: str, items: list[dict[str, Any]]) -> None:
    """Mark the one entry whose address is the longest prefix of the path; /plans/questions/ is also under /plans/."""
    matching = [item for item in items if path.startswith(item["url"])]
    if matching:
        max(matching, key=lambda item: len(item["url"]))["active"] = True


def _banner() -> str:
    return "演示数据:除规划文本点名的名称外,载体、企业、数字均为合成" if settings.DEMONSTRATION else ""
