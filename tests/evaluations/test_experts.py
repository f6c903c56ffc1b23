"""An expert sees and scores what was assigned, and never meets anybody else's scores."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from core.models import Change
from core.permits import NotPermitted
from core.trail import COMMAND_LINE
from evaluations import services
from evaluations.experts import save_scores
from evaluations.models import Cycle, ExpertScore
from tests.evaluations.factories import EXPERT, YEAR, carrier_with, incubatees, make_cycle, make_experts
from tests.incubators.factories import AreaFactory, MonthlyReportFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def area():
    return AreaFactory()


@pytest.fixture
def cycle(area):
    return make_cycle(area, [incubatees(60), EXPERT])


@pytest.fixture
def pair(area, cycle):
    """Two experts: the first scores both carriers, the second only E0 and has scored it 41.5."""
    both = [carrier_with(area, 1, code=f"E{n}", name=f"戊{n}孵化器") for n in range(2)]
    first, second = make_experts(2, area)
    services.assign_experts(cycle=cycle, users=[first], actor=COMMAND_LINE)
    services.assign_experts(cycle=cycle, users=[second], actor=COMMAND_LINE, carriers=both[:1])
    ExpertScore.objects.filter(expert=second).update(score="41.5", reason="别人的理由")
    return first, second


def form_url(cycle: Cycle, carrier: str) -> str:
    return reverse("evaluations:expert_form", args=[cycle.code, carrier])


def test_the_list_holds_what_was_assigned(client, pair):
    first, second = pair
    client.force_login(first)
    text = client.get(reverse("evaluations:expert_list")).content.decode()
    assert "戊0孵化器" in text
    assert "戊1孵化器" in text
    assert "还有 <strong>2</strong> 家未评完" in text
    client.force_login(second)
    text = client.get(reverse("evaluations:expert_list")).content.decode()
    assert "戊1孵化器" not in text
    assert "已全部评完" in text


def test_a_carrier_not_assigned_does_not_exist_for_the_expert(client, cycle, pair):
    client.force_login(pair[1])
    assert client.get(form_url(cycle, "E1")).status_code == 404
    assert client.post(form_url(cycle, "E1"), {"score_innovation": "90", "reason_innovation": "好"}).status_code == 404
    assert ExpertScore.objects.get(carrier__code="E1").score is None


def test_no_page_file_or_address_tells_of_others_scores(client, cycle, pair):
    first, _ = pair
    services.score_cycle(cycle=cycle, actor=COMMAND_LINE)
    client.force_login(first)
    for url in (reverse("evaluations:expert_list"), form_url(cycle, "E0")):
        text = client.get(url).content.decode()
        assert "41.5" not in text
        assert "别人的理由" not in text
    closed = [
        reverse("evaluations:cycle_detail", args=[cycle.code]),
        reverse("evaluations:cycle_detail", args=[cycle.code]) + "?format=csv",
        reverse("evaluations:result_detail", args=[cycle.code, "E0"]),
        reverse("api:results-list"),
        reverse("api:results-list") + "?format=csv",
        reverse("api:results-detail", args=[cycle.results.first().pk]),
        reverse("api:cycles-list"),
        reverse("api:schemes-list"),
    ]
    assert [client.get(url).status_code for url in closed] == [403] * len(closed)


def test_nobody_gets_single_scores_with_the_result(client, area, cycle, pair):
    """Organisers and operators read the mean and the number of experts."""
    ExpertScore.objects.filter(expert=pair[0]).update(score="80", reason="好")
    services.score_cycle(cycle=cycle, actor=COMMAND_LINE)
    for result in cycle.results.all():
        assert "41.5" not in str(result.steps)
    assert "60.75" in str(cycle.results.get(carrier__code="E0").steps)


def test_the_criterion_stands_beside_the_months(client, cycle, pair):
    carrier = ExpertScore.objects.filter(carrier__code="E0").first().carrier
    MonthlyReportFactory(carrier=carrier, month=date(YEAR, 3, 1), events=7)
    MonthlyReportFactory(carrier=carrier, month=date(YEAR - 1, 3, 1), events=99)
    client.force_login(pair[0])
    text = client.get(form_url(cycle, "E0")).content.decode()
    assert "是否有创新" in text
    assert '3月</th><td class="num">7</td>' in text
    assert '4月</th><td class="num">—</td>' in text
    assert ">99<" not in text, "last year's month is another year's evidence"


def test_saving_and_changing_a_score(client, cycle, pair):
    first, _ = pair
    client.force_login(first)
    response = client.post(form_url(cycle, "E0"), {"score_innovation": "85.5", "reason_innovation": " 做法明确 "})
    assert response.status_code == 302
    row = ExpertScore.objects.get(expert=first, carrier__code="E0")
    assert (str(row.score), row.reason) == ("85.50", "做法明确")
    assert Change.objects.filter(action="专家评分", actor_id=first.pk).count() == 1
    assert 'value="85.5"' in client.get(form_url(cycle, "E0")).content.decode()
    client.post(form_url(cycle, "E0"), {"score_innovation": "85.5", "reason_innovation": "做法明确"})
    assert Change.objects.filter(action="专家评分").count() == 1, "the same again is no change"


@pytest.mark.parametrize(
    ("score", "reason", "words"),
    [
        ("100.01", "好", "得分应在0到100之间"),
        ("-1", "好", "得分应在0到100之间"),
        ("九十", "好的理由", "请填写数字,如 85 或 85.5"),
        ("85.555", "好", "最多两位小数"),
        ("85", "", "请写明评分理由"),
        ("", "只有理由", "写了理由,请同时给出得分"),
    ],
)
def test_errors_stand_at_the_field_and_nothing_typed_is_lost(client, cycle, pair, score, reason, words):
    client.force_login(pair[0])
    response = client.post(form_url(cycle, "E0"), {"score_innovation": score, "reason_innovation": reason})
    text = response.content.decode()
    assert response.status_code == 422
    assert words in text
    assert f'value="{score}"' in text or not score
    assert reason in text
    assert ExpertScore.objects.get(expert=pair[0], carrier__code="E0").score is None


def test_scores_are_closed_once_public(client, cycle, pair):
    Cycle.objects.update(state=Cycle.State.PUBLICISED)
    client.force_login(pair[0])
    text = client.get(form_url(cycle, "E0")).content.decode()
    assert "公示中,评分不能再改" in text
    assert "保存评分" not in text
    response = client.post(form_url(cycle, "E0"), {"score_innovation": "85", "reason_innovation": "好"})
    assert response.status_code == 403
    assert ExpertScore.objects.get(expert=pair[0], carrier__code="E0").score is None


def test_the_service_refuses_rows_of_another(cycle, pair):
    first, second = pair
    rows = list(ExpertScore.objects.filter(expert=first).select_related("cycle"))
    with pytest.raises(NotPermitted):
        save_scores(user=second, rows=rows, values={"innovation": (1, "x")})


def test_pages_take_few_queries_whatever_the_size(client, area, cycle, django_assert_max_num_queries):
    (expert,) = make_experts(1, area)
    client.force_login(expert)
    counts = []
    for size in (1, 4):
        for number in range(size):
            carrier_with(area, 1, code=f"F{number + len(counts)}")
        services.assign_experts(cycle=cycle, users=[expert], actor=COMMAND_LINE)
        for url in (reverse("evaluations:expert_list"), form_url(cycle, "F0")):
            with django_assert_max_num_queries(12) as captured:
                assert client.get(url).status_code == 200
            counts.append(len(captured))
    assert counts[:2] == counts[2:]
