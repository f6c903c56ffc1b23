"""The kinds of what carriers incubate with: funds and their investments, talents, mentors, platforms, activities."""

from __future__ import annotations

from incubators.exchange import references
from incubators.exchange.cells import Amount, Choice, Day, Text, YesNo
from incubators.exchange.kinds import Column, Context, Kind, Table, in_order, needs, not_future
from incubators.models import Activity, Fund, FundInvestment, Mentor, ServicePlatform, Talent
from incubators.scope import Scope


def _area(context: Context) -> Column:
    return Column("area_id", "区域", references.area(context, own=True), True, ("所属区域",))


def _carrier(context: Context, *, required: bool) -> Column:
    return Column("carrier_id", "载体编号", references.carrier(context), required, ("载体", "载体名称"), width=20)


def _fund_columns(context: Context) -> list[Column]:
    return [
        Column("code", "基金编号", Text(40, codelike=True), True, ("编号",)),
        Column("name", "基金名称", Text(120), True, ("名称",), width=32),
        Column("kind", "类型", Choice(dict(Fund.Kind.choices)), True, (), "自有、合作或外部"),
        Column("filing_number", "备案编号", Text(60, codelike=True)),
        _area(context),
        _carrier(context, required=False),
        Column("size", "规模(万元)", Amount(digits=16, wan=True), help="单位万元"),
        Column("established_on", "成立日期", Day(), True),
        Column("ended_on", "终止日期", Day()),
    ]


def _check_funds(table: Table) -> None:
    in_order(table, "established_on", "ended_on", "终止日期不能早于成立日期")
    not_future(table, "established_on")


def _investment_columns(context: Context) -> list[Column]:
    return [
        Column("fund_id", "基金编号", references.fund(context), True, ("基金",)),
        Column("enterprise_id", "统一社会信用代码", references.enterprise(context), True, ("信用代码",), width=22),
        Column("paid_on", "实缴日期", Day(), True, ("出资日期",)),
        Column("amount", "金额(万元)", Amount(digits=16, wan=True), True, (), "单位万元,按实际到账"),
        Column("evidence", "凭证", Text(200), help="银行回单等", width=28),
    ]


def _check_investments(table: Table) -> None:
    amount = table.place("amount")
    for row in table.sound():
        if row.now(amount) is not None and row.now(amount) <= 0:
            row.errors[amount] = "投资金额须大于零"
    not_future(table, "paid_on")


def _talent_columns(context: Context) -> list[Column]:
    return [
        Column("name", "姓名", Text(40), True),
        Column("route", "类别", Choice(dict(Talent.Route.choices)), True, ("“六路”类别",), width=24),
        _area(context),
        _carrier(context, required=False),
        Column("arrived_on", "引进日期", Day(), True),
        Column("left_on", "离开日期", Day()),
        Column("is_leading", "领军人才", YesNo(), help="经确认为高端孵化领军人才填“是”,并写明依据"),
        Column("basis", "确认依据", Text(200), width=28),
    ]


def _check_talents(table: Table) -> None:
    in_order(table, "arrived_on", "left_on", "离开日期不能早于引进日期")
    needs(table, "is_leading", "basis", "确认为领军人才须写明依据")
    not_future(table, "arrived_on", "left_on")


def _mentor_columns(context: Context) -> list[Column]:
    return [
        _carrier(context, required=True),
        Column("name", "姓名", Text(40), True),
        Column("field", "专长", Text(60)),
        Column("engaged_on", "聘任日期", Day(), True),
        Column("ended_on", "解聘日期", Day()),
    ]


def _check_mentors(table: Table) -> None:
    in_order(table, "engaged_on", "ended_on", "解聘日期不能早于聘任日期")
    not_future(table, "engaged_on")


def _platform_columns(context: Context) -> list[Column]:
    return [
        Column("name", "平台名称", Text(120), True, ("名称",), width=32),
        Column("kind", "类型", Choice(dict(ServicePlatform.Kind.choices)), True, (), width=20),
        _area(context),
        _carrier(context, required=False),
        Column("built_on", "建成日期", Day(), True),
        Column("ended_on", "停用日期", Day()),
    ]


def _check_platforms(table: Table) -> None:
    in_order(table, "built_on", "ended_on", "停用日期不能早于建成日期")
    not_future(table, "built_on")


def _activity_columns(context: Context) -> list[Column]:
    return [
        _carrier(context, required=True),
        Column("title", "主题", Text(120), True, ("活动名称", "名称"), width=32),
        Column("held_on", "日期", Day(), True, ("举办日期",)),
        Column("participants", "参与人次", Amount(digits=7, places=0), True, ("参加人数",)),
    ]


def _check_activities(table: Table) -> None:
    not_future(table, "held_on")


def _of_carriers(model: type[Mentor] | type[Activity]):  # type: ignore[no-untyped-def]
    return lambda user: model.objects.filter(Scope.of(user).carriers("carrier__"))


KINDS = (
    Kind(
        "funds", "孵化基金", Fund, ("code",), _fund_columns, lambda scope: scope.writes("area__"),
        Fund.objects.visible_to, _check_funds, ("name",), "只",
    ),
    Kind(
        "fund-investments", "基金投资", FundInvestment, ("fund_id", "enterprise_id", "paid_on"), _investment_columns,
        lambda scope: scope.writes("fund__area__"),
        lambda user: FundInvestment.objects.filter(fund__in=Fund.objects.visible_to(user)),
        _check_investments, ("fund_id", "enterprise_id"), "笔", ("基金是否有效运作由已到账的投资得出。",),
    ),
    Kind(
        "talents", "孵化人才", Talent, ("name", "area_id", "arrived_on"), _talent_columns,
        lambda scope: scope.writes("area__"), Talent.objects.visible_to,
        _check_talents, ("name",), "人",
    ),
    Kind(
        "mentors", "创业导师", Mentor, ("carrier_id", "name", "engaged_on"), _mentor_columns,
        lambda scope: scope.writes("carrier__owner_area__"), _of_carriers(Mentor), _check_mentors, ("name",), "人",
    ),
    Kind(
        "service-platforms", "公共服务平台", ServicePlatform, ("name", "area_id", "built_on"), _platform_columns,
        lambda scope: scope.writes("area__"), ServicePlatform.objects.visible_to,
        _check_platforms, ("name",), "个",
    ),
    Kind(
        "activities", "活动", Activity, ("carrier_id", "title", "held_on"), _activity_columns,
        lambda scope: scope.writes("carrier__owner_area__"), _of_carriers(Activity), _check_activities, ("title",), "场",
    ),
)  # fmt: skip
