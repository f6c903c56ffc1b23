"""Roles given and ended: duties that must be apart, dates that are not rewritten, places within the own areas."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from core.models import Change
from core.permits import NotPermitted, Refused
from incubators.access import Role
from incubators.models import Membership
from incubators.people import services
from incubators.scope import Scope
from tests.incubators.factories import AreaFactory, OrganisationFactory, TownFactory, add_membership, make_user

pytestmark = pytest.mark.django_db
BUSINESS = (Role.STAFF, Role.LIAISON, Role.OPERATOR, Role.EXPERT, Role.LEADER)


@pytest.fixture
def district():
    return AreaFactory(name="本区")


@pytest.fixture
def admin(district):
    return make_user(Role.ADMINISTRATOR, area=district)


@pytest.fixture
def operator(district):
    return OrganisationFactory(area=district)


def _day(days: int):
    return timezone.localdate() + timedelta(days=days)


def _grant(admin, person, role, place, start: int = 0, end: int | None = None) -> Membership:
    where = {"organisation": place} if role == Role.OPERATOR else {"area": place}
    return services.grant(
        user=admin,
        person=person,
        role=role,
        valid_from=_day(start),
        valid_to=None if end is None else _day(end),
        **where,
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (first, second)
        for first, other in ((Role.ADMINISTRATOR, Role.AUDITOR), (Role.AUDITOR, Role.ADMINISTRATOR))
        for second in (*BUSINESS, other)
    ],
)
def test_administrator_auditor_and_business_never_meet_in_one_person(admin, district, operator, first, second):
    person = make_user(first, area=district)
    with pytest.raises(Refused) as caught:
        _grant(admin, person, second, operator if second == Role.OPERATOR else district)
    sentence = caught.value.errors["role"][0]
    assert "系统管理员、审计员和业务角色须由不同的人担任" in sentence
    assert Role(first).label in sentence
    assert person.memberships.count() == 1


@pytest.mark.parametrize("first", BUSINESS)
@pytest.mark.parametrize("second", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_nor_the_other_way_round(admin, district, operator, first, second):
    person = make_user(first, **({"organisation": operator} if first == Role.OPERATOR else {"area": district}))
    with pytest.raises(Refused, match="须由不同的人担任"):
        _grant(admin, person, second, district)


def test_a_role_outside_the_administrators_sight_counts_too(admin, district):
    person = make_user(Role.AUDITOR, area=district)
    Membership.objects.filter(user=person).update(valid_to=_day(-1))
    add_membership(person, Role.STAFF, area=AreaFactory())
    # The person works elsewhere now; the service is asked by someone who once saw them.
    with pytest.raises(NotPermitted, match="此人不在您管理的区域"):
        _grant(admin, person, Role.AUDITOR, district)
    add_membership(person, Role.LEADER, area=district)
    with pytest.raises(Refused, match="须由不同的人担任"):
        _grant(admin, person, Role.AUDITOR, district)


def test_business_roles_may_meet(admin, district, operator):
    person = make_user(Role.STAFF, area=district)
    _grant(admin, person, Role.EXPERT, district)
    _grant(admin, person, Role.OPERATOR, operator)
    assert Scope.of(User.objects.get(pk=person.pk)).roles == {"staff", "expert", "operator"}


def test_duties_may_follow_each_other_but_not_share_a_day(admin, district):
    person = make_user(Role.STAFF, area=district)
    Membership.objects.filter(user=person).update(valid_to=_day(10))
    with pytest.raises(Refused):
        _grant(admin, person, Role.AUDITOR, district, start=10)
    _grant(admin, person, Role.AUDITOR, district, start=11)
    with pytest.raises(Refused):
        _grant(admin, person, Role.ADMINISTRATOR, district, start=5, end=20)
    assert person.memberships.count() == 2


def test_the_same_role_twice_is_refused(admin, district):
    person = make_user(Role.STAFF, area=district)
    with pytest.raises(Refused, match="此人在本区已是科委工作人员"):
        _grant(admin, person, Role.STAFF, district)
    _grant(admin, person, Role.STAFF, TownFactory(parent=district))


def test_nothing_is_granted_backwards_or_outside(admin, district):
    person = make_user(Role.STAFF, area=district)
    with pytest.raises(Refused) as caught:
        _grant(admin, person, Role.EXPERT, district, start=-1)
    assert "valid_from" in caught.value.errors
    with pytest.raises(Refused, match="这个区域不在您的管理范围内"):
        _grant(admin, person, Role.EXPERT, AreaFactory())
    with pytest.raises(Refused, match="这个单位不在您的管理范围内"):
        _grant(admin, person, Role.OPERATOR, OrganisationFactory())


def test_only_administrators_grant(district):
    staff, person = make_user(Role.STAFF, area=district), make_user(Role.EXPERT, area=district)
    with pytest.raises(NotPermitted, match="只有系统管理员可以管理账号"):
        _grant(staff, person, Role.LEADER, district)
    with pytest.raises(NotPermitted):
        services.deactivate(user=staff, person=person, reason="x")
    person.refresh_from_db()
    assert person.is_active


def test_an_administrator_of_a_town_grants_nothing_in_the_district(district):
    town = TownFactory(parent=district)
    local = make_user(Role.ADMINISTRATOR, area=town)
    person = make_user(Role.STAFF, area=town)
    with pytest.raises(Refused, match="不在您的管理范围内"):
        _grant(local, person, Role.LEADER, district)
    above = make_user(Role.STAFF, area=district)
    with pytest.raises(NotPermitted):
        services.reset_password(user=local, person=above, reason="x")


def _end(admin, row, days: int) -> None:
    services.end_membership(user=admin, membership=row, last_day=_day(days), reason="离任")


def test_a_role_ended_yesterday_no_longer_counts_and_history_stays(client, admin, district):
    person = make_user(Role.STAFF, area=district)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/carriers/").status_code == 200
    row = person.memberships.get()
    _end(admin, row, -1)
    assert client.get("/carriers/").status_code == 403
    line = Change.objects.get(action="终止任职")
    assert (line.before, line.after) == ({"valid_to": None}, {"valid_to": _day(-1).isoformat()})
    assert (line.reason, line.actor_id) == ("离任", admin.pk)
    with pytest.raises(Refused, match="只能提前"):
        _end(admin, row, 3)


def test_days_lived_in_a_role_are_not_rewritten(admin, district):
    person = make_user(Role.STAFF, area=district)
    Membership.objects.filter(user=person).update(valid_from=_day(-100))
    with pytest.raises(Refused, match="不能早于昨天"):
        _end(admin, person.memberships.get(), -2)
    assert person.memberships.get().valid_to is None


def test_a_role_given_by_mistake_is_taken_back(admin, district):
    person = make_user(Role.STAFF, area=district)
    row = _grant(admin, person, Role.LEADER, district)
    _end(admin, row, -1)
    assert [held.role for held in person.memberships.all()] == ["staff"]
    line = Change.objects.get(action="撤回任职")
    assert line.record_id == str(person.pk)
    assert "领导,本区" in line.before["任职"]


def test_pages_grant_and_end_and_tell_the_reason_at_the_field(client, admin, district):
    person = make_user(Role.AUDITOR, area=district)
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    data = {"role": "staff", "area": district.code, "valid_from": _day(0).isoformat()}
    refused = client.post(f"/people/{person.pk}/roles/new/", data)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "须由不同的人担任" in page.split('id="id_role_error"')[1].split("</div>")[0]
    assert '<option value="staff" selected>' in page
    row = person.memberships.get()
    ended = client.post(
        f"/people/{person.pk}/roles/{row.pk}/end/", {"last_day": _day(-1).isoformat(), "reason": "转岗"}
    )
    assert ended.status_code == 302
    done = client.post(f"/people/{person.pk}/roles/new/", data, follow=True).content.decode()
    assert "已授予:科委工作人员(本区)" in done
    assert "授予任职" in done
    assert "转岗" in done


def test_the_first_administrator_comes_from_the_command_line(district, capsys):
    call_command("create_administrator", "root.admin", "李管理", district.code)
    secret = capsys.readouterr().out.split("一次性密码:")[1].split()[0]
    person = User.objects.get(username="root.admin")
    assert person.check_password(secret)
    assert person.must_change_password
    assert Scope.of(person).manage_paths == (district.path,)
    with pytest.raises(CommandError, match="没有代码为“nowhere”的区域"):
        call_command("create_administrator", "x.admin", "x", "nowhere")
    with pytest.raises(CommandError, match="这个用户名已有人使用"):
        call_command("create_administrator", "Root.Admin", "x", district.code)
