"""The administrator's pages: who is listed, what one account shows, opening, changing and stopping accounts."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, User
from core.models import Change
from incubators.access import Role
from incubators.models import Membership
from tests.incubators.factories import (
    PASSWORD,
    AreaFactory,
    CarrierFactory,
    OrganisationFactory,
    TownFactory,
    add_membership,
    make_user,
)

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def district():
    return AreaFactory(name="本区")


@pytest.fixture
def admin(district, client):
    user = make_user(Role.ADMINISTRATOR, area=district, username="boss", display_name="王管理")
    client.force_login(user, backend=BACKEND)
    return user


@pytest.fixture
def staff(district):
    return make_user(Role.STAFF, area=district, username="zhang", display_name="张三", phone="13800000001")


def _listed(client, **asked) -> list[str]:
    page = client.get("/people/", asked).content.decode()
    return re.findall(r'<a href="/people/\d+/">([^<]*)</a>', page)


def _new(district, **changes):
    values = {
        "display_name": "李四",
        "username": "li.si",
        "phone": "021-57921234",
        "email": "lisi@example.cn",
        "role": "staff",
        "area": district.code,
        "organisation": "",
        "valid_from": timezone.localdate().isoformat(),
        "valid_to": "",
    }
    return {**values, **changes}


def _secret(answer) -> str:
    return re.search(r'id="one-time-password">([^<]*)<', answer.content.decode()).group(1)


def test_people_of_the_own_areas_are_listed_and_nobody_else(client, admin, district, staff):
    town = TownFactory(parent=district)
    make_user(Role.LIAISON, area=town, display_name="镇上的人")
    CarrierFactory(area=district, operator=(runs := OrganisationFactory()))
    make_user(Role.OPERATOR, organisation=runs, display_name="运营的人")
    registered = OrganisationFactory(area=town)
    make_user(Role.OPERATOR, organisation=registered, display_name="注册在此的人")
    make_user(Role.STAFF, display_name="外区的人")
    make_user(Role.OPERATOR, display_name="外区运营的人")
    assert set(_listed(client)) == {"王管理", "张三", "镇上的人", "运营的人", "注册在此的人"}


def test_who_moved_away_is_seen_there_and_who_left_stays_where_they_were(client, admin, district):
    yesterday = timezone.localdate() - timedelta(days=1)
    left = make_user(Role.STAFF, area=district, display_name="离任的人")
    moved = make_user(Role.STAFF, area=district, display_name="调走的人")
    Membership.objects.update_or_create(user=left, defaults={"valid_to": yesterday})
    Membership.objects.update_or_create(user=moved, defaults={"valid_to": yesterday})
    add_membership(moved, Role.STAFF, area=AreaFactory())
    assert set(_listed(client)) == {"王管理", "离任的人"}
    assert client.get(f"/people/{moved.pk}/").status_code == 404
    assert _listed(client, state="without_role") == ["离任的人"]


def test_role_and_area_speak_of_the_same_membership(client, admin, district, staff):
    east, west = TownFactory(parent=district), TownFactory(parent=district)
    add_membership(staff, Role.EXPERT, area=east)
    make_user(Role.EXPERT, area=west, display_name="西镇专家")
    assert set(_listed(client, role="expert")) == {"张三", "西镇专家"}
    assert _listed(client, role="expert", area=east.code) == ["张三"]
    assert _listed(client, role="staff", area=east.code) == []


@pytest.mark.parametrize("text", ["张", "ZHANG", "0000001"])
def test_search_finds_name_user_name_and_phone(client, admin, staff, district, text):
    make_user(Role.STAFF, area=district, username="other", display_name="别人")
    assert _listed(client, q=text) == ["张三"]


def test_states_are_told_apart(client, admin, district):
    make_user(Role.STAFF, area=district, display_name="停用的", is_active=False)
    make_user(Role.STAFF, area=district, display_name="待改的", must_change_password=True)
    dormant = make_user(Role.STAFF, area=district, display_name="久未登录的", username="dormant")
    User.objects.filter(pk=dormant.pk).update(last_login=timezone.now() - timedelta(days=91))
    for _ in range(5):
        Client().post("/accounts/login/", {"username": "dormant", "password": "wrong"})
    found = {state: set(_listed(client, state=state)) for state in ("inactive", "first_password", "dormant", "locked")}
    assert found == {
        "inactive": {"停用的"},
        "first_password": {"待改的"},
        "dormant": {"久未登录的"},
        "locked": {"久未登录的"},
    }
    page = client.get("/people/").content.decode()
    assert all(word in page for word in ("已停用", "待改密码", "已锁定", "在用"))


def test_order_and_export_follow_the_list(client, admin, staff):
    assert _listed(client, sort="username") == ["王管理", "张三"]
    assert _listed(client, sort="-username") == ["张三", "王管理"]
    answer = client.get("/people/", {"format": "csv", "q": "zhang"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [(row["用户名"], row["角色与范围"], row["状态"]) for row in rows] == [
        ("zhang", "科委工作人员(本区)", "在用")
    ]


def test_an_account_opens_with_a_password_for_one_use(client, admin, district):
    answer = client.post("/people/new/", _new(district))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    secret = _secret(answer)
    person = User.objects.get(username="li.si")
    assert person.check_password(secret)
    assert (str(person), person.phone, person.must_change_password) == ("李四", "021-57921234", True)
    entered = Client()
    entered.post("/accounts/login/", {"username": "li.si", "password": secret})
    assert entered.get("/carriers/")["Location"] == "/accounts/password/"
    lines = Change.objects.order_by("id").values_list("action", "actor_id", "actor_name")
    assert list(lines) == [("开设账号", admin.pk, "王管理"), ("授予任职", admin.pk, "王管理")]
    assert secret not in str(list(Change.objects.values_list("before", "after", "reason")))
    assert secret not in client.get(f"/people/{person.pk}/").content.decode()


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"username": "ZHANG"}, "username", "这个用户名已有人使用"),
        ({"username": "张三"}, "username", "小写字母开头"),
        ({"phone": "12345"}, "phone", "请填11位手机号"),
        ({"email": "lisi@"}, "email", "邮箱地址不完整"),
        ({"role": "operator", "area": ""}, "organisation", "载体运营方须选择运营机构"),
        ({"area": ""}, "area", "科委工作人员须选择区域"),
        ({"valid_from": "2020-01-01"}, "valid_from", "起始日期不能早于今天"),
        ({"valid_to": "2020-01-01"}, "valid_to", "终止日期不能早于起始日期"),
        ({"display_name": ""}, "display_name", "请填姓名"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_stays_typed(client, admin, staff, district, changes, field, sentence):
    answer = client.post("/people/new/", _new(district, **changes))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page.split(f'id="id_{field}_error"')[1].split("</div>")[0]
    assert 'value="lisi@' in page
    assert User.objects.count() == 2
    assert not Change.objects.exists()


def test_places_outside_the_own_areas_cannot_be_chosen(client, admin, district):
    page = client.get("/people/new/").content.decode()
    foreign, operator = AreaFactory(), OrganisationFactory()
    assert foreign.name not in page
    for changes in ({"area": foreign.code}, {"role": "operator", "area": "", "organisation": operator.code}):
        assert client.post("/people/new/", _new(district, **changes)).status_code == 422
    assert not User.objects.filter(username="li.si").exists()


def test_contact_is_edited_with_what_it_was_before(client, admin, staff):
    data = {"display_name": "张三丰", "phone": "１３８ 0000 0002", "email": ""}
    assert client.post(f"/people/{staff.pk}/edit/", data).status_code == 302
    staff.refresh_from_db()
    assert (staff.display_name, staff.phone, staff.username) == ("张三丰", "13800000002", "zhang")
    line = Change.objects.get()
    assert line.before == {"display_name": "张三", "phone": "13800000001"}
    assert line.after == {"display_name": "张三丰", "phone": "13800000002"}
    page = client.get(f"/people/{staff.pk}/").content.decode()
    assert "姓名:张三 → 张三丰" in page
    client.post(f"/people/{staff.pk}/edit/", data)
    assert Change.objects.count() == 1, "nothing changed, nothing is recorded"


def _act(client, person, action, reason="岗位调整"):
    return client.post(f"/people/{person.pk}/{action}/", {"reason": reason})


def test_a_stopped_account_is_out_at_once_and_its_tokens_stay_stopped(client, admin, staff):
    _, secret = ApiToken.issue(user=staff, name="平台")
    inside = Client()
    inside.force_login(staff, backend=BACKEND)
    headers = {"Authorization": f"Bearer {secret}"}
    assert inside.get("/carriers/").status_code == 200
    assert Client().get("/api/v1/carriers/", headers=headers).status_code == 200
    assert _act(client, staff, "deactivate").status_code == 302
    assert inside.get("/carriers/")["Location"].startswith("/accounts/login/")
    assert Client().post("/accounts/login/", {"username": "zhang", "password": PASSWORD}).status_code == 200
    line = Change.objects.filter(record_label="accounts.user").get()
    assert (line.action, line.actor_id, line.reason) == ("停用账号", admin.pk, "岗位调整")
    assert _act(client, staff, "reactivate").status_code == 302
    assert Client().post("/accounts/login/", {"username": "zhang", "password": PASSWORD}).status_code == 302
    assert Client().get("/api/v1/carriers/", headers=headers).status_code == 401


def test_a_reset_password_ends_sessions_and_lifts_the_lock(client, admin, staff):
    inside = Client()
    inside.force_login(staff, backend=BACKEND)
    for _ in range(5):
        Client().post("/accounts/login/", {"username": "zhang", "password": "wrong"})
    secret = _secret(_act(client, staff, "reset-password"))
    assert inside.get("/carriers/").status_code == 302
    entered = Client()
    assert entered.post("/accounts/login/", {"username": "zhang", "password": PASSWORD}).status_code == 200
    assert entered.post("/accounts/login/", {"username": "zhang", "password": secret}).status_code == 302
    assert entered.get("/carriers/")["Location"] == "/accounts/password/"


def test_a_locked_account_is_shown_and_opened_again(client, admin, staff):
    for _ in range(5):
        locked = Client().post("/accounts/login/", {"username": "zhang", "password": "wrong"})
    assert locked.status_code == 429
    assert "已锁定" in client.get(f"/people/{staff.pk}/").content.decode()
    assert _act(client, staff, "unlock").status_code == 302
    assert Client().post("/accounts/login/", {"username": "zhang", "password": PASSWORD}).status_code == 302
    assert Change.objects.get().action == "解除锁定"
    again = _act(client, staff, "unlock")
    assert (again.status_code, "账号没有被锁定" in again.content.decode()) == (422, True)


def test_a_reason_is_asked_for(client, admin, staff):
    for action in ("deactivate", "reset-password"):
        assert _act(client, staff, action, "").status_code == 422
    staff.refresh_from_db()
    assert staff.is_active
    assert staff.check_password(PASSWORD)
    assert client.get(f"/people/{staff.pk}/explode/").status_code == 404


def test_a_token_is_stopped_and_only_by_post(client, admin, staff):
    token, secret = ApiToken.issue(user=staff, name="市级平台")
    page = client.get(f"/people/{staff.pk}/").content.decode()
    assert "市级平台" in page
    assert secret not in page
    address = f"/people/{staff.pk}/tokens/{token.pk}/revoke/"
    assert client.get(address).status_code == 405
    assert client.post(f"/people/{admin.pk}/tokens/{token.pk}/revoke/").status_code == 404
    assert client.post(address).status_code == 302
    assert Client().get("/api/v1/carriers/", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert "停用令牌" in client.get(f"/people/{staff.pk}/").content.decode()
    assert "令牌已经停用" in client.post(address, follow=True).content.decode()


def test_an_administrator_does_not_touch_the_own_account_beyond_contact(client, admin, district):
    for action in ("deactivate", "reset-password"):
        assert _act(client, admin, action).status_code == 403
    data = {"role": "auditor", "area": district.code, "valid_from": timezone.localdate().isoformat()}
    assert client.post(f"/people/{admin.pk}/roles/new/", data).status_code == 403
    own = admin.memberships.get()
    ending = {"last_day": timezone.localdate().isoformat(), "reason": "x"}
    assert client.post(f"/people/{admin.pk}/roles/{own.pk}/end/", ending).status_code == 403
    page = client.get(f"/people/{admin.pk}/").content.decode()
    assert "不能改变自己的任职" in page
    assert "roles/new" not in page
    admin.refresh_from_db()
    own.refresh_from_db()
    assert (admin.is_active, own.valid_to, admin.memberships.count()) == (True, None, 1)
    assert client.post(f"/people/{admin.pk}/edit/", {"display_name": "王管理员"}).status_code == 302


def test_whoever_also_serves_elsewhere_keeps_password_and_state(client, admin, staff, district):
    """Otherwise an administrator of a district would take over the account of someone with wider rights."""
    elsewhere = add_membership(staff, Role.STAFF, area=AreaFactory(name="外区"))
    page = client.get(f"/people/{staff.pk}/").content.decode()
    assert "此人在您管理的区域之外也有任职" in page
    assert "外区" not in page
    for action in ("deactivate", "reset-password", "unlock"):
        assert _act(client, staff, action).status_code == 403
    assert client.post(f"/people/{staff.pk}/edit/", {"display_name": "x"}).status_code == 403
    assert client.get(f"/people/{staff.pk}/roles/{elsewhere.pk}/end/").status_code == 404
    staff.refresh_from_db()
    assert staff.check_password(PASSWORD)
    Membership.objects.filter(pk=elsewhere.pk).update(valid_to=timezone.localdate() - timedelta(days=1))
    assert _act(client, staff, "deactivate").status_code == 302


def test_people_of_another_district_do_not_exist(client, admin):
    stranger = make_user(Role.STAFF)
    token, _ = ApiToken.issue(user=stranger, name="x")
    membership = stranger.memberships.get()
    base = f"/people/{stranger.pk}/"
    for address in ("", "edit/", "deactivate/", "reset-password/", "roles/new/", f"roles/{membership.pk}/end/"):
        assert client.get(base + address).status_code == 404, address
        assert client.post(base + address, {"reason": "x"}).status_code in {404, 405}, address
    assert client.post(f"{base}tokens/{token.pk}/revoke/").status_code == 404
    stranger.refresh_from_db()
    assert stranger.is_active


def test_the_front_door_leads_here(client, admin):
    assert client.get("/")["Location"] == "/people/"
