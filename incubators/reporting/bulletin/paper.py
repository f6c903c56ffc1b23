"""The monthly bulletin (月度通报) of an area: who reported and when, the core figures, the towns in order.

Built once, as plain content, from the month's lines and the catalogue's figures; page, Word and PDF write the same. What a
figure lacks is marked at it and said below its table.
"""

from __future__ import annotations

from core.dates import date_cn, month_cn
from core.papers.content import Paper, Paragraph, Section
from incubators.reporting.bulletin.figures import figures
from incubators.reporting.bulletin.filing import filing
from incubators.reporting.bulletin.incubatees import incubatees
from incubators.reporting.bulletin.month import Month
from incubators.reporting.bulletin.ranking import ranking

MADE_UP = "演示用合成数据,不是真实情况"


def bulletin(known: Month) -> Paper:
    """The bulletin."""
    closed = f"本月已于{date_cn(known.closed_on)}月结" if known.closed_on else "本月尚未月结,数据可能还会变化"
    sections = [filing(known), figures(known)]
    if known.asks_enterprises:
        sections.append(incubatees(known))
    if len(known.places) > 1:
        sections.append(ranking(known))
    sections.append(_remarks(known))
    return Paper(
        f"{known.area.name}科创载体运行情况月度通报",
        (month_cn(known.month), f"数据截至{date_cn(known.today)};{closed}"),
        tuple(
            Section(f"{ordinal}、{section.heading}", section.blocks)
            for ordinal, section in zip("一二三四五", sections, strict=False)
        ),
        MADE_UP if known.board.synthetic else "",
    )


def _remarks(known: Month) -> Section:
    said = [
        "报送情况按载体归属区域统计;首次提交不晚于截止日(遇休息日顺延)的为按时,退回后补正的以首次提交为准。",
        (
            "企业数取自登记库;场地、融资、知识产权、收入、活动取自审核通过的月报,更正通过后以更正版为准。"
            "本年累计为1月至本月各月之和。各指标的定义见平台“指标口径”。"
        ),
        "环比、同比为增减百分比,比率为增减百分点;没有基数的、一方是自1月起累计的首个报告月的写“—”。",
    ]
    if known.asks_enterprises:
        said.append("企业情况由运营方逐家填报,随月报审核;没有开始收集或没有审核通过的载体不计入。")
    cumulative = [line for line in known.lines if line.days.counts_earlier(known.month)]
    if cumulative:
        said.append(f"{len(cumulative)}家载体本月为首个报告月,当期数自1月起累计。")
    if known.board.synthetic:
        said.append(f"本通报使用{MADE_UP}。")
    return Section("数据说明", tuple(Paragraph(f"{place}.{text}", quiet=True) for place, text in enumerate(said, 1)))


__all__ = ["bulletin"]
