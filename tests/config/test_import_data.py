"""``import_data``: a sheet into the register from the command line, by the rules of the page."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.models import Change
from incubators.access import Role
from incubators.models import Enterprise, Residency
from tests.incubators.exchange_cases import HEADS, Office, lines_of, whole
from tests.incubators.factories import EnterpriseFactory, make_user, uscc
from tests.support.workbooks import csv, xlsx

pytestmark = pytest.mark.django_db
HEAD = HEADS["enterprises"]


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def run(office: Office, tmp_path: Path) -> Any:
    """A function that imports rows of a kind as the office's own person; answers what was printed."""

    def command(kind: str, content: bytes, *options: str, user: str = "", name: str = "表格.xlsx") -> str:
        file = tmp_path / name
        file.write_bytes(content)
        said = StringIO()
        call_command("import_data", kind, str(file), "--user", user or office.user.username, *options, stdout=said)
        return said.getvalue()

    return command


def mixed(office: Office) -> bytes:
    """A new row, a changed one, one that says the same, a wrong one; and a column that means nothing."""
    EnterpriseFactory(uscc=uscc(2), name="旧名字", area=office.town)
    EnterpriseFactory(uscc=uscc(3), name="表格企业3", area=office.town)
    rows = [[*office.enterprise_row(n), "很好"] for n in (1, 2, 3)]
    return xlsx([[*HEAD, "心情"], *rows, [uscc(4), "表格企业4", "没有的镇", ""]])


def test_a_right_file_is_written_with_a_line_for_each_record(office: Office, run: Any) -> None:
    said = run("enterprises", xlsx([HEAD, office.enterprise_row(1), office.enterprise_row(2)]))
    assert said == "企业:新增 2,变更 0,未变 0,有误 0\n已写入:新增 2,变更 0\n"
    lines = lines_of(Enterprise)
    assert len(lines) == Enterprise.objects.count() == 2
    assert {(line.channel, line.actor_id, line.reason) for line in lines} == {
        (Change.Channel.COMMAND, office.user.pk, "命令行导入“表格.xlsx”")
    }
    assert whole()


def test_a_dry_run_says_what_would_happen_and_writes_nothing(office: Office, run: Any) -> None:
    said = run("enterprises", mixed(office), "--dry-run")
    assert said.splitlines() == [
        "企业:新增 1,变更 1,未变 1,有误 1",
        "  认不出的列,已忽略:心情",
        "  C5 没有名为“没有的镇”的区域",
    ]
    assert Enterprise.objects.count() == 2
    assert not Change.objects.exists()


def test_a_wrong_row_keeps_everything_out(office: Office, run: Any) -> None:
    with pytest.raises(CommandError, match="没有写入任何数据;改正后重试,或加 --only-right"):
        run("enterprises", mixed(office))
    assert not Enterprise.objects.filter(uscc=uscc(1)).exists()
    assert not Change.objects.exists()


def test_only_the_right_rows_when_asked_for(office: Office, run: Any) -> None:
    said = run("enterprises", mixed(office), "--only-right")
    assert said.endswith("已写入:新增 1,变更 1\n")
    assert {*Enterprise.objects.values_list("name", flat=True)} == {"表格企业1", "表格企业2", "表格企业3"}
    assert len(lines_of(Enterprise)) == 2


def test_events_of_the_register_by_csv(office: Office, run: Any) -> None:
    EnterpriseFactory(uscc=uscc(1), area=office.town)
    content = csv([HEADS["residencies"], [uscc(1), "EX01", "2024年3月9日"]], "gb18030")
    run("residencies", content, name="入驻.csv")
    assert Residency.objects.get().entered_on == date(2024, 3, 9)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.4", "这是 PDF 文件"),
        (xlsx([HEAD])[:500], "文件已损坏或没有传完整"),
        (xlsx([["甲"], ["乙"]]), "找不到表头"),
    ],
    ids=["a PDF", "cut short", "no headings"],
)
def test_a_file_that_cannot_be_read(run: Any, content: bytes, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("enterprises", content)


def test_a_file_that_is_not_there(office: Office, tmp_path: Path) -> None:
    for path in (tmp_path / "none.xlsx", tmp_path):
        with pytest.raises(CommandError, match="无法读取文件"):
            call_command("import_data", "enterprises", str(path), "--user", office.user.username)


def test_somebody_unknown_and_somebody_who_may_not(office: Office, run: Any) -> None:
    content = xlsx([HEAD, office.enterprise_row(1)])
    leader = make_user(Role.LEADER, area=office.area)
    retired = make_user(Role.STAFF, area=office.area, is_active=False)
    with pytest.raises(CommandError, match="没有用户“谁”"):
        run("enterprises", content, user="谁")
    with pytest.raises(CommandError, match="没有用户"):
        run("enterprises", content, user=retired.username)
    with pytest.raises(CommandError, match="只有区科委工作人员可以改动登记簿"):
        run("enterprises", content, user=leader.username)
    assert not Enterprise.objects.exists()


def test_rows_outside_the_persons_district_stay_out(office: Office, run: Any) -> None:
    with pytest.raises(CommandError, match="没有写入任何数据"):
        run("enterprises", xlsx([HEAD, [uscc(1), "别区企业", "乙区"]]))
    assert not Enterprise.objects.exists()
