"""Incubation as people meet it: the list of limits, the forms of its events, one stay's page, sheets and REST."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.urls import reverse
from django.utils import timezone

from core.models import Attachment
from core.permits import NotPermitted
from incubators.models import GraduateFollowUp, IncubationExtension, IncubationRule, Residency
from incubators.register import services
from tests.incubators.exchange_cases import Office
from tests.incubators.factories import EnterpriseFactory, IncubationRuleFactory, ResidencyFactory, signed_in, uscc
from tests.incubators.tenants import District, proof

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def district():
    return District()


def ending(district, days: int, **values) -> Residency:
    """An incubatee whose limit is ``days`` from today (negative: past)."""
    limit = timezone.localdate() + timedelta(days=days)
    start = limit - relativedelta(months=48)
    while start + relativedelta(months=48) < limit:
        start += timedelta(days=1)
    company = EnterpriseFactory(area=district.area)
    return ResidencyFactory(enterprise=company, carrier=district.first, entered_on=start, **values)


def event(stay, code: str) -> str:
    return reverse("incubators:register_event", args=[stay.carrier.code, code])


# --- The list of limits -----------------------------------------------------------------------------------------------
def test_the_list_shows_what_nears_its_limit_or_is_beyond_it(district):
    past, soon, later, far = (ending(district, days) for days in (-5, 20, 80, 400))
    extended = ending(district, -100)
    today = timezone.localdate()
    IncubationExtension.objects.create(
        residency=extended,
        decided_on=today,
        until=today + timedelta(days=300),
        reason="试验",
        decided_by=district.staff,
    )
    client = signed_in(district.staff)
    expected = {
        "": [past, soon, later, extended],
        "overdue": [past],
        "30": [soon],
        "90": [soon, later],
        "extended": [extended],
        "all": [past, soon, later, extended, far],
    }
    for chosen, stays in expected.items():
        page = client.get(reverse("incubators:incubation_list"), {"range": chosen})
        assert [row.pk for row in page.context["page"].object_list] == [stay.pk for stay in stays], chosen
    text = client.get(reverse("incubators:incubation_list")).content.decode()
    assert "超期5天" in text
    assert "剩20天" in text
    assert f"{event(past, 'extend')}?residency={past.pk}" in text


def test_the_list_is_exported_with_days(district):
    stay = ending(district, -5)
    answer = signed_in(district.staff).get(reverse("incubators:incubation_list"), {"format": "csv"})
    rows = [*csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))]
    assert [(row["企业"], row["剩余天数"], row["状态"]) for row in rows] == [(stay.enterprise.name, "-5", "超期在孵")]


def test_an_operator_sees_its_own_limits_and_no_actions(district):
    stay = ending(district, 20)
    ending_elsewhere = ResidencyFactory(carrier=district.second, entered_on=stay.entered_on)
    text = signed_in(district.operator).get(reverse("incubators:incubation_list")).content.decode()
    assert stay.enterprise.name in text
    assert ending_elsewhere.enterprise.name not in text
    assert "register/extend" not in text


def test_without_rules_the_list_says_so(district):
    district.rule.delete()
    text = signed_in(district.staff).get(reverse("incubators:incubation_list"), {"range": "all"}).content.decode()
    assert "还没有载入孵化规则" in text


def test_a_stay_is_shown_with_the_rules_own_words(district):
    stay = ending(district, 20)
    page = signed_in(district.staff).get(reverse("incubators:residency_detail", args=[stay.pk])).content.decode()
    assert "“孵化时限原则上不超过48个月”" in page


# --- Events by their forms ----------------------------------------------------------------------------------------------
def test_graduation_by_its_form_with_evidence(district):
    stay = district.admit("2021-05-01")
    client = signed_in(district.staff)
    typed = {
        "residency": stay.pk,
        "graduated_on": "2024-06-30",
        "grounds": ["invested"],
        "invested_amount": "500",
        "number": "BY-7",
        "destination": "stayed",
        "registered_in_district": "yes",
    }
    refused = client.post(event(stay, "graduate"), {**typed, "files": [proof()]})
    assert refused.status_code == 422
    assert refused.context["form"].errors["invested_amount"] == ["须超过500万元,现为500万元"]
    assert 'value="BY-7"' in refused.content.decode()
    without = client.post(event(stay, "graduate"), {**typed, "invested_amount": "860"})
    assert (without.status_code, "请上传毕业依据的证明材料" in without.content.decode()) == (422, True)
    page = client.post(
        event(stay, "graduate"), {**typed, "invested_amount": "860", "files": [proof("协议.pdf")]}, follow=True
    )
    text = page.content.decode()
    file = Attachment.objects.get()
    assert reverse("incubators:attachment_download", args=[file.pk]) in text
    assert "BY-7" in text
    stay.refresh_from_db()
    assert (stay.invested_amount, stay.registered_in_district) == (8_600_000, "yes")


def test_the_form_of_a_graduation_offers_the_grounds_by_which_the_stay_is_judged(district):
    stay = district.admit("2021-05-01")
    later = {"code": "later", "valid_from": date(2024, 1, 1)}
    IncubationRule.objects.filter(pk=district.rule.pk).update(valid_to=date(2023, 12, 31))
    grounds = [{"code": "listed", "name": "被兼并收购或挂牌上市", "evidence": "新规则"}]
    IncubationRuleFactory(**later, says={"grounds": grounds})
    client = signed_in(district.staff)

    def offered(**chosen):
        return [
            str(code)
            for code, _ in client.get(event(stay, "graduate"), chosen).context["form"]["grounds"].field.choices
        ]

    every = Residency.GraduationGround.values
    assert offered(residency=stay.pk) == offered() == every
    newer = district.admit("2024-03-01", company=EnterpriseFactory(area=district.area))
    assert offered(residency=newer.pk) == ["listed"]


def test_an_operator_records_that_a_graduate_left_and_not_where_to(district):
    stay = district.graduate(district.admit("2021-05-01"), "2024-06-30")
    client = signed_in(district.operator)
    assert "毕业去向" not in client.get(event(stay, "leave")).content.decode()
    typed = {"residency": stay.pk, "left_on": "2025-01-01", "outcome": "graduated", "destination": "outside"}
    assert client.post(event(stay, "leave"), typed).status_code == 302
    stay.refresh_from_db()
    assert (stay.outcome, stay.destination) == ("graduated", "")
    with pytest.raises(NotPermitted):
        services.leave(
            user=district.operator,
            residency=stay,
            left_on=date(2025, 1, 1),
            outcome="graduated",
            destination_place="苏州",
        )


def test_who_may_not_see_the_other_carrier_is_told_nothing_of_it(district):
    stay = district.admit("2021-05-01")
    new = district.transfer(stay, "2024-01-01")
    Residency.objects.filter(pk=stay.pk).update(overlap_reason="与乙区某孵化器约定")
    address = reverse("incubators:residency_detail", args=[stay.pk])
    sheet = reverse("incubators:record_list", args=["residencies"])
    for user, told in ((district.staff, True), (district.operator, False)):
        client = signed_in(user)
        page, listed = client.get(address).content.decode(), client.get(sheet).content.decode()
        assert (new.carrier.name in page, "与乙区某孵化器约定" in page, "同时在孵说明" in listed) == (told,) * 3
        row = client.get(f"/api/v1/residencies/{stay.pk}/").json()
        assert row["overlap_reason"] == ("与乙区某孵化器约定" if told else "")
        text = b"".join(client.get("/api/v1/residencies/", {"format": "csv"}).streaming_content).decode("utf-8-sig")
        assert ("与乙区某孵化器约定" in text) is told


def test_extension_and_transfer_by_their_forms(district):
    stay = district.admit("2021-05-01")
    client = signed_in(district.staff)
    typed = {"residency": stay.pk, "decided_on": "2025-03-01", "until": "2026-03-01", "reason": "临床试验"}
    assert client.post(event(stay, "extend"), typed).status_code == 302
    typed = {"residency": stay.pk, "carrier": district.second.code, "on": "2025-06-01"}
    page = client.post(event(stay, "transfer"), typed, follow=True).content.decode()
    assert "孵化时限自2021年5月1日起连续计算" in page
    new = district.second.residencies.get()
    text = client.get(reverse("incubators:residency_detail", args=[new.pk])).content.decode()
    assert "2026年3月1日" in text
    assert district.first.name in text  # where it came from


def test_an_officer_is_asked_why_only_when_it_must_be_asked(district):
    district.leave(district.admit("2021-05-01"), "2022-05-01")
    address = reverse("incubators:register_event", args=[district.first.code, "admit"])
    typed = {"uscc": district.company.uscc, "entered_on": "2023-01-01", "incubating": "on"}
    client = signed_in(district.staff)
    assert "return_reason" not in client.get(address).content.decode()
    asked = client.post(address, typed)
    assert "再次入孵请写明理由" in asked.context["form"].errors["return_reason"][0]
    assert client.post(address, {**typed, "return_reason": "项目重启"}).status_code == 302
    operator = signed_in(district.operator).post(address, {**typed, "return_reason": "x", "overlap_reason": "x"})
    assert operator.status_code == 422
    assert "overlap_reason" not in operator.content.decode()


def test_an_old_enterprise_is_remarked_upon(district):
    company = EnterpriseFactory(area=district.area, founded_on=date(2018, 1, 1))
    address = reverse("incubators:register_event", args=[district.first.code, "admit"])
    typed = {"uscc": company.uscc, "entered_on": "2023-01-01", "incubating": "on"}
    page = signed_in(district.staff).post(address, typed, follow=True).content.decode()
    assert "入驻时成立已超过24个月" in page


# --- One stay ---------------------------------------------------------------------------------------------------------
def test_whereabouts_follow_ups_and_evidence_on_the_stays_page(district):
    stay = district.graduate(district.admit("2021-05-01"), "2024-06-30")
    client = signed_in(district.staff)

    def act(action, **typed):
        return client.post(reverse("incubators:residency_act", args=[stay.pk, action]), typed)

    district.leave(stay, "2025-01-01", "graduated")
    assert act("whereabouts", destination="stayed", place="").status_code == 422
    assert act("whereabouts", destination="outside", place="苏州工业园").status_code == 302
    wrong = act("follow-up", year="2001", destination="outside", note="留着的话")
    assert (wrong.status_code, "留着的话" in wrong.content.decode()) == (422, True)
    assert act("follow-up", year="2025", destination="outside", revenue="1200", staff_count="40").status_code == 302
    assert GraduateFollowUp.objects.get().revenue == 12_000_000
    assert act("attach", files=[proof()]).status_code == 302
    assert act("attach").status_code == 422
    first = Attachment.objects.order_by("uploaded_at").first()
    assert act("detach", file=str(first.pk)).status_code == 302
    assert act("detach", file="nonsense").status_code == 422
    assert act("anything").status_code == 404
    text = client.get(reverse("incubators:residency_detail", args=[stay.pk])).content.decode()
    for words in ("毕业迁出(区外)", "苏州工业园", "1,200"):
        assert words in text


def test_an_operator_reads_its_stays_page_and_changes_nothing(district):
    stay = district.graduate(district.admit("2021-05-01"), "2024-06-30")
    client = signed_in(district.operator)
    assert "保存去向" not in client.get(reverse("incubators:residency_detail", args=[stay.pk])).content.decode()
    answer = client.post(reverse("incubators:residency_act", args=[stay.pk, "attach"]), {"files": [proof()]})
    assert answer.status_code == 422
    assert Attachment.objects.count() == 1
    file = Attachment.objects.get()
    download = client.get(reverse("incubators:attachment_download", args=[file.pk]))
    assert b"".join(download.streaming_content).startswith(b"%PDF")


def test_the_enterprises_page_shows_state_and_limit(district):
    stay = ending(district, 20)
    text = signed_in(district.staff).get(f"/enterprises/{stay.enterprise.uscc}/").content.decode()
    assert "剩20天" in text
    assert "已用" in text


# --- Sheets and REST ----------------------------------------------------------------------------------------------------
def test_a_sheet_refuses_an_overlap_in_the_past_unless_an_officer_says_otherwise():
    office = Office()
    company = EnterpriseFactory(uscc=uscc(1), area=office.town)
    ResidencyFactory(
        enterprise=company,
        carrier=office.carrier,
        entered_on=date(2022, 1, 1),
        left_on=date(2023, 1, 1),
        outcome="moved_out",
    )
    heads = ("在孵起始", "离开日期", "结果", "同时在孵说明")
    other = ResidencyFactory(carrier__area=office.area, carrier__code="EX02").carrier
    row = [company.uscc, other.code, date(2022, 6, 1), date(2022, 6, 1), date(2023, 6, 1), "迁出"]
    refused = office.table("residencies", [[*row, ""]], *heads)
    assert refused.sentences == [
        (
            "该企业2022年1月1日至2023年1月1日已在“甲区孵化器”在孵,同时只能在一家载体在孵;"
            "确有需要的,由区科委填写“同时在孵说明”"
        )
    ]
    assert office.table("residencies", [[*row, "两地研发"]], *heads).counts == (1, 0, 0, 0)


def test_a_sheet_carries_graduation_whole():
    IncubationRuleFactory()
    office = Office()
    company = EnterpriseFactory(uscc=uscc(1), area=office.town)
    day, heads = (
        date(2022, 1, 1),
        ("在孵起始", "毕业日期", "毕业依据", "其他毕业依据", "累计获得创业投资(万元)", "毕业去向"),
    )
    row = [company.uscc, "EX01", day, day, date(2024, 1, 1), "被兼并收购或挂牌上市", "累计获得创业投资超过500万元"]
    refused = office.table("residencies", [[*row, 500, "在驻"]], *heads)
    assert refused.sentences == ["须超过500万元,现为500万元"]
    preview = office.table("residencies", [[*row, 650, "在驻"]], *heads)
    office.client.post(reverse("incubators:import_confirm", args=[preview.row.pk]))
    stay = Residency.objects.get()
    assert (stay.grounds, stay.invested_amount, stay.destination) == (["invested", "listed"], 6_500_000, "stayed")


def test_rest_tells_state_and_limit(district):
    stay = ending(district, -5)
    client = signed_in(district.staff)
    row = client.get("/api/v1/residencies/", {"state": "overdue"}).json()["results"][0]
    assert (row["id"], row["state"], row["limit_months"]) == (stay.pk, "overdue", 48)
    assert row["limit_on"] == (timezone.localdate() - timedelta(days=5)).isoformat()
    assert client.get("/api/v1/residencies/", {"state": "extended"}).json()["results"] == []
    text = b"".join(client.get("/api/v1/residencies/", {"format": "csv"}).streaming_content).decode("utf-8-sig")
    assert "overdue" in text
