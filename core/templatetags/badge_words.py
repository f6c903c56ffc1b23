"""The words, tones and icons of every status badge, so that one state looks the same on every page.

A state is never told by colour alone: each entry is (word, tone, icon). A page may give its own word
(``label=``); the tone and the icon stay. Tones are the ``.badge-*`` classes of static/css/app.css.
"""

from typing import NamedTuple


class BadgeWords(NamedTuple):
    """What a badge shows: the Chinese word, the tone (CSS class suffix) and the icon (webfont name)."""

    word: str
    tone: str
    icon: str


UNKNOWN = BadgeWords("未知", "outline", "help-circle")

BADGES: dict[str, dict[str, BadgeWords]] = {
    # Progress of a target against the calendar.
    "pace": {
        "met": BadgeWords("已达成", "met", "circle-check"),
        "ahead": BadgeWords("超前", "ahead", "chevrons-up"),
        "on_pace": BadgeWords("正常", "on-pace", "check"),
        "behind": BadgeWords("滞后", "behind", "trending-down"),
        "at_risk": BadgeWords("有风险", "at-risk", "alert-triangle"),
        "missed": BadgeWords("未达成", "at-risk", "circle-x"),
        "shown": BadgeWords("仅展示", "neutral", "eye"),
        "waiting": BadgeWords("待录入", "outline", "pencil"),
        "unknown": BadgeWords("尚不能计算", "outline", "help-circle"),
    },
    # What a rule answers about one carrier.
    "verdict": {
        "payable": BadgeWords("应予", "success", "circle-check"),
        "not_payable": BadgeWords("不予", "neutral", "circle-x"),
        "undecided": BadgeWords("尚不能定", "warning", "help-circle"),
        "not_in_force": BadgeWords("规则未生效", "neutral", "calendar-off"),
        "needs_decision": BadgeWords("待作出决定", "warning", "gavel"),
    },
    # A tenant of a carrier.
    "residency": {
        "tenant": BadgeWords("入驻(非在孵)", "outline", "building"),
        "incubating": BadgeWords("在孵", "info", "seeding"),
        "overdue": BadgeWords("超期在孵", "danger", "clock-exclamation"),
        "extended": BadgeWords("延期", "warning", "clock-plus"),
        "graduate_stayed": BadgeWords("毕业在驻", "success", "school"),
        "graduate_district": BadgeWords("毕业迁出(区内)", "success", "map-pin"),
        "graduate_outside": BadgeWords("毕业迁出(区外)", "neutral", "plane-departure"),
        "graduate_left": BadgeWords("毕业迁出(去向未登记)", "outline", "help-circle"),
        "transferred": BadgeWords("已转移", "neutral", "arrows-exchange"),
        "left": BadgeWords("已退出", "neutral", "logout"),
    },
    # A monthly report, an assessment, a claim: papers that go up and come back.
    "report": {
        "missing": BadgeWords("未填报", "outline", "file-off"),
        "overdue": BadgeWords("逾期未报", "danger", "clock-exclamation"),
        "draft": BadgeWords("草稿", "neutral", "pencil"),
        "submitted": BadgeWords("待审核", "info", "send"),
        "checked": BadgeWords("待区审", "info", "checks"),
        "returned": BadgeWords("已退回", "warning", "arrow-back-up"),
        "accepted": BadgeWords("已通过", "success", "circle-check"),
        "locked": BadgeWords("已锁定", "neutral", "lock"),
    },
    # A request that staff answer.
    "graduation_request": {
        "waiting": BadgeWords("待审核", "info", "send"),
        "granted": BadgeWords("已同意", "success", "circle-check"),
        "returned": BadgeWords("已退回", "warning", "arrow-back-up"),
        "withdrawn": BadgeWords("已撤回", "neutral", "x"),
    },
    # How far what is reported of an incubatee is.
    "enterprise_month": {
        "missing": BadgeWords("未填", "outline", "file-off"),
        "begun": BadgeWords("未填完", "neutral", "pencil"),
        "wrong": BadgeWords("待改正", "danger", "alert-octagon"),
        "complete": BadgeWords("已填", "success", "circle-check"),
    },
    # A version of a calendar; a month opened again after its close.
    "arrangement": {
        "current": BadgeWords("现行", "success", "circle-check"),
        "coming": BadgeWords("将生效", "info", "clock"),
        "ended": BadgeWords("已过去", "neutral", "history"),
    },
    "unlock": {
        "filed": BadgeWords("已补报", "success", "circle-check"),
        "open": BadgeWords("开放中", "info", "lock-open"),
        "over": BadgeWords("已到期", "neutral", "lock"),
    },
    # A month: in all, some or none of the places that close it.
    "month": {
        "closed": BadgeWords("已月结", "success", "lock"),
        "partly": BadgeWords("部分月结", "info", "lock"),
        "open": BadgeWords("未月结", "outline", "lock-open"),
    },
    # One carrier's month in the matrix of completeness.
    "completeness": {
        "punctual": BadgeWords("按时", "success", "check"),
        "late": BadgeWords("迟报", "warning", "clock-exclamation"),
        "draft": BadgeWords("草稿", "neutral", "pencil"),
        "returned": BadgeWords("退回", "warning", "arrow-back-up"),
        "missing": BadgeWords("缺报", "danger", "x"),
        "due": BadgeWords("待报", "outline", "hourglass"),
        "not_asked": BadgeWords("不报", "outline", "minus"),
    },
    # A letter by one channel to one person.
    "delivery": {
        "waiting": BadgeWords("待发送", "outline", "clock"),
        "sending": BadgeWords("发送中", "info", "send"),
        "sent": BadgeWords("已送出", "success", "circle-check"),
        "failed": BadgeWords("未送出", "danger", "alert-triangle"),
    },
    "award": {
        "proposed": BadgeWords("建议", "neutral", "calculator"),
        "needs_decision": BadgeWords("待作出决定", "warning", "gavel"),
        "reviewed": BadgeWords("已复核", "info", "eye-check"),
        "publicised": BadgeWords("公示中", "info", "speakerphone"),
        "approved": BadgeWords("已批准", "success", "rubber-stamp"),
        "paid": BadgeWords("已拨付", "met", "cash"),
        "rejected": BadgeWords("不予批准", "danger", "circle-x"),
        "superseded": BadgeWords("已被替代", "neutral", "replace"),
    },
    "cycle": {
        "draft": BadgeWords("准备中", "neutral", "pencil"),
        "open": BadgeWords("自评中", "info", "writing"),
        "checking": BadgeWords("形式审查", "info", "list-check"),
        "scoring": BadgeWords("专家评分", "info", "users"),
        "publicity": BadgeWords("公示中", "warning", "speakerphone"),
        "published": BadgeWords("已发布", "success", "circle-check"),
        "closed": BadgeWords("已结束", "neutral", "lock"),
    },
    "job": {
        "queued": BadgeWords("排队中", "neutral", "clock"),
        "running": BadgeWords("进行中", "info", "loader-2"),
        "succeeded": BadgeWords("已完成", "success", "circle-check"),
        "failed": BadgeWords("未完成", "danger", "alert-triangle"),
        "cancelled": BadgeWords("已取消", "neutral", "ban"),
    },
    # An uploaded sheet.
    "import": {
        "checking": BadgeWords("核对中", "info", "loader-2"),
        "refused": BadgeWords("无法读取", "danger", "alert-triangle"),
        "ready": BadgeWords("待确认", "warning", "hourglass"),
        "writing": BadgeWords("写入中", "info", "loader-2"),
        "done": BadgeWords("已导入", "success", "circle-check"),
        "discarded": BadgeWords("已放弃", "neutral", "ban"),
    },
    # A list with legal effect.
    "roster": {
        "draft": BadgeWords("草稿", "neutral", "pencil"),
        "confirmed": BadgeWords("已确认", "success", "rubber-stamp"),
        "replaced": BadgeWords("已被更正", "warning", "replace"),
    },
    # A responsible unit's task.
    "task": {
        "not_started": BadgeWords("未开始", "outline", "circle-dashed"),
        "in_progress": BadgeWords("推进中", "info", "progress"),
        "done": BadgeWords("已完成", "success", "circle-check"),
        "overdue": BadgeWords("逾期", "danger", "clock-exclamation"),
    },
    # How firmly the plan text puts a target.
    "commitment": {
        "binding": BadgeWords("约束性", "solid", "lock"),
        "firm": BadgeWords("明确要求", "solid", "target"),
        "expected": BadgeWords("预期性", "info", "target"),
        "aspiration": BadgeWords("力争", "neutral", "flag"),
        "encouraged": BadgeWords("鼓励", "outline", "heart-handshake"),
        "promoted": BadgeWords("推动", "outline", "arrow-right"),
        "supported": BadgeWords("支持", "outline", "arrow-right"),
    },
    # How a change of a carrier stands with the duty to report it upward.
    "duty": {
        "none": BadgeWords("无须上报", "outline", "minus"),
        "untitled": BadgeWords("无称号,无须上报", "outline", "minus"),
        "unconfirmed": BadgeWords("确认后上报", "outline", "hourglass"),
        "waiting": BadgeWords("待上报", "info", "send"),
        "overdue": BadgeWords("逾期未报", "danger", "clock-exclamation"),
        "in_time": BadgeWords("按期上报", "success", "check"),
        "late": BadgeWords("逾期上报", "warning", "clock-exclamation"),
    },
    "active": {
        "yes": BadgeWords("在用", "success", "circle-check"),
        "no": BadgeWords("已停用", "neutral", "circle-off"),
    },
    # An account: may its person sign in?
    "account": {
        "active": BadgeWords("在用", "success", "circle-check"),
        "first_password": BadgeWords("待改密码", "warning", "key"),
        "locked": BadgeWords("已锁定", "danger", "lock"),
        "inactive": BadgeWords("已停用", "neutral", "circle-off"),
    },
    # What holds from one day to another: a person's role, a token.
    "term": {
        "current": BadgeWords("有效", "success", "circle-check"),
        "coming": BadgeWords("未开始", "info", "clock"),
        "ended": BadgeWords("已结束", "neutral", "circle-off"),
        "expired": BadgeWords("已过期", "neutral", "clock-off"),
        "revoked": BadgeWords("已停用", "neutral", "ban"),
    },
}


def words_for(kind: str, code: str) -> BadgeWords:
    """The entry for a state; an unlisted one is shown as unknown (with its code as word), never hidden."""
    known = BADGES.get(kind, {}).get(code)
    if known:
        return known
    return UNKNOWN._replace(word=code) if code else UNKNOWN
