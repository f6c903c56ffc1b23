"""Forms for the events of incubation. They clean what was typed; the services decide."""

from __future__ import annotations

from typing import Any

from django import forms

from core.forms import DateField, PortalForm, WanField
from core.saving import is_key
from incubators.models import Carrier, Residency
from incubators.register.forms import tenant_label
from incubators.register.limits import Rules, clocked
from incubators.register.rulefile import RuleFile
from incubators.scope import Scope


class _OfIncubatee(PortalForm):
    """An event of one of a carrier's incubatees. ``files``: what is uploaded with it, judged by the service."""

    residency = forms.ModelChoiceField(label="在孵企业", queryset=Residency.objects.none())

    def __init__(self, *args: Any, carrier: Carrier, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["residency"].queryset = (
            carrier.residencies.filter(left_on=None, graduated_on=None, incubating_from__isnull=False)
            .select_related("enterprise", "carrier__owner_area")
            .order_by("enterprise__name")
        )
        self.fields["residency"].label_from_instance = tenant_label


class ExtendForm(_OfIncubatee):
    """An incubatee may stay beyond its limit."""

    decided_on = DateField(label="决定日期")
    until = DateField(label="延期至", help_text="当日仍在期内")
    reason = forms.CharField(label="延期理由", max_length=200)
    document = forms.CharField(label="文件", max_length=120, required=False, help_text="文号或会议纪要")


class TransferForm(_OfIncubatee):
    """An incubatee moves to another carrier of the district."""

    carrier = forms.ModelChoiceField(label="转入载体", queryset=Carrier.objects.none(), to_field_name="code")
    on = DateField(label="转移日期", help_text="转出和转入为同一天")
    floor_area = forms.DecimalField(
        label="转入后占用面积(㎡)",
        max_digits=10,
        decimal_places=2,
        min_value=0,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    reason = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(self, *args: Any, carrier: Carrier, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, carrier=carrier, user=user, **kwargs)
        own = Carrier.objects.filter(Scope.of(user).writes("owner_area__"), closed_on=None).exclude(pk=carrier.pk)
        self.fields["carrier"].queryset = own.select_related("owner_area").order_by("name")


class GraduateForm(_OfIncubatee):
    """An incubatee graduates on the grounds of the rule that holds for it. Until it is chosen, all grounds are offered."""

    graduated_on = DateField(label="毕业日期")
    grounds = forms.MultipleChoiceField(
        label="毕业依据", choices=Residency.GraduationGround.choices, widget=forms.CheckboxSelectMultiple
    )
    invested_amount = WanField(label="累计获得创业投资", required=False, min_value=0, help_text="以投资为依据的填写")
    revenue_from_year = forms.IntegerField(
        label="收入首年",
        required=False,
        min_value=1990,
        max_value=2100,
        help_text="以收入为依据的填写;次年即第二个年度",
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    revenue_first = WanField(label="首年营业收入", required=False, min_value=0)
    revenue_second = WanField(label="次年营业收入", required=False, min_value=0)
    number = forms.CharField(label="毕业编号", max_length=60, required=False)
    registered_in_district = forms.ChoiceField(
        label="毕业时注册在本区", choices=[("", "不详"), *Residency.YesNo.choices], required=False
    )
    destination = forms.ChoiceField(
        label="毕业去向",
        choices=[("", "请选择"), *Residency.Destination.choices],
        help_text="选迁出的,同日登记离开",
    )
    destination_place = forms.CharField(label="去向说明", max_length=120, required=False, help_text="迁往何处")

    def __init__(self, *args: Any, carrier: Carrier, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, carrier=carrier, user=user, **kwargs)
        rule = self._rule(carrier)
        if rule is not None:
            field = self.fields["grounds"]
            field.choices = [(ground.code, f"{ground.name}({ground.evidence})") for ground in rule.grounds]
            field.help_text = f"按《{rule.name}》至少符合{rule.min_grounds}项"
        self.fields["grounds"].wide = True

    def _rule(self, carrier: Carrier) -> RuleFile | None:
        """By which the stay that was chosen is judged: the one of the day from which its limit counts."""
        chosen = str(self["residency"].value() or "")
        stay = clocked(carrier.residencies.filter(pk=chosen)).first() if is_key(chosen) else None
        return Rules().holding(carrier.owner_area.path, stay.clock_start) if stay and stay.clock_start else None


class AskGraduationForm(GraduateForm):
    """The operator asks that it be recorded: all but the number, which staff give."""

    number = None  # type: ignore[assignment]


class WhereaboutsForm(PortalForm):
    """Where a graduate went."""

    destination = forms.ChoiceField(
        label="毕业去向", choices=[("", "不详"), *Residency.Destination.choices], required=False
    )
    place = forms.CharField(label="去向说明", max_length=120, required=False)


class FollowUpForm(PortalForm):
    """Where a graduate was in one year."""

    year = forms.IntegerField(label="年度", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    destination = forms.ChoiceField(label="去向", choices=[("", "请选择"), *Residency.Destination.choices])
    place = forms.CharField(label="去向说明", max_length=120, required=False)
    staff_count = forms.IntegerField(
        label="从业人数", min_value=0, required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    revenue = WanField(label="营业收入", required=False, min_value=0)
    note = forms.CharField(label="情况", max_length=200, required=False)
