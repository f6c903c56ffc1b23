"""Tokens over HTTP: they act as their owner, and stop when revoked, expired or when the owner leaves."""

from __future__ import annotations

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
