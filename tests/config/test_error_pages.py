"""Pages of errors: in the frame of every page for who is signed in, and by themselves where nothing else can be asked."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

import config.views
from incubators.access import Role
from tests.incubators.factories import AreaFactory, make_user, signed_in

pytestmark = pytest.mark.django_db
NAVIGATION = 'class="sidebar-nav"'
PAGES = [("/people/", 403, "没有权限"), ("/no-such-page/", 404, "没有找到这个页面")]


@pytest.fixture
def staff() -> Client:
    return signed_in(make_user(Role.STAFF, area=AreaFactory()))


@pytest.mark.parametrize(("where", "status", "words"), PAGES)
def test_who_is_signed_in_keeps_the_navigation(staff: Client, where: str, status: int, words: str) -> None:
    assert NAVIGATION in staff.get("/carriers/").content.decode()
    answer = staff.get(where)
    assert answer.status_code == status
    page = answer.content.decode()
    assert NAVIGATION in page
    assert f"<h1>{words}</h1>" in page


@pytest.mark.parametrize(("where", "status", "words"), PAGES)
def test_without_the_database_the_page_stands_by_itself(
    staff: Client, monkeypatch: pytest.MonkeyPatch, where: str, status: int, words: str
) -> None:
    def out(*args: Any, **kwargs: Any) -> Any:
        raise DatabaseError("away")

    monkeypatch.setattr(config.views, "render", out)
    answer = staff.get(where)
    assert answer.status_code == status
    page = answer.content.decode()
    assert NAVIGATION not in page
    assert f"<h1>{words}</h1>" in page


def test_a_stranger_is_told_without_the_navigation(client: Client) -> None:
    answer = client.get("/no-such-page/")
    assert answer.status_code == 404
    assert NAVIGATION not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/reports/edit/C-1/2024-05/"])
def test_a_part_of_a_page_is_never_the_sign_in_page(client, path):
    answer = client.post(path, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content.decode()) == (401, "登录已过期")
    assert client.get(path).status_code == 302
