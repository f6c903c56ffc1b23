"""The kinds of what belongs to a carrier: its places, its tags, and whom to call."""

from __future__ import annotations

from incubators.exchange import references
from incubators.exchange.cells import Amount, Day, Text
from incubators.exchange.kinds import Column, Context, Kind, Table, in_order, not_future
from incubators.models import CarrierContact, CarrierSite, CarrierTagging


def _carrier(context: Context) -> Column:
    return Column("carrier_id", "载体编号", references.carrier(context), True, ("载体", "载体名称"), width=20)


def _site_columns(context: Context) -> list[Column]:
    return [
        _carrier(context),
        Column("name", "场地名称", Text(80), True, ("名称", "楼宇"), "如:A座3至5层", width=24),
        Column("address", "地址", Text(200), width=32),
        Column("floor_area", "建筑面积(㎡)", Amount(digits=10), aliases=("建筑面积", "面积")),
        Column("seats", "工位数", Amount(digits=7, places=0), aliases=("工位",)),
        Column("valid_from", "启用日期", Day(), True),
        Column("valid_to", "停用日期", Day()),
    ]


def _check_sites(table: Table) -> None:
    in_order(table, "valid_from", "valid_to", "停用日期不能早于启用日期")
    not_future(table, "valid_from")


def _tag_columns(context: Context) -> list[Column]:
    return [
        _carrier(context),
        Column("tag_id", "标签", references.tag(context), True, (), "只能填标签表里有的"),
        Column("valid_from", "起始日期", Day(), True),
        Column("valid_to", "终止日期", Day()),
        Column("basis", "依据", Text(200), width=28),
    ]


def _check_tags(table: Table) -> None:
    in_order(table, "valid_from", "valid_to", "终止日期不能早于起始日期")
    not_future(table, "valid_from")


def _contact_columns(context: Context) -> list[Column]:
    return [
        _carrier(context),
        Column("name", "姓名", Text(40), True),
        Column("duty", "职责", Text(60), True, ("职务",), "如:负责人、月报填报"),
        Column("phone", "电话", Text(40, codelike=True), aliases=("联系电话", "手机")),
    ]


KINDS = (
    Kind(
        "carrier-sites", "载体场地", CarrierSite, ("carrier_id", "name", "valid_from"), _site_columns,
        lambda scope: scope.writes("carrier__owner_area__"), CarrierSite.objects.visible_to,
        _check_sites, ("carrier_id", "name"), "处", ("一处场地一行;停用填日期,不删除原行。",),
    ),
    Kind(
        "carrier-tags", "载体标签", CarrierTagging, ("carrier_id", "tag_id", "valid_from"), _tag_columns,
        lambda scope: scope.writes("carrier__owner_area__"), CarrierTagging.objects.visible_to,
        _check_tags, ("carrier_id", "tag_id"), "条", ("标签是称号之外的标记;取消填终止日期,不删除原行。",),
    ),
    Kind(
        "carrier-contacts", "载体联系人", CarrierContact, ("carrier_id", "name", "duty"), _contact_columns,
        lambda scope: scope.writes("carrier__owner_area__"), CarrierContact.objects.visible_to,
        lambda table: None, ("carrier_id", "name"), "位", ("个人信息:只有所在区科委工作人员和本载体运营方看得到。",),
    ),
)  # fmt: skip
