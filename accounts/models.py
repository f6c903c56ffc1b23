"""People and the tokens of their programs. What a person may do is decided above, by memberships."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

PHONE_FORMAT = RegexValidator(
    r"^(1\d{10}|0\d{2,3}-?\d{7,8}(-\d{1,6})?)$", "请填11位手机号,或带区号的固定电话,如021-57921234"
)


class User(AbstractUser):
    """A named person. Accounts are never shared and never deleted, only deactivated."""

    display_name = models.CharField("姓名", max_length=60, blank=True)
    phone = models.CharField("电话", max_length=20, blank=True, validators=[PHONE_FORMAT])
    must_change_password = models.BooleanField(
        "须先修改密码", default=False, help_text="密码由管理员给出,本人修改之前只能打开修改密码的页面"
    )
    is_demonstration = models.BooleanField("演示账号", default=False)

    class Meta:
        verbose_name = "用户"
        ordering = ["username"]

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        return str(self)


def token_digest(secret: str) -> str:
    """What is stored of a token: the secret itself is shown once and never kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiToken(models.Model):
    """Lets a program act as a person over REST, until revoked or expired."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens", verbose_name="用户")
    name = models.CharField("用途", max_length=100)
    prefix = models.CharField("前几位", max_length=8)
    digest = models.CharField("摘要", max_length=64, unique=True)
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    expires_at = models.DateTimeField("到期时间", null=True, blank=True)
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)
    last_used_on = models.DateField("最近使用", null=True, blank=True)

    class Meta:
        verbose_name = "接口令牌"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name}({self.prefix}…)"

    @classmethod
    def issue(cls, *, user: User, name: str, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
        """Make a token; returns the row and the secret, which cannot be read again."""
        secret = secrets.token_urlsafe(32)
        token = cls.objects.create(
            user=user, name=name, prefix=secret[:6], digest=token_digest(secret), expires_at=expires_at
        )
        return token, secret

    def is_valid(self) -> bool:
        """Not revoked, not expired, of an active person."""
        in_time = self.expires_at is None or self.expires_at > timezone.now()
        return self.revoked_at is None and in_time and self.user.is_active
