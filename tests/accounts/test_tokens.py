"""Tokens over HTTP: they act as their owner, and stop when revoked, expired or when the owner leaves."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken
from core.models import Change
from incubators.access import Role
from tests.incubators.factories import CarrierFactory, make_user

pytestmark = pytest.mark.django_db


def _get(secret: str):
    return Client().get("/api/v1/carriers/", headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def issued():
    carrier = CarrierFactory()
    CarrierFactory()
    user = make_user(Role.STAFF, area=carrier.area, username="client")
    out = StringIO()
    call_command("issue_token", "client", "测试平台", stdout=out)
    return user, carrier, out.getvalue().strip()


def test_a_token_reads_what_its_owner_may_see(issued):
    _, carrier, secret = issued
    answer = _get(secret)
    assert answer.status_code == 200
    assert [row["code"] for row in answer.json()["results"]] == [carrier.code]
    assert ApiToken.objects.get().last_used_on == timezone.localdate()


def test_the_secret_is_not_stored(issued):
    _, _, secret = issued
    token = ApiToken.objects.get()
    assert secret not in (token.digest, token.prefix, token.name)
    line = Change.objects.get(action="签发令牌")
    assert (line.record_id, line.channel) == (str(token.pk), "command")
    assert secret not in str(line.after)
    assert str(token) == f"测试平台({secret[:6]}…)"


@pytest.mark.parametrize("spoil", ["revoke", "expire", "deactivate", "mistype"])
def test_a_token_that_no_longer_counts_is_refused_in_chinese(issued, spoil):
    user, _, secret = issued
    now = timezone.now()
    if spoil == "revoke":
        ApiToken.objects.update(revoked_at=now)
    elif spoil == "expire":
        ApiToken.objects.update(expires_at=now - timedelta(seconds=1))
    elif spoil == "deactivate":
        user.is_active = False
        user.save()
    else:
        secret = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    answer = _get(secret)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "令牌无效、已停用或已过期"


def test_no_token_is_made_for_nobody():
    with pytest.raises(CommandError, match="没有名为“ghost”的在用账号"):
        call_command("issue_token", "ghost", "测试")


def _signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _secret(answer) -> str:
    found = re.search(r'id="token">([^<]+)<', answer.content.decode())
    assert found
    return found[1]


def _in(days: int) -> str:
    return f"{timezone.localdate() + timedelta(days=days):%Y-%m-%d}"


def test_a_person_issues_a_token_sees_it_once_and_stops_it():
    carrier = CarrierFactory()
    user = make_user(Role.OPERATOR, organisation=carrier.operator, username="runner")
    client = _signed_in(user)
    made = client.post("/accounts/tokens/new/", {"name": "园区系统", "last_day": _in(30)})
    secret = _secret(made)
    assert "no-store" in made["Cache-Control"]
    assert [row["code"] for row in _get(secret).json()["results"]] == [carrier.code]

    page = client.get("/accounts/tokens/").content.decode()
    assert "园区系统" in page
    assert secret not in page
    issued = Change.objects.get(action="签发令牌")
    assert (issued.actor_name, issued.channel) == (str(user), "page")
    assert secret not in str(issued.after)

    token = ApiToken.objects.get()
    client.post(f"/accounts/tokens/{token.pk}/revoke/")
    assert _get(secret).status_code == 401
    assert Change.objects.get(action="停用令牌").record_id == str(token.pk)
    again = client.post(f"/accounts/tokens/{token.pk}/revoke/", follow=True)
    assert "令牌已经停用" in again.content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": "", "last_day": _in(30)}, "请填用途"),
        ({"name": "平台", "last_day": ""}, "请填到期日期"),
        ({"name": "平台", "last_day": _in(-1)}, "到期日期不能早于今天"),
        ({"name": "平台", "last_day": _in(800)}, "令牌最长两年"),
        ({"name": "已有", "last_day": _in(30)}, "已有一个同名的有效令牌"),
    ],
)
def test_what_is_wrong_with_a_token_is_said_and_nothing_is_issued(typed, sentence):
    user = make_user(Role.STAFF, area=CarrierFactory().area)
    ApiToken.issue(user=user, name="已有", expires_at=timezone.now() + timedelta(days=9))
    answer = _signed_in(user).post("/accounts/tokens/new/", typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert ApiToken.objects.count() == 1


def test_a_token_lasts_to_the_end_of_its_last_day():
    user = make_user(Role.STAFF, area=CarrierFactory().area)
    answer = _signed_in(user).post("/accounts/tokens/new/", {"name": "今天", "last_day": _in(0)})
    assert timezone.localdate(ApiToken.objects.get().expires_at) == timezone.localdate()
    assert _get(_secret(answer)).status_code == 200


def test_nobody_stops_the_token_of_somebody_else():
    area = CarrierFactory().area
    token, secret = ApiToken.issue(user=make_user(Role.STAFF, area=area), name="他人的")
    assert _signed_in(make_user(Role.STAFF, area=area)).post(f"/accounts/tokens/{token.pk}/revoke/").status_code == 404
    assert _get(secret).status_code == 200


def test_an_administrator_issues_for_an_account_that_nobody_uses_and_for_no_other():
    area = CarrierFactory().area
    admin = _signed_in(make_user(Role.ADMINISTRATOR, area=area))
    program, person = make_user(Role.LEADER, area=area), make_user(Role.STAFF, area=area)
    _signed_in(person)
    person.last_login = timezone.now()
    person.save()

    typed = {"name": "市级数据平台", "last_day": _in(30)}
    answer = admin.post(f"/people/{program.pk}/tokens/new/", typed)
    assert _get(_secret(answer)).status_code == 200
    assert Change.objects.get(action="签发令牌").after["user"] == str(program)

    refused = admin.post(f"/people/{person.pk}/tokens/new/", typed)
    assert refused.status_code == 403
    assert "令牌由本人登录后" in refused.content.decode()
    assert not ApiToken.objects.filter(user=person).exists()


def test_the_command_keeps_the_same_bounds(issued):
    with pytest.raises(CommandError, match="令牌最长两年"):
        call_command("issue_token", "client", "太久", "--days", "4000")
