"""How pages write figures, sums, dates and states (core/templatetags/portal.py)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest
from django.template import Context, RequestContext, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from core.templatetags import portal
from core.templatetags.badge_words import BADGES


def rendered(source: str, request: HttpRequest | None = None, **values: object) -> str:
    """A template with the portal's tags loaded, rendered with ``values``."""
    template = Template("{% load portal %}" + source)
    return template.render(RequestContext(request, values) if request else Context(values))


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (1234567, None, "1,234,567"),
        (Decimal("1234.5"), None, "1,234.5"),
        (Decimal("1200"), None, "1,200"),
        (Decimal("0.005"), None, "0.01"),
        (Decimal("-0.005"), None, "-0.01"),
        (Decimal("-0.001"), None, "0"),
        (Decimal("2.5"), 0, "3"),
        (Decimal("7"), 2, "7.00"),
        (0, None, "0"),
        (None, None, "—"),
        ("", None, "—"),
        ("不详", None, "—"),
        (Decimal("NaN"), None, "—"),
        (True, None, "—"),
    ],
)
def test_number_is_grouped_rounded_half_up_and_dashed_when_unknown(value, places, text):
    assert portal.number(value, places) == text


@pytest.mark.parametrize(
    ("yuan", "places", "text"),
    [
        (Decimal("600000"), None, "60 万元"),
        (Decimal("600000"), 2, "60.00 万元"),
        (Decimal("123450"), None, "12.35 万元"),
        (Decimal("100000000000"), None, "10,000,000 万元"),
        (Decimal("12"), None, "<0.01 万元"),
        (Decimal("-12"), None, ">-0.01 万元"),
        (Decimal(0), None, "0 万元"),
        (None, 2, "—"),
    ],
)
def test_wan_shows_yuan_as_ten_thousands_and_never_loses_a_small_sum(yuan, places, text):
    assert portal.wan(yuan, places) == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (Decimal(2) / 3, "66.67%"),
        (Decimal("0.99995"), "100.00%"),
        (Decimal("0.00005"), "0.01%"),
        (Decimal(0), "0.00%"),
        (None, "—"),
    ],
)
def test_pct_of_a_fraction(fraction, text):
    assert portal.pct(fraction) == text


def test_other_units_and_signs():
    assert portal.pct_trim(Decimal("0.6")) == "60%"
    assert portal.area(Decimal("12500")) == "12,500 ㎡"
    assert portal.area(None) == "—"
    assert portal.yuan(Decimal("600000")) == "600,000 元"
    assert [portal.signed(value) for value in (3, -2, 0, None)] == ["+3", "−2", "0", "—"]
    assert portal.dash(0) == 0
    assert portal.dash("") == "—"
    assert portal.small_unit("60 万元") == '<span class="num">60</span><span class="unit">万元</span>'
    assert portal.small_unit("<b>") == "&lt;b&gt;"


def test_dates_are_chinese_and_in_the_portal_time_zone():
    assert portal.date_cn(date(2024, 1, 31)) == "2024年1月31日"
    assert portal.date_cn("2024-05-01") == "2024年5月1日"
    assert portal.date_cn(datetime(2024, 1, 31, 17, 0, tzinfo=UTC)) == "2024年2月1日"
    assert portal.datetime_cn(datetime(2024, 1, 31, 17, 5, tzinfo=UTC)) == "2024年2月1日 01:05"
    assert portal.month_cn("2024-05") == "2024年5月"
    assert portal.month_cn(date(2024, 12, 31)) == "2024年12月"
    assert [portal.date_cn(value) for value in (None, "", "昨天")] == ["—", "—", "—"]


def test_heat_classes_follow_the_share_of_the_highest():
    assert [portal.heat_of(value, 10) for value in (0, 1, 5, 10, 12, None)] == [
        "heat-0", "heat-1", "heat-3", "heat-5", "heat-5", "heat-none",
    ]  # fmt: skip
    assert portal.heat_of(3, 0) == "heat-0"


def test_every_badge_has_word_icon_and_a_tone_with_its_own_style():
    style = (Path(settings.BASE_DIR) / "static/css/components.css").read_text(encoding="utf-8")
    for kind, states in BADGES.items():
        assert len({entry.word for entry in states.values()}) == len(states), kind
        for code, entry in states.items():
            assert entry.word, (kind, code)
            assert entry.icon, (kind, code)
            assert f".badge-{entry.tone}" in style, (kind, code)


def test_badge_says_the_state_in_words_and_hides_its_icon_from_readers():
    html = rendered('{% badge state kind="pace" %}', state="behind")
    assert "滞后" in html
    assert '<i class="ti ti-trending-down" aria-hidden="true"></i>' in html
    assert "某词" in rendered('{% badge "behind" kind="pace" label="某词" %}')


def test_badge_of_an_unlisted_state_shows_it_instead_of_hiding_it():
    assert "half_done" in rendered('{% badge "half_done" kind="task" %}')
    assert "未知" in rendered('{% badge none kind="task" %}', none=None)


def test_badge_escapes_its_text():
    assert "&lt;script&gt;" in rendered("{% badge text %}", text="<script>")


def test_figure_links_to_its_explanation_and_an_unknown_one_has_no_unit():
    known = rendered('{% figure 186 unit="家" href=url %}', url="/f/?a=1&b=2")
    assert 'href="/f/?a=1&amp;b=2"' in known
    assert '<span class="num">186</span><span class="unit">家</span>' in known
    assert "查看口径与明细" in known
    unknown = rendered('{% figure none unit="家" href="/f/" %}', none=None)
    assert "—" in unknown
    assert "家" not in unknown
    assert "60.00</span><span" in rendered('{% figure yuan kind="wan" places=2 %}', yuan=Decimal(600000))


def test_sort_link_keeps_filters_drops_the_page_and_turns_round():
    source = '{% sort_th "paid" "补贴" num=True %}'
    first = rendered(source, RequestFactory().get("/", {"town": "枫泾", "page": "3"}))
    assert "sort=-paid" in first
    assert "town=" in first
    assert "page=" not in first
    assert "aria-sort" not in first
    again = rendered(source, RequestFactory().get("/", {"sort": "-paid"}))
    assert 'aria-sort="descending"' in again
    assert 'href="?sort=paid"' in again


def test_current_marks_the_page_and_its_parents_but_not_the_home_page():
    request = RequestFactory().get("/carriers/3/")
    assert rendered('{% current "/carriers/" %}', request) == 'aria-current="page"'
    assert rendered('{% current "/" %}', request) == ""
    assert rendered('{% current "/carriers/" exact=True %}', request) == ""


def test_panel_and_table_wrap_what_is_inside_and_escape_their_titles():
    html = rendered('{% panel title=title %}<p id="x">内容</p>{% endpanel %}', title="<名>")
    assert '<p id="x">内容</p>' in html
    assert "&lt;名&gt;" in html
    table = rendered('{% table caption="名录" %}<tbody></tbody>{% endtable %}')
    assert 'role="region" aria-label="名录" tabindex="0"' in table
    assert "sticky-first" in table


def test_cells_of_cards_are_named_by_the_heads_of_their_columns():
    table = rendered(
        '{% table caption="名录" cards="heads" %}'
        '<thead><tr><th>名称</th><th class="num">面积<span class="unit">㎡</span></th>'
        '<th><span class="visually-hidden">修改</span></th><th><a href="?sort=x">等次 &amp; 分<i></i></a></th></tr></thead>'
        '<tbody><tr><th scope="row">甲</th><td class="num">5</td><td>改</td><td>优</td></tr>'
        '<tr><td colspan="3">合计</td><td data-label="另名">良</td></tr></tbody>{% endtable %}'
    )
    assert '<th scope="row">甲</th><td class="num" data-label="面积(㎡)">5</td><td>改</td>' in table
    assert '<td data-label="等次 &amp; 分">优</td>' in table
    assert '<td colspan="3">合计</td><td data-label="另名">良</td>' in table
    assert "data-label" not in rendered(
        '{% table caption="名录" %}<thead><tr><th>甲</th><th>乙</th></tr></thead>'
        "<tbody><tr><th>1</th><td>2</td></tr></tbody>{% endtable %}"
    )


def test_chart_carries_its_data_safely_and_a_table_of_the_same_values():
    chart = {
        "id": "c", "title": "在孵企业", "unit": "家", "categories": ["1月", "2月"],
        "series": [{"name": "</script>", "data": [Decimal("1.5")]}],
    }  # fmt: skip
    html = render_to_string("components/chart.html", {"chart": chart})
    assert '<script id="c-data" type="application/json">' in html
    assert html.count("</script>") == 1
    assert '<th scope="row">1月</th><td class="num">1.5</td>' in html
    assert '<th scope="row">2月</th><td class="num">—</td>' in html


def test_progress_draws_nothing_for_an_unknown_value_and_says_so():
    html = render_to_string("components/progress.html", {"value": None, "expected": Decimal("0.5")})
    assert "meter-fill" not in html
    assert 'aria-label="完成 —,时序应完成 50%"' in html
    over = render_to_string("components/progress.html", {"value": Decimal("1.2")})
    assert 'class="meter-fill" width="100%"' in over
    assert "120%" in over


def test_pagination_keeps_the_filters_and_leaves_out_far_pages():
    page = Paginator(range(500), 20).page(10)
    request = RequestFactory().get("/", {"town": "a", "page": "10"})
    html = render_to_string("components/pagination.html", {"page_obj": page, "unit": "家"}, request)
    assert 'href="/?town=a" title="从第一页列出全部"><span class="num">500</span></a> 家' in html
    assert "?town=a&amp;page=11" in html
    assert "…" in html
    assert 'aria-label="第 2 页"' not in html


def test_a_count_leads_somewhere_without_any_filter_too():
    request = RequestFactory().get("/enterprises/")
    page = Paginator(range(3), 20).page(1)
    html = render_to_string("components/pagination.html", {"page_obj": page}, request)
    assert 'href="/enterprises/" title="从第一页列出全部"' in html
    bar = render_to_string("components/filter_bar.html", {"form": Form(), "count": 3}, request)
    assert 'href="/enterprises/" title="计入的就是下面列出的"' in bar
