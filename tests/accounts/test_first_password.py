"""One-time passwords, rules for passwords, and sessions left alone, all through the pages."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from accounts.middleware import ENTERED, SEEN
from accounts.models import ApiToken
from accounts.passwords import one_time_password
from core.models import Change
from incubators.access import Role
from tests.incubators.factories import make_user

pytestmark = pytest.mark.django_db
GIVEN, NEW = "kf7m-Qp3x-8wzt", "Liang-tian-90517"
PASSWORD_PAGE = "/accounts/password/"


@pytest.fixture
def newcomer():
    user = make_user(Role.STAFF, username="newcomer", display_name="新来的人", must_change_password=True)
    user.set_password(GIVEN)
    user.save()
    return user


def _enter(username: str, password: str) -> Client:
    client = Client()
    assert client.post("/accounts/login/", {"username": username, "password": password}).status_code == 302
    return client


def _change(client: Client, new: str, *, old: str = GIVEN, again: str | None = None):
    data = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    return client.post(PASSWORD_PAGE, data)


def test_until_it_is_changed_only_the_password_page_opens(newcomer):
    client = _enter("newcomer", GIVEN)
    for address in ("/", "/carriers/", "/jobs/", "/plans/"):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (302, PASSWORD_PAGE), address
    assert client.post("/carriers/").status_code == 302
    api = client.get("/api/v1/carriers/")
    assert (api.status_code, api.json()["title"]) == (403, "请先修改密码")
    page = client.get(PASSWORD_PAGE).content.decode()
    assert "您现在用的是管理员给的一次性密码" in page
    assert "科创载体</span></a>" not in page.split("<main")[0].split("nav-section", 1)[-1], "the navigation is empty"


def test_after_changing_it_everything_opens_and_the_trail_says_so(newcomer):
    client = _enter("newcomer", GIVEN)
    assert _change(client, NEW).status_code == 302
    assert client.get("/carriers/").status_code == 200
    newcomer.refresh_from_db()
    assert newcomer.check_password(NEW)
    assert not newcomer.must_change_password
    line = Change.objects.get(record_label="accounts.user")
    assert (line.action, line.actor_id, line.before, line.after) == ("首次修改密码", newcomer.pk, {}, {})


def test_signing_out_stays_possible(newcomer):
    client = _enter("newcomer", GIVEN)
    assert client.post("/accounts/logout/").status_code == 302
    assert client.get("/carriers/")["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (GIVEN, "新密码不能与现在的密码相同"),
        ("Ab3-x", "密码至少10个字符。"),
        ("liangtianliang", "密码须含大写字母、小写字母、数字、其他符号中的至少三种。"),
        ("Newcomer-2026", "密码跟 用户名 太相似了。"),
        ("新来的人12-", "密码跟 姓名 太相似了。"),
    ],
)
def test_a_weak_password_is_refused_in_chinese_and_nothing_changes(newcomer, new, sentence):
    client = _enter("newcomer", GIVEN)
    answer = _change(client, new)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert sentence in page
    errors = re.sub(r"<[^>]+>", "", page.split("data-focus>")[1].split("</ul>")[0])
    assert "再输一次" not in errors, "it stands where the password was typed first"
    assert not re.search(r"[a-z]{4,}", errors), "every word is Chinese"
    newcomer.refresh_from_db()
    assert newcomer.check_password(GIVEN)
    assert newcomer.must_change_password


def test_a_mistyped_repetition_is_said_at_its_field(newcomer):
    assert "两次输入的新密码不一样" in _change(_enter("newcomer", GIVEN), NEW, again=NEW + "x").content.decode()


def test_a_change_ends_the_other_sessions_of_the_person(newcomer):
    here, elsewhere = _enter("newcomer", GIVEN), _enter("newcomer", GIVEN)
    _change(here, NEW)
    assert here.get("/carriers/").status_code == 200
    assert elsewhere.get("/carriers/")["Location"].startswith("/accounts/login/")


def test_a_token_goes_on_working(newcomer):
    _, secret = ApiToken.issue(user=newcomer, name="平台", expires_at=timezone.now() + timedelta(days=1))
    answer = Client().get("/api/v1/carriers/", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200


def test_one_time_passwords_differ_and_can_be_read_aloud():
    made = {one_time_password() for _ in range(50)}
    assert len(made) == 50
    assert not any(re.search(r"[01IlOo]", password) for password in made)
    assert all(re.fullmatch(r"(\w{4}-){2}\w{4}", password) for password in made)


def _age(client: Client, seconds: int, clock: str = SEEN) -> None:
    session = client.session
    session[clock] = int(time.time()) - seconds
    session.save()


def test_a_session_nobody_used_ends_and_says_why(newcomer, settings):
    client = _enter("newcomer", GIVEN)
    _change(client, NEW)
    _age(client, settings.SESSION_IDLE_SECONDS + 5)
    answer = client.get("/carriers/", follow=True)
    assert answer.redirect_chain[0][0].startswith("/accounts/login/")
    assert "超过30分钟没有操作,已自动退出" in answer.content.decode()
    assert client.get("/carriers/").status_code == 302


def test_a_session_in_use_goes_on(newcomer, settings):
    client = _enter("newcomer", GIVEN)
    _change(client, NEW)
    _age(client, settings.SESSION_IDLE_SECONDS - 60)
    assert client.get("/carriers/").status_code == 200
    assert time.time() - client.session[SEEN] < 30, "the time counts from here anew"


def test_a_session_ends_after_its_time_however_much_it_is_used(newcomer, settings):
    client = _enter("newcomer", GIVEN)
    _change(client, NEW)
    _age(client, settings.SESSION_COOKIE_AGE + 5, ENTERED)
    answer = client.get("/carriers/", follow=True)
    assert "本次登录已到时限" in answer.content.decode()
    assert answer.redirect_chain[0][0].startswith("/accounts/login/")


def test_failed_sign_in_does_not_tell_whether_the_name_exists(newcomer):
    newcomer.is_active = False
    newcomer.save()
    get_user_model().objects.create_user("other", password=GIVEN)
    wrong = {
        name: Client().post("/accounts/login/", {"username": name, "password": password}).content.decode()
        for name, password in (("newcomer", GIVEN), ("other", "x"), ("ghost", "x"))
    }
    words = {re.search(r'class="note-text">([^<]*)<', page).group(1).strip() for page in wrong.values()}
    assert len(words) == 1
