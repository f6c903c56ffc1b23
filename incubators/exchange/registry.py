"""The kinds that make up the register: enterprises, carriers, designations, residencies, qualifications."""

from __future__ import annotations

from typing import Any

from incubators import uscc
from incubators.exchange import references, residencies
from incubators.exchange.cells import Amount, Choice, Day, Text, Uscc, YesNo
from incubators.exchange.kinds import Column, Context, Kind, Table, in_order, needs, not_future, only_by_event
from incubators.models import Carrier, Designation, Enterprise, Qualification, QualificationKind, Title
from incubators.register import rules
from incubators.register.operators import registered
from incubators.register.particulars import ATTRIBUTE
from incubators.search import initials


# --- enterprises -----------------------------------------------------------------------------------------------------
def _enterprise_columns(context: Context) -> list[Column]:
    area = references.area(context, own=True)
    founder = Choice(dict(Enterprise.FounderType.choices))
    people = Amount(digits=7, places=0)
    return [
        Column("uscc", "统一社会信用代码", Uscc(), True, ("信用代码", "社会信用代码", "税号"), width=22),
        Column("name", "企业名称", Text(120), True, ("名称", "单位名称"), width=32),
        Column("former_name", "曾用名", Text(120), width=24),
        Column("area_id", "注册区域", area, True, ("区域", "所属区域", "镇"), "镇、街道或园区的名称或代码"),
        Column("founded_on", "成立日期", Day(), aliases=("成立时间", "注册日期")),
        Column("industry", "技术领域", Text(40), aliases=("领域", "所属领域")),
        Column("industry_code", "国民经济行业", Text(40)),
        Column("registration_type", "登记注册类型", Text(40)),
        Column("legal_representative", "法定代表人", Text(40), aliases=("法人", "法人代表")),
        Column("registered_capital", "注册资本(万元)", Amount(digits=16, wan=True), help="单位万元"),
        Column("paid_in_capital", "实缴资本(万元)", Amount(digits=16, wan=True), help="单位万元"),
        Column("registered_address", "注册地址", Text(200), width=32),
        Column("office_address", "研发办公地址", Text(200), width=32, aliases=("办公地址",)),
        Column("contact_name", "联系人", Text(40)),
        Column("contact_phone", "联系电话", Text(40, codelike=True), aliases=("电话", "手机")),
        Column("contact_email", "电子邮箱", Text(120), width=24, aliases=("邮箱",)),
        Column("website", "网址", Text(200), width=24),
        Column("main_product", "主要产品或服务", Text(200), width=28, aliases=("主要产品", "主营产品")),
        Column("core_technology", "核心技术", Text(200), width=28),
        Column("founder_name", "创始人", Text(40)),
        Column("founder_type", "创业者类型", founder),
        Column("staff_count", "从业人数", people, aliases=("从业人员",)),
        Column("research_staff_count", "研发人员数", people, aliases=("研发人员",)),
        Column("licence_checked", "已核对营业执照", YesNo(), help="代码校验位不符时,核对执照后填“是”"),
        Column("remark", "备注", Text(300), width=28),
    ]


def _check_enterprises(table: Table) -> None:
    code, checked, name = table.places("uscc", "licence_checked", "name")
    staff, research = table.places("staff_count", "research_staff_count")
    for row in table.sound():
        if row.before is None and row.values[checked] is not True and not uscc.check_digit_fits(row.values[code]):
            row.errors[code] = f"{uscc.CHECK_DIGIT};确认无误请在“已核对营业执照”列填“是”"
        some, all_ = row.now(research), row.now(staff)
        if some is not None and all_ is not None and some > all_:
            row.errors[research] = f"研发人员数{some}多于从业人数{all_}"
        if row.values[name] is not None and not row.now(name):
            row.errors[name] = "企业名称不能为空"
    not_future(table, "founded_on")


# --- carriers --------------------------------------------------------------------------------------------------------
def _carrier_columns(context: Context) -> list[Column]:
    return [
        Column("code", "载体编号", Text(40, codelike=True), True, ("编号",), "字母、数字和连字符", "JS031"),
        Column("name", "载体名称", Text(120), True, ("名称",), width=32),
        Column("kind", "类型", Choice(dict(Carrier.Kind.choices)), True, ("载体类型",), width=18),
        Column("operator_id", "运营机构", references.operator(context), True, ("运营单位", "运营方"), width=32),
        Column("area_id", "所在区域", references.area(context, own=False), True, ("区域",), "载体坐落的镇、街道或园区"),
        Column("owner_area_id", "归属区域", references.area(context, own=True), True, (), "科创飞地填设立方所在区域"),
        Column("address", "地址", Text(200), width=32),
        Column("industry", "主导领域", Text(40), aliases=("主导产业",)),
        Column("floor_area", "建筑面积(㎡)", Amount(digits=10), aliases=("建筑面积", "面积")),
        Column("seats", "工位数", Amount(digits=7, places=0), aliases=("工位",)),
        Column("opened_on", "开办日期", Day(), True, ("成立日期", "运营日期")),
        Column("closed_on", "关闭日期", Day()),
    ]


def _check_carriers(table: Table) -> None:
    code = table.place("code")
    for row in table.sound():
        if not row.values[code].replace("-", "").replace("_", "").isalnum() or not row.values[code].isascii():
            row.errors[code] = "编号只能用字母、数字和连字符"
    in_order(table, "opened_on", "closed_on", "关闭日期不能早于开办日期")
    not_future(table, "closed_on")
    only_by_event(table)


def _by_event(what: str) -> str:
    return f"{what}变更请登记变更事件(载体页面“登记”→“载体变更”),这里不能直接改"


CARRIER_EVENTS = {
    Carrier._meta.get_field(attribute).attname: _by_event(str(kind.label))  # type: ignore[union-attr]
    for kind, attribute in ATTRIBUTE.items()
}


def _register_operators(rows: list[dict[str, Any]]) -> list[Any]:
    """Operators that are not known yet, one for each new name. Returns those that were made."""
    named = [row for row in rows if isinstance(row.get("operator_id"), str)]
    if not named:
        return []
    made = registered({row["operator_id"]: row.get("owner_area_id") for row in reversed(named)})
    for row in named:
        row["operator_id"] = made[row["operator_id"]][0].pk
    return [operator for operator, is_new in made.values() if is_new]


# --- designations ----------------------------------------------------------------------------------------------------
def _designation_columns(context: Context) -> list[Column]:
    return [
        Column("carrier_id", "载体编号", references.carrier(context), True, ("载体", "载体名称", "编号"), width=28),
        Column("title_id", "称号", references.title(context), True, ("认定称号", "级别"), width=28),
        Column("awarded_on", "认定日期", Day(), True, ("认定时间", "备案日期")),
        Column("document", "认定文号", Text(120), True, ("文号", "文件号"), width=28),
        Column("ended_on", "终止日期", Day()),
        Column("end_kind", "终止方式", Choice(dict(Designation.Ending.choices))),
        Column("end_reason", "终止原因", Text(200), width=28),
        Column("end_document", "终止文号", Text(120), width=28),
    ]


def _check_designations(table: Table) -> None:
    carrier, title, awarded = table.places("carrier_id", "title_id", "awarded_on")
    ids = {row.values[carrier] for row in table.sound()}
    carriers: dict[Any, tuple[Any, ...]] = {}
    asked = ("pk", "opened_on", "kind", "area__path", "owner_area__path")
    for batch in references.chunks(ids):
        found = Carrier.objects.filter(pk__in=batch).values_list(*asked)
        carriers |= {pk: told for pk, *told in found}
    titles = Title.objects.select_related("area").in_bulk()
    for row in table.sound():
        opened_on, kind, *paths = carriers[row.values[carrier]]
        if sentence := rules.before_opening(row.values[awarded], opened_on):
            row.errors[awarded] = sentence
        elif sentence := rules.unfit(titles[row.values[title]], kind, *paths):
            row.errors[title] = sentence
    in_order(table, "awarded_on", "ended_on", "终止日期不能早于认定日期")
    needs(table, "ended_on", "end_reason", "终止认定须写明原因")
    needs(table, "end_kind", "ended_on", "填了终止方式,请填终止日期")
    needs(table, "end_document", "ended_on", "填了终止文号,请填终止日期")
    not_future(table, "awarded_on", "ended_on")


# --- qualifications --------------------------------------------------------------------------------------------------
def _qualification_columns(context: Context) -> list[Column]:
    enterprise = references.enterprise(context)
    return [
        Column("enterprise_id", "统一社会信用代码", enterprise, True, ("信用代码", "企业代码"), width=22),
        Column("kind_id", "资质", references.qualification_kind(context), True, ("资质种类", "资质名称"), width=24),
        Column("valid_from", "生效日期", Day(), True, ("发证日期", "认定日期")),
        Column("valid_to", "失效日期", Day(), aliases=("有效期至",), help="长期有效的可不填"),
        Column("certificate", "证书或登记编号", Text(60, codelike=True), aliases=("证书编号", "登记编号"), width=24),
        Column("basis", "依据", Text(200), aliases=("确认依据",), help="以名单确认的资质(如硬科技)填写", width=28),
    ]


def _check_qualifications(table: Table) -> None:
    certificate, basis, enterprise, kind = table.places("certificate", "basis", "enterprise_id", "kind_id")
    codes = dict(QualificationKind.objects.values_list("pk", "code"))
    areas: dict[Any, str] = {}
    for batch in references.chunks({row.values[enterprise] for row in table.sound()}):
        areas |= dict(Enterprise.objects.filter(pk__in=batch).values_list("pk", "area__path"))
    for row in table.sound():
        if not table.context.scope.may_write(areas[row.values[enterprise]]):
            row.errors[enterprise] = "该企业登记在其他区域,其资质由登记区域录入"
        elif sentence := rules.unbased(codes.get(row.now(kind), ""), row.now(basis)):
            row.errors[basis] = sentence
        elif sentence := rules.unproven(row.now(certificate), row.now(basis)):
            row.errors[certificate] = sentence
    in_order(table, "valid_from", "valid_to", "失效日期不能早于生效日期")
    not_future(table, "valid_from")


def _named(values: dict[str, Any]) -> dict[str, Any]:
    return {"pinyin": initials(values["name"])} if values.get("name") else {}


KINDS = (
    Kind(
        "enterprises", "企业", Enterprise, ("uscc",), _enterprise_columns,
        lambda scope: scope.writes("area__"), Enterprise.objects.visible_to,
        _check_enterprises, ("name",), "家", ("载体内外的企业都登记;一个代码一家企业。",), _named, derived=("pinyin",),
    ),
    Kind(
        "carriers", "科创载体", Carrier, ("code",), _carrier_columns,
        lambda scope: scope.writes("owner_area__"), Carrier.objects.visible_to,
        _check_carriers, ("name",), "家", (
            "库中没有的运营机构随载体一并登记。",
            "已登记的名称、运营机构、所在区域、地址和面积只能登记变更事件,不能直接改;空着的可以补填。",
        ),
        _named, _register_operators, ("pinyin",), CARRIER_EVENTS,
    ),
    Kind(
        "designations", "载体认定", Designation, ("carrier_id", "title_id", "awarded_on"), _designation_columns,
        lambda scope: scope.writes("carrier__owner_area__"), Designation.objects.visible_to,
        _check_designations, ("carrier_id", "title_id"), "条", ("级别由认定事件得出;撤销填终止日期和原因,不删除原行。",),
    ),
    residencies.KIND,
    Kind(
        "qualifications", "企业资质", Qualification, ("enterprise_id", "kind_id", "valid_from"), _qualification_columns,
        lambda scope: scope.writes("enterprise__area__"), Qualification.objects.visible_to,
        _check_qualifications, ("enterprise_id", "kind_id"), "条", ("复审换证另登一行;“新增”按首次取得计。",),
    ),
)  # fmt: skip
