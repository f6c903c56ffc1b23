"""Forms of awards, computations and municipal grants. People type 万元; services take yuan."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from core.forms import DateField, PortalForm, WanField
from core.money import wan_text
from incubators.models import Carrier
from incubators.scope import Scope
from plans.models import Plan
from subsidies.models import Award, AwardShare, PayerGrant
from subsidies.selectors import plans_with_rules


def year_field() -> forms.IntegerField:
    return forms.IntegerField(
        label="年度",
        min_value=2000,
        max_value=2100,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "4"}),
        error_messages={
            "required": "请填写年度",
            "invalid": "请填四位年份,如 2025",
            "min_value": "年度应在2000至2100之间",
            "max_value": "年度应在2000至2100之间",
        },
    )


class RunForm(PortalForm):
    """What to compute: a plan of one's own area, a year, and the day up to which data count."""

    refused = "没有开始测算"

    plan = forms.ModelChoiceField(
        label="规划",
        queryset=Plan.objects.none(),
        to_field_name="code",
        empty_label="请选择",
        error_messages={"required": "请选择规划", "invalid_choice": "请选择本区有补贴规则的规划"},
    )
    year = year_field()
    as_of = DateField(label="数据截止", help_text="只用截至这一天已经登记并生效的认定、等次、市级资助和决定")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = Scope.of(user)
        paths = Plan.objects.select_related("area").only("pk", "area__path")
        own = [plan.pk for plan in paths if scope.may_write(plan.area.path)]
        plans = plans_with_rules().filter(pk__in=own)
        self.fields["plan"].queryset = plans
        self.fields["year"].help_text = "等次、市级资助按其年度;认定按认定当年"
        self.initial.setdefault("as_of", timezone.localdate())
        self.initial.setdefault("year", timezone.localdate().year)
        if len(own) == 1:
            self.initial.setdefault("plan", plans.first().code if plans else None)


class GrantForm(PortalForm):
    """The granted amount of each payer's share of one award, typed in 万元."""

    def __init__(self, *args: Any, award: Award, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shares: dict[str, AwardShare] = {f"granted-{share.pk}": share for share in award.shares.all()}
        for name, share in self.shares.items():
            self.fields[name] = WanField(
                label=f"{share.get_payer_display()}核定金额",
                help_text=_limit_words(share),
                initial=share.granted if share.granted is not None else share.proposed,
            )

    def amounts(self) -> list[tuple[str, AwardShare, Decimal]]:
        return [(name, share, self.cleaned_data[name]) for name, share in self.shares.items()]


def _limit_words(share: AwardShare) -> str:
    if share.ceiling is not None:
        return f"上限 {wan_text(share.ceiling)};上限不是应得数,实际金额由人核定"
    return f"按规则测算 {wan_text(share.proposed)},不能超过"


class PayerGrantForm(PortalForm):
    """What the city approved for a carrier and year."""

    carrier = forms.ModelChoiceField(
        label="载体",
        queryset=Carrier.objects.none(),
        to_field_name="code",
        empty_label="请选择",
        error_messages={"required": "请选择载体", "invalid_choice": "请选择您负责区域内的载体"},
    )
    kind = forms.ChoiceField(label="种类", choices=PayerGrant.Kind.choices)
    year = year_field()
    approved = WanField(label="批准金额", min_value=0)
    approved_on = DateField(label="批准日期")
    document = forms.CharField(
        label="批准文件",
        max_length=200,
        help_text="文号或文件名称,写入补贴说明书",
        error_messages={"required": "请写明批准文件"},
    )
    received = WanField(label="到账金额", required=False, min_value=0)
    received_on = DateField(label="到账日期", required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = Scope.of(user)
        rows = Carrier.objects.none()
        for path in scope.write_paths:
            rows = rows | Carrier.objects.filter(owner_area__path__startswith=path)
        self.fields["carrier"].queryset = rows.order_by("code")
        self.fields["carrier"].label_from_instance = lambda row: f"{row.name}({row.code})"
