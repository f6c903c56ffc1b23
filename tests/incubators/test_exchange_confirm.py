"""Confirming: all rows or only the right ones, exactly what was shown, a line of the trail each; marked files; exports."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.utils import timezone

from core.models import Change
from incubators.access import Role
from incubators.models import Enterprise, ImportFile, Membership, Mentor, Residency
from tests.incubators.exchange_cases import HEADS, Office, lines_of, whole, words, workbook
from tests.incubators.factories import EnterpriseFactory, MentorFactory, ResidencyFactory, add_membership, uscc
from tests.support.workbooks import csv, xlsx

pytestmark = pytest.mark.django_db
DAY = date(2024, 1, 8)
STALE = "预览之后库中的记录有了变化,为免误改没有写入任何数据;请重新上传核对"


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def mixed(office):
    """A file with a new row, a changed one, one that says the same and a wrong one."""
    EnterpriseFactory(uscc=uscc(2), name="要改的企业", area=office.town, industry="新材料")
    EnterpriseFactory(uscc=uscc(3), name="不变的企业", area=office.town, industry="新材料")
    rows = [
        [uscc(1), "新来的企业", "甲镇", "无人机"],
        [uscc(2), "要改的企业", "甲镇", "无人机"],
        [uscc(3), "不变的企业", "甲镇", "新材料"],
        [uscc(4), "哪里的企业", "没有的镇", "无人机"],
    ]
    return office.table("enterprises", rows, "技术领域")


# --- All or only the right rows ---------------------------------------------------------------------------------------
def test_the_preview_shows_every_cell_that_would_change_and_writes_nothing(office, mixed):
    assert mixed.counts == (1, 1, 1, 1)
    assert mixed.row.preview["changed"] == [[3, "要改的企业", [["技术领域", "新材料", "无人机"]]]]
    assert mixed.places == ["C5"]
    assert "没有名为“没有的镇”的区域" in mixed.text
    assert Enterprise.objects.count() == 2
    assert lines_of(Enterprise) == []
    changed = office.client.get(f"/exchange/imports/{mixed.row.pk}/?rows=changed").content.decode()
    assert "<del>新材料</del>" in changed
    assert "<strong>无人机</strong>" in changed
    assert "新来的企业" in office.client.get(f"/exchange/imports/{mixed.row.pk}/?rows=new").content.decode()


def test_with_a_wrong_row_nothing_goes_in_unless_only_the_right_ones_are_asked_for(office, mixed):
    answer = office.act(mixed, "confirm")
    assert answer.status_code == 422
    assert "有 1 行需要改正" in words(answer)
    assert Enterprise.objects.count() == 2
    office.confirm(mixed, only_right="1")
    assert dict(Enterprise.objects.values_list("uscc", "industry")) == {
        uscc(1): "无人机",
        uscc(2): "无人机",
        uscc(3): "新材料",
    }
    assert Enterprise.objects.get(uscc=uscc(1)).pinyin == "xldqy"


def test_every_written_record_has_one_line_with_before_after_and_reason(office, mixed):
    office.confirm(mixed, only_right="1")
    made, changed = Enterprise.objects.get(uscc=uscc(1)), Enterprise.objects.get(uscc=uscc(2))
    lines = {line.record_id: line for line in lines_of(Enterprise)}
    assert set(lines) == {str(made.pk), str(changed.pk)}
    assert len(lines_of(Enterprise)) == 2
    new, old = lines[str(made.pk)], lines[str(changed.pk)]
    assert (new.action, new.record_name, new.before) == ("导入新增企业", "新来的企业", {})
    assert new.after == {
        "uscc": uscc(1), "name": "新来的企业", "area_id": office.town.pk, "industry": "无人机", "pinyin": "xldqy",
    }  # fmt: skip
    assert (old.action, old.record_name) == ("导入更新企业", "要改的企业")
    assert (old.before, old.after) == ({"industry": "新材料"}, {"industry": "无人机"})
    for line in (new, old):
        assert (line.actor_id, line.channel) == (office.user.pk, Change.Channel.IMPORT)
        assert line.reason == f"导入文件“表格.xlsx”(校验值 {mixed.row.sha256[:12]})"
    assert [line.action for line in lines_of(ImportFile)] == ["上传导入文件", "导入企业"]
    assert whole()


def test_a_renamed_enterprise_is_found_by_its_new_initials(office):
    EnterpriseFactory(uscc=uscc(1), name="老名字", area=office.town)
    office.confirm(office.table("enterprises", [[uscc(1), "新名字", "甲镇"]]))
    assert Enterprise.objects.values_list("name", "pinyin").get() == ("新名字", "xmz")
    assert lines_of(Enterprise)[0].after == {"name": "新名字"}


def test_a_file_whose_rows_are_all_wrong_has_no_way_in(office):
    preview = office.table("enterprises", [["x", "", ""]])
    assert "只导入正确的" not in preview.text
    answer = office.act(preview, "confirm", only_right="1")
    assert "没有可写入的内容" in words(answer)
    assert "与库中一致" not in words(answer)


# --- The same file again, and twice -----------------------------------------------------------------------------------
def test_the_same_file_again_changes_nothing_and_says_when_it_went_in(office):
    content = xlsx([HEADS["enterprises"], office.enterprise_row(1)])
    first = office.upload("enterprises", content)
    office.confirm(first)
    again = office.upload("enterprises", content)
    assert again.counts == (0, 0, 1, 0)
    assert timezone.localtime(first.row.finished_at).strftime("%Y-%m-%d %H:%M") in again.text
    assert "同一个文件已导入过" in again.text
    assert "文件与库中完全一致" in again.text
    assert "与库中一致,没有可写入的内容" in words(office.act(again, "confirm"))
    assert len(lines_of(Enterprise)) == 1


def test_a_file_goes_in_once(office):
    preview = office.table("enterprises", [office.enterprise_row(1)])
    office.confirm(preview)
    answer = office.act(preview, "confirm")
    assert answer.status_code == 422
    assert "这个文件已导入,不能再次导入" in words(answer)
    assert len(lines_of(Enterprise)) == 1


def test_a_file_put_aside_stays_aside(office):
    preview = office.table("enterprises", [office.enterprise_row(1)])
    assert office.act(preview, "discard").status_code == 302
    assert "没有写入任何数据" in office.look(preview.row).text
    assert "已放弃,不能再次导入" in words(office.act(preview, "confirm"))
    assert "已放弃,不能放弃" in words(office.act(preview, "discard"))
    assert office.client.get(f"/exchange/imports/{preview.row.pk}/marked/").status_code == 404
    assert not Enterprise.objects.exists()


# --- The register moves on between looking and confirming -------------------------------------------------------------
def stays_out(office, preview, sentence: str = STALE) -> None:
    """A confirmation that is refused whole: nothing written, and the person may upload anew."""
    before = [*Enterprise.objects.order_by("pk").values()], [*Residency.objects.order_by("pk").values()]
    trail = Change.objects.count()
    answer = office.act(preview, "confirm", only_right="1")
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert ([*Enterprise.objects.order_by("pk").values()], [*Residency.objects.order_by("pk").values()]) == before
    assert Change.objects.count() == trail
    preview.row.refresh_from_db()
    assert preview.row.state == "ready"


def test_a_cell_that_somebody_changed_meanwhile_stops_the_whole_file(office, mixed):
    Enterprise.objects.filter(uscc=uscc(2)).update(industry="生物医药")
    stays_out(office, mixed)


def test_a_record_that_somebody_made_meanwhile_stops_the_whole_file(office, mixed):
    EnterpriseFactory(uscc=uscc(1), name="别人登记的", area=office.town)
    stays_out(office, mixed)


def test_so_does_one_of_a_kind_that_the_database_would_take_twice(office):
    head = ["载体编号", "姓名", "聘任日期"]
    preview = office.upload("mentors", xlsx([head, ["EX01", "张老师", DAY], ["EX01", "李老师", DAY]]))
    MentorFactory(carrier=office.carrier, name="张老师", engaged_on=DAY)
    stays_out(office, preview)
    assert Mentor.objects.count() == 1


def test_a_record_that_is_gone_stops_the_whole_file(office, mixed):
    Enterprise.objects.filter(uscc=uscc(2)).delete()
    stays_out(office, mixed)


def test_a_record_that_left_the_district_stops_the_whole_file(office, mixed):
    Enterprise.objects.filter(uscc=uscc(2)).update(area=office.elsewhere)
    stays_out(office, mixed)


def test_an_incubation_that_began_meanwhile_stops_the_whole_file(office):
    company = EnterpriseFactory(uscc=uscc(1), area=office.town)
    preview = office.table("residencies", [[company.uscc, "EX01", DAY, DAY]], "在孵起始")
    ResidencyFactory(enterprise=company, carrier=office.foreign, entered_on=DAY)
    stays_out(office, preview)


def test_new_records_need_the_district_at_the_moment_of_writing(office):
    preview = office.table("enterprises", [office.enterprise_row(1)])
    Membership.objects.filter(user=office.user).update(valid_to=timezone.localdate() - timedelta(days=1))
    add_membership(office.user, Role.STAFF, area=office.elsewhere)
    stays_out(office, preview, "有些记录已不在您的管辖范围,没有写入任何数据")


def test_a_change_elsewhere_in_the_record_is_kept(office, mixed):
    Enterprise.objects.filter(uscc=uscc(2)).update(contact_name="李四")
    office.confirm(mixed, only_right="1")
    row = Enterprise.objects.get(uscc=uscc(2))
    assert (row.contact_name, row.industry) == ("李四", "无人机")


# --- Files that come back ---------------------------------------------------------------------------------------------
def test_the_marked_file_has_a_note_at_every_wrong_cell_and_everything_else_as_it_was(office):
    rows = [["bad", "=1+1", "甲镇", date(2023, 5, 6)], [uscc(1), "对的企业", "甲镇", date(2023, 5, 7)]]
    preview = office.upload("enterprises", xlsx([[*HEADS["enterprises"], "成立日期"], *rows], title="一览表"))
    page = workbook(office.download("import_marked", preview.row.pk))["数据"]
    notes = {cell.coordinate: cell.comment.text for line in page.iter_rows() for cell in line if cell.comment}
    assert list(notes) == ["A4"]
    assert "不是统一社会信用代码" in notes["A4"]
    assert page["A4"].fill.fgColor.rgb.endswith("FFE0DC")
    assert (page["B4"].value, page["B4"].data_type) == ("=1+1", "s")
    assert page["D5"].value.date() == date(2023, 5, 7)
    assert "A1:D2" in [str(merged) for merged in page.merged_cells.ranges]


def test_the_marked_file_of_a_csv_is_a_workbook_with_the_same_cells(office):
    content = csv([HEADS["enterprises"], ["0012", "'=1+1", "甲镇"], [uscc(1), "对的企业", "甲镇"]])
    preview = office.upload("enterprises", content, "企业.csv")
    page = workbook(office.download("import_marked", preview.row.pk)).active
    assert [[cell.value for cell in line] for line in page.iter_rows()] == [
        HEADS["enterprises"], ["0012", "=1+1", "甲镇"], [uscc(1), "对的企业", "甲镇"],
    ]  # fmt: skip
    assert page["B2"].data_type == "s"
    assert "应为18位" in page["A2"].comment.text


def test_a_marked_file_put_right_goes_in(office, mixed):
    book = workbook(office.download("import_marked", mixed.row.pk))
    book["数据"]["C5"] = "甲镇"
    target = BytesIO()
    book.save(target)
    office.confirm(office.upload("enterprises", target.getvalue()))
    assert Enterprise.objects.get(uscc=uscc(4)).area == office.town


def test_what_looks_like_a_formula_leaves_as_words(office):
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "'=1", "|cmd"]
    for number, name in enumerate(evil):
        EnterpriseFactory(uscc=uscc(number), name=name, area=office.town)
    page = workbook(office.download("exchange_export", "enterprises"))["企业"]
    cells = [line[1] for line in page.iter_rows(min_row=2)]
    assert sorted(cell.value for cell in cells) == sorted(evil)
    assert {cell.data_type for cell in cells} == {"s"}
    lines = office.download("exchange_export", "enterprises", query="?format=csv").decode("utf-8-sig").splitlines()
    assert all(line.split(",")[1].startswith("'") for line in lines[1:])
    for content in (office.download("exchange_export", "enterprises", query="?format=csv"),):
        assert office.upload("enterprises", content, "企业.csv").counts == (0, 0, len(evil), 0)


@pytest.mark.parametrize(
    ("yuan", "wan"),
    [("1234567890123.45", 123456789.012345), ("3000000", 300), ("12345678901234.5", "1234567890.12345")],
)
def test_money_in_the_export_is_in_wan_and_comes_back_whole(office, yuan, wan):
    """A spreadsheet keeps 15 digits of a number: longer ones leave as text."""
    EnterpriseFactory(uscc=uscc(1), area=office.town, registered_capital=Decimal(yuan))
    page = workbook(office.download("exchange_export", "enterprises"))["企业"]
    heads = [cell.value for cell in page[1]]
    assert page.cell(2, heads.index("注册资本(万元)") + 1).value == wan
    for query, name in (("", "a.xlsx"), ("?format=csv", "a.csv")):
        content = office.download("exchange_export", "enterprises", query=query)
        assert office.upload("enterprises", content, name).counts == (0, 0, 1, 0)


def test_every_template_has_its_headings_lists_and_explanations(office):
    book = workbook(office.download("exchange_template", "carriers"))
    page = book["科创载体"]
    assert [cell.value for cell in page[1]][:3] == ["载体编号*", "载体名称*", "类型*"]
    assert page.max_row == 1
    assert any(rule.type == "list" for rule in page.data_validations.dataValidation)
    assert page["A1"].comment.text.startswith("必填")
    assert "填写说明" in book.sheetnames


def test_a_nought_that_was_imported_stands_in_the_trail(office):
    sheet = office.table("enterprises", [[uscc(1), "新来的企业", "甲镇", 0]], "从业人数")
    office.confirm(sheet)
    assert Enterprise.objects.get().staff_count == 0
    (line,) = lines_of(Enterprise)
    assert line.after["staff_count"] == 0
    assert "licence_checked" not in line.after, "what is blank is not"
