"""Files that cannot go in: each is refused at the file with a sentence that says what to do, and nothing is written."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from django.urls import reverse

import incubators.tasks  # noqa: F401 - registers the kinds of job
from core.models import Job
from incubators.models import Enterprise, ImportFile
from tests.incubators.exchange_cases import HEADS, Office, lines_of, words
from tests.incubators.factories import uscc
from tests.support.workbooks import OLE, by_hand, claiming, csv, padded, xlsx

pytestmark = pytest.mark.django_db
HEAD = HEADS["enterprises"]
ROW = [uscc(100), "表格企业", "甲镇"]
GOOD = xlsx([HEAD, ROW])
START = '<row r="1"><c r="A1" t="str"><v>企业名称</v></c></row>'


@pytest.fixture
def office():
    return Office()


def other_zip() -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件是空的"),
        ("这是一封信,不是表格".encode(), "前15行里找不到表头"),
        (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "这是 PDF 文件,不是表格"),
        (GOOD[: len(GOOD) // 2], "文件已损坏或没有传完整"),
        (GOOD[:-30], "文件已损坏或没有传完整"),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600), "文件设有打开密码"),
        (by_hand(START, more={"xl/vbaProject.bin": b"Sub A()"}), "工作簿带有宏"),
        (claiming(GOOD, "xl/worksheets/sheet1.xml", 0xFFFFFFF0), "工作簿展开后过大"),
        (by_hand(START + '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), "表格延伸到第 1048576 行"),
        (by_hand(START + '<row r="2"><c r="XFD2"><v>1</v></c></row>'), "表格的列延伸得太远"),
        (other_zip(), "这不是 Excel 工作簿"),
        (by_hand(""), "工作簿里没有内容"),
        (xlsx([HEAD]), "表头下面没有数据行"),
        (xlsx([HEAD, ["", " ", ""]]), "表头下面没有数据行"),
        (xlsx([["企业名称", "注册区域"], ["表格企业", "甲镇"]]), "表头缺少:统一社会信用代码"),
        (xlsx([["甲", "乙"], ["1", "2"]]), "这类表至少要有:统一社会信用代码、企业名称、注册区域"),
        (xlsx([[*HEAD, "名称"], [*ROW, "又一次"]]), "B列“企业名称”与D列“名称”都是企业名称,请只留一列"),
        (csv([HEAD, [uscc(1), '"没有结束', "甲镇"]]), "引号不成对"),
        (csv([HEAD, ROW], "utf-16")[:-1], "无法识别文件的文字编码"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("name", ["企业.xlsx", "企业.csv"])
def test_a_file_that_is_no_table_of_this_kind_is_refused_at_the_file(office, content, sentence, name):
    answer = office.post("enterprises", content, name)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert "Traceback" not in answer.content.decode()
    assert not Enterprise.objects.exists()
    assert lines_of(Enterprise) == []
    assert not ImportFile.objects.exclude(state="refused").exists()


def test_no_file_chosen(office):
    answer = office.client.post(reverse("incubators:exchange_upload", args=["enterprises"]))
    assert answer.status_code == 422
    assert "请选择要导入的文件" in words(answer)


def test_a_request_that_breaks_off_in_the_middle_leaves_nothing(office):
    body = b"".join(
        [
            b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n',
            b"Content-Type: application/octet-stream\r\n\r\n",
            GOOD[:3000],
        ]
    )
    answer = office.client.post(
        reverse("incubators:exchange_upload", args=["enterprises"]),
        body,
        content_type="multipart/form-data; boundary=xx",
    )
    assert answer.status_code == 422
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (by_hand(START + "".join(f'<row r="{n}"/>' for n in range(2, 2_000_001))), "若后面都是空行,请删除这些空行"),
        (padded(GOOD)[: 200 * 1024 + 1], "文件已损坏或没有传完整"),
        (padded(xlsx([["甲", "乙"], ["1", "2"]])), "找不到表头"),
        (b"%PDF-1.7\n" + bytes(300 * 1024), "这是 PDF 文件"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_large_file_that_cannot_be_read_says_so_on_its_page(
    office, content, sentence, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = office.post("enterprises", content)
    assert answer.status_code == 302
    page = office.client.get(answer.url).content.decode()
    assert "这个文件无法导入" in page
    assert sentence in page
    assert Job.objects.get().state == "failed"
    assert not Enterprise.objects.exists()


# --- Accepted all the same --------------------------------------------------------------------------------------------
def test_a_title_in_merged_cells_above_the_headings_is_passed_over(office):
    preview = office.upload("enterprises", xlsx([HEAD, ROW, [uscc(101), "", "甲镇"]], title="甲区企业一览表(2026年)"))
    assert preview.counts == (1, 0, 0, 1)
    assert preview.places == ["B5"]
    assert preview.row.preview["header_line"] == 3


def test_headings_may_stand_in_any_order_with_blanks_stars_and_units(office):
    head = ["注 册\n区域", "企业名称*", " 统一社会信用代码:", "注册资本（万元）", "法人代表"]
    preview = office.upload("enterprises", xlsx([head, ["甲镇", "表格企业", uscc(5), 300, "张三"]]))
    office.confirm(preview)
    row = Enterprise.objects.get()
    assert (row.uscc, row.area_id, row.registered_capital, row.legal_representative) == (
        uscc(5),
        office.town.pk,
        3_000_000,
        "张三",
    )


def test_columns_that_mean_nothing_are_named_and_passed_over(office):
    preview = office.upload("enterprises", xlsx([[*HEAD, "经办人心情", "合成数据"], [*ROW, "很好", "是"]]))
    assert preview.row.preview["ignored"] == ["经办人心情"]
    assert "这些列认不出,不会导入" in preview.text
    assert "经办人心情" in preview.text
    office.confirm(preview)
    assert Enterprise.objects.get().is_synthetic is False


def test_a_missing_column_that_only_new_records_need_is_said_at_the_row(office):
    preview = office.upload("enterprises", xlsx([HEAD[:2], ROW[:2]]))
    assert preview.sentences == ["新记录须填注册区域(表中没有这一列)"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_of_every_usual_encoding_goes_in(office, encoding):
    row = [*ROW[:1], "镕䶮科技有限公司", "甲镇"]
    office.confirm(office.upload("enterprises", csv([HEAD, row], encoding), "企业.csv"))
    assert Enterprise.objects.get().name == "镕䶮科技有限公司"


def test_an_empty_template_and_every_kind_of_template_can_be_sent_back(office):
    answer = office.post("carriers", office.download("exchange_template", "carriers"))
    assert "表头下面没有数据行" in words(answer)
