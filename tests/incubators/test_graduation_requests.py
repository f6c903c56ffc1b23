"""An operator hands in a graduation with the month; staff agree, which records it, or return it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse

from core.models import Attachment, Change
from core.permits import NotPermitted, Refused
from incubators.access import Role
from incubators.models import GraduationRequest, Residency
from incubators.register import graduations
from tests.incubators.factories import IncubationRuleFactory, ResidencyFactory, make_user, signed_in
from tests.incubators.report_cases import Office

pytestmark = pytest.mark.django_db
MONTH = "2024-05"
PROOF = b"%PDF-1.4 proof"


@pytest.fixture
def office(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    IncubationRuleFactory()
    made = Office()
    made.stay = ResidencyFactory(
        carrier=made.carrier, enterprise__name="甲科技", entered_on=date(2022, 1, 1), incubating_from=date(2022, 1, 1)
    )
    return made


def asking(office):
    return reverse("incubators:register_event", args=[office.carrier.code, "ask-graduate"])


def typed(office, **changes):
    return {
        "residency": str(office.stay.pk),
        "graduated_on": "2024-05-20",
        "grounds": ["invested"],
        "invested_amount": "860",
        "destination": "stayed",
        "files": SimpleUploadedFile("投资协议.pdf", PROOF),
        **changes,
    }


def ask(office, **changes):
    return signed_in(office.operator).post(f"{asking(office)}?month={MONTH}", typed(office, **changes))


def act(office, user, action, **sent):
    row = GraduationRequest.objects.latest("pk")
    address = reverse("incubators:residency_act", args=[office.stay.pk, action])
    return signed_in(user).post(address, {"request": row.pk, **sent})


def form_of(office, user):
    return signed_in(user).get(reverse("incubators:report_edit", args=[office.carrier.code, MONTH])).content.decode()


def test_the_months_form_leads_an_operator_to_ask_and_staff_to_record(office):
    assert f"{asking(office)}?month={MONTH}" in form_of(office, office.operator)
    page = form_of(office, office.staff)
    assert "ask-graduate" not in page
    assert "/graduate/?month=" in page


def test_what_is_asked_waits_and_counts_nowhere(office):
    answer = ask(office)
    assert (answer.status_code, answer.url) == (
        302,
        reverse("incubators:report_edit", args=[office.carrier.code, MONTH]),
    )
    row = GraduationRequest.objects.get()
    assert (row.state, row.graduated_on, row.grounds) == ("waiting", date(2024, 5, 20), ["invested"])
    assert row.particulars["invested_amount"] == "8600000"
    assert Residency.objects.get().graduated_on is None
    page = form_of(office, office.operator)
    assert "另有1家毕业申请待审核" in page
    assert Change.objects.filter(action="申请毕业", record_id=str(row.pk)).exists()


def test_staff_find_it_agree_and_it_is_recorded_with_its_evidence(office):
    ask(office)
    staff = signed_in(office.staff)
    assert "1 份毕业申请待审核" in staff.get("/reports/", {"month": MONTH}).content.decode()
    page = staff.get(reverse("incubators:residency_detail", args=[office.stay.pk])).content.decode()
    assert "投资协议.pdf" in page
    assert "860" in page
    assert act(office, office.staff, "grant", number="沪孵毕2024-01").status_code == 302
    stay = Residency.objects.get()
    assert (stay.graduated_on, stay.graduation_number, stay.invested_amount) == (
        date(2024, 5, 20),
        "沪孵毕2024-01",
        Decimal(8_600_000),
    )
    row = GraduationRequest.objects.get()
    assert (row.state, row.answered_by) == ("granted", office.staff)
    kept = Attachment.objects.filter(owner_label="incubators.residency", owner_id=str(stay.pk))
    assert [file.name for file in kept] == ["投资协议.pdf"]
    assert "另有" not in form_of(office, office.operator)


def test_it_is_returned_with_a_reason_and_asked_again_from_what_was_typed(office):
    ask(office)
    assert act(office, office.staff, "return", reason=" ").status_code == 422
    assert act(office, office.staff, "return", reason="协议缺到账凭证").status_code == 302
    operator = signed_in(office.operator)
    page = operator.get(reverse("incubators:residency_detail", args=[office.stay.pk])).content.decode()
    assert "退回原因:协议缺到账凭证" in page
    form = operator.get(asking(office), {"residency": office.stay.pk}).context["form"]
    assert (form["graduated_on"].value(), form["grounds"].value()) == (date(2024, 5, 20), ["invested"])
    assert form["invested_amount"].value() == "860"
    assert ask(office).status_code == 302
    assert [*GraduationRequest.objects.order_by("pk").values_list("state", flat=True)] == ["returned", "waiting"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"invested_amount": ""}, "invested_amount"),
        ({"grounds": []}, "grounds"),
        ({"graduated_on": "2021-12-31"}, "graduated_on"),
        ({"graduated_on": "2099-01-01"}, "graduated_on"),
    ],
)
def test_what_the_rule_refuses_is_said_at_its_field_when_it_is_asked(office, changes, field):
    answer = ask(office, **changes)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not GraduationRequest.objects.exists()


def test_without_evidence_nothing_is_asked(office):
    sent = {name: value for name, value in typed(office).items() if name != "files"}
    answer = signed_in(office.operator).post(asking(office), sent)
    assert answer.status_code == 422
    assert "请上传毕业依据的证明材料" in answer.content.decode()


def test_one_request_at_a_time(office):
    ask(office)
    answer = ask(office)
    assert answer.status_code == 422
    assert "正等待审核" in answer.content.decode()
    with pytest.raises(DatabaseError), transaction.atomic():
        GraduationRequest.objects.create(residency=office.stay, graduated_on=date(2024, 5, 1), asked_by=office.operator)


def test_what_became_impossible_meanwhile_is_refused_in_words_and_stays_waiting(office):
    ask(office)
    Residency.objects.update(left_on=date(2024, 5, 10), outcome="moved_out")
    answer = act(office, office.staff, "grant")
    assert answer.status_code == 422
    assert "已于2024年5月10日离开" in answer.content.decode()
    assert GraduationRequest.objects.get().state == "waiting"
    # Nobody is asked to answer it any more, and the month does not count on it.
    assert graduations.waiting_for(office.staff) == []
    assert "毕业申请待审核" not in signed_in(office.staff).get("/reports/").content.decode()
    assert "家毕业申请待审核" not in form_of(office, office.operator)


def test_the_number_and_the_key_of_a_stay_are_what_a_column_holds(office):
    ask(office)
    answer = act(office, office.staff, "grant", number="9" * 61)
    assert answer.status_code == 422
    assert "毕业编号最多60字" in answer.content.decode()
    assert GraduationRequest.objects.get().state == "waiting"
    assert signed_in(office.operator).get(asking(office), {"residency": "9" * 30}).status_code == 200


def test_who_asked_does_not_agree_and_the_operator_never_does(office):
    ask(office)
    assert act(office, office.operator, "grant").status_code == 422
    assert act(office, office.operator, "return", reason="不").status_code == 422
    row = GraduationRequest.objects.get()
    row.asked_by = office.staff
    row.save()
    with pytest.raises(NotPermitted, match="不能同意自己的申请"):
        graduations.grant(user=office.staff, request=row)
    assert GraduationRequest.objects.get().state == "waiting"


def test_what_waits_can_be_taken_back_and_answered_once(office):
    ask(office)
    assert act(office, office.operator, "withdraw").status_code == 302
    assert GraduationRequest.objects.get().state == "withdrawn"
    with pytest.raises(Refused, match="已撤回"):
        graduations.grant(user=office.staff, request=GraduationRequest.objects.get())


def test_it_is_nobody_elses(office):
    ask(office)
    other = Office()
    row, file = GraduationRequest.objects.get(), Attachment.objects.get()
    for user in (other.operator, other.staff):
        assert not GraduationRequest.objects.visible_to(user).exists()
        assert act(office, user, "grant").status_code == 404
        assert signed_in(user).get(reverse("incubators:attachment_download", args=[file.pk])).status_code == 404
        assert "毕业申请待审核" not in signed_in(user).get("/reports/").content.decode()
    assert signed_in(other.operator).post(asking(office), typed(office)).status_code == 404
    leader = make_user(Role.LEADER, area=office.district)
    assert act(office, leader, "grant").status_code == 422
    assert graduations.waiting_for(office.staff) == [row]


def test_staff_record_it_themselves_and_do_not_ask(office):
    answer = signed_in(office.staff).post(asking(office), typed(office))
    assert answer.status_code == 403
    assert not GraduationRequest.objects.exists()
