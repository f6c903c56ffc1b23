"""Who accepts a correction sees what it changes, and which revision counts."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from incubators.models import MonthlyReport
from incubators.reporting.fields import Gap, GapKind
from incubators.services import reports as services
from incubators.services.reports import Seen
from tests.incubators.factories import signed_in
from tests.incubators.report_cases import MAY, Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return Office()


def corrected(office, old, texts=None, **values):
    """A correction of ``old`` with other ``values`` and ``texts``, as submitted by the operator."""
    row = services.correct(user=office.staff, report=old, reason="年末核对")
    return services.submit(
        user=office.operator, carrier=office.carrier, month=MAY, values=values, texts=texts, seen=Seen.of(row)
    )


def page_of(user, row):
    return signed_in(user).get(reverse("incubators:report_detail", args=[row.pk]))


def lines(page):
    return {line.spec.code: line for _, figures in page.context["sections"] for line in figures}


def text_of(page):
    """The words of a page as they are read."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", page.content.decode()))


def test_a_correction_is_shown_beside_what_it_replaces(office):
    old = office.accepted()
    row = corrected(office, old, {"phone": "021-87654321"}, mentors=12, ip_applied=Gap(GapKind.MISSING, "材料未到"))
    page = page_of(office.reviewer, row)
    found = lines(page)
    assert {code for code, line in found.items() if line.is_changed} == {"mentors", "ip_applied"}
    assert (found["mentors"].former, found["mentors"].value) == ("10", "12")
    assert (found["ip_applied"].former, found["ip_applied"].gap.reason) == ("5", "材料未到")
    words = text_of(page)
    assert "与第1版相比,改了2项数:创业导师、" in words
    assert "文字改了1处:联系电话。" in words
    assert "第1版:021-12345678" in words
    assert words.count("已改") == 3


def test_a_figure_that_a_correction_takes_back_to_a_gap_or_from_one_is_shown_both_ways(office):
    old = office.accepted(ip_applied=Gap(GapKind.MISSING, "材料未到"))
    line = lines(page_of(office.reviewer, corrected(office, old, ip_applied=5)))["ip_applied"]
    assert (line.former_gap.reason, line.value, line.gap, line.is_changed) == ("材料未到", "5", None, True)


def test_a_correction_that_changes_no_figure_says_so(office):
    page = page_of(office.reviewer, corrected(office, office.accepted()))
    assert "与第1版相比,各项数没有改动。" in text_of(page)
    assert "已改" not in text_of(page)


def test_a_first_report_has_nothing_to_be_compared_with(office):
    page = page_of(office.reviewer, office.submitted())
    assert page.context["former"] is None
    assert "第1版" not in text_of(page)


def test_what_was_accepted_is_still_compared_with_what_it_replaced(office):
    old = office.accepted()
    row = corrected(office, old, mentors=12)
    row = services.accept(user=office.reviewer, report=row, seen_hash=row.content_hash)
    assert "与第1版相比,改了1项数:创业导师。" in text_of(page_of(office.reviewer, row))


def test_a_replaced_revision_names_the_one_that_counts_and_not_the_draft(office):
    first = office.accepted()
    second = corrected(office, first, mentors=12)
    second = services.accept(user=office.reviewer, report=second, seen_hash=second.content_hash)
    third = services.correct(user=office.staff, report=second, reason="再核对")
    assert "本版已被第2版取代。查看第2版" in text_of(page_of(office.reviewer, first))
    assert "第3版),通过审核前仍以本版为准" in text_of(page_of(office.reviewer, second))
    assert third.state == MonthlyReport.State.DRAFT
