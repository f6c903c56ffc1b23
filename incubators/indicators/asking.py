"""Reading a question from an address, the same for pages and REST: ``on``, ``from``, ``to``, ``within``, ``carrier``
and the figure's own parameters. What cannot be understood is refused by name, in Chinese."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from incubators.indicators.base import BadQuestion, Indicator, Kind, Tally
from incubators.indicators.tally import month_end
from incubators.models import Area, Carrier
from incubators.scope import Scope

COMMON = ("on", "from", "to", "within", "carrier")
PARAM_WORDS = {
    "kinds": "类型",
    "titles": "称号",
    "rank_at_least": "级别位次不低于",
    "min_floor_area": "建筑面积不少于(㎡)",
    "outside_owner": "设在归属区域之外",
    "group": "区域组",
    "members": "区域组成员",
    "qualification": "资质",
    "population": "范围",
    "leading": "只计领军人才",
    "valid": "有效口径",
    "known_on": "按何日所知",
}
COMMON_WORDS = {
    "on": "日期",
    "from": "起始日期",
    "to": "截止日期",
    "within": "区域",
    "carrier": "载体",
    "term": "分母项",
}
# For programs: what each parameter of a figure takes.
PARAM_HELP = {
    "kinds": "载体类型(incubator、maker_space、accelerator、science_park、enclave)或平台类型,逗号分隔",
    "titles": "称号代码,逗号分隔",
    "rank_at_least": "级别位次不低于,整数(如 30)",
    "min_floor_area": "建筑面积不少于,平方米",
    "outside_owner": "true:只计设在归属区域之外的载体",
    "group": "区域组代码",
    "members": "已确认的区域组成员,区域代码,逗号分隔",
    "qualification": "资质代码,如 high_tech",
    "population": "district 全区注册企业、incubatees 在孵企业、residents 入驻企业",
    "leading": "true:只计已确认的高端孵化领军人才",
    "valid": "year 当年有效、day 当日有效",
    "known_on": "日期:取该日终了时已审核通过的版本,此后通过的更正不计;不晚于今天",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as an address asks it; ``arguments`` go to :func:`incubators.indicators.figures.compute`."""

    arguments: dict[str, Any]
    query: dict[str, Any]


def read_date(text: str, name: str) -> date:
    """A date as ``2026-10-31``. Raises :class:`BadQuestion` naming the parameter."""
    try:
        day = date.fromisoformat(text)
        if not 1900 <= day.year < 2200:  # at the ends of the calendar days cannot be counted on
            raise ValueError(text)
        return day
    except ValueError:
        raise BadQuestion(errors={name: [f"“{text}”不是日期,请写成 2026-10-31"]}) from None


def _past_day(texts: list[str]) -> date:
    day = read_date(texts[-1], "known_on")
    if day > timezone.localdate():
        raise BadQuestion(errors={"known_on": [f"“{day.isoformat()}”晚于今天,那时所知的还不能说"]})
    return day


def _list(texts: list[str]) -> list[str]:
    return [part for text in texts for part in text.split(",") if part]


def _whole(texts: list[str]) -> int:
    return int(texts[-1])


def _number(texts: list[str]) -> Decimal:
    number = Decimal(texts[-1])
    if not number.is_finite():
        raise InvalidOperation
    return number


def _truth(texts: list[str]) -> bool:
    if texts[-1] not in {"true", "True", "1", "false", "False", "0"}:
        raise ValueError
    return texts[-1] in {"true", "True", "1"}


READERS: dict[str, tuple[Callable[[list[str]], Any], str]] = {
    "kinds": (_list, ""),
    "titles": (_list, ""),
    "members": (_list, ""),
    "rank_at_least": (_whole, "应为整数"),
    "min_floor_area": (_number, "应为数字"),
    "outside_owner": (_truth, "应为 true 或 false"),
    "known_on": (_past_day, "应为日期,如 2026-10-31"),
    "leading": (_truth, "应为 true 或 false"),
}


def read(
    indicator: Indicator, query: QueryDict, *, user: Any, ignore: Iterable[str] = (), by_month: bool = False
) -> Asked:
    """The question in ``query`` for ``indicator``, as ``user`` may ask it.

    Without dates a stock or ratio is asked as of today, a flow for this year so far. Nothing is known of days to come:
    they are refused, but a period may end later than today and counts what has happened. ``by_month``: a stock takes
    ``from`` too. Raises :class:`BadQuestion`.
    """
    unknown = sorted(set(query) - set(COMMON) - set(indicator.params) - set(ignore))
    if unknown:
        known = "、".join((*COMMON, *sorted(indicator.params)))
        raise BadQuestion(errors={name: [f"没有“{name}”这个参数;可用:{known}"] for name in unknown})
    arguments: dict[str, Any] = {"params": _params(indicator, query), "user": user, "known": {}}
    arguments.update(_dates(indicator, query, by_month))
    if code := query.get("within"):
        arguments["within"] = _area(code, user)
    if code := query.get("carrier"):
        arguments["carrier"] = _carrier(code, user)
    kept = {name: query.getlist(name) for name in query if name not in ignore}
    return Asked(arguments, kept)


def parts_of_months(indicator: Indicator, arguments: Mapping[str, Any]) -> dict[str, str]:
    """At which ends (``from``, ``to``) a period holds part of a month although the flow is reported by whole months, in
    words. Of the
    running month nothing is reported yet: a period may end in it on any day."""
    if not (isinstance(indicator, Tally) and indicator.kind is Kind.FLOW and indicator.monthly):
        return {}
    first, last = arguments["start"], arguments["end"]
    found = {}
    if first.day != 1:
        found["from"] = f"“{indicator.name}”按整月报送,期间应从某月1日起,如 {first.replace(day=1)}"
    if last != month_end(last) and last < timezone.localdate().replace(day=1):
        found["to"] = f"“{indicator.name}”按整月报送,期间应到某月最后一日止,如 {month_end(last)}"
    return found


def _params(indicator: Indicator, query: QueryDict) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for name in sorted(indicator.params & set(query)):
        texts = [text for text in query.getlist(name) if text]
        if not texts:
            continue
        reader, problem = READERS.get(name, (lambda texts: texts[-1], ""))
        try:
            params[name] = reader(texts)
        except (ValueError, InvalidOperation):
            raise BadQuestion(errors={name: [f"{PARAM_WORDS.get(name, name)}{problem}"]}) from None
    return params


def _dates(indicator: Indicator, query: QueryDict, by_month: bool) -> dict[str, Any]:
    today = timezone.localdate()
    on = read_date(query["on"], "on") if query.get("on") else None
    start = read_date(query["from"], "from") if query.get("from") else None
    end = read_date(query["to"], "to") if query.get("to") else None
    for name, day in (("on", on), ("from", start)):
        if day is not None and day > today:
            raise BadQuestion(errors={name: [f"“{day.isoformat()}”晚于今天,还没有数据"]})
    if indicator.kind is Kind.FLOW:
        last = end or on or today
        return {"start": start or date(last.year, 1, 1), "end": last}
    if end is not None and end > today:
        raise BadQuestion(errors={"to": [f"“{end.isoformat()}”晚于今天,还没有数据"]})
    if start is not None:
        if not by_month:
            raise BadQuestion(errors={"from": [f"“{indicator.name}”是某一天的数,起始日期只在按月分组时有用"]})
        return {"start": start, "end": end or on or today, "on": on or end or today}
    return {"on": on or end or today}


def _area(code: str, user: Any) -> Area:
    """An area of which the person may see something: 0 of an area that is closed to them would be no answer."""
    area = Area.objects.filter(code=code).first()
    if area is None:
        raise BadQuestion(errors={"within": [f"没有代码为“{code}”的区域"]})
    if not sees_of(user, area):
        raise BadQuestion(errors={"within": [f"“{area.name}”不在您的权限范围内"]})
    return area


def sees_of(user: Any, area: Area) -> bool:
    """Whether a person may see something of an area: it or an area above or below it is theirs, or a carrier in it is."""
    scope = Scope.of(user)
    if scope.covers(area.path) or any(path.startswith(area.path) for path in scope.area_paths):
        return True
    return Carrier.objects.visible_to(user).filter(pk__in=Carrier.objects.within(area)).exists()


def _carrier(code: str, user: Any) -> str:
    """A carrier the person may see; one that is not theirs is as if it did not exist."""
    if not Carrier.objects.visible_to(user).filter(code=code).exists():
        raise BadQuestion(errors={"carrier": [f"没有编号为“{code}”的载体,或不在您的权限范围内"]})
    return code
