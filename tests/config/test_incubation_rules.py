"""Incubation rules as files: loaded once, never changed in place, and what is wrong is named by line and field."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from config.incubation_rules import default_files, load_incubation_rules
from core.models import Change
from core.permits import Refused
from core.trail import COMMAND_LINE
from incubators.models import IncubationRule
from incubators.register.limits import Rules
from plans.planfile.problems import PlanFileError
from tests.incubators.factories import AreaFactory

pytestmark = pytest.mark.django_db
NATIONAL = yaml.safe_load(default_files()[0].read_text(encoding="utf-8"))


@pytest.fixture
def written(tmp_path):
    """A function that writes the national rule with changes, and answers the path."""

    def write(**changes) -> Path:
        path = tmp_path / f"{changes.get('code', 'NAT_2018')}-{changes.get('version', 1)}.yaml"
        path.write_text(yaml.safe_dump({**NATIONAL, **changes}, allow_unicode=True), encoding="utf-8")
        return path

    return write


def load(*paths):
    return load_incubation_rules(paths=paths, actor=COMMAND_LINE)


def refusal(path) -> str:
    with pytest.raises(PlanFileError) as caught:
        load(path)
    assert not IncubationRule.objects.exists()
    return "\n".join(str(problem) for problem in caught.value.problems)


def test_the_rule_that_comes_along_holds_48_months_and_leaves_60_open():
    out = StringIO()
    call_command("load_incubation_rules", stdout=out)
    call_command("load_incubation_rules", stdout=out)
    assert out.getvalue().splitlines() == [
        "科技企业孵化器管理办法(2018)(第1版):新载入",
        "科技企业孵化器管理办法(2018)(第1版):无变化",
    ]
    rule = IncubationRule.objects.get()
    assert rule.definition["limit_months"] == 48
    assert rule.definition["longer"]["confirmed"] is False
    assert "待区科委确认" in rule.definition["longer"]["note"]
    assert [*Change.objects.values_list("action", flat=True)] == ["载入孵化规则"]


def test_a_version_is_never_changed_in_place(written):
    load(written())
    with pytest.raises(Refused, match="请把文件中的 version 改为 2"):
        load(written(limit_months=60))
    load(written(version=2, limit_months=60))
    assert IncubationRule.objects.count() == 2


def test_a_version_does_not_leave_earlier_incubations_without_a_rule(written):
    area = AreaFactory(code="甲区")
    load(written())
    for less in ({"valid_from": "2026-01-01"}, {"area": area.code}):
        with pytest.raises(Refused, match="新规则请另立代码"):
            load(written(version=2, limit_months=60, **less))
    load(written(version=2, valid_to="2025-12-31"), written(code="NAT_2026", valid_from="2026-01-01", limit_months=60))
    assert [Rules().holding("/", day).limit_months for day in (date(2025, 1, 1), date(2026, 1, 1))] == [48, 60]


def test_two_rules_of_one_area_do_not_hold_on_one_day(written):
    area = AreaFactory(code="甲区")
    load(written(), written(code="LOCAL", area=area.code))
    with pytest.raises(Refused, match="在同一区域同时有效"):
        load(written(code="NAT_2027", valid_from="2027-01-01"))
    load(written(version=2, valid_to="2026-12-31"), written(code="NAT_2027", valid_from="2027-01-01"))
    assert IncubationRule.objects.count() == 4


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"limit_months": "四十八"}, "limit_months"),
        ({"limits": 48}, "不认识的字段“limits”"),
        ({"min_grounds": 5}, "min_grounds 为 5,但只列了 4 项依据"),
        ({"area": "nowhere"}, "没有代码为“nowhere”的区域"),
        ({"longer": {**NATIONAL["longer"], "confirmed": True}}, "须写明确认的文件"),
        ({"grounds": [{"code": "invested", "name": "投资", "evidence": "协议"}]}, "须写明 exceeds"),
    ],
)
def test_what_is_wrong_is_named(written, changes, words):
    assert words in refusal(written(**changes))


def test_the_command_says_that_nothing_was_loaded(written):
    with pytest.raises(CommandError, match="有 1 处错误,没有载入任何规则"):
        call_command("load_incubation_rules", str(written(min_grounds=9)), stderr=StringIO())
