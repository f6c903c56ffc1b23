"""What a password must be beyond Django's own rules, and the one-time passwords that an administrator hands over."""

from __future__ import annotations

import secrets
import string
from typing import Any

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError

KINDS_NEEDED = 3
# Without what is mistaken for something else when read aloud or from paper.
_READABLE = "abcdefghjkmnpqrstuvwxyz" + "ABCDEFGHJKLMNPQRSTUVWXYZ" + "23456789"
_GROUPS, _GROUP = 3, 4


class LengthValidator(MinimumLengthValidator):
    """Django's rule, whose sentence has no Chinese translation."""

    def get_error_message(self) -> str:
        return f"密码至少{self.min_length}个字符。"

    def get_help_text(self) -> str:
        return self.get_error_message()


class CharacterKindsValidator:
    """A password mixes at least three of: small letters, capital letters, digits, other characters."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ``ValidationError`` with a Chinese sentence unless enough kinds are there."""
        kinds = {
            "lower" if sign.islower() else "upper" if sign.isupper() else "digit" if sign.isdigit() else "other"
            for sign in password
        }
        if len(kinds) < KINDS_NEEDED:
            raise ValidationError(self.get_help_text(), code="password_too_uniform")

    def get_help_text(self) -> str:
        return "密码须含大写字母、小写字母、数字、其他符号中的至少三种。"


def one_time_password() -> str:
    """A random password of three readable groups, e.g. ``kf7m-Qp3x-8wzt``; fits every rule for passwords."""
    while True:
        groups = ["".join(secrets.choice(_READABLE) for _ in range(_GROUP)) for _ in range(_GROUPS)]
        password = "-".join(groups)
        if all(any(sign in kind for sign in password) for kind in (string.ascii_letters, string.digits)):
            return password
