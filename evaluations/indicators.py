"""Figures about grades, added to the indicator catalogue when this app starts."""

from __future__ import annotations

from datetime import date

from django.db.models import Min, Q
from django.urls import reverse

from core.spreadsheets import Column
from evaluations.models import Frame, GradeRecord
from incubators.indicators.base import Indicator, Kind, Part, Question, Ratio, Rows, Start
from incubators.indicators.listings import LISTS, SYNTHETIC, RecordList

GROUP = "绩效评价"
# 优良率 counts these two grades (YC-D05 leaves the wording open; a plan may call the second 良好).
GOOD_OR_BETTER = {"grade_excellent": "优秀", "grade_good": "优良"}
# The words of all grades a plan file can name; a code without one is shown as it is.
GRADE_WORDS = {**GOOD_OR_BETTER, "grade_pass": "合格", "grade_fail": "不合格"}


def _complete_frames(question: Question) -> list[int]:
    """Evaluations that list 优良 and a grade below it. Of the others only some grades can be recorded: a plan that names
    优秀 and 优良 alone would always answer 100%."""
    if "complete_frames" not in question.known:
        listed = Frame.objects.values_list("pk", "definition__grades")
        codes = {pk: {row["grade"] for row in grades or ()} for pk, grades in listed}
        question.known["complete_frames"] = [
            pk for pk, named in codes.items() if "grade_good" in named and named - set(GOOD_OR_BETTER)
        ]
    frames: list[int] = question.known["complete_frames"]
    return frames


def _in_question(question: Question) -> Q:
    """Complete evaluations; with titles given, only grades that were won under one of them."""
    where = Q(frame__in=_complete_frames(question))
    titles = question.params.get("titles")
    return where & Q(title_code__in=titles) if titles else where


def _published_years(question: Question) -> dict[int, date]:
    """Year of evaluation to the day its first result came out, within the area asked for."""
    if "grade_years" not in question.known:
        rows = GradeRecord.objects.filter(_in_question(question))
        if question.within is not None:
            rows = rows.filter(carrier__owner_area__path__startswith=question.within.path)
        pairs = rows.order_by().values_list("year").annotate(first=Min("published_on"))
        question.known["grade_years"] = dict(pairs)
    years: dict[int, date] = question.known["grade_years"]
    return years


def graded(question: Question) -> Rows:
    """Grades published by the day, of the latest year of evaluation that has any by then."""
    out = [year for year, first in _published_years(question).items() if first <= question.day]
    where = _in_question(question) & Q(year=max(out)) if out else Q(pk__in=())
    return Rows(GradeRecord.objects.all(), GradeRecord, (Start("published_on"),), where=where)


def good_or_better(question: Question) -> Rows:
    """As :func:`graded`, of the two best grades."""
    rows = graded(question)
    return Rows(rows.queryset, rows.counted, rows.starts, where=rows.where & Q(grade__in=GOOD_OR_BETTER))


LISTS[GradeRecord] = RecordList(
    "评价等次",
    "条",
    (
        Column("载体", "carrier.name", width=28),
        Column("归属区域", "carrier.owner_area.name"),
        Column("评价", "frame.name", width=30),
        Column("评价年度", lambda row: f"{row.year}年"),
        Column("等次", lambda row: GRADE_WORDS.get(row.grade, row.grade)),
        Column("公布日期", "published_on", "date"),
        Column("结果文件", "document", width=30),
        SYNTHETIC,
    ),
    ("carrier__owner_area", "frame"),
    lambda row: reverse("incubators:carrier_detail", args=[row.carrier.code]),
)

INDICATORS: tuple[Indicator, ...] = (
    Ratio(
        code="excellent_ratio",
        name="绩效评价优良率",
        unit="%",
        group=GROUP,
        definition="截至当日已公布结果的最近一个评价年度中,等次为优秀或优良(良好)的载体占已评等次载体的比例。"
        "一家参加几套评价(国家、省、市)的,每套各计一次;给出称号的,只计以该称号参评的。"
        "没有列出优良和更低等次的评价不计入:其余参评载体不在记录中,分母不全。",
        formula="当年等次为优秀、优良的记录数 ÷ 当年全部等次记录数",
        source="盐城 II(“优良率”的算法由 YC-D05 决定)",
        params=frozenset({"titles"}),
        term_units=("家次", "家次"),
        top=(Part(rows=good_or_better, kind=Kind.STOCK),),
        bottom=(Part(rows=graded, kind=Kind.STOCK),),
        empty="没有可计算优良率的评价等次:国家、省、市评价的结果尚未登记",
    ),
)

__all__ = ["GOOD_OR_BETTER", "INDICATORS", "good_or_better", "graded"]
