"""What a carrier reports each month of the enterprises it incubates (企业情况): one row an enterprise, within a monthly report."""

from __future__ import annotations

from typing import Any

from django.db import models

from core.constraints import not_negative
from core.dates import month_cn
from incubators.models.enterprises import Enterprise
from incubators.models.reports import MonthlyReport
from incubators.scope import Scope


class EnterpriseMonthQuerySet(models.QuerySet["EnterpriseMonth"]):
    def visible_to(self, user: Any) -> EnterpriseMonthQuerySet:
        scope = Scope.of(user)
        return self.all() if scope.sees_all else self.filter(scope.carriers("report__carrier__"))

    def counted(self) -> EnterpriseMonthQuerySet:
        """Rows of the reports whose figures count: the standing revision, accepted or locked."""
        return self.filter(report__is_current=True, report__state__in=MonthlyReport.COUNTED)


class EnterpriseMonth(models.Model):
    """One incubatee in one revision of a carrier's month (form E). Money in yuan; flows are of the month, or of the year
    so far where the name says so (``_ytd``); stocks stand on the last day. ``None`` is no answer yet, or one of ``gaps``.

    It is a part of its report: it is reviewed, hashed, corrected and frozen with it. Who is asked about is not typed in:
    the incubatees of the register on the month's last day."""

    report = models.ForeignKey(MonthlyReport, on_delete=models.PROTECT, related_name="enterprises", verbose_name="月报")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="months", verbose_name="企业")
    # People
    staff = models.PositiveIntegerField("从业人数", null=True, blank=True)
    staff_doctor = models.PositiveIntegerField("其中博士", null=True, blank=True)
    staff_college = models.PositiveIntegerField("其中大专以上", null=True, blank=True)
    staff_fresh = models.PositiveIntegerField("其中应届毕业生", null=True, blank=True)
    staff_returned = models.PositiveIntegerField("其中留学人员", null=True, blank=True)
    # Money
    revenue = models.DecimalField("本月营业收入", max_digits=16, decimal_places=2, null=True, blank=True)
    revenue_ytd = models.DecimalField("本年累计营业收入", max_digits=16, decimal_places=2, null=True, blank=True)
    research_ytd = models.DecimalField("本年累计研发费用", max_digits=16, decimal_places=2, null=True, blank=True)
    tax_ytd = models.DecimalField("本年累计实缴税费", max_digits=16, decimal_places=2, null=True, blank=True)
    # Intellectual property
    ip_applied = models.PositiveIntegerField("本月知识产权申请", null=True, blank=True)
    ip_granted = models.PositiveIntegerField("本月知识产权授权", null=True, blank=True)
    ip_valid = models.PositiveIntegerField("有效知识产权", null=True, blank=True)
    ip_invention = models.PositiveIntegerField("其中发明专利", null=True, blank=True)
    ip_software = models.PositiveIntegerField("其中软件著作权", null=True, blank=True)
    # Investment
    financing = models.DecimalField("本月获投融资金额", max_digits=16, decimal_places=2, null=True, blank=True)
    financing_fund = models.DecimalField("其中孵化基金投资", max_digits=16, decimal_places=2, null=True, blank=True)
    financing_loan = models.DecimalField("其中银行贷款", max_digits=16, decimal_places=2, null=True, blank=True)
    # By code, as in the report itself: why a figure is not there; what was typed and is no value yet.
    gaps = models.JSONField("缺数与不适用", default=dict, blank=True)
    unread = models.JSONField("待改正的填写", default=dict, blank=True)

    objects = EnterpriseMonthQuerySet.as_manager()

    class Meta:
        verbose_name = "企业情况"
        ordering = ["report", "enterprise"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "enterprise"],
                name="enterprise_month_once",
                violation_error_message="该企业在这份月报中已有一行",
            ),
            not_negative(
                *("revenue", "revenue_ytd", "research_ytd", "tax_ytd", "financing", "financing_fund", "financing_loan"),
                name="enterprise_month_not_negative",
                message="金额不能为负数",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise.name} {month_cn(self.report.month)}企业情况"
