"""Forms of accounts and roles. They clean what was typed; the services decide."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone

from accounts.models import PHONE_FORMAT
from core.forms import DateField, PortalForm
from incubators.access import Role
from incubators.models import Area, Organisation
from incubators.people import selectors
from incubators.scope import Scope

USERNAME_FORMAT = RegexValidator(
    r"^[a-z][a-z0-9._-]{2,29}$", "3至30位,小写字母开头,只含小写字母、数字、点、下划线和连字符"
)


def half_width(text: str) -> str:
    """What an input method typed in full width, as plain characters, without blanks around it."""
    return unicodedata.normalize("NFKC", text).strip()


class _AreaField(forms.ModelChoiceField):
    """Areas drawn as a tree: those further down are set in."""

    depth = 99

    def label_from_instance(self, obj: Area) -> str:
        return "\u3000" * max(0, obj.path.count("/") - self.depth) + obj.name


class ContactForm(PortalForm):
    """A person's name and how to reach them."""

    display_name = forms.CharField(label="姓名", max_length=60)
    phone = forms.CharField(
        label="电话",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label="电子邮箱",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": "邮箱地址不完整,如 zhang@example.cn"},
    )

    def clean_phone(self) -> str:
        phone = half_width(self.cleaned_data["phone"]).replace(" ", "")
        if phone:
            PHONE_FORMAT(phone)
        return phone


class RoleForm(PortalForm):
    """A role, where, and from when to when."""

    role = forms.ChoiceField(label="角色", choices=[("", "请选择"), *Role.choices])
    area = _AreaField(
        label="区域",
        queryset=Area.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="请选择",
        help_text="载体运营方以外的角色填写;包括其下级区域",
    )
    organisation = forms.ModelChoiceField(
        label="运营机构",
        queryset=Organisation.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="请选择",
        help_text="只有载体运营方填写",
    )
    valid_from = DateField(label="起始日期", help_text="不早于今天")
    valid_to = DateField(label="终止日期", required=False, help_text="当天仍有效;长期任职可不填")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].wide = True
        paths = Scope.of(user).manage_paths
        self.fields["area"].queryset = selectors.areas(user)
        self.fields["area"].depth = min((path.count("/") for path in paths), default=99)
        self.fields["organisation"].queryset = selectors.organisations(user)
        self.fields["valid_from"].initial = timezone.localdate

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        role = data.get("role")
        needed, other = ("organisation", "area") if role == Role.OPERATOR else ("area", "organisation")
        if role and not data.get(needed) and needed not in self.errors:
            self.add_error(needed, f"{Role(role).label}须选择{self.fields[needed].label}")
        if role and data.get(other):
            self.add_error(other, f"{Role(role).label}不填{self.fields[other].label}")
        return data


class CreateForm(RoleForm, ContactForm):
    """An account with its first role."""

    username = forms.CharField(
        label="用户名",
        max_length=40,
        help_text="登录用,开设后不能改",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    field_order = (
        "display_name",
        "username",
        "phone",
        "email",
        "role",
        "area",
        "organisation",
        "valid_from",
        "valid_to",
    )

    def clean_username(self) -> str:
        username = half_width(self.cleaned_data["username"]).lower()
        USERNAME_FORMAT(username)
        return username


class EndForm(PortalForm):
    """When a role ends, and why."""

    last_day = DateField(label="最后一天")
    reason = forms.CharField(
        label="原因", max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="写入变更记录"
    )


class ReasonForm(PortalForm):
    """Why something is done to an account."""

    reason = forms.CharField(
        label="原因", max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="写入变更记录"
    )
