"""How counted records are shown: columns by the kind of record, the same on the page and in the export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.urls import reverse

from core.spreadsheets import Column
from incubators.models import (
    Carrier,
    Enterprise,
    EnterpriseMonth,
    Fund,
    FundInvestment,
    MonthlyReport,
    Qualification,
    Residency,
    ServicePlatform,
    Talent,
    Visit,
)


@dataclass(frozen=True, slots=True)
class RecordList:
    """Columns, the word that counts the records (266 *家* 企业), the related rows to fetch with them, the page of one
    record (if it has one), and what ``evidence`` adds to each as of a day."""

    noun: str
    unit: str
    columns: tuple[Column, ...]
    related: tuple[str, ...] = ()
    address: Callable[[Any], str] | None = None
    evidence: Callable[[QuerySet[Any], date], QuerySet[Any]] = lambda rows, day: rows

    def fetched(self, rows: QuerySet[Any], day: date) -> QuerySet[Any]:
        """``rows`` with all that the columns show, in the order of their keys."""
        return self.evidence(rows, day).select_related(*self.related).order_by("pk")


def _carrier(code: str) -> str:
    return reverse("incubators:carrier_detail", args=[code])


def _enterprise(uscc: str) -> str:
    return reverse("incubators:enterprise_detail", args=[uscc])


def _paid(funds: QuerySet[Any], day: date) -> QuerySet[Any]:
    """The latest paid investment by ``day``, by which a fund counts as operating."""
    latest = FundInvestment.objects.filter(fund=OuterRef("pk"), paid_on__lte=day).order_by("-paid_on", "-pk")
    return funds.annotate(
        paid_on=Subquery(latest.values("paid_on")[:1]), paid_amount=Subquery(latest.values("amount")[:1])
    )


SYNTHETIC = Column("数据性质", lambda row: "合成" if row.is_synthetic else "", width=10)
ENTERPRISE = (Column("企业", "enterprise.name", width=34), Column("统一社会信用代码", "enterprise.uscc", width=22))


def listed(model: type[Model], *, total: str | None = None, label: str = "", money: bool = False) -> RecordList:
    """How records of ``model`` are listed; ``total`` is the column added up, shown beside each record as ``label``."""
    shown = LISTS[model]
    if not total or not hasattr(model, total):
        return shown
    column = Column(f"{label}(万元)" if money else label, total, "wan" if money else "number")
    return replace(shown, columns=(*shown.columns[:-1], column, shown.columns[-1]))


LISTS: dict[type[Model], RecordList] = {
    Carrier: RecordList(
        "科创载体",
        "家",
        (
            Column("载体", "name", width=28),
            Column("编号", "code"),
            Column("类型", lambda row: row.get_kind_display()),
            Column("归属区域", "owner_area.name"),
            Column("开办日期", "opened_on", "date"),
            SYNTHETIC,
        ),
        ("owner_area",),
        lambda row: _carrier(row.code),
    ),
    Enterprise: RecordList(
        "企业",
        "家",
        (
            Column("企业", "name", width=34),
            Column("统一社会信用代码", "uscc", width=22),
            Column("注册区域", "area.name"),
            Column("技术领域", "industry"),
            SYNTHETIC,
        ),
        ("area",),
        lambda row: _enterprise(row.uscc),
    ),
    Residency: RecordList(
        "入驻记录",
        "条",
        (
            *ENTERPRISE,
            Column("载体", "carrier.name", width=26),
            Column("在孵起始", "incubating_from", "date"),
            Column("毕业日期", "graduated_on", "date"),
            Column("离开日期", "left_on", "date"),
            SYNTHETIC,
        ),
        ("enterprise", "carrier"),
        lambda row: _enterprise(row.enterprise.uscc),
    ),
    Qualification: RecordList(
        "资质记录",
        "条",
        (
            *ENTERPRISE,
            Column("资质", "kind.name"),
            Column("证书或依据", lambda row: row.certificate or row.basis, width=26),
            Column("生效日期", "valid_from", "date"),
            Column("失效日期", "valid_to", "date"),
            SYNTHETIC,
        ),
        ("enterprise", "kind"),
        lambda row: _enterprise(row.enterprise.uscc),
    ),
    Fund: RecordList(
        "基金",
        "支",
        (
            Column("基金", "name", width=28),
            Column("类型", lambda row: row.get_kind_display()),
            Column("规模(万元)", "size", "wan"),
            Column("成立日期", "established_on", "date"),
            Column("最近一笔实缴投资", "paid_on", "date"),
            Column("该笔金额(万元)", "paid_amount", "wan"),
            SYNTHETIC,
        ),
        evidence=_paid,
    ),
    ServicePlatform: RecordList(
        "平台",
        "家",
        (
            Column("平台", "name", width=28),
            Column("类型", lambda row: row.get_kind_display()),
            Column("区域", "area.name"),
            Column("建成日期", "built_on", "date"),
            SYNTHETIC,
        ),
        ("area",),
    ),
    Talent: RecordList(
        "人才",
        "名",
        (
            Column("姓名", "name"),
            Column("类别", lambda row: row.get_route_display(), width=24),
            Column("区域", "area.name"),
            Column("引进日期", "arrived_on", "date"),
            Column("确认依据", "basis", width=26),
            SYNTHETIC,
        ),
        ("area",),
    ),
    Visit: RecordList(
        "走访记录",
        "条",
        (
            Column("载体", "carrier.name", width=28),
            Column("走访日期", "visited_on", "date"),
            Column("走访人", lambda row: str(row.visitor)),
            Column("后续事项", "follow_up", width=30),
            SYNTHETIC,
        ),
        ("carrier", "visitor"),
        lambda row: _carrier(row.carrier.code),
    ),
    EnterpriseMonth: RecordList(
        "企业情况",
        "条",
        (
            *ENTERPRISE,
            Column("载体", "report.carrier.name", width=28),
            Column("月份", lambda row: f"{row.report.month:%Y-%m}"),
            Column("版本", "report.revision", "number"),
            Column("数据性质", lambda row: "合成" if row.report.is_synthetic else "", width=10),
        ),
        ("enterprise", "report__carrier"),
        lambda row: f"{reverse('incubators:report_detail', args=[row.report_id])}#e-{row.enterprise.uscc}",
    ),
    MonthlyReport: RecordList(
        "月报",
        "份",
        (
            Column("载体", "carrier.name", width=28),
            Column("月份", lambda row: f"{row.month:%Y-%m}"),
            Column("状态", lambda row: row.get_state_display()),
            Column("版本", "revision", "number"),
            SYNTHETIC,
        ),
        ("carrier",),
        lambda row: reverse("incubators:report_detail", args=[row.pk]),
    ),
}
