"""The first page that anybody sees, in a real browser."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser


def test_whoever_is_not_signed_in_is_asked_to(page: Any) -> None:
    page.goto("/")
    assert page.get_by_label("用户名").is_visible()
    assert page.get_by_label("密码").is_visible()


def test_the_page_is_usable_by_everyone(page: Any, axe: Any) -> None:
    page.goto("/")
    assert axe() == []


def test_nothing_has_to_be_scrolled_sideways_on_a_phone(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
