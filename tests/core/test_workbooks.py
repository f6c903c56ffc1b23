"""Reading uploaded tables: what is taken, and the sentence for everything that is not."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from datetime import date
from typing import Any

import pytest

from core import faults, workbooks
from core.faults import Fault
from core.permits import Refused
from core.workbooks import read
from tests.support.workbooks import OLE, XlsFault, by_hand, claiming, csv, flagged_encrypted, xls, xlsx

ROWS = [["名称", "日期", "数"], ["甲", date(2024, 3, 1), 12.5], ["乙", date(2023, 12, 31), 3]]
PART = "xl/worksheets/sheet1.xml"


def refused(content: bytes, **options: str) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(Refused) as caught:
        read(content, **options)
    assert list(caught.value.errors) == ["file"]
    return caught.value.errors["file"][0]


# --- What is taken ----------------------------------------------------------------------------------------------------
def test_a_workbook_gives_text_numbers_and_dates() -> None:
    sheet = read(xlsx(ROWS))
    assert (sheet.name, sheet.first_row, sheet.first_column) == ("数据", 1, 1)
    assert sheet.rows == [["名称", "日期", "数"], ["甲", date(2024, 3, 1), 12.5], ["乙", date(2023, 12, 31), 3.0]]


def test_a_table_may_begin_anywhere() -> None:
    sheet = read(by_hand('<row r="3"><c r="C3"><v>1</v></c></row><row r="4"><c r="C4"><v>2</v></c></row>'))
    assert (sheet.first_row, sheet.first_column, sheet.rows) == (3, 3, [[1.0], [2.0]])


def test_a_hidden_sheet_is_passed_over_and_a_named_one_is_found() -> None:
    content = xlsx([["名称"], ["甲"]], hidden=[["别看这里"]])
    assert read(content).rows == [["名称"], ["甲"]]
    assert read(content, sheet="数据").rows == [["名称"], ["甲"]]
    assert refused(content, sheet="没有") == "文件里没有名为“没有”的工作表"


def test_a_formula_counts_as_the_value_it_last_showed() -> None:
    assert read(by_hand('<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>')).rows == [[2.0]]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2" t="e"><v>#N/A</v></c>',
        '<c r="B2" s="1" t="e"><f>VLOOKUP(A2,X:Y,2,0)</f><v>#N/A</v></c>',
        "<c t = 'e' r='B2'><f t=\"shared\" si=\"0\"/><v>#N/A</v></c>",
    ],
)
def test_a_formula_that_came_to_nothing_is_not_a_blank_cell(cell: str) -> None:
    start = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    sheet = read(by_hand(f'{start}<row r="2"><c r="A2"><v>3</v></c>{cell}</row>'))
    assert sheet.rows == [[1.0, 2.0], [3.0, "#N/A"]]
    assert isinstance(sheet.rows[1][1], Fault)
    assert sheet.rows[1][1].sentence == "单元格是公式错误#N/A,请改成实际的值"


def test_a_failed_formula_is_found_across_the_pieces_in_which_a_sheet_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}" t="e"><v>#REF!</v></c></row>' for n in range(1, 60)
    )
    for size in (1100, 1101, 1113, 1127):
        monkeypatch.setattr(workbooks, "_CHUNK", size)
        assert [row[1] for row in read(by_hand(rows)).rows] == ["#REF!"] * 59


def test_failed_formulas_of_another_sheet_do_not_matter() -> None:
    other = '<worksheet><sheetData><row r="1"><c r="A1" t="e"><v>#N/A</v></c></row></sheetData></worksheet>'
    sheet = '<row r="1"><c r="A1" t="str"><v></v></c><c r="B1"><v>2</v></c></row>'
    assert read(by_hand(sheet, more={"xl/worksheets/sheet9.xml": other.encode()})).rows[0][0] == ""


def test_failed_formulas_that_cannot_be_marked_are_named_or_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "MOST", 3)
    rows = "".join(f'<row r="{n}"><c r="B{n}" t="e"><v>#N/A</v></c></row>' for n in range(2, 9))
    assert "B2(#N/A)、B3(#N/A)、B4(#N/A)" in refused(by_hand(rows))
    assert "公式错误" in refused(by_hand('<row><c><v>1</v></c><c t="e"><v>#N/A</v></c></row>'))


def test_a_workbook_of_excel_97_is_read() -> None:
    assert read(xls([["名称", "数"], ["甲", 45322.0]])).rows == [["名称", "数"], ["甲", 45322.0]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_in_every_usual_encoding_and_separator(encoding: str, separator: str) -> None:
    content = csv([["企业一览表"], ["名称", "电话"], ["甲", "02157320000"]], encoding, separator)
    assert read(content).rows == [["企业一览表"], ["名称", "电话"], ["甲", "02157320000"]]


def test_the_apostrophe_of_an_export_is_taken_off_and_no_other() -> None:
    assert read(b"'=1+1,'-5,'abc,''=x,'\n").rows == [["=1+1", "-5", "'abc", "'=x", "'"]]


def test_a_cell_of_csv_keeps_its_lines_and_separators() -> None:
    assert read('名称,备注\n甲,"一,\n二"\n'.encode()).rows[1] == ["甲", "一,\n二"]


@pytest.mark.parametrize("number", [10_959, 45_322, 73_415])
def test_serial_numbers_are_days(number: int) -> None:
    assert workbooks.from_serial(number + 0.75).toordinal() == date(1899, 12, 30).toordinal() + number


@pytest.mark.parametrize("number", [-1, 0, 10_958, 73_416, 1e300, float("nan")])
def test_numbers_far_from_our_time_are_no_days(number: float) -> None:
    with pytest.raises(ValueError, match=r".*"):
        workbooks.from_serial(number)


# --- What is no table -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        (b"  \r\n ", "文件是空的"),
        (b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj", "这是 PDF 文件"),
        (b"%PDF-1.7\n" + bytes(range(256)), "这是 PDF 文件"),
        (b"\x89PNG\r\n\x1a\n\0\0", "这是图片"),
        (b"\xff\xd8\xff\xe0 JFIF", "这是图片"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "这是网页格式的表格"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html>", "这是网页格式的表格"),
        (b"a\0b\0", "这不是 Excel 或 CSV 文件"),
        (b"\xff\xfe\xfd\xfc\xfb", "无法识别文件的文字编码"),
        (b"\x81\xff\x81\xff", "无法识别文件的文字编码"),
        (b",,,\n,,\n", "文件里没有内容"),
        (OLE + bytes(2000), "无法读取这个文件"),
        (OLE + bytes(2000) + "EncryptedPackage".encode("utf-16-le") + bytes(100), "文件设有打开密码"),
        (OLE + bytes(3 << 20) + "EncryptedPackage".encode("utf-16-le"), "文件设有打开密码"),
        (xls([["甲"]], locked=True), "或设有密码"),
        (flagged_encrypted(xlsx(ROWS)), "文件设有打开密码"),
        (by_hand("", more={"xl/vbaProject.bin": b"macro"}), "工作簿带有宏"),
        (by_hand(""), "工作簿里没有内容"),
        (by_hand("<row r="), "无法读取这个文件"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_is_named_for_what_it_is(content: bytes, words: str) -> None:
    assert words in refused(content)


def test_another_zip_is_no_workbook() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    assert "内容是另一种压缩文件" in refused(target.getvalue())


@pytest.mark.parametrize("kept", [0.05, 0.5, 0.9, 0.999])
def test_a_workbook_cut_short_is_broken(kept: float) -> None:
    content = xlsx([["名称"], *([f"企业{n}"] for n in range(500))])
    assert "已损坏或没有传完整" in refused(content[: int(len(content) * kept)])


def test_one_flipped_byte_in_a_sheet_is_noticed() -> None:
    content = bytearray(xlsx([["名称"], *([f"企业{n}"] for n in range(500))]))
    at = content.find(PART.encode()) + len(PART) + 60
    content[at] ^= 0xFF
    assert "已损坏或没有传完整" in refused(bytes(content))


@pytest.mark.parametrize("text", ['名称,备注\n甲,"没有结束\n乙,二\n', '名称\n"甲"乙\n'])
def test_quotes_that_do_not_fit_stop_a_csv(text: str) -> None:
    """A file cut in a quoted cell would otherwise swallow all rows after the quote."""
    assert "引号不成对" in refused(text.encode())


# --- What would fill the memory ---------------------------------------------------------------------------------------
FAR = [
    ('<row r="1048576"><c r="A1048576"><v>1</v></c></row>', "表格延伸到第 1048576 行"),
    ('<row r="1"><c r="A1048576"><v>1</v></c></row>', "表格延伸到第 1048576 行"),
    ("<row r='1'><c r='B1048576'><v>1</v></c></row>", "表格延伸到第 1048576 行"),
    ('<row r="1"><c\n\tr =\n "b1048576"><v>1</v></c></row>', "表格延伸到第 1048576 行"),
    ('<row r="1"><c r="XFD1"><v>1</v></c></row>', "列延伸得太远"),
    ('<row r="1"><c r="GS1"><v>1</v></c></row>', "列延伸得太远"),
    ('<row r="1"><c r="zz1"><v>1</v></c></row>', "列延伸得太远"),
    ('<row r="1"><c r="GR1"><v>1</v></c></row><row r="200000"><c r="A200000"><v>1</v></c></row>', "既超过"),
]


@pytest.mark.parametrize(("cells", "words"), FAR)
@pytest.mark.parametrize("part", [PART, "xl/elsewhere.dat"])
def test_a_cell_far_out_is_refused_before_the_sheet_is_laid_out(cells: str, words: str, part: str) -> None:
    tracemalloc.start()
    try:
        assert words in refused(by_hand('<row r="1"><c r="A1"><v>1</v></c></row>' + cells, part=part))
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


def test_two_million_empty_rows_are_refused_with_advice() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>' + "".join(f'<row r="{n}"/>' for n in range(2, 2_000_001))
    assert "若后面都是空行,请删除这些空行" in refused(by_hand(rows))


@pytest.mark.parametrize("cells", ['<c r="GR1"><v>7</v></c>', '<c r="A200000"><v>7</v></c>'])
def test_a_sheet_may_be_long_or_wide(cells: str) -> None:
    rows = read(by_hand(f'<row r="1"><c r="A1"><v>1</v></c>{cells}</row>')).rows
    assert rows[-1][-1] == 7
    assert len(rows) * len(rows[0]) == 200 or len(rows) == 200_000


def test_a_part_that_claims_a_huge_size_is_refused_unread() -> None:
    assert "展开后过大" in refused(claiming(xlsx(ROWS), PART, 0xFFFFFFF0))


def test_a_part_that_holds_more_than_it_claims_is_broken() -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row>' + " " * 5000 + FAR[0][0]
    assert "已损坏" in refused(claiming(by_hand(far), PART, 120))
    assert "已损坏" in refused(claiming(xlsx(ROWS), PART, 100_000))


def test_real_zeros_packed_a_thousandfold_are_refused() -> None:
    bomb = by_hand("", more={f"xl/worksheets/sheet{n}.xml": bytes(50 << 20) for n in range(2, 11)})
    assert len(bomb) < 1 << 20
    assert "展开后过大" in refused(bomb)


def test_too_large_a_file_and_too_many_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "文件超过 40 MB" in refused(b"a" * (workbooks.LARGEST_BYTES + 1))
    monkeypatch.setattr(workbooks, "MOST_ROWS", 10)
    assert "文件超过 10 行" in refused("名称\n".encode() * 11)
    assert "超过 10 行" in refused(xlsx([["名称"]] * 12))


def test_looking_for_failed_formulas_takes_no_longer_where_cells_never_end() -> None:
    found: dict[str, str] = {}
    # A megabyte in which a pattern that reads on past the next "<" would take minutes.
    faults.look(b"<c " * 350_000 + b'<c r="A1" t="e"><v>#N/A</v></c>' + b"<c r='B1' t='e'><v " * 50_000, found)
    assert found == {"A1": "#N/A", "B1": ""}
    assert b"[^>]" not in faults._CELL.pattern


# --- what the reader does not tell of the older kind ----------------------------------------------------------------
def test_a_failed_formula_in_an_old_workbook_is_a_fault_and_never_a_blank() -> None:
    sheet = read(xls([["名称", "数"], ["甲", XlsFault(0x2A)], ["乙", XlsFault(0x17, formula=True)], ["丙", 3.0]]))
    assert sheet.rows == [["名称", "数"], ["甲", "#N/A"], ["乙", "#REF!"], ["丙", 3.0]]
    assert [isinstance(row[1], Fault) for row in sheet.rows] == [False, True, True, False]


def test_a_fault_of_another_sheet_of_an_old_workbook_marks_nothing_here() -> None:
    content = xls([["名称"], ["甲"], [7.0]], behind=[["别处"], [XlsFault(0x07)], [XlsFault(0x24)]])
    assert read(content).rows == [["名称"], ["甲"], [7.0]]
    assert read(content, sheet="背面").rows == [["别处"], ["#DIV/0!"], ["#NUM!"]]


def test_a_large_old_workbook_is_followed_to_its_end() -> None:
    rows: list[list[Any]] = [[f"企业{number}", float(number)] for number in range(9_000)]
    rows[8_999][1] = XlsFault(0x2A)
    assert read(xls(rows)).rows[8_999] == ["企业8999", "#N/A"]


@pytest.mark.parametrize("cut", [600, 1_100, 1_600])
def test_an_old_workbook_that_is_cut_is_refused(cut: int) -> None:
    assert "另存为 .xlsx" in refused(xls([["甲"]])[:cut])


def test_an_old_workbook_whose_sectors_go_in_a_circle_is_refused() -> None:
    content = bytearray(xls([["甲"]]))
    struct.pack_into("<I", content, 512 + 4, 1)  # the folder is followed by itself
    assert "另存为 .xlsx" in refused(bytes(content))


def test_an_old_workbook_with_macros_is_refused() -> None:
    assert "带有宏" in refused(xls([["甲"]], macros=True))
