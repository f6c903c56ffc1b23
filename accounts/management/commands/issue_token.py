"""``issue_token``: lets a program act as a person over REST. The token is shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from accounts.services import USUAL_DAYS, issue_token
from core.permits import Refused
from core.trail import COMMAND_LINE


class Command(BaseCommand):
    help = "为某用户签发接口令牌;令牌只显示这一次"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="用户名")
        parser.add_argument("purpose", help="用途,如“市级数据平台”")
        parser.add_argument("--days", type=int, default=USUAL_DAYS, help=f"有效天数(默认{USUAL_DAYS})")

    def handle(self, *args: Any, username: str, purpose: str, days: int, **options: Any) -> None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"没有名为“{username}”的在用账号")
        last_day = timezone.localdate() + timedelta(days=days)
        try:
            _, secret = issue_token(actor=COMMAND_LINE, user=user, name=purpose, last_day=last_day)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(secret)
