"""What is reported of each incubatee: typed cell by cell, checked, handed in, accepted and corrected with its report."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.models import Change
from core.permits import Refused
from core.trail_chain import opened
from incubators.models import EnterpriseMonth, MonthlyReport, ReportCalendar, Residency
from incubators.reporting import context
from incubators.reporting.enterprise_fields import answers_of
from incubators.reporting.fields import NOT_APPLICABLE, Gap, GapKind
from incubators.reporting.guards import faults, missing_guards
from incubators.services import reports as services
from incubators.services.cells import Edit, State
from incubators.services.enterprise_cells import save_enterprise_cells
from incubators.services.reports import NotReady, Seen
from tests.incubators.enterprise_cases import TYPED, EnterpriseOffice
from tests.incubators.report_cases import GOOD, MAY, TEXTS, Office

pytestmark = pytest.mark.django_db
JUNE = date(2024, 6, 1)
# Two enterprises with an application each, no grants and no investment.
SUMS = {"ip_applied": 2, "ip_granted": 0, "enterprises_financed": 0, "financing": Decimal(0)}


@pytest.fixture
def office():
    return EnterpriseOffice()


def submit(office, month=MAY, *, user=None, **values):
    row = MonthlyReport.objects.filter(carrier=office.carrier, month=month).order_by("-revision").first()
    return services.submit(
        user=user or office.operator,
        carrier=office.carrier,
        month=month,
        values={**GOOD, **SUMS, **values},
        texts=TEXTS,
        seen=Seen.of(row),
    )


def accepted(office, month=MAY):
    office.fill(month)
    row = submit(office, month)
    return services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)


def said(office, month=MAY):
    around = office.around(month)
    found = around.sheet(around.answers(), around.texts()).enterprises
    return {
        ":".join(each.key.split(":")[:3]): (each.hard, [subject.says for subject in each.subjects] or each.message)
        for each in found
    }


# --- Typing -----------------------------------------------------------------------------------------------------------
def test_a_cell_begins_the_report_and_is_kept_in_yuan(office):
    outcomes = office.type(office.first, {"revenue": "20.5", "staff": "12"})
    assert [each.state for each in outcomes] == [State.SAVED] * 2
    row = office.row(office.first)
    assert (row.revenue, row.staff, row.report.state, row.report.month) == (Decimal(205_000), 12, "draft", MAY)
    assert row.report.writers == [office.operator.pk]


def test_the_four_answers_are_never_mixed(office):
    office.type(office.first, {"staff": "0", "revenue": "缺:账单未到", "tax_ytd": "不适用"})
    held = answers_of(office.row(office.first))
    assert held["staff"] == 0
    assert held["revenue"] == Gap(GapKind.MISSING, "账单未到")
    assert held["tax_ytd"] == NOT_APPLICABLE
    assert held["ip_valid"] is None
    office.type(office.first, {"revenue": "1"})
    assert answers_of(office.row(office.first))["revenue"] == Decimal(10_000)
    assert office.row(office.first).gaps.keys() == {"tax_ytd"}


def test_what_is_no_value_waits_as_typed(office):
    outcome = office.type(office.first, {"staff": "十二个"})[0]
    assert (outcome.state, outcome.text) == (State.WRONG, "十二个")
    assert office.row(office.first).unread == {"staff": "十二个"}
    office.type(office.first, {"staff": "12"})
    assert (office.row(office.first).staff, office.row(office.first).unread) == (12, {})


def test_nobodys_cell_is_overwritten_unseen(office):
    office.type(office.first, {"staff": "12"})
    edits = [Edit(office.first.uscc, "staff", "15", ""), Edit(office.first.uscc, "revenue", "3", "")]
    outcomes, _ = save_enterprise_cells(user=office.staff, carrier=office.carrier, month=MAY, edits=edits)
    assert [each.state for each in outcomes] == [State.CONFLICT, State.SAVED]
    assert "已被改为“12”" in outcomes[0].message
    assert office.row(office.first).staff == 12


def test_a_row_starts_from_the_month_before_or_from_the_register(office):
    office.first.staff_count = 7
    office.first.save()
    assert office.around().incubatees[1].answers["staff"] == 7
    accepted(office)
    later = office.around(JUNE).incubatees[1]
    assert (later.name, later.answers["staff"], later.answers["ip_valid"]) == ("甲科技", 12, 6)
    assert later.answers["revenue"] is None, "flows begin anew"
    office.type(office.first, {"revenue": "1"}, month=JUNE)
    assert office.row(office.first).staff == 12, "what was offered is kept with the first cell"


def test_who_is_asked_about_is_who_is_in_incubation_at_the_end_of_the_month(office):
    office.tenant("丙服务", incubating_from=None)
    office.tenant("丁毕业", graduated_on=date(2024, 5, 20), graduation_ground="high_tech")
    office.tenant("戊次月", entered_on=JUNE, incubating_from=JUNE)
    assert [each.name for each in office.around().incubatees] == ["乙科技", "甲科技"]
    outcome = office.type(office.tenant("己外", incubating_from=None), {"staff": "1"})[0]
    assert (outcome.state, outcome.message) == (State.REFUSED, "不在本月末的在孵名单中")


def test_nothing_is_asked_where_the_calendar_does_not():
    office = Office()
    edit = Edit("91310116MA0000000X", "staff", "1", "")
    with pytest.raises(Refused, match="不收集"):
        save_enterprise_cells(user=office.operator, carrier=office.carrier, month=MAY, edits=[edit])
    assert office.submitted().state == "submitted"


def test_by_the_quarter_only_its_last_month_asks(office):
    ReportCalendar.objects.update(enterprise_months="quarterly")
    assert not office.around(MAY).form.enterprises
    assert office.around(JUNE).form.enterprises


def test_the_trail_has_a_line_for_each_enterprise_with_what_changed(office):
    office.type(office.first, {"staff": "12"})
    office.type(office.first, {"staff": "13", "revenue": "2"})
    line = Change.objects.filter(action="填报企业情况").latest("number")
    assert (line.before, line.after) == ({"staff": 12, "revenue": None}, {"staff": 13, "revenue": "20000.00"})
    assert "甲科技" in line.record_name


# --- Checks -----------------------------------------------------------------------------------------------------------
def test_unanswered_enterprises_block_and_are_named(office):
    office.type(office.first, {"staff": "12"})
    with pytest.raises(NotReady) as refused:
        submit(office)
    assert "企业情况:乙科技、甲科技还没有填完" in str(refused.value.errors)
    hard, says = said(office)["M:E"]
    assert hard
    assert says[0] == "未填"
    assert says[1].startswith("缺本月营业收入、本年累计营业收入")


@pytest.mark.parametrize(
    ("cells", "key", "hard", "says"),
    [
        ({"staff_doctor": "13"}, "R08:E:doctor", True, "其中博士 13 人,大于从业人数 12 人"),
        ({"staff_college": "13"}, "R08:E:college", True, "其中大专以上 13 人,大于从业人数 12 人"),
        (
            {"staff_college": "2", "staff_doctor": "3"},
            "R08:E:degree",
            True,
            "其中博士 3 人,大于其中大专以上 2 人",
        ),
        (
            {"ip_invention": "4", "ip_software": "3"},
            "R09:E:valid",
            True,
            "其中发明专利 4 件与其中软件著作权 3 件,大于有效知识产权 6 件",
        ),
        (
            {"financing": "100", "financing_fund": "60", "financing_loan": "50"},
            "R11:E:sources",
            True,
            "其中孵化基金投资 60 万元与其中银行贷款 50 万元,大于本月获投融资金额 100 万元",
        ),
        ({"revenue": "91"}, "R12:E:month", True, "本月营业收入 91 万元,大于本年累计营业收入 90 万元"),
        ({"research_ytd": "95"}, "R10:E:research", False, "本年累计研发费用 95 万元,大于本年累计营业收入 90 万元"),
    ],
)
def test_a_row_is_held_against_itself(office, cells, key, hard, says):
    office.type(office.first, TYPED | cells)
    assert said(office)[key] == (hard, [says])


def test_sums_of_the_year_only_grow_within_it(office):
    accepted(office)
    office.type(office.first, TYPED | {"revenue_ytd": "80", "revenue": "20"}, month=JUNE)
    found = said(office, JUNE)
    assert found["R12:E:falls"] == (False, ["本年累计营业收入 80 万元,5月为 90 万元"])
    assert found["R12:E:sum"] == (False, ["上月累计 90 万元加本月营业收入 20 万元,应为 110 万元,填报 80 万元"])
    office.type(office.first, {"revenue_ytd": "110"}, month=JUNE)
    assert not {"R12:E:falls", "R12:E:sum"} & said(office, JUNE).keys()


def test_in_january_the_sums_begin_again(office):
    december, january = date(2024, 12, 1), date(2025, 1, 1)
    office.fill(december, revenue_ytd="90")
    row = submit(office, december)
    services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)
    office.type(
        office.first, TYPED | {"revenue": "5", "revenue_ytd": "5", "research_ytd": "1", "tax_ytd": "0"}, month=january
    )
    assert not {key for key in said(office, january) if key.startswith(("R12", "R15"))}
    office.type(office.first, {"revenue_ytd": "6"}, month=january)
    assert said(office, january)["R12:E:sum"][1] == ["上月累计 0 万元加本月营业收入 5 万元,应为 5 万元,填报 6 万元"]


def test_another_unit_is_asked_about(office):
    accepted(office)
    office.type(office.first, TYPED | {"revenue": "200000", "revenue_ytd": "200090"}, month=JUNE)
    hard, says = said(office, JUNE)["R15:E:slip"]
    assert not hard
    assert says[0].startswith("本月营业收入 200,000 万元,上次 20 万元,约为其 10000 倍")


def test_sums_are_held_against_the_carriers_own_figures(office):
    office.fill(financing="50")
    with pytest.raises(NotReady) as refused:
        submit(office, ip_applied=1, enterprises_financed=2, financing=Decimal(1_000_000))
    assert [*refused.value.errors] == ["explain:R25:E:ip_applied"]
    assert "各在孵企业合计 2 件" in str(refused.value.errors)
    # More than they have together is told and asks nothing.
    row = submit(office, ip_applied=3, enterprises_financed=2, financing=Decimal(1_000_000))
    assert row.state == "submitted"


def test_a_soft_finding_is_explained_in_the_report(office):
    office.fill(research_ytd="95")
    with pytest.raises(NotReady):
        submit(office)
    row = MonthlyReport.objects.get()
    row = services.submit(
        user=office.operator,
        carrier=office.carrier,
        month=MAY,
        explanations={office.question("R10:E:research"): "研发先于收入"},
        seen=Seen.of(row),
    )
    assert [*row.explanations.values()] == ["研发先于收入"]


def test_words_on_one_enterprise_do_not_answer_for_another(office):
    office.fill()
    office.type(office.first, {"research_ytd": "95"})
    words = {office.question("R10:E:research"): "甲科技研发先于收入"}
    office.type(office.first, {"research_ytd": "15.5"})
    office.type(office.second, {"research_ytd": "9500"})
    with pytest.raises(NotReady):
        submit(office)
    row, how = MonthlyReport.objects.get(), {"user": office.operator, "carrier": office.carrier, "month": MAY}
    with pytest.raises(NotReady) as refused:
        services.submit(**how, explanations=words, seen=Seen.of(row))
    assert [*refused.value.errors] == [f"explain:{office.question('R10:E:research')}"]


def test_sums_of_a_first_month_that_counts_from_january_are_no_months(office):
    ReportCalendar.objects.filter(area=office.district).update(first_month=MAY, first_is_cumulative=True)
    office.fill(financing="50")
    # The carrier's 900 are those of January to May; the enterprises' 100 are May's alone.
    assert not {key for key in said(office) if key.startswith("R25")}
    assert submit(office, ip_applied=1, enterprises_financed=9, financing=Decimal(9_000_000)).state == "submitted"


def test_two_people_who_begin_a_month_at_once_both_write(office, monkeypatch):
    """The other one begins it between our reading and our writing."""
    save, begun = services.save_draft, []

    def late(**asked):
        if not begun:
            begun.append(save(**asked | {"user": office.staff}))
        return save(**asked)

    monkeypatch.setattr(services, "save_draft", late)
    (outcome,) = office.type(office.first, {"staff": "12"})
    assert outcome.state == "saved"
    assert office.row(office.first).staff == 12
    assert MonthlyReport.objects.count() == 1


# --- Handed in, accepted, corrected -------------------------------------------------------------------------------------
def test_acceptance_is_bound_to_the_rows_seen(office):
    office.fill()
    row = submit(office)
    EnterpriseMonth.objects.filter(enterprise=office.first).update(staff=99)
    with pytest.raises(services.Stale):
        services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)


def test_who_typed_a_row_does_not_accept(office):
    office.type(office.first, {"staff": "12"}, user=office.reviewer)
    office.fill()
    row = submit(office)
    with pytest.raises(services.NotPermitted):
        services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)


def test_nothing_is_typed_into_what_was_handed_in(office):
    office.fill()
    submit(office)
    outcome = office.type(office.first, {"staff": "13"})[0]
    assert (outcome.state, outcome.text) == (State.REFUSED, "12")
    assert office.row(office.first).staff == 12


def test_an_enterprise_that_is_no_incubatee_any_more_goes_at_hand_in_and_stays_in_the_trail(office):
    office.fill()
    Residency.objects.filter(enterprise=office.first).update(left_on=date(2024, 5, 10), outcome="moved_out")
    submit(office, ip_applied=1)
    assert [row.enterprise.name for row in EnterpriseMonth.objects.all()] == ["乙科技"]
    line = Change.objects.get(action="移除企业情况")
    assert (line.before["staff"], line.before["revenue"]) == (12, "200000.00")


ONE_MORE = "'{{}}', '{{}}' FROM incubators_enterprise WHERE name = '丙科技'"
COLUMNS = "report_id, enterprise_id, gaps, unread"
STATEMENTS = [
    "UPDATE incubators_enterprisemonth SET staff = 99",
    "DELETE FROM incubators_enterprisemonth",
    f"INSERT INTO incubators_enterprisemonth ({COLUMNS}) SELECT {{report}}, id, {ONE_MORE}",
    "UPDATE incubators_enterprisemonth SET report_id = {report} WHERE report_id <> {report}",
]
OVER = f"INSERT OR REPLACE INTO incubators_enterprisemonth (id, {COLUMNS}) SELECT {{row}}, {{other}}, id, {ONE_MORE}"
EMPTIED = "TRUNCATE incubators_enterprisemonth"


@pytest.mark.parametrize("statement", [*STATEMENTS, OVER if connection.vendor == "sqlite" else EMPTIED])
def test_what_was_accepted_changes_by_no_statement(office, statement):
    report = accepted(office)
    office.tenant("丙科技", entered_on=JUNE, incubating_from=JUNE)
    office.type(office.first, {"staff": "1"}, month=JUNE)
    other = MonthlyReport.objects.get(month=JUNE).pk
    row = office.row(office.first, report)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(report=report.pk, row=row.pk, other=other))
    assert [*EnterpriseMonth.objects.filter(report=report).values_list("staff", flat=True)] == [12, 12]


def test_the_doctor_sees_rows_that_were_changed_all_the_same(office):
    accepted(office)
    assert ([*faults()], missing_guards()) == ([], [])
    with opened("test"):
        EnterpriseMonth.objects.filter(enterprise=office.first).update(staff=99)
    assert "与通过时的校验值不符" in next(faults())


def test_a_correction_begins_with_the_rows_and_both_are_kept(office):
    report = accepted(office)
    new = services.correct(user=office.staff, report=report, reason="人数核错")
    assert office.row(office.first, new).staff == 12
    office.type(office.first, {"staff": "13"}, user=office.staff)
    row = submit(office, user=office.staff)
    services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)
    rows = EnterpriseMonth.objects.filter(enterprise=office.first).order_by("pk")
    assert [*rows.values_list("staff", "report__is_current")] == [(12, False), (13, True)]
    assert [*EnterpriseMonth.objects.counted().filter(enterprise=office.first).values_list("staff", flat=True)] == [13]


def test_any_number_of_carriers_in_the_same_number_of_queries(office):
    others = [EnterpriseOffice.beside(office) for _ in range(3)]
    for each in (office, *others):
        each.fill()

    def queries(offices):
        with CaptureQueriesContext(connection) as seen:
            for around in context.load([each.carrier for each in offices], MAY).values():
                assert around.sheet(around.answers(), around.texts()).enterprises == ()
        return len(seen)

    assert queries([office]) == queries([office, *others])
