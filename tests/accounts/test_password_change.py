"""Changing one's own password, and the side navigation's single current entry."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from config.navigation import _mark_active

pytestmark = pytest.mark.django_db
OLD, NEW = "old-Pass-48213", "new-Pass-90517"


@pytest.fixture
def person(client):
    user = get_user_model().objects.create_user("zhang", password=OLD)
    client.force_login(user)
    return user


def _change(client, old: str):
    data = {"old_password": old, "new_password1": NEW, "new_password2": NEW}
    return client.post(reverse("accounts:password_change"), data)


def test_the_right_old_password_changes_it(client, person):
    assert "修改密码" in client.get(reverse("accounts:password_change")).content.decode()
    assert _change(client, OLD).status_code == 302
    person.refresh_from_db()
    assert person.check_password(NEW)


def test_a_wrong_old_password_changes_nothing(client, person):
    assert _change(client, "wrong").status_code == 200
    person.refresh_from_db()
    assert person.check_password(OLD)


def test_only_the_longest_matching_entry_is_current():
    items = [{"url": url, "active": False} for url in ("/plans/", "/plans/questions/")]
    _mark_active("/plans/questions/7/", items)
    assert [item["active"] for item in items] == [False, True]
