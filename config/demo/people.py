"""The demonstration's people: one account for each of those who live in the portal, plus a second pair of eyes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings

from accounts.models import User
from incubators.access import Role
from incubators.models import Area, Membership, Organisation


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    display_name: str
    role: str
    areas: tuple[str, ...] = ()
    operates: str = ""  # code of the carrier whose operator the person acts for
    email: str = ""  # in a domain that cannot exist, so that no letter of a demonstration arrives anywhere


PEOPLE = (
    Person("staff", "演示·科委工作人员", Role.STAFF, ("sh-jinshan",)),
    Person("reviewer", "演示·科委复核人员", Role.STAFF, ("sh-jinshan",)),
    Person("operator", "演示·载体运营方(华东无人机基地)", Role.OPERATOR, (), "JS001", "operator@example.invalid"),
    Person("expert", "演示·评审专家", Role.EXPERT, ("sh-jinshan",)),
    Person("liaison", "演示·科技联络员", Role.LIAISON, ("sh-jinshan",)),
    Person("leader", "演示·领导", Role.LEADER, ("sh-jinshan", "sh", "yc")),
    Person("auditor", "演示·审计员", Role.AUDITOR, ("sh-jinshan",)),
    Person("admin", "演示·系统管理员", Role.ADMINISTRATOR, ("sh-jinshan",)),
    Person("fx_staff", "演示·奉贤科委工作人员", Role.STAFF, ("sh-fengxian",)),
    Person(
        "fx_operator", "演示·载体运营方(数字江海众创空间)", Role.OPERATOR, (), "FX002", "fx-operator@example.invalid"
    ),
    Person("yc_staff", "演示·盐城科技局工作人员", Role.STAFF, ("yc",)),
)
# Who sees the invented provinces of the national scale; the other scales have none.
NATIONAL = Person("cn_staff", "演示·全国工作人员", Role.STAFF, ("cn",))


def accounts_file() -> Path:
    """Where the names and the password made for this installation are written; readable by its owner only."""
    return Path(settings.VAR_DIR) / "demo-accounts.txt"


def demo_password() -> str:
    """The one password of this installation's demonstration accounts, made at random the first time."""
    path = accounts_file()
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("密码"):
                return line.split(":", 1)[1].strip()
    return secrets.token_urlsafe(9)


def make_people(
    organisations: dict[str, Organisation], *, today: date, people: Sequence[Person] = PEOPLE
) -> dict[str, User]:
    """Create or refresh the accounts and their memberships; returns them by user name."""
    password = demo_password()
    areas = {area.code: area for area in Area.objects.filter(code__in={c for p in people for c in p.areas})}
    users: dict[str, User] = {}
    for person in people:
        user, made = User.objects.get_or_create(
            username=person.username,
            defaults={"display_name": person.display_name, "email": person.email, "is_demonstration": True},
        )
        if made:
            user.set_password(password)
            user.save(update_fields=["password"])
        users[person.username] = user
        places = [{"area": areas[code]} for code in person.areas if code in areas]
        if person.operates and person.operates in organisations:
            places = [{"organisation": organisations[person.operates]}]
        for place in places:
            Membership.objects.get_or_create(
                user=user, role=person.role, **place, defaults={"valid_from": date(today.year - 4, 1, 1)}
            )
    _write_accounts(password, people)
    return users


def _write_accounts(password: str, people: Sequence[Person]) -> None:
    path = accounts_file()
    lines = ["演示账号(合成数据,仅供本机试用)", f"密码: {password}"]
    lines += [f"{person.username:<12}{person.display_name}" for person in people]
    path.touch(mode=0o600, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
