"""Rules over rows: duplicates, dates that contradict, one incubation at a time, other districts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from incubators.access import Role
from incubators.models import Designation, Enterprise, FundInvestment, Qualification, Residency
from tests.incubators.exchange_cases import HEADS, Office, lines_of, sign_in
from tests.incubators.factories import (
    CarrierFactory,
    DesignationFactory,
    EnterpriseFactory,
    FundFactory,
    IncubationRuleFactory,
    MentorFactory,
    QualificationKindFactory,
    ResidencyFactory,
    TitleFactory,
    add_membership,
    make_user,
    uscc,
)
from tests.support.workbooks import xlsx

pytestmark = pytest.mark.django_db
DAY = date(2024, 1, 8)
EXCEPT = ";确有需要的,由区科委填写“同时在孵说明”"
INCUBATING = ("在孵起始",)


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def company(office):
    return EnterpriseFactory(uscc=uscc(1), name="甲镇企业", area=office.town)


@pytest.fixture
def second(office):
    return CarrierFactory(code="EX02", name="甲区二号孵化器", area=office.town, owner_area=office.area)


# --- Duplicates -------------------------------------------------------------------------------------------------------
def test_the_same_record_twice_in_a_file_is_wrong_at_its_second_row(office):
    rows = [
        office.enterprise_row(1),
        office.enterprise_row(2),
        office.enterprise_row(1),
        [uscc(1).lower(), "又", "甲镇"],
    ]
    preview = office.table("enterprises", rows)
    assert preview.counts == (2, 0, 0, 2)
    assert preview.places == ["A4", "A5"]
    assert preview.sentences == ["与第2行是同一条记录"] * 2


def test_as_many_rows_as_the_register_holds_of_one_name_are_taken(office):
    for _ in range(2):
        MentorFactory(carrier=office.carrier, name="张老师", engaged_on=DAY)
    head = ["载体编号", "姓名", "聘任日期", "专长"]
    rows = [["EX01", "张老师", DAY, field] for field in ("财务", "法律", "市场")]
    preview = office.upload("mentors", xlsx([head, *rows]))
    assert preview.counts == (0, 2, 0, 1)
    assert preview.sentences == ["与第2行是同一条记录"]


# --- One incubation at a time -----------------------------------------------------------------------------------------
def test_two_rows_that_incubate_one_enterprise_in_two_carriers(office, company, second):
    rows = [[company.uscc, "EX01", DAY, DAY], [company.uscc, "EX02", DAY, DAY]]
    preview = office.table("residencies", rows, *INCUBATING)
    assert preview.counts == (1, 0, 0, 1)
    assert preview.sentences == ["与第2行同为在孵,同一企业同时只能在一家载体在孵"]
    office.confirm(preview, only_right="1")
    assert Residency.objects.get().carrier == office.carrier


def test_a_row_against_the_register_names_where_and_since(office, company, second):
    ResidencyFactory(enterprise=company, carrier=second, entered_on=DAY)
    preview = office.table("residencies", [[company.uscc, "EX01", DAY, DAY]], *INCUBATING)
    assert preview.sentences == [f"该企业自2024年1月8日起已在“甲区二号孵化器”在孵,同时只能在一家载体在孵{EXCEPT}"]


def test_a_carrier_of_another_district_is_not_named(office, company):
    ResidencyFactory(enterprise=company, carrier=office.foreign, entered_on=DAY)
    preview = office.table("residencies", [[company.uscc, "EX01", DAY, DAY]], *INCUBATING)
    assert preview.sentences == [f"该企业已在另一家载体在孵,同时只能在一家载体在孵{EXCEPT}"]
    assert office.foreign.name not in preview.text
    assert "FX01" not in preview.text


def test_it_may_move_when_the_same_file_ends_the_first_incubation(office, company, second):
    ResidencyFactory(enterprise=company, carrier=second, entered_on=DAY)
    rows = [
        [company.uscc, "EX01", date(2024, 6, 1), date(2024, 6, 1), None, ""],
        [company.uscc, "EX02", DAY, DAY, date(2024, 5, 31), "迁出"],
    ]
    preview = office.table("residencies", rows, *INCUBATING, "离开日期", "结果")
    assert preview.counts == (1, 1, 0, 0)
    office.confirm(preview)
    assert [row.carrier for row in Residency.objects.incubating_on(timezone.localdate())] == [office.carrier]


def test_it_may_not_move_when_the_row_that_ends_the_first_is_itself_wrong(office, company, second):
    """Only the right rows would be written: then it would incubate twice."""
    ResidencyFactory(enterprise=company, carrier=second, entered_on=DAY)
    rows = [
        [company.uscc, "EX02", DAY, DAY, date(2024, 5, 31), ""],
        [company.uscc, "EX01", date(2024, 6, 1), date(2024, 6, 1), None, ""],
    ]
    preview = office.table("residencies", rows, *INCUBATING, "离开日期", "结果")
    assert preview.counts == (0, 0, 0, 2)
    assert preview.sentences[0] == "离开须写明结果(迁出、注销、清退、转移或毕业)"
    assert "已在“甲区二号孵化器”在孵" in preview.sentences[1]


def test_the_one_that_the_register_holds_stays_whatever_the_order_of_rows(office, company, second):
    ResidencyFactory(enterprise=company, carrier=second, entered_on=DAY, floor_area=10)
    rows = [
        [company.uscc, "EX01", date(2024, 6, 1), date(2024, 6, 1), 20],
        [company.uscc, "EX02", DAY, DAY, 30],
    ]
    preview = office.table("residencies", rows, *INCUBATING, "占用面积")
    assert preview.counts == (0, 1, 0, 1)
    assert preview.sentences == ["与第3行同为在孵,同一企业同时只能在一家载体在孵"]
    office.confirm(preview, only_right="1")
    assert Residency.objects.get().floor_area == 30


# --- Dates that contradict --------------------------------------------------------------------------------------------
TOMORROW = timezone.localdate() + timedelta(days=1)


def test_an_enterprise_is_in_one_carrier_once_at_a_time(office, company):
    """Also where it does not incubate: two stays that overlap would count it twice."""
    code = office.carrier.code
    ResidencyFactory(enterprise=company, carrier=office.carrier, entered_on=date(2023, 1, 8), left_on=None)
    preview = office.table("residencies", [[company.uscc, code, date(2024, 5, 1)]])
    assert preview.sentences == ["该企业自2023年1月8日起已登记在本载体入驻,与这一条时间重叠;请先改正原记录的离开日期"]
    assert preview.places == ["C2"]
    ended = [company.uscc, code, date(2023, 1, 8), date(2024, 5, 1), "迁出"]
    again = [company.uscc, code, date(2024, 5, 1), None, None]
    early = [company.uscc, code, date(2023, 6, 1), date(2023, 7, 1), "迁出"]
    preview = office.table("residencies", [ended, again, early], "离开日期", "结果")
    assert preview.counts == (1, 1, 0, 1)
    assert preview.sentences == ["与第2行的入驻时间重叠,同一企业在一家载体同时只有一条入驻记录"]


GRADUATED, LISTED = ("在孵起始", "毕业日期", "毕业依据"), [DAY, date(2024, 2, 1), "被兼并收购或挂牌上市"]


@pytest.mark.parametrize(
    ("more", "cells", "sentence"),
    [
        (("离开日期", "结果"), [date(2024, 1, 7), "迁出"], "离开日期早于入驻日期"),
        (("离开日期",), [date(2024, 2, 1)], "离开须写明结果(迁出、注销、清退、转移或毕业)"),
        (("在孵起始",), [date(2024, 1, 7)], "在孵起始早于入驻日期"),
        (("毕业日期", "毕业依据"), [date(2024, 2, 1), "首次获评高新技术企业"], "毕业须先在孵,请填在孵起始"),
        (("在孵起始", "毕业日期"), [DAY, date(2024, 2, 1)], "毕业须写明依据"),
        (("在孵起始", "毕业日期"), [date(2024, 3, 1), date(2024, 2, 1)], "毕业日期早于在孵起始"),
        (("在孵起始",), [TOMORROW], "在孵起始不能晚于今天"),
        (("离开日期", "结果"), [date(2024, 2, 1), "毕业"], "没有登记毕业,请选迁出、注销或清退"),
        (("毕业去向",), ["迁出(区外)"], "毕业企业才登记去向"),
        (("去向说明",), ["苏州"], "毕业企业才登记去向"),
        ((*GRADUATED, "离开日期", "结果", "毕业去向"), [*LISTED, date(2024, 3, 1), "毕业", "在驻"],
         "已于2024年3月1日离开,去向不能是在驻"),
        ((*GRADUATED, "毕业去向"), [*LISTED, "迁出(区外)"], "尚未登记离开;请在登记离开时一并填写去向"),
    ],
)  # fmt: skip
def test_dates_of_a_residency_fit_together(office, company, more, cells, sentence):
    ground = dict(Residency.GraduationGround.choices)["high_tech"]
    cells = [ground if cell == "首次获评高新技术企业" else cell for cell in cells]
    preview = office.table("residencies", [[company.uscc, "EX01", DAY, *cells]], *more)
    assert preview.sentences == [sentence]
    assert not Residency.objects.exists()


def test_a_new_graduation_has_as_many_grounds_as_the_rule_of_its_clock_asks(office, company):
    IncubationRuleFactory(valid_from=date(2024, 1, 1), says={"min_grounds": 2})
    row, heads = [company.uscc, "EX01", DAY, *LISTED], (*GRADUATED, "孵化计时起始", "其他毕业依据")
    few = office.table("residencies", [[*row, None, None]], *heads)
    assert few.sentences == ["按《测试孵化规则》须符合至少2项毕业依据"]
    for clock, more in ((date(2023, 12, 31), None), (None, "获得高新技术企业资质")):
        assert office.table("residencies", [[*row, clock, more]], *heads).counts == (1, 0, 0, 0)


def test_nothing_happens_in_a_carrier_before_it_opened(office, company):
    early = date(2021, 4, 30)
    entered = office.table("residencies", [[company.uscc, "EX01", early]])
    awarded = office.table("designations", [["EX01", office.title.name, early, "文号1号"]])
    assert entered.sentences == awarded.sentences == ["不能早于载体开办日期2021年5月1日"]
    assert (entered.places, awarded.places) == (["C2"], ["C2"])


def test_a_title_of_another_kind_and_an_end_without_reason(office):
    TitleFactory(code="maker", name="众创空间称号", carrier_kind="maker_space")
    DesignationFactory(carrier=office.carrier, title=office.title, awarded_on=DAY)
    rows = [
        ["EX01", "众创空间称号", DAY, "1号", None],
        ["EX01", office.title.name, DAY, "1号", date(2024, 5, 1)],
        ["EX01", "没有的称号", DAY, "1号", None],
    ]
    preview = office.table("designations", rows, "终止日期")
    assert preview.sentences == ["这个称号不适用于科技企业孵化器", "终止认定须写明原因", "库中没有称号“没有的称号”"]
    assert [*Designation.objects.values_list("ended_on", flat=True)] == [None]


def test_a_change_is_judged_together_with_what_the_register_holds(office):
    EnterpriseFactory(uscc=uscc(1), area=office.town, staff_count=5, research_staff_count=5)
    preview = office.upload("enterprises", xlsx([["信用代码", "从业人数"], [uscc(1), 3]]))
    assert preview.sentences == ["研发人员数5多于从业人数3"]


def test_a_qualification_needs_a_paper(office, company):
    QualificationKindFactory()
    preview = office.table("qualifications", [[company.uscc, "高新技术企业", DAY, ""]])
    assert preview.sentences == ["请填证书或登记编号;以名单确认的资质请填依据"]


def test_an_enterprise_must_be_known_first(office):
    preview = office.table("residencies", [[uscc(55), "EX01", DAY]])
    assert preview.sentences == [f"库中没有代码为“{uscc(55)}”的企业,请先导入企业"]


# --- Other districts --------------------------------------------------------------------------------------------------
def test_rows_of_another_district_are_wrong_and_name_nothing_of_it(office):
    hidden = EnterpriseFactory(uscc=uscc(1), name="乙区秘密企业", area=office.elsewhere, contact_name="秘密联系人")
    rows = [[uscc(1), "改名", "甲镇"], [uscc(2), "新企业", "乙区"]]
    preview = office.table("enterprises", rows)
    assert preview.counts == (0, 0, 0, 2)
    assert preview.sentences == ["库中已有这条记录,但不在您的管辖范围,不能由您改动", "“乙区”不在您的管辖范围"]
    carriers = office.table(
        "carriers",
        [
            ["FX01", "改名", "科技企业孵化器", "公司", "甲镇", "甲区", DAY],
            ["EX03", "新", "众创空间", "公司", "乙区", "乙区", DAY],
        ],
    )
    inside = office.table("residencies", [[uscc(1), "FX01", DAY], [uscc(1), office.foreign.name, DAY]])
    assert carriers.counts == inside.counts == (0, 0, 0, 2)
    assert inside.sentences[0] == "库中没有您管辖的载体“FX01”"
    # The name of the carrier in the last file is what the person typed there.
    assert "秘密" not in preview.text + carriers.text + inside.text.replace(office.foreign.name, "")
    hidden.refresh_from_db()
    assert hidden.name == "乙区秘密企业"


def test_whether_a_carrier_of_another_district_exists_cannot_be_told(office, company):
    known = office.table("residencies", [[company.uscc, "FX01", DAY]])
    unknown = office.table("residencies", [[company.uscc, "FX99", DAY]])
    assert [s.replace("FX01", "?") for s in known.sentences] == [s.replace("FX99", "?") for s in unknown.sentences]


def test_the_export_leaves_out_what_the_person_sees_and_may_not_change(office):
    guest = EnterpriseFactory(uscc=uscc(1), area=office.elsewhere)
    ResidencyFactory(enterprise=guest, carrier=office.carrier, entered_on=DAY)
    EnterpriseFactory(uscc=uscc(2), area=office.town)
    preview = office.upload("enterprises", office.download("exchange_export", "enterprises"))
    assert preview.counts == (0, 0, 1, 0)


def test_a_qualification_is_recorded_where_the_enterprise_is_registered(office):
    QualificationKindFactory()
    guest = EnterpriseFactory(uscc=uscc(1), area=office.elsewhere)
    preview = office.table("qualifications", [[guest.uscc, "高新技术企业", DAY, "GR1"]])
    assert preview.sentences == ["该企业登记在其他区域,其资质由登记区域录入"]
    assert not Qualification.objects.exists()


def test_seeing_a_district_is_not_writing_for_it(office):
    """Staff here and leader there: the funds there may be looked at, not invested for."""
    add_membership(office.user, Role.LEADER, area=office.elsewhere)
    FundFactory(code="fund-there", carrier=office.foreign)
    EnterpriseFactory(uscc=uscc(1), area=office.town)
    client = sign_in(office.user)
    assert client.get("/records/funds/").status_code == 200
    preview = office.upload(
        "fund-investments",
        xlsx([["基金编号", "统一社会信用代码", "实缴日期", "金额(万元)"], ["fund-there", uscc(1), DAY, 10]]),
    )
    assert preview.sentences == ["库中没有您管辖的孵化基金“fund-there”"]
    assert not FundInvestment.objects.exists()


@pytest.mark.parametrize(
    "role", [Role.OPERATOR, Role.LEADER, Role.AUDITOR, Role.EXPERT, Role.LIAISON, Role.ADMINISTRATOR]
)
def test_only_staff_may_import(office, role):
    person = make_user(role, area=office.area, organisation=office.carrier.operator)
    theirs = Office.__new__(Office)
    theirs.client = sign_in(person)
    answer = theirs.post("enterprises", xlsx([HEADS["enterprises"], office.enterprise_row(1)]))
    assert answer.status_code == 403
    mine = office.table("enterprises", [office.enterprise_row(1)])
    for page in ("confirm", "discard"):
        assert theirs.act(mine, page).status_code == 403
    assert not Enterprise.objects.exists()
    assert lines_of(Enterprise) == []


def test_a_file_of_a_colleague_is_not_found(office):
    mine = office.table("enterprises", [office.enterprise_row(1), ["x", "", ""]])
    client = sign_in(make_user(Role.STAFF, area=office.area))
    for page in ("", "marked/"):
        assert client.get(f"/exchange/imports/{mine.row.pk}/{page}").status_code == 404
    for page in ("confirm/", "discard/"):
        assert client.post(f"/exchange/imports/{mine.row.pk}/{page}", {"only_right": "1"}).status_code == 404
    assert not Enterprise.objects.exists()
