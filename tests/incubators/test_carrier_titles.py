"""Titles through time: endings, scans, what titles of a new regime count as, the level on any day, a carrier's history."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import Attachment, Change
from core.permits import NotPermitted, Refused
from incubators import selectors
from incubators.access import Role
from incubators.indicators import figures
from incubators.models import Carrier, CarrierTag, CarrierTagging, Designation, Ladder, Title, TitleEquivalence
from incubators.register.titles import decide_equivalence, end_designation, order_rectification
from incubators.timeline import timeline
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    DesignationFactory,
    LevelFactory,
    ResidencyFactory,
    TitleFactory,
    TownFactory,
    VisitFactory,
    make_user,
    signed_in,
)

pytestmark = pytest.mark.django_db
D = date.fromisoformat
TODAY = timezone.localdate


def title(code, rank, ladder="incubator", step=0):
    level = LevelFactory(code=f"r{rank}", name=f"{rank}级", rank=rank) if rank else None
    return TitleFactory(code=code, name=code, level=level, ladder=ladder, step=step, carrier_kind="any")


@pytest.fixture
def area():
    return AreaFactory(name="甲区")


@pytest.fixture
def carrier(area):
    return CarrierFactory(area=area, opened_on=D("2018-01-01"))


@pytest.fixture
def staff(area):
    return make_user(Role.STAFF, area=area)


@pytest.fixture
def regimes():
    """The former regime's ladder, and the new one that nobody has compared with it."""
    former, _ = Ladder.objects.get_or_create(code="incubator", defaults={"name": "原制度"})
    Ladder.objects.get_or_create(code="incubator_2025", defaults={"name": "新制度", "counterpart": former})
    Title.objects.filter(code__in=("incubator_standard", "incubator_excellence")).delete()
    return {
        "national": title("national", 40),
        "municipal": title("municipal", 30),
        "standard": title("standard", 0, "incubator_2025", 1),
        "excellence": title("excellence", 0, "incubator_2025", 2),
    }


def end(user, row, **more):
    given = {"ended_on": D("2025-01-01"), "kind": "withdrawn", "document": "撤〔2025〕1号", "reason": "考核不合格"}
    return end_designation(user=user, designation=row, **{**given, **more})


def standing(carrier, day):
    return selectors.with_standing(Carrier.objects.filter(pk=carrier.pk), day).get()


def held_since(user, carrier, kind):
    return figures.compute("n_carriers", on=D("2025-06-01"), params={"rank_at_least": kind}, user=user)[0].value


# --- Endings ---------------------------------------------------------------------------------------------------------
def test_a_title_taken_away_is_no_longer_held_from_that_day(carrier, staff, regimes):
    row = DesignationFactory(carrier=carrier, title=regimes["national"], awarded_on=D("2020-01-01"))
    end(staff, row)
    assert standing(carrier, D("2024-12-31")).level_rank == 40
    assert standing(carrier, D("2025-01-01")).level_rank is None
    assert Change.objects.get().action == "终止认定"


def test_a_downgrade_gives_the_lower_title_of_the_ladder_the_same_day(carrier, staff, regimes):
    row = DesignationFactory(carrier=carrier, title=regimes["national"])
    end(staff, row, kind="downgraded", lower=regimes["municipal"])
    assert standing(carrier, D("2024-12-31")).title_name == "national"
    assert standing(carrier, D("2025-01-01")).title_name == "municipal"
    lower = Designation.objects.get(title=regimes["municipal"])
    assert (lower.awarded_on, lower.document) == (D("2025-01-01"), "撤〔2025〕1号")


def test_within_a_level_the_step_tells_higher_from_lower(carrier, staff):
    higher, lower = title("hq", 30, "hq", 1), title("hq_cultivation", 30, "hq", 0)
    row = DesignationFactory(carrier=carrier, title=lower)
    with pytest.raises(Refused, match="须低于“hq_cultivation”"):
        end(staff, row, kind="downgraded", lower=higher)
    DesignationFactory(carrier=carrier, title=higher)
    assert standing(carrier, TODAY()).title_name == "hq"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "downgraded"}, "lower"),
        ({"kind": "gone"}, "kind"),
        ({"document": ""}, "document"),
        ({"reason": ""}, "reason"),
        ({"ended_on": D("2019-12-31")}, "ended_on"),
        ({"ended_on": D("2999-01-01")}, "ended_on"),
    ],
)
def test_an_incomplete_ending_is_refused_at_its_field(carrier, staff, regimes, values, field):
    row = DesignationFactory(carrier=carrier, title=regimes["national"], awarded_on=D("2020-01-01"))
    with pytest.raises(Refused) as caught:
        end(staff, row, **values)
    assert set(caught.value.errors) == {field}
    row.refresh_from_db()
    assert row.ended_on is None


def test_it_ends_once_and_by_staff_of_its_area_alone(carrier, staff, regimes):
    row = DesignationFactory(carrier=carrier, title=regimes["national"])
    with pytest.raises(NotPermitted):
        end(make_user(Role.STAFF, area=AreaFactory()), row)
    end(staff, row)
    with pytest.raises(Refused, match="已于2025年1月1日终止"):
        end(staff, row)


def test_rectification_has_a_date_until_it_is_done(carrier, staff, regimes):
    row = DesignationFactory(carrier=carrier, title=regimes["municipal"])
    order_rectification(user=staff, designation=row, rectify_by=TODAY() + timedelta(days=90), reason="台账不全")
    assert "限期整改" in signed_in(staff).get(f"/carriers/{carrier.code}/").content.decode()
    order_rectification(user=staff, designation=row, rectify_by=None, reason="已补齐")
    row.refresh_from_db()
    assert row.rectify_by is None
    assert [*Change.objects.order_by("number").values_list("action", "reason")] == [
        ("限期整改", "台账不全"),
        ("整改通过", "已补齐"),
    ]


def test_the_page_of_a_title_ends_it_and_keeps_what_was_typed(carrier, staff, regimes):
    row = DesignationFactory(carrier=carrier, title=regimes["national"], awarded_on=D("2020-01-01"))
    client = signed_in(staff)
    sent = {"kind": "withdrawn", "ended_on": "2019-01-01", "document": "撤〔2025〕9号", "reason": "不合格", "lower": ""}
    answer = client.post(f"/designations/{row.pk}/end/", sent)
    assert answer.status_code == 422
    assert "终止日期不能早于认定日期" in answer.content.decode()
    assert "撤〔2025〕9号" in answer.content.decode()
    assert client.post(f"/designations/{row.pk}/end/", sent | {"ended_on": "2025-01-01"}).status_code == 302
    page = client.get(f"/carriers/{carrier.code}/", {"tab": "timeline"}).content.decode()
    assert "摘牌(撤销) national" in page


# --- Scans -----------------------------------------------------------------------------------------------------------
def test_scans_are_recognised_by_content_and_seen_by_who_sees_the_carrier(carrier, staff, regimes):
    row = DesignationFactory(carrier=carrier, title=regimes["national"])
    client, address = signed_in(staff), f"/designations/{row.pk}/attach/"
    wrong = client.post(address, {"file": SimpleUploadedFile("批复.pdf", b"MZ not a pdf")})
    assert wrong.status_code == 422
    assert "不是 PDF、JPG、PNG 或 XLSX 文件" in wrong.content.decode()
    both = [SimpleUploadedFile("好.pdf", b"%PDF-1.4 first"), SimpleUploadedFile("坏.pdf", b"MZ")]
    assert client.post(address, {"file": both}).status_code == 422
    assert not Attachment.objects.exists(), "one wrong file, and none is kept"
    assert client.post(address, {"file": SimpleUploadedFile("批复.pdf", b"%PDF-1.4 ok")}).status_code == 302
    file = Attachment.objects.get()
    operator = signed_in(make_user(Role.OPERATOR, organisation=carrier.operator))
    assert "批复.pdf" in operator.get(f"/designations/{row.pk}/").content.decode()
    assert b"".join(operator.get(f"/attachments/{file.pk}/").streaming_content) == b"%PDF-1.4 ok"
    assert operator.post(address, {"file": SimpleUploadedFile("b.pdf", b"%PDF-1.4 no")}).status_code == 403
    stranger = signed_in(make_user(Role.STAFF, area=AreaFactory()))
    assert stranger.get(f"/attachments/{file.pk}/").status_code == 404
    assert client.post(f"/designations/{row.pk}/files/{file.pk}/remove/").status_code == 302
    assert not Attachment.objects.exists()


# --- Two regimes -----------------------------------------------------------------------------------------------------
def decide(user, area, regimes, same_as="national", of="standard"):
    return decide_equivalence(
        user=user,
        area=area,
        title=regimes[of],
        same_as=regimes.get(same_as),
        decided_on=D("2026-01-10"),
        document="区科〔2026〕2号",
        reason="按省厅口径",
    )


def test_without_a_decision_a_title_of_the_new_regime_counts_as_nothing(carrier, staff, regimes):
    DesignationFactory(carrier=carrier, title=regimes["standard"], awarded_on=D("2025-05-01"))
    assert standing(carrier, D("2025-06-01")).level_rank is None
    assert held_since(staff, carrier, 10) == 0
    client = signed_in(staff)
    assert "级别待决定" in client.get(f"/carriers/{carrier.code}/").content.decode()
    assert "待决定" in client.get("/titles/").content.decode()
    asked = {"rank_at_least": "10", "on": "2025-06-01"}
    assert "1 家载体持有新制度称号" in client.get("/indicators/n_carriers/", asked).content.decode()


def test_a_decision_lets_it_count_on_every_day_and_names_who_decided(carrier, staff, regimes):
    DesignationFactory(carrier=carrier, title=regimes["standard"], awarded_on=D("2025-05-01"))
    sent = {
        "area": carrier.area.pk,
        "same_as": "national",
        "decided_on": "2026-01-10",
        "document": "区科〔2026〕2号",
        "reason": "按省厅口径",
    }
    client = signed_in(staff)
    assert client.post("/titles/standard/decide/", sent | {"same_as": ""}).status_code == 422
    assert client.post("/titles/standard/decide/", sent).status_code == 302
    assert standing(carrier, D("2025-06-01")).level_rank == 40
    assert standing(carrier, D("2025-04-30")).level_rank is None
    assert held_since(staff, carrier, 40) == 1
    by_title = figures.compute("n_carriers", on=D("2025-06-01"), params={"titles": ["national"]}, user=staff)
    assert by_title[0].value == 1
    page = client.get("/titles/").content.decode()
    assert all(word in page for word in (staff.get_full_name(), "区科〔2026〕2号", "按省厅口径"))


def test_a_decision_that_it_counts_as_none_is_a_decision(carrier, staff, regimes):
    DesignationFactory(carrier=carrier, title=regimes["standard"], awarded_on=D("2025-05-01"))
    decide(staff, carrier.area, regimes, same_as="")
    assert standing(carrier, D("2025-06-01")).level_rank is None
    assert not Designation.objects.undecided().exists()


def test_the_nearest_areas_decision_holds(area, staff, regimes):
    town = TownFactory(parent=area)
    inside, beside = CarrierFactory(area=town), CarrierFactory(area=area)
    for row in (inside, beside):
        DesignationFactory(carrier=row, title=regimes["standard"], awarded_on=D("2025-05-01"))
    decide(staff, area, regimes)
    decide(make_user(Role.STAFF, area=town), town, regimes, same_as="municipal")
    assert [standing(row, D("2025-06-01")).level_rank for row in (inside, beside)] == [30, 40]


def test_a_later_decision_replaces_the_former_which_stays(area, staff, regimes):
    decide(staff, area, regimes)
    decide(staff, area, regimes, same_as="municipal")
    assert [*TitleEquivalence.objects.order_by("pk").values_list("same_as__code", "is_current")] == [
        ("national", False),
        ("municipal", True),
    ]


def test_nobody_decides_for_an_area_of_others_or_by_a_title_of_another_ladder(area, staff, regimes):
    with pytest.raises(NotPermitted):
        decide(make_user(Role.STAFF, area=AreaFactory()), area, regimes)
    with pytest.raises(Refused, match="须是“"):
        decide(staff, area, {**regimes, "national": title("park", 40, "science_park")})
    with pytest.raises(Refused, match="这个称号不需要对应"):
        decide(staff, area, regimes, of="municipal")


# --- Level on any day ----------------------------------------------------------------------------------------------------
DAYS = st.dates(D("2020-01-01"), D("2025-12-31"))
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["national", "municipal", "provincial", "hq", "hq_low", "standard", "loose"]),
        DAYS,
        st.none() | st.integers(0, 900),
    ),
    max_size=9,
    unique_by=lambda event: event[:3],
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, asked=st.lists(DAYS, min_size=1, max_size=2), decided=st.sampled_from(["", "national", "none"]))
def test_level_and_title_on_any_day_are_those_of_a_naive_replay(area, staff, regimes, events, asked, decided):
    """By the selector, by the figure and by REST: awards and ends on several ladders, with and without a decision."""
    titles = {
        **regimes,
        "provincial": title("provincial", 30),
        "hq": title("hq", 30, "hq", 1),
        "hq_low": title("hq_low", 30, "hq", 0),
        "loose": title("loose", 0, ""),
    }
    ranks = {"national": 40, "municipal": 30, "provincial": 30, "hq": 30, "hq_low": 30}
    if decided == "national":
        ranks["standard"] = 40
    with transaction.atomic():
        carriers = [CarrierFactory(code=f"P{n}", area=area, opened_on=D("2018-01-01")) for n in range(2)]
        rows = []
        for place, code, day, lasts in events:
            ended = None if lasts is None else day + timedelta(days=lasts)
            made = DesignationFactory(
                carrier=carriers[place],
                title=titles[code],
                awarded_on=day,
                ended_on=ended,
                end_reason="测试" if ended else "",
            )
            rows.append((place, code, day, ended, made.pk))
        if decided:
            decide(staff, area, regimes, same_as=decided)
        client = signed_in(staff)
        for day in asked:
            best = []
            for place in range(2):
                held = [
                    (ranks[code], titles[code].step, since, pk, code)
                    for where, code, since, ended, pk in rows
                    if where == place and code in ranks and since <= day and (ended is None or ended > day)
                ]
                best.append(max(held, default=None))
            expected = [(row and row[0], row and titles[row[4]].name) for row in best]
            found = [standing(each, day) for each in carriers]
            assert [(row.level_rank, row.title_name) for row in found] == expected
            answer = client.get("/api/v1/carriers/", {"on": day.isoformat(), "ordering": "code"}).json()["results"]
            shown = [(row["level"] and int(row["level"][1:]), row["title_name"]) for row in answer]
            assert shown == expected
            for rank in (30, 40):
                value = figures.compute("n_carriers", on=day, params={"rank_at_least": rank}, user=staff)[0].value
                assert value == sum(level is not None and level >= rank for level, _ in expected)
        transaction.set_rollback(True)


def test_rest_refuses_what_is_no_day_and_filters_by_level_and_tag_on_it(carrier, staff, regimes):
    DesignationFactory(carrier=carrier, title=regimes["municipal"], awarded_on=D("2024-01-01"))
    tag, _ = CarrierTag.objects.get_or_create(code="benchmark", defaults={"name": "标杆孵化器"})
    CarrierTagging.objects.create(carrier=carrier, tag=tag, valid_from=D("2024-05-01"), valid_to=D("2025-05-01"))
    client = signed_in(staff)

    def count(**asked):
        return len(client.get("/api/v1/carriers/", asked).json()["results"])

    assert client.get("/api/v1/carriers/", {"on": "2024-13-01"}).status_code == 400
    assert (count(on="2023-12-31", level="r30"), count(on="2024-01-01", level="r30")) == (0, 1)
    assert (count(on="2024-05-01", tag="benchmark"), count(on="2025-05-01", tag="benchmark")) == (1, 0)
    assert client.get("/carriers/", {"tag": "benchmark"}).context["page"].paginator.count == 0


# --- The history of a carrier ------------------------------------------------------------------------------------------------
def test_the_history_is_newest_first_and_sums_tenants_up_by_month(carrier, regimes):
    DesignationFactory(carrier=carrier, title=regimes["municipal"], awarded_on=D("2021-03-03"))
    for day in ("2022-05-02", "2022-05-20"):
        ResidencyFactory(carrier=carrier, entered_on=D(day))
    VisitFactory(carrier=carrier, visited_on=D("2023-01-05"))
    found = [(one.on, one.sort, one.title) for one in timeline(carrier)]
    assert found == [
        (D("2023-01-05"), "visit", "走访"),
        (D("2022-05-31"), "tenant", "入驻 2 家、进入在孵 2 家"),
        (D("2021-03-03"), "title", "获认定 municipal"),
        (D("2018-01-01"), "life", "开办"),
    ]


def test_the_history_can_be_narrowed_to_one_sort(carrier, staff, regimes):
    DesignationFactory(carrier=carrier, title=regimes["municipal"])
    page = signed_in(staff).get(f"/carriers/{carrier.code}/", {"tab": "timeline", "of": "title"})
    assert [one.sort for one in page.context["page"].object_list] == ["title"]


@pytest.mark.parametrize("query", [{}, {"on": "2024-01-01"}])
@pytest.mark.parametrize("tab", ["overview", "enterprises", "places", "resources", "service", "timeline"])
def test_every_tab_takes_at_most_twelve_queries_however_long_the_history(carrier, staff, regimes, tab, query):
    client = signed_in(staff)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/carriers/{carrier.code}/", {"tab": tab, **query}).status_code == 200
        return len(queries)

    ResidencyFactory(carrier=carrier)
    DesignationFactory(carrier=carrier, title=regimes["municipal"], awarded_on=D("2022-01-01"))
    few = asked()
    for number in range(5):
        DesignationFactory(carrier=carrier, title=regimes["national"], awarded_on=D("2021-01-01") + timedelta(number))
        ResidencyFactory(carrier=carrier, entered_on=D("2022-01-01") + timedelta(number * 40))
        VisitFactory(carrier=carrier)
    assert asked() == few <= 12
