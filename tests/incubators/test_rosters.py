"""Rosters: right as of their day, made by one and confirmed by another, frozen for everybody and the database."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.models import Attachment, Change
from core.permits import NotPermitted, Refused
from core.trail_chain import opened
from incubators.access import Role
from incubators.indicators import figures
from incubators.models import Qualification, Residency, Roster, RosterEntry
from incubators.register.services import qualify
from incubators.rosters import comparing, content, guards
from incubators.services import rosters
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    EnterpriseFactory,
    QualificationFactory,
    QualificationKindFactory,
    ResidencyFactory,
    TownFactory,
    make_user,
)

pytestmark = pytest.mark.django_db
YEAR_END = date(2024, 12, 31)
DOCUMENT = "金科委〔2025〕3号"


@pytest.fixture
def area() -> Any:
    return AreaFactory(name="金山区")


@pytest.fixture
def maker(area: Any) -> Any:
    return make_user(Role.STAFF, area=area)


@pytest.fixture
def checker(area: Any) -> Any:
    return make_user(Role.STAFF, area=area)


@pytest.fixture
def hard_tech() -> Any:
    return QualificationKindFactory(code="hard_tech", name="硬科技企业")


def tenant(area: Any, **values: Any) -> Residency:
    row: Residency = ResidencyFactory(carrier__area=area, **values)
    return row


def make(maker: Any, area: Any, kind: str = "incubatees", year: int = 2024) -> Roster:
    return rosters.make(user=maker, kind=kind, area=area, year=year, as_of=date(year, 12, 31))


def confirm(checker: Any, row: Roster, **values: Any) -> Roster:
    seen = content.digest_now(Roster.objects.get(pk=row.pk))
    asked = {"document": DOCUMENT, "confirmed_on": date(row.year + 1, 1, 20), "seen": seen, **values}
    return rosters.confirm(user=checker, roster=row, **asked)


def names(row: Roster) -> list[str]:
    return [*row.entries.order_by("number").values_list("name", flat=True)]


# --- Who is in --------------------------------------------------------------------------------------------------------
def test_incubatees_of_the_day_are_in_at_both_edges_and_nobody_else(area: Any, maker: Any) -> None:
    day, next_day = YEAR_END, YEAR_END + timedelta(days=1)
    ground = {"graduation_ground": "high_tech"}
    expected = {
        tenant(area, entered_on=day).enterprise_id,  # begins that day
        tenant(area, left_on=next_day, outcome="closed").enterprise_id,
        tenant(area, graduated_on=next_day, **ground).enterprise_id,
        ResidencyFactory(carrier__area=TownFactory(parent=area)).enterprise_id,  # a carrier of a town below
    }
    tenant(area, entered_on=next_day)
    tenant(area, left_on=day, outcome="closed")
    tenant(area, graduated_on=day, **ground)
    tenant(area, incubating_from=None)
    ResidencyFactory()  # elsewhere
    row = make(maker, area)
    assert set(row.entries.values_list("enterprise", flat=True)) == expected
    assert [*row.entries.values_list("number", flat=True)] == [1, 2, 3, 4]
    assert figures.compute("n_incubatee", on=day, within=area)[0].value == len(expected)


def test_graduates_of_the_year_are_in_from_its_first_day_to_the_last(area: Any, maker: Any) -> None:
    ground = {"graduation_ground": "invested", "graduation_number": "沪2024-001"}
    first = tenant(area, graduated_on=date(2024, 1, 1), **ground)
    last = tenant(area, graduated_on=YEAR_END, **ground)
    tenant(area, graduated_on=date(2023, 12, 31), **ground)
    tenant(area, graduated_on=date(2025, 1, 1), **ground)
    row = make(maker, area, "graduates")
    assert set(row.entries.values_list("enterprise", flat=True)) == {first.enterprise_id, last.enterprise_id}
    line = row.entries.get(enterprise=last.enterprise)
    assert (line.graduated_on, line.graduation_number) == (YEAR_END, "沪2024-001")
    assert line.graduation_ground == "累计获得创业投资超过500万元"


def test_drawing_takes_one_query_whatever_the_number(area: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            content.drawn(Roster(kind="incubatees", area=area, year=2024, as_of=YEAR_END))
        return len(seen)

    tenant(area)
    few = queries()
    for _ in range(8):
        tenant(area)
    assert queries() == few == 1


@pytest.mark.parametrize(
    ("year", "as_of", "field", "words"),
    [
        (2024, date(2023, 12, 31), "as_of", "应在2024年内"),
        (2999, date(2999, 1, 1), "as_of", "不能晚于今天"),
    ],
)
def test_a_day_outside_the_year_or_to_come_is_refused(
    area: Any, maker: Any, year: int, as_of: date, field: str, words: str
) -> None:
    with pytest.raises(Refused) as refused:
        rosters.make(user=maker, kind="incubatees", area=area, year=year, as_of=as_of)
    assert words in refused.value.errors[field][0]


def test_one_list_a_kind_area_and_year(area: Any, maker: Any) -> None:
    make(maker, area)
    with pytest.raises(Refused) as refused:
        make(maker, area)
    assert "已有草稿" in refused.value.errors["year"][0]


def test_only_staff_of_the_area_make_and_confirm(area: Any, maker: Any) -> None:
    for role in (Role.LEADER, Role.AUDITOR, Role.LIAISON):
        with pytest.raises(NotPermitted):
            make(make_user(role, area=area), area)
    with pytest.raises(NotPermitted):
        make(make_user(Role.STAFF), area)
    tenant(area)
    row = make(maker, area)
    with pytest.raises(NotPermitted):
        confirm(make_user(Role.STAFF), row)


# --- Confirming and freezing ------------------------------------------------------------------------------------------
def test_the_maker_cannot_confirm_and_whoever_changed_it_last_is_the_maker(area: Any, maker: Any, checker: Any) -> None:
    tenant(area)
    row = make(maker, area)
    with pytest.raises(NotPermitted, match="另一位"):
        confirm(maker, row)
    rosters.redraw(user=checker, roster=row)
    with pytest.raises(NotPermitted, match="另一位"):
        confirm(checker, row)
    assert confirm(maker, row).state == "confirmed"


def test_the_database_refuses_the_same_person_too(area: Any, maker: Any) -> None:
    row = make(maker, area)
    row.state, row.document, row.digest = "confirmed", DOCUMENT, "0" * 64
    row.confirmed_by, row.confirmed_on = maker, date(2025, 1, 1)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save()


def test_confirming_freezes_under_its_document_and_only_once(area: Any, maker: Any, checker: Any) -> None:
    tenant(area)
    row = confirm(checker, make(maker, area))
    assert (row.document, row.confirmed_by, len(row.digest)) == (DOCUMENT, checker, 64)
    line = Change.objects.get(action="确认名册")
    assert line.after["digest"] == row.digest
    with pytest.raises(NotPermitted, match="不能重复确认"):
        confirm(checker, row)
    for change in (rosters.redraw, rosters.discard):
        with pytest.raises(NotPermitted, match="冻结"):
            change(user=maker, roster=row)


def test_a_later_edit_of_the_register_does_not_change_a_frozen_roster(area: Any, maker: Any, checker: Any) -> None:
    stay = tenant(area, enterprise__name="原名科技")
    row = confirm(checker, make(maker, area))
    before = content.lines_of(row)
    stay.enterprise.name = "新名科技"
    stay.enterprise.save()
    stay.carrier.name = "改名孵化器"
    stay.carrier.save()
    Residency.objects.filter(pk=stay.pk).update(left_on=date(2024, 6, 1), outcome="moved_out")
    assert content.lines_of(row) == before
    assert names(row) == ["原名科技"]
    assert content.digest_now(row) == row.digest
    assert [line["name"] for line in comparing.against_register(row).gone] == ["原名科技"]


def test_what_changed_since_is_shown_and_must_be_accepted(area: Any, maker: Any, checker: Any) -> None:
    renamed, gone = tenant(area, enterprise__name="甲"), tenant(area, enterprise__name="乙")
    row = make(maker, area)
    tenant(area, enterprise__name="丙")
    Residency.objects.filter(pk=gone.pk).update(left_on=YEAR_END, outcome="closed")
    renamed.enterprise.name = "甲二"
    renamed.enterprise.save()
    found = comparing.against_register(row)
    assert [line["name"] for line in found.new] == ["丙"]
    assert [line["name"] for line in found.gone] == ["乙"]
    assert [each.cells for each in found.differing] == [[("企业名称", "甲", "甲二")]]
    with pytest.raises(Refused) as refused:
        confirm(checker, row)
    assert "3 处不同" in refused.value.errors["differences_accepted"][0]
    rosters.redraw(user=maker, roster=row)
    assert comparing.against_register(row).count == 0
    assert sorted(names(confirm(checker, row))) == ["丙", "甲二"]


def test_a_draft_that_changed_after_it_was_looked_at_is_not_confirmed(area: Any, maker: Any, checker: Any) -> None:
    tenant(area)
    row = make(maker, area)
    seen = content.digest_now(row)
    tenant(area)
    rosters.redraw(user=maker, roster=row)
    with pytest.raises(Refused, match="草稿有了变化"):
        confirm(checker, row, seen=seen)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"document": " "}, "document"),
        ({"confirmed_on": date(2024, 12, 30)}, "confirmed_on"),
        ({"confirmed_on": date(2100, 1, 1)}, "confirmed_on"),
    ],
)
def test_a_document_and_a_day_that_can_be_are_needed(
    area: Any, maker: Any, checker: Any, values: dict[str, Any], field: str
) -> None:
    tenant(area)
    with pytest.raises(Refused) as refused:
        confirm(checker, make(maker, area), **values)
    assert field in refused.value.errors


def test_an_empty_roster_is_not_confirmed(area: Any, maker: Any, checker: Any) -> None:
    with pytest.raises(Refused, match="没有任何企业"):
        confirm(checker, make(maker, area))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE incubators_rosterentry SET name = 'x'",
        "DELETE FROM incubators_rosterentry",
        "UPDATE incubators_roster SET title = 'x'",
        "UPDATE incubators_roster SET state = 'draft', digest = '', confirmed_by_id = NULL, confirmed_on = NULL",
        "DELETE FROM incubators_roster",
    ],
)
def test_the_database_refuses_what_comes_past_the_portal(area: Any, maker: Any, checker: Any, statement: str) -> None:
    tenant(area)
    row = confirm(checker, make(maker, area))
    with pytest.raises(DatabaseError, match="不能修改或删除"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert content.digest_now(Roster.objects.get(pk=row.pk)) == row.digest


def test_the_database_refuses_a_line_added_or_moved_to_a_confirmed_roster(area: Any, maker: Any, checker: Any) -> None:
    tenant(area)
    row = confirm(checker, make(maker, area))
    draft = make(maker, area, year=2025)
    line = draft.entries.get()
    with pytest.raises(DatabaseError, match="不能修改或删除"), transaction.atomic():
        RosterEntry.objects.filter(pk=line.pk).update(roster=row, number=2)
    line.pk, line.roster, line.number = None, row, 2
    line.enterprise = EnterpriseFactory()
    with pytest.raises(DatabaseError, match="不能修改或删除"), transaction.atomic():
        line.save()
    assert guards.missing_guards() == []


# --- Correcting -------------------------------------------------------------------------------------------------------
def test_a_correction_keeps_both_and_takes_over_when_it_is_confirmed(area: Any, maker: Any, checker: Any) -> None:
    tenant(area, enterprise__name="甲")
    old = confirm(checker, make(maker, area))
    tenant(area, enterprise__name="补登")
    with pytest.raises(Refused) as refused:
        rosters.correct(user=maker, roster=old, reason=" ")
    assert "reason" in refused.value.errors
    new = rosters.correct(user=maker, roster=old, reason="漏列一家")
    assert (new.revision, new.corrects, new.as_of) == (2, old, old.as_of)
    assert [*Roster.objects.in_force()] == [old]
    with pytest.raises(NotPermitted, match="已有更正版"):
        rosters.correct(user=maker, roster=old, reason="又一次")
    new = confirm(checker, new)
    assert [*Roster.objects.in_force()] == [new]
    assert (names(old), sorted(names(new))) == (["甲"], ["甲", "补登"])
    assert content.digest_now(Roster.objects.get(pk=old.pk)) == old.digest


def test_a_discarded_draft_is_gone_with_its_files(
    area: Any, maker: Any, checker: Any, django_capture_on_commit_callbacks: Any
) -> None:
    tenant(area)
    row = make(maker, area)
    kept = rosters.attach_scan(user=maker, roster=row, upload=SimpleUploadedFile("草稿.pdf", b"%PDF-1.4 draft"))
    with django_capture_on_commit_callbacks(execute=True):
        rosters.discard(user=maker, roster=row)
    assert not Roster.objects.exists()
    assert not Attachment.objects.exists()
    assert not kept.file.storage.exists(kept.file.name)


# --- Against the year before ------------------------------------------------------------------------------------------
def test_the_next_years_list_is_compared_with_this_ones_revision_in_force(area: Any, maker: Any, checker: Any) -> None:
    stays = {name: tenant(area, enterprise__name=name) for name in ("留下", "走了")}
    old = confirm(checker, make(maker, area))
    tenant(area, enterprise__name="补登")
    corrected = confirm(checker, rosters.correct(user=maker, roster=old, reason="漏列"))
    Residency.objects.filter(pk=stays["走了"].pk).update(left_on=date(2025, 5, 1), outcome="moved_out")
    tenant(area, enterprise__name="新来", entered_on=date(2025, 3, 1))
    row = make(maker, area, year=2025)
    assert comparing.year_before(row, maker) == corrected
    assert [line.name for line in comparing.added(row, corrected, maker)] == ["新来"]
    assert [line.name for line in comparing.dropped(row, corrected, maker)] == ["走了"]
    assert comparing.year_before(old, maker) is None


def test_the_year_before_is_not_told_to_who_may_not_see_it(area: Any, maker: Any, checker: Any) -> None:
    old = tenant(area, entered_on=date(2024, 1, 1), left_on=date(2025, 1, 1), outcome="closed")
    confirm(checker, make(maker, area))
    stay = tenant(area, entered_on=date(2025, 1, 1))
    row = confirm(checker, make(maker, area, year=2025))
    comes, was = (make_user(Role.OPERATOR, organisation=each.carrier.operator) for each in (stay, old))
    assert [*Roster.objects.visible_to(comes)] == [row]
    assert comparing.year_before(row, comes) is None
    assert comparing.year_before(row, was).year == 2024  # type: ignore[union-attr]


def test_the_digest_of_a_line_is_what_it_always_was() -> None:
    said = dict.fromkeys(content.SAID, "")
    line = {**said, "number": 3, "name": "甲“乙”\\公司", "founded_on": date(2020, 2, 29), "entered_on": None}
    digest = content.digest_of_line({**line, "is_synthetic": True, "basis": "é\n"})
    assert digest == "a60af31ea432c441167e8daee61854a0d69bf5d81ff39217ea29945236f06177"


# --- 硬科技 -----------------------------------------------------------------------------------------------------------
def propose(user: Any, row: Roster, *pairs: tuple[Any, str]) -> int:
    return rosters.add_candidates(
        user=user, roster=row, candidates=[rosters.Candidate(company.uscc, basis) for company, basis in pairs]
    )


def test_confirming_the_list_qualifies_those_without_once(area: Any, maker: Any, checker: Any, hard_tech: Any) -> None:
    holder, fresh = EnterpriseFactory(area=area), EnterpriseFactory(area=area)
    QualificationFactory(enterprise=holder, kind=hard_tech, basis="2022年名单", certificate="")
    row = make(maker, area, "hard_tech")
    assert [*row.entries.values_list("enterprise", "basis")] == [(holder.pk, "2022年名单")]
    assert propose(maker, row, (fresh, "核心专利3项,专家评审通过")) == 1
    row = confirm(checker, row)
    made = Qualification.objects.get(enterprise=fresh, kind=hard_tech)
    assert (made.valid_from, made.valid_to) == (row.confirmed_on, None)
    line = row.entries.get(enterprise=fresh)
    assert made.basis == f"{DOCUMENT}《{row.title}》第{line.number}号:核心专利3项,专家评审通过"
    assert Qualification.objects.filter(enterprise=holder).count() == 1
    assert Change.objects.filter(action="随名单登记资质", record_id=str(made.pk)).count() == 1
    # The next year's list finds them all qualified.
    confirm(checker, make(maker, area, "hard_tech", year=2025), confirmed_on=date(2026, 1, 9))
    assert Qualification.objects.filter(kind=hard_tech).count() == 2
    asked = {"params": {"qualification": "hard_tech", "population": "district"}, "within": area}
    assert figures.compute("n_qualified", on=row.confirmed_on, **asked)[0].value == 2
    assert figures.compute("n_qualified", on=row.confirmed_on - timedelta(days=1), **asked)[0].value == 1


def test_leaving_the_list_ends_the_qualification_only_when_staff_say_so(
    area: Any, maker: Any, checker: Any, hard_tech: Any
) -> None:
    kept, ended, listed = (EnterpriseFactory(area=area) for _ in range(3))
    for company in (kept, ended, listed):
        QualificationFactory(enterprise=company, kind=hard_tech, basis="往年名单")
    later = EnterpriseFactory(area=area)  # confirmed after the list's own day: not this list's matter
    QualificationFactory(enterprise=later, kind=hard_tech, basis="新一批", valid_from=date(2025, 1, 5))
    row = make(maker, area, "hard_tech")
    for company in (kept, ended):
        rosters.remove_candidate(user=maker, roster=row, number=row.entries.get(enterprise=company).number)
    assert {each.enterprise for each in rosters.unlisted(row, date(2025, 1, 20))} == {kept, ended}
    with pytest.raises(Refused) as refused:
        confirm(checker, row, ended={listed.pk}, differences_accepted=True)
    assert "ended" in refused.value.errors
    assert Roster.objects.get(pk=row.pk).is_draft, "nothing of it was written"
    row = confirm(checker, row, ended={ended.pk}, differences_accepted=True)
    until = dict(Qualification.objects.values_list("enterprise", "valid_to"))
    assert until == {kept.pk: None, listed.pk: None, later.pk: None, ended.pk: row.confirmed_on}


def test_a_correction_may_end_what_the_revision_before_granted(
    area: Any, maker: Any, checker: Any, hard_tech: Any
) -> None:
    kept, wrong = EnterpriseFactory(area=area), EnterpriseFactory(area=area)
    row = make(maker, area, "hard_tech")
    propose(maker, row, (kept, "核心专利"), (wrong, "核心专利"))
    row = confirm(checker, row)
    granted = Qualification.objects.get(enterprise=wrong)
    assert granted.valid_from > row.as_of
    later = EnterpriseFactory(area=area)  # confirmed after the first revision: not this list's matter
    QualificationFactory(enterprise=later, kind=hard_tech, basis="新一批", valid_from=date(2025, 2, 1))
    new = rosters.correct(user=maker, roster=row, reason="误列一家")
    rosters.remove_candidate(user=maker, roster=new, number=new.entries.get(enterprise=wrong).number)
    assert [line["name"] for line in comparing.against_register(new).new] == [wrong.name]
    assert rosters.unlisted(new, date(2025, 3, 1)) == [granted]
    asked = {"ended": {wrong.pk}, "differences_accepted": True}
    with pytest.raises(Refused) as refused:
        confirm(checker, new, confirmed_on=date(2025, 1, 19), **asked)
    assert "不能早于所更正的一版" in refused.value.errors["confirmed_on"][0]
    new = confirm(checker, new, confirmed_on=date(2025, 3, 1), **asked)
    until = dict(Qualification.objects.values_list("enterprise", "valid_to"))
    assert until == {kept.pk: None, later.pk: None, wrong.pk: date(2025, 3, 1)}


def test_a_basis_that_does_not_fit_is_refused_and_not_cut(area: Any, maker: Any, checker: Any, hard_tech: Any) -> None:
    company = EnterpriseFactory(area=area)
    row = make(maker, area, "hard_tech")
    propose(maker, row, (company, "专" * 190))
    with pytest.raises(Refused) as refused:
        confirm(checker, row)
    assert f"“{company.name}”" in refused.value.errors["document"][0]
    assert Roster.objects.get(pk=row.pk).is_draft
    assert not Qualification.objects.exists()


def test_each_wrong_candidate_is_named_and_nothing_is_taken(area: Any, maker: Any, hard_tech: Any) -> None:
    good, bare, elsewhere = EnterpriseFactory(area=area), EnterpriseFactory(area=area), EnterpriseFactory()
    ResidencyFactory(enterprise=elsewhere, carrier__area=area)  # visible, but registered in another district
    row = make(maker, area, "hard_tech")
    with pytest.raises(Refused) as refused:
        propose(
            maker, row, (good, "专利"), (bare, ""), (elsewhere, "专利"), (EnterpriseFactory(), "专利"), (good, "重复")
        )
    words = "\n".join(refused.value.errors["lines"])
    for expected in ("没有写确认依据", "不在金山区", "不在您的权限范围内", "已在名单中"):
        assert expected in words
    assert len(refused.value.errors["lines"]) == 4
    assert not row.entries.exists()


def test_a_list_from_the_register_takes_no_candidates(area: Any, maker: Any) -> None:
    row = make(maker, area)
    with pytest.raises(Refused, match="不能逐家增减"):
        propose(maker, row, (EnterpriseFactory(area=area), "专利"))


def test_hard_tech_is_recorded_by_staff_with_a_basis_and_by_nobody_else(area: Any, maker: Any, hard_tech: Any) -> None:
    carrier = CarrierFactory(area=area)
    company = ResidencyFactory(carrier=carrier).enterprise
    operator = make_user(Role.OPERATOR, organisation=carrier.operator)
    asked = {"enterprise": company, "kind": hard_tech, "valid_from": date(2024, 5, 1), "valid_to": None}
    with pytest.raises(NotPermitted):
        qualify(user=operator, certificate="自评1号", basis="自评", **asked)
    with pytest.raises(Refused) as refused:
        qualify(user=maker, certificate="证书1号", basis="", **asked)
    assert "名单" in refused.value.errors["basis"][0]
    assert qualify(user=maker, certificate="", basis="2024年名单", **asked).pk


# --- Looking after them -----------------------------------------------------------------------------------------------
def test_a_flipped_byte_is_found_and_the_line_is_named(area: Any, maker: Any, checker: Any) -> None:
    tenant(area, enterprise__name="甲科技")
    row = confirm(checker, make(maker, area))
    assert [faults for _, faults in guards.faults()] == [[]]
    _past_the_guards("UPDATE incubators_rosterentry SET name = '乙科技' WHERE roster_id = %s", row.pk)
    ((_, faults),) = guards.faults()
    assert faults == ["第1号“乙科技”等1行的内容与校验值不符"]


def test_a_line_taken_away_and_a_changed_heading_are_found(area: Any, maker: Any, checker: Any) -> None:
    tenant(area)
    tenant(area)
    row = confirm(checker, make(maker, area))
    _past_the_guards("DELETE FROM incubators_rosterentry WHERE roster_id = %s AND number = 2", row.pk)
    ((_, faults),) = guards.faults()
    assert "现有1行" in faults[0]
    assert "名册本身" in faults[0]


def _past_the_guards(statement: str, pk: int) -> None:
    with opened("test"), connection.cursor() as cursor:
        cursor.execute(statement, [pk])
