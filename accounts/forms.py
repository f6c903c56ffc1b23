"""The forms of signing in and of one's own password, in the words of this portal."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import PasswordChangeForm


class OwnPasswordForm(PasswordChangeForm):
    """Django's form with its checks; a new password that equals the old one is no change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"old_password": "现在的密码", "new_password1": "新密码", "new_password2": "再输一次新密码"}
        for name, label in labels.items():
            self.fields[name].label = label
            self.fields[name].help_text = ""

    def clean_new_password1(self) -> str:
        password: str = self.cleaned_data["new_password1"]
        if password and self.user.check_password(password):
            self.add_error("new_password1", "新密码不能与现在的密码相同")
        return password

    def validate_password_for_user(self, user: Any, password_field_name: str = "") -> None:
        """What is wrong with the new password stands where it was typed first, not at its repetition."""
        super().validate_password_for_user(user, "new_password1")
