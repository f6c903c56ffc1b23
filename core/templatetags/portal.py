"""Filters and tags of the portal's pages: how a figure, a sum, a date and a state are written.

Everything is computed in Decimal and rounded half up. What is not known is written "—", never 0.
The components and their inputs are described in docs/interface.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django import template
from django.core.paginator import Paginator
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html, json_script
from django.utils.safestring import SafeString, mark_safe

from core.cards import with_labels
from core.dates import DASH, date_cn, datetime_cn, month_cn
from core.quotes import with_short_quotes
from core.templatetags.badge_words import words_for

register = template.Library()

WAN = Decimal(10_000)
TEXT_STATES = {True: "yes", False: "no", None: ""}


@register.filter
def short_quotes(sentence: Any) -> Any:
    """A sentence in which what it repeats of a long typed text (between “ and ”) is cut."""
    return with_short_quotes(str(sentence))


def to_decimal(value: Any) -> Decimal | None:
    """The value as an exact number; None for anything that is not one (empty, text, NaN, true/false)."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip().replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Rounded to ``places`` decimals the way an accountant does: half goes away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def written(value: Any, places: Any = None, most: int = 2) -> str:
    """A number with thousands separators, without a unit; "—" when unknown.

    ``places`` fixes the decimals (for a column that must line up); without it at most ``most`` are kept
    and closing zeros are dropped.
    """
    number = to_decimal(value)
    if number is None:
        return DASH
    fixed = places not in (None, "")
    rounded = round_half_up(number, int(places) if fixed else most)
    if not fixed:
        rounded = rounded.normalize()
        if rounded.as_tuple().exponent > 0:  # type: ignore[operator]
            rounded = rounded.quantize(Decimal(1))
    if not rounded:
        rounded = abs(rounded)  # no "-0"
    return f"{rounded:,f}"


@register.filter
def number(value: Any, places: Any = None) -> str:
    """``1234567`` → ``1,234,567``; ``number:1`` fixes one decimal; None → ``—``."""
    return written(value, places)


@register.filter
def wan_number(value: Any, places: Any = None) -> str:
    """A sum in yuan as a bare number of ten thousands: for columns whose head says 万元.

    A sum that would round away to nothing is written ``<0.01``, so that it is not mistaken for none.
    """
    yuan_value = to_decimal(value)
    if yuan_value is None:
        return DASH
    kept = 2 if places in (None, "") else int(places)
    step = Decimal(1).scaleb(-kept)
    wan_value = yuan_value / WAN
    if wan_value and not round_half_up(wan_value, kept):
        return f"<{step}" if wan_value > 0 else f">-{step}"
    return written(wan_value, places)


@register.filter
def wan(value: Any, places: Any = None) -> str:
    """A sum in yuan → ``60 万元``; ``wan:2`` fixes two decimals → ``60.00 万元``; None → ``—``."""
    text = wan_number(value, places)
    return text if text == DASH else f"{text} 万元"


@register.filter
def yuan(value: Any, places: Any = None) -> str:
    """A sum in yuan → ``600,000 元``; None → ``—``."""
    text = written(value, places)
    return text if text == DASH else f"{text} 元"


@register.filter
def pct(value: Any, places: Any = 2) -> str:
    """A fraction → per cent: ``2/3`` → ``66.67%``; None (nothing to divide by) → ``—``."""
    fraction = to_decimal(value)
    return DASH if fraction is None else f"{written(fraction * 100, places)}%"


@register.filter
def pct_trim(value: Any) -> str:
    """As ``pct``, closing zeros dropped: ``0.6`` → ``60%``."""
    return pct(value, None)


@register.filter
def area(value: Any, places: Any = None) -> str:
    """Square metres → ``12,500 ㎡``; None → ``—``."""
    text = written(value, places)
    return text if text == DASH else f"{text} ㎡"


@register.filter
def signed(value: Any, places: Any = None) -> str:
    """A difference with its sign: ``+3``, ``−2`` (a true minus), ``0``."""
    change = to_decimal(value)
    text = written(change, places)
    if change is None or not change:
        return text
    return f"+{text}" if change > 0 else text.replace("-", "−")


@register.filter
def small_unit(text: Any) -> SafeString | str:
    """Sets the unit after the last space small and grey: ``{{ sum|wan|small_unit }}``."""
    head, space, unit = str(text).rpartition(" ")
    if not space:
        return conditional_escape(text)
    return format_html('<span class="num">{}</span><span class="unit">{}</span>', head, unit)


register.filter(date_cn)
register.filter(month_cn)
register.filter(datetime_cn)


@register.filter
def dash(value: Any) -> Any:
    """The value, or ``—`` where there is none. A zero is a value."""
    return DASH if value is None or value == "" else value


@register.filter
def heat(value: Any) -> str:
    """The heat-table class for a fraction of the highest: ``heat-0`` … ``heat-5``; unknown → ``heat-none``."""
    fraction = to_decimal(value)
    if fraction is None:
        return "heat-none"
    return f"heat-{max(0, min(5, int(fraction * 5 + Decimal('0.5'))))}"


@register.simple_tag
def heat_of(value: Any, highest: Any) -> str:
    """The heat-table class of ``value`` on a scale from nothing to ``highest``."""
    part, whole = to_decimal(value), to_decimal(highest)
    return heat(part / whole if part is not None and whole else None if part is None else 0)


@register.filter
def percent_of_bar(value: Any) -> str:
    """A fraction as the length of a bar, 0–100 with at most one decimal; unknown → ``0``."""
    fraction = to_decimal(value) or Decimal(0)
    return written(max(Decimal(0), min(Decimal(1), fraction)) * 100, None, 1)


FIGURES = {
    "text": lambda value, places=None: dash(value),
    "number": number,
    "wan": wan_number,
    "yuan": number,
    "area": number,
    "pct": pct,
    "signed": signed,
}
FIGURE_UNITS = {"wan": "万元", "yuan": "元", "area": "㎡"}


@register.inclusion_tag("components/figure.html")
def figure(
    value: Any, unit: str = "", href: str = "", kind: str = "number", places: Any = None, icon: bool = False
) -> dict[str, Any]:
    """A number with its small grey unit, linked to how it is made.

    ``kind``: number, wan (yuan shown as 万元), yuan, area, pct (a fraction), signed. ``icon`` adds an ⓘ.
    """
    if kind == "pct" and places is None:
        places = 2
    text = FIGURES[kind](value, places)
    unit = "" if text == DASH else unit or FIGURE_UNITS.get(kind, "")
    return {"text": text, "unit": unit, "href": href, "icon": icon, "unknown": text == DASH}


@register.inclusion_tag("components/badge.html")
def badge(code: Any, kind: str = "", label: str = "", tone: str = "", icon: str = "") -> dict[str, str]:
    """A status badge: colour, icon and word. ``kind`` names the vocabulary of badge_words.py.

    Without ``kind``, ``code`` is the word itself and ``tone``/``icon`` say how it looks.
    """
    code = TEXT_STATES[code] if code in TEXT_STATES else str(code)
    if not kind:
        return {"label": label or code, "tone": tone or "neutral", "icon": icon}
    words = words_for(kind, code)
    return {"label": label or words.word, "tone": tone or words.tone, "icon": icon or words.icon}


@register.simple_tag
def badge_word(code: Any, kind: str) -> str:
    """The word of a badge alone, for a title or a file."""
    return words_for(kind, TEXT_STATES[code] if code in TEXT_STATES else str(code)).word


@register.inclusion_tag("components/sort_th.html", takes_context=True)
def sort_th(
    context: Context, field: str, label: str, num: bool = False, unit: str = "", param: str = "sort"
) -> dict[str, Any]:
    """A table head that sorts: a link to the same address with ``param`` set to ``field`` or ``-field``."""
    request = context["request"]
    now = request.GET.get(param, "")
    direction = {"": "none", field: "ascending", f"-{field}": "descending"}.get(now, "none")
    # The first press shows the most of a figure, and the first of a name.
    following = {"ascending": f"-{field}", "descending": field}.get(direction, f"-{field}" if num else field)
    query = request.GET.copy()
    query[param] = following
    query.pop("page", None)
    return {"label": label, "unit": unit, "num": num, "direction": direction, "url": f"?{query.urlencode()}"}


@register.simple_tag(takes_context=True)
def current(context: Context, url: str, exact: bool = False) -> SafeString:
    """``aria-current="page"`` where the page shown is at ``url`` or below it; goes into the link's own tag."""
    request = context.get("request")
    path = request.path if request else ""
    here = path == url or (not exact and url != "/" and path.startswith(url))
    return mark_safe('aria-current="page"' if here else "")  # noqa: S308 - a constant


@register.simple_block_tag
def capture(content: str) -> str:
    """Keeps what is inside for later: ``{% capture as title %}…{% endcapture %}``."""
    return content.strip() if not isinstance(content, SafeString) else mark_safe(content.strip())  # noqa: S308 - was safe


@register.simple_block_tag
def panel(
    content: str,
    title: str = "",
    icon: str = "",
    note: str = "",
    href: str = "",
    link: str = "",
    flush: bool = False,
    id: str = "",  # noqa: A002 - the attribute's own name
) -> SafeString:
    """A card with a head: ``{% panel title="…" %}…{% endpanel %}``. ``flush`` lets a table reach its edges."""
    head = render_to_string(
        "components/panel_head.html",
        {"title": title, "icon": icon, "note": note, "href": href, "link": link, "id": id},
    )
    return format_html(
        '<section class="card panel{}"{}>{}<div class="card-body">{}</div></section>',
        " panel-flush" if flush else "",
        format_html(' id="{0}" aria-labelledby="{0}-title"', id) if id else "",
        head if title else "",
        content,
    )


@register.simple_block_tag
def table(
    content: str,
    caption: str,
    sticky: bool = True,
    compact: bool = False,
    wide: bool = False,
    cards: bool | str = False,
) -> SafeString:
    """A data table in a wrapper that scrolls by itself, first column held; ``caption`` is read aloud, not shown.

    ``cards``: on a phone each row stands as a card, its cells one below the other; ``data-label`` names a cell there,
    with ``cards="heads"`` every cell by itself is named as its column.
    """
    by_heads = cards == "heads"
    kinds = {"sticky-first": sticky, "compact": compact, "wide": wide, "as-cards": cards, "by-heads": by_heads}
    extra = "".join(f" {name}" for name, wanted in kinds.items() if wanted)
    return format_html(
        '<div class="table-wrap" role="region" aria-label="{0}" tabindex="0"><table class="data{1}">'
        '<caption class="visually-hidden">{0}</caption>{2}</table></div>',
        caption,
        extra,
        mark_safe(with_labels(content)) if by_heads else content,  # noqa: S308 - as safe as what it was made of
    )


@register.filter
def chart_rows(spec: Mapping[str, Any]) -> list[tuple[str, list[Any], str]]:
    """The table behind a chart: each category with the value of every series (None where a series is shorter) and the
    address where its values are explained (empty without ``links``)."""
    series = [list(line.get("data", ())) for line in spec.get("series", ())]
    links = dict(enumerate(spec.get("links", ())))
    return [
        (category, [values[place] if place < len(values) else None for values in series], links.get(place, ""))
        for place, category in enumerate(spec.get("categories", ()))
    ]


@register.filter
def chart_places(spec: Mapping[str, Any]) -> int | None:
    """The decimals of the table behind a chart; None where each value keeps its own."""
    return spec.get("places")


@register.filter
def chart_json(spec: Mapping[str, Any]) -> SafeString:
    """The chart's data as an inert JSON element that charts.js reads; exact decimals travel as text."""
    return json_script(spec, f"{spec['id']}-data")


@register.filter
def page_range(paginator: Paginator[Any], page: int) -> list[int | None]:
    """The page numbers to show around ``page``; None where some are left out."""
    shown = paginator.get_elided_page_range(page, on_each_side=2, on_ends=1)
    return [entry if isinstance(entry, int) else None for entry in shown]
