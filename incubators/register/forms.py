"""Forms for events of the register. They clean what was typed; the services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from incubators import uscc
from incubators.models import Carrier, Enterprise, QualificationKind, Residency, Title


class DateField(forms.DateField):
    """A date by the browser's own picker, or typed as 2026-10-08, 2026/10/8, 2026.10.8."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"])
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)


class AdmitForm(forms.Form):
    """A tenant moves in."""

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


class GraduateForm(forms.Form):
    """An incubatee graduates."""

    residency = forms.ModelChoiceField(label="在孵企业", queryset=Residency.objects.none())
    graduated_on = DateField(label="毕业日期")
    ground = forms.ChoiceField(label="毕业依据", choices=[("", "请选择"), *Residency.GraduationGround.choices])
    number = forms.CharField(label="毕业编号", max_length=60, required=False)

    def __init__(self, *args: Any, carrier: Carrier, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["residency"].queryset = (
            carrier.residencies.filter(left_on=None, graduated_on=None, incubating_from__isnull=False)
            .select_related("enterprise")
            .order_by("enterprise__name")
        )
        self.fields["residency"].label_from_instance = _tenant_label


class LeaveForm(forms.Form):
    """A tenant leaves."""

    residency = forms.ModelChoiceField(label="入驻企业", queryset=Residency.objects.none())
    left_on = DateField(label="离开日期")
    outcome = forms.ChoiceField(label="结果", choices=[("", "请选择"), *Residency.Outcome.choices])

    def __init__(self, *args: Any, carrier: Carrier, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["residency"].queryset = (
            carrier.residencies.filter(left_on=None).select_related("enterprise").order_by("enterprise__name")
        )
        self.fields["residency"].label_from_instance = _tenant_label


def _tenant_label(residency: Residency) -> str:
    return f"{residency.enterprise.name}({residency.entered_on:%Y-%m-%d}入驻)"


class QualifyForm(forms.Form):
    """An enterprise of the area obtains a qualification."""

    uscc = forms.CharField(label="统一社会信用代码", max_length=40)
    kind = forms.ModelChoiceField(label="资质", queryset=QualificationKind.objects.order_by("name"))
    certificate = forms.CharField(label="证书或登记编号", max_length=60, required=False)
    basis = forms.CharField(
        label="确认依据", max_length=200, required=False, help_text="以名单确认的资质(如硬科技)填写"
    )
    valid_from = DateField(label="生效日期")
    valid_to = DateField(label="失效日期", required=False, help_text="长期有效的可不填")

    def clean_uscc(self) -> str:
        return uscc.normalise(self.cleaned_data["uscc"])


class DesignateForm(forms.Form):
    """A carrier receives a title."""

    title = forms.ModelChoiceField(label="称号", queryset=Title.objects.none())
    awarded_on = DateField(label="认定日期")
    document = forms.CharField(label="认定文号", max_length=120)

    def __init__(self, *args: Any, carrier: Carrier, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].queryset = (
            Title.objects.filter(Q(carrier_kind=carrier.kind) | Q(carrier_kind="any"), level__isnull=False)
            .select_related("level")
            .order_by("level__rank", "name")
        )
