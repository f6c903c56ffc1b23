"""Forms for events of the register. They clean what was typed; the services decide.

Forms of incubation are in :mod:`incubators.register.incubation_forms`.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from core.forms import DateField, PortalForm
from incubators import uscc
from incubators.models import Carrier, Enterprise, Ladder, QualificationKind, Residency, Title
from incubators.register.permits import may_except, may_recognise


class AdmitForm(PortalForm):
    """A tenant moves in. What only an officer may say, and only of an enterprise that lives or lived elsewhere, is
    asked when such a code has been typed: the usual case stays short."""

    uscc = forms.CharField(label="统一社会信用代码", max_length=40, help_text="18位;库中已有的企业只需代码和入驻日期")
    name = forms.CharField(label="企业名称", max_length=120, required=False)
    entered_on = DateField(label="入驻日期")
    incubating = forms.BooleanField(label="签订孵化协议,计为在孵企业", required=False, initial=True)
    founded_on = DateField(label="成立日期", required=False)
    industry = forms.CharField(label="技术领域", max_length=40, required=False)
    floor_area = forms.DecimalField(
        label="占用面积(㎡)",
        max_digits=10,
        decimal_places=2,
        min_value=0,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"invalid": "请填数字,如 120.5"},
    )
    confirmed = forms.BooleanField(
        label="已核对营业执照,代码无误", required=False, help_text="仅在校验位不符时需要勾选"
    )
    overlap_reason = forms.CharField(
        label="同时在孵说明",
        max_length=200,
        required=False,
        help_text="该企业同时在另一家载体的,写明理由和依据;没有特殊情况不填",
    )
    return_reason = forms.CharField(
        label="再次入孵说明", max_length=200, required=False, help_text="曾毕业或退出的企业再次入孵的,写明理由和依据"
    )

    def __init__(self, *args: Any, carrier: Carrier, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = uscc.normalise(self.data.get("uscc", ""))
        known = bool(code) and Residency.objects.filter(enterprise__uscc=code).exists()
        if not known or not may_except(user, carrier):
            del self.fields["overlap_reason"], self.fields["return_reason"]

    def clean_uscc(self) -> str:
        """Normalised code; the check digit asks for a look at the licence, it does not block."""
        code = uscc.normalise(self.cleaned_data["uscc"])
        if sentence := uscc.problem(code):
            raise forms.ValidationError(sentence)
        if not uscc.check_digit_fits(code) and not self.data.get("confirmed"):
            raise forms.ValidationError(f"{uscc.CHECK_DIGIT};确认无误请勾选下方“已核对营业执照”")
        return code

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        code = data.get("uscc")
        if code and not data.get("name") and not Enterprise.objects.filter(uscc=code).exists():
            self.add_error("name", "库中没有这个代码,请填企业名称以便登记")
        return data


class LeaveForm(PortalForm):
    """A tenant leaves. Where a graduate went, an officer says."""

    residency = forms.ModelChoiceField(label="入驻企业", queryset=Residency.objects.none())
    left_on = DateField(label="离开日期")
    outcome = forms.ChoiceField(
        label="结果",
        choices=[("", "请选择"), *(each for each in Residency.Outcome.choices if each[0] != "transferred")],
        help_text="转到区内另一载体的,由区科委登记“转移”,孵化时限连续计算",
    )
    destination = forms.ChoiceField(
        label="毕业去向",
        choices=[("", "不详"), *Residency.Destination.choices[1:]],
        required=False,
        help_text="毕业企业离开时填写",
    )
    destination_place = forms.CharField(label="去向说明", max_length=120, required=False)

    def __init__(self, *args: Any, carrier: Carrier, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_recognise(user, carrier.owner_area.path):
            del self.fields["destination"], self.fields["destination_place"]
        self.fields["residency"].queryset = (
            carrier.residencies.filter(left_on=None).select_related("enterprise").order_by("enterprise__name")
        )
        self.fields["residency"].label_from_instance = tenant_label


def tenant_label(residency: Residency) -> str:
    """A tenant as a person picks it from a list."""
    return f"{residency.enterprise.name}({residency.entered_on:%Y-%m-%d}入驻)"


class QualifyForm(PortalForm):
    """An enterprise of the area obtains a qualification."""

    uscc = forms.CharField(label="统一社会信用代码", max_length=40)
    kind = forms.ModelChoiceField(label="资质", queryset=QualificationKind.objects.order_by("name"))
    certificate = forms.CharField(label="证书或登记编号", max_length=60, required=False)
    basis = forms.CharField(
        label="确认依据", max_length=200, required=False, help_text="以名单确认的资质(如硬科技)填写"
    )
    valid_from = DateField(label="生效日期")
    valid_to = DateField(label="失效日期", required=False, help_text="长期有效的可不填")

    def __init__(self, *args: Any, carrier: Carrier, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def clean_uscc(self) -> str:
        return uscc.normalise(self.cleaned_data["uscc"])


class DesignateForm(PortalForm):
    """A carrier receives a title."""

    title = forms.ModelChoiceField(label="称号", queryset=Title.objects.none())
    awarded_on = DateField(label="认定日期")
    document = forms.CharField(label="认定文号", max_length=120)

    def __init__(self, *args: Any, carrier: Carrier, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Titles of a new regime have no level of their own.
        ranked = Q(level__isnull=False) | Q(ladder__in=Ladder.objects.exclude(counterpart=None).values("code"))
        self.fields["title"].queryset = Title.objects.given_to(carrier).filter(ranked).order_by("level__rank", "name")
