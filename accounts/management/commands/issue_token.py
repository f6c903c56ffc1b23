"""``issue_token``: lets a program act as a person over REST. The token is shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import ApiToken, User
from core.trail import COMMAND_LINE, record


class Command(BaseCommand):
    help = "为某用户签发接口令牌;令牌只显示这一次"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="用户名")
        parser.add_argument("purpose", help="用途,如“市级数据平台”")
        parser.add_argument("--days", type=int, default=365, help="有效天数(默认365)")

    def handle(self, *args: Any, username: str, purpose: str, days: int, **options: Any) -> None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"没有名为“{username}”的在用账号")
        expires_at = timezone.now() + timedelta(days=days)
        with transaction.atomic():
            token, secret = ApiToken.issue(user=user, name=purpose, expires_at=expires_at)
            record(actor=COMMAND_LINE, action="签发令牌", target=token, after={"user": user, "expires_at": expires_at})
        self.stdout.write(secret)
