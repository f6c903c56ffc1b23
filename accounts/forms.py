"""The forms of signing in and of one's own password, in the words of this portal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm

from accounts.models import ApiToken
from accounts.services import usual_last_day
from core.forms import DateField, PortalForm, Spoken


class SignInForm(Spoken, AuthenticationForm):
    """Django's form; what is wrong is said without telling which of the two it was."""

    error_messages = {
        "invalid_login": "用户名或密码不对,请核对大小写后再试",
        "inactive": "这个账号已停用,请联系本单位管理员",
    }


class OwnPasswordForm(Spoken, PasswordChangeForm):
    """Django's form with its checks; a new password that equals the old one is no change."""

    empties = True
    error_messages = {
        "password_incorrect": "现在的密码不对,请再输一次",
        "password_mismatch": "两次输入的新密码不一样,请再输一次",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"old_password": "现在的密码", "new_password1": "新密码", "new_password2": "再输一次新密码"}
        for name, label in labels.items():
            self.fields[name].label = label
            self.fields[name].help_text = ""
            # Said as it is felt: the label of the third is a request itself.
            self.fields[name].error_messages["required"] = f"请{label}" if name == "new_password2" else f"请填{label}"

    def clean_new_password1(self) -> str:
        password: str = self.cleaned_data["new_password1"]
        if password and self.user.check_password(password):
            self.add_error("new_password1", "新密码不能与现在的密码相同")
        return password

    def validate_password_for_user(self, user: Any, password_field_name: str = "") -> None:
        """What is wrong with the new password stands where it was typed first, not at its repetition."""
        super().validate_password_for_user(user, "new_password1")


class TokenForm(PortalForm):
    """What a token is for and how long it lasts; the service decides how long that may be."""

    name = forms.CharField(
        label="用途",
        max_length=ApiToken._meta.get_field("name").max_length,
        help_text="写明哪个程序、谁在用,如“市级数据平台 李工”",
    )
    last_day = DateField(label="到期日期", initial=usual_last_day, help_text="当天仍有效;最长两年")
