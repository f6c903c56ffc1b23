"""``manage.py compute_progress``."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from targets.models import Progress
from tests.targets.factories import TargetFactory

pytestmark = pytest.mark.django_db


def run(*arguments: Any) -> str:
    out = io.StringIO()
    call_command("compute_progress", *arguments, stdout=out)
    return out.getvalue()


def test_it_counts_what_it_wrote_and_again_nothing() -> None:
    target = TargetFactory()
    assert "目标 1 项:新增 3 行,更新 0 行,未变 0 行" in run("--on", "2024-03-15")
    assert "目标 1 项:新增 0 行,更新 0 行,未变 3 行" in run("--on", "2024-03-15", "--plan", target.plan.code)
    assert Progress.objects.count() == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("--on", "上月底"), "“上月底”不是日期"), (("--plan", "NO-PLAN"), "没有代码为“NO-PLAN”的规划")],
    ids=["不是日期", "没有此规划"],
)
def test_it_says_what_is_wrong(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)
