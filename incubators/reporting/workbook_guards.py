"""What a month's workbook says by itself while it is filled in: a warning at what is no answer, colour at figures that
contradict each other. Only told: the portal judges what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from incubators.reporting import checks
from incubators.reporting.checks import BothOrNeither

_FORMAT = {"bg_color": "#FFE0DC", "font_color": "#B42318"}


def warn(page: Any, place: int, last: int, *, whole: bool) -> None:
    """A warning at cells of a column of figures (rows 1 to ``last``, from 0) that hold neither a number nor one of the
    answers that are none. What is typed all the same stays."""
    cell = f"{xl_col_to_name(place)}2"
    number = f"AND(ISNUMBER({cell}),{cell}>=0{f',{cell}=INT({cell})' if whole else ''})"
    options = {
        "validate": "custom",
        "value": f'=OR({number},LEFT({cell},1)="缺",LEFT({cell},2)="暂缺",{cell}="不适用")',
        "error_type": "warning",
        "error_title": "不是数",
        "error_message": f"请填{'整' if whole else ''}数(没有填 0),或“缺:原因”,或“不适用”",
    }
    page.data_validation(1, place, last, place, options)


def colour(book: Any, page: Any, places: Mapping[str, int], last: int) -> None:
    """Colour at both figures of a rule that does not hold. ``places``: column (from 0) by code."""
    red = book.add_format(_FORMAT)
    for check in (
        *checks.ORDER_CHECKS,
        *(each for each in checks.CHECKS if isinstance(each, BothOrNeither) and each.hard),
    ):
        one, other = (check.one, check.other) if isinstance(check, BothOrNeither) else (check.lower, check.upper)
        if one not in places or other not in places:
            continue
        low, high = (f"${xl_col_to_name(places[code])}2" for code in (one, other))
        broken = f"({low}>0)<>({high}>0)" if isinstance(check, BothOrNeither) else f"{low}>{high}"
        criteria = f"=AND(ISNUMBER({low}),ISNUMBER({high}),{broken})"
        for code in (one, other):
            page.conditional_format(
                1, places[code], last, places[code], {"type": "formula", "criteria": criteria, "format": red}
            )


__all__ = ["colour", "warn"]
