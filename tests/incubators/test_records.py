"""Lists and forms of records: rules at the field, what others changed, bulk edits, saved views, only one's own."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from core.models import Change
from incubators.access import Role
from incubators.exchange import KINDS
from incubators.models import Carrier, Enterprise, Residency, SavedView
from tests.incubators.factories import (
    CarrierFactory,
    EnterpriseFactory,
    ResidencyFactory,
    make_user,
    signed_in,
    uscc,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def carrier():
    return CarrierFactory(code="REC1", name="登记测试孵化器", opened_on=date(2021, 5, 1))


@pytest.fixture
def staff(carrier):
    return make_user(Role.STAFF, area=carrier.owner_area)


@pytest.fixture
def client(staff):
    return signed_in(staff)


def typed(client: Client, address: str, **changes: str) -> dict[str, str]:
    """What a browser would send for the form at ``address``, with some fields typed anew."""
    form = client.get(address).context["form"]
    values = {field.name: "" if field.value() is None else str(field.value()) for field in form}
    return values | changes


def edit(kind: str, pk: int) -> str:
    return reverse("incubators:record_edit", args=[kind, pk])


def test_a_new_enterprise_from_the_form_has_initials_and_one_line_of_trail(client, carrier):
    address = reverse("incubators:record_create", args=["enterprises"])
    answer = client.post(
        address,
        typed(client, address, uscc=uscc(8101), name="表单新企业", area_id=carrier.area.name, registered_capital="300"),
    )
    row = Enterprise.objects.get(uscc=uscc(8101))
    assert answer.status_code == 302
    assert (row.pinyin, row.registered_capital) == ("bdxqy", 3_000_000)
    assert list(Change.objects.values_list("action", "record_name")) == [("登记企业", "表单新企业")]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": ""}, "name", "请填企业名称"),
        ({"uscc": "123"}, "uscc", "不是统一社会信用代码"),
        ({"founded_on": "2026-02-30"}, "founded_on", "不是日期"),
        ({"registered_capital": "很多"}, "registered_capital", "不是数字"),
        ({"area_id": "没有的镇"}, "area_id", "没有名为“没有的镇”的区域"),
        ({"staff_count": "3", "research_staff_count": "5"}, "research_staff_count", "多于从业人数"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_everything_typed_stays(client, carrier, changes, field, sentence):
    address = reverse("incubators:record_create", args=["enterprises"])
    sent = typed(client, address, uscc=uscc(8102), name="留住的名称", area_id=carrier.area.name, remark="备注还在")
    answer = client.post(address, sent | changes)
    form = answer.context["form"]
    assert answer.status_code == 422
    assert sentence in form.errors[field][0]
    assert form["remark"].value() == "备注还在"
    assert not Enterprise.objects.exists()


def test_the_second_of_two_people_sees_the_difference_and_loses_nothing(client, staff, carrier):
    row = EnterpriseFactory(area=carrier.area, name="两人同改", industry="新材料")
    address = edit("enterprises", row.pk)
    mine = typed(client, address, industry="生物医药", remark="我的备注")
    theirs = signed_in(staff)
    theirs.post(address, typed(theirs, address, industry="航空航天", website="www.example.cn"))

    answer = client.post(address, mine)
    assert answer.status_code == 409
    found = {item.label: (item.seen, item.now, item.typed) for item in answer.context["differences"]}
    assert found == {"技术领域": ("新材料", "航空航天", "生物医药"), "网址": ("(空)", "www.example.cn", "")}
    row.refresh_from_db()
    assert (row.industry, row.remark) == ("航空航天", "")

    again = {f.name: "" if f.value() is None else str(f.value()) for f in answer.context["form"]}
    assert (again["industry"], again["remark"], again["website"]) == ("生物医药", "我的备注", "www.example.cn")
    assert client.post(address, again).status_code == 302
    row.refresh_from_db()
    assert (row.industry, row.website, row.remark) == ("生物医药", "www.example.cn", "我的备注")


def test_what_must_be_filled_in_is_marked_beside_its_label(client):
    page = client.get(reverse("incubators:record_create", args=["enterprises"])).content.decode()
    assert '<label for="id_name">企业名称<span class="required" title="必填">*' in page
    assert '<label for="id_founded_on">成立日期</label>' in page


def test_saving_without_a_change_writes_nothing(client, carrier):
    address = edit("carriers", carrier.pk)
    assert client.post(address, typed(client, address)).status_code == 302
    assert not Change.objects.exists()


def test_a_blank_field_empties_what_was_there(client, carrier):
    row = EnterpriseFactory(area=carrier.area, industry="新材料")
    address = edit("enterprises", row.pk)
    client.post(address, typed(client, address, industry="", reason="填错了"))
    row.refresh_from_db()
    change = Change.objects.get()
    assert row.industry == ""
    assert (change.before["industry"], change.after["industry"], change.reason) == ("新材料", "", "填错了")


def test_another_districts_record_is_not_there(client):
    other = CarrierFactory()
    assert client.get(edit("carriers", other.pk)).status_code == 404
    assert client.post(edit("carriers", other.pk), {"name": "改"}).status_code == 404
    assert other.name not in client.get(reverse("incubators:record_list", args=["carriers"])).content.decode()


def test_lists_search_by_pinyin_initials_and_export_what_they_show(client, carrier):
    EnterpriseFactory(area=carrier.area, name="启明信息", pinyin="qmxx", uscc=uscc(8103))
    EnterpriseFactory(area=carrier.area, name="远山材料", pinyin="yscl", uscc=uscc(8104))
    address = reverse("incubators:record_list", args=["enterprises"])
    page = client.get(address, {"q": "qmxx"})
    assert page.context["page"].paginator.count == 1
    text = b"".join(client.get(address, {"q": "qmxx", "format": "csv"}).streaming_content).decode("utf-8-sig")
    assert uscc(8103) in text
    assert uscc(8104) not in text


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_list_a_form_and_sorts_by_every_column(client, kind):
    address = reverse("incubators:record_list", args=[kind])
    assert client.get(reverse("incubators:record_create", args=[kind])).status_code == 200
    for head in client.get(address).context["columns"]:
        assert client.get(address, {"sort": f"-{head[0].name}", "cols": head[0].name}).status_code == 200


def test_bulk_edit_changes_all_or_none(client, carrier):
    first = EnterpriseFactory(area=carrier.area, staff_count=10)
    second = EnterpriseFactory(area=carrier.area, staff_count=3)
    address = reverse("incubators:record_bulk", args=["enterprises"])
    sent = {"id": [first.pk, second.pk], "column": "research_staff_count", "value": "5", "reason": "核对"}
    answer = client.post(address, sent)
    assert answer.status_code == 422
    assert [name for name, _ in answer.context["wrong"]] == [second.name]
    assert not Enterprise.objects.filter(research_staff_count=5).exists()

    assert client.post(address, sent | {"value": "2", "reason": "核对名册"}).status_code == 302
    assert Enterprise.objects.filter(research_staff_count=2).count() == 2
    assert set(Change.objects.values_list("channel", "reason")) == {("bulk", "核对名册")}


def test_bulk_edit_asks_for_a_column_and_a_reason_and_shows_what_there_is(client, carrier):
    row = EnterpriseFactory(area=carrier.area, industry="新材料")
    address = reverse("incubators:record_bulk", args=["enterprises"])
    page = client.get(address, {"id": [row.pk]})
    assert page.context["column"] is None
    assert '<option value="">请选择</option>' in page.content.decode()
    refused = client.post(address, {"id": [row.pk], "value": "航空"})
    assert (refused.status_code, refused.context["errors"]) == (
        422,
        {"column": ["请选择栏目"], "reason": ["请填更改原因"]},
    )
    looked = client.post(address, {"id": [row.pk], "column": "industry", "value": "航空", "look": "1"})
    assert (looked.status_code, looked.context["errors"]) == (200, {})
    assert looked.context["held"] == [(row, "新材料")]
    row.refresh_from_db()
    assert row.industry == "新材料"


def test_bulk_edit_leaves_other_districts_alone(client):
    other = EnterpriseFactory(industry="新材料")
    address = reverse("incubators:record_bulk", args=["enterprises"])
    client.post(address, {"id": [other.pk], "column": "industry", "value": "航空", "reason": "核对"})
    other.refresh_from_db()
    assert other.industry == "新材料"


def test_a_saved_view_keeps_filters_order_and_columns_for_its_owner_alone(client, staff, carrier):
    save = reverse("incubators:view_save", args=["carriers"])
    client.post(save, {"name": "孵化器按名称", "query": "kind=incubator&sort=name&cols=name&page=3"})
    view = SavedView.objects.get()
    assert (view.user, view.query) == (staff, "kind=incubator&sort=name&cols=name")
    assert "孵化器按名称" in client.get(reverse("incubators:record_list", args=["carriers"])).content.decode()
    stranger = signed_in(make_user(Role.STAFF, area=carrier.owner_area))
    assert stranger.post(reverse("incubators:view_delete", args=[view.pk])).status_code == 404
    client.post(reverse("incubators:view_delete", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_operators_and_leaders_read_lists_but_change_nothing(carrier):
    mine = ResidencyFactory(carrier=carrier)
    elsewhere = ResidencyFactory()
    operator = signed_in(make_user(Role.OPERATOR, organisation=carrier.operator))
    page = operator.get(reverse("incubators:record_list", args=["residencies"])).content.decode()
    assert mine.enterprise.name in page
    assert elsewhere.enterprise.name not in page
    assert operator.get(edit("residencies", mine.pk)).status_code == 403
    assert operator.post(edit("residencies", mine.pk), {}).status_code == 403


def test_the_one_incubation_rule_holds_on_the_form_too(client, carrier):
    elsewhere = ResidencyFactory(carrier__name="别处孵化器")
    address = reverse("incubators:record_create", args=["residencies"])
    answer = client.post(
        address,
        typed(
            client,
            address,
            enterprise_id=elsewhere.enterprise.uscc,
            carrier_id=carrier.code,
            entered_on="2026-10-08",
            incubating_from="2026-10-08",
        ),
    )
    assert answer.status_code == 422
    sentence = answer.context["form"].errors["incubating_from"][0]
    assert sentence.startswith("该企业已在另一家载体在孵,")
    assert "别处孵化器" not in sentence
    assert Residency.objects.count() == 1


def test_a_new_carrier_with_an_unknown_operator_registers_it(client, carrier):
    address = reverse("incubators:record_create", args=["carriers"])
    told = {"code": "N1", "name": "新孵化器", "kind": "科技企业孵化器", "operator_id": "新运营公司"}
    places = {"area_id": carrier.area.name, "owner_area_id": carrier.owner_area.name, "opened_on": "2024-05-01"}
    assert client.post(address, typed(client, address, **told, **places)).status_code == 302
    assert Carrier.objects.select_related("operator").get(code="N1").operator.name == "新运营公司"
