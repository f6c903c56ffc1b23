"""``create_administrator``: the account from which all others follow, in a new installation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.permits import Refused
from incubators.models import Area
from incubators.people.services import create_first_administrator


class Command(BaseCommand):
    help = "开设一个系统管理员账号,显示一次性密码;其余账号由其在“人员与权限”中开设"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="用户名")
        parser.add_argument("name", help="姓名")
        parser.add_argument("area", help="管理的区域代码,如 sh-jinshan")

    def handle(self, *args: Any, username: str, name: str, area: str, **options: Any) -> None:
        place = Area.objects.filter(code=area).first()
        if place is None:
            raise CommandError(f"没有代码为“{area}”的区域")
        try:
            person, password = create_first_administrator(username=username, display_name=name, area=place)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"已开设 {person.username}({place.name}系统管理员)")
        self.stdout.write(f"一次性密码:{password}  首次登录须修改")
