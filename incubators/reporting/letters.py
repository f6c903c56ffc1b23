"""The words of a letter: placeholders, the texts that hold until an area writes its own, and filling them in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from core.dates import date_cn, month_cn
from core.permits import Refused
from core.quotes import shortened
from incubators.models import LetterTemplate, Occasion
from incubators.nearest import Nearest

# What may stand in a letter between braces, and what comes in its place.
PLACEHOLDERS: Mapping[str, str] = {
    "载体": "载体名称",
    "月份": "报告月份,如2026年10月",
    "截止日": "填报截止日,如2026年11月5日",
    "原因": "退回原因;人工催报时为附言",
    "地址": "填报页面的地址",
    "区域": "负责审核的区域名称",
}
# Only these letters have a reason to tell.
WITH_REASON = (Occasion.RETURNED, Occasion.ASKED)
_BRACED = re.compile(r"\{([^{}\n]*)\}")
_WIDE = str.maketrans({"\uff5b": "{", "\uff5d": "}"})
LONGEST_SUBJECT, LONGEST_BODY = 100, 2000


@dataclass(frozen=True, slots=True)
class Words:
    """A letter's subject and body, with placeholders or filled in."""

    subject: str
    body: str


_CLOSE = "填报地址: {地址}\n如已提交,请忽略本信。\n\n{区域}科技主管部门"
DEFAULTS: Mapping[str, Words] = {
    Occasion.OPENING: Words(
        "{月份}月报开始填报",
        "{载体}:\n\n{月份}科创载体月报已开始填报,请在{截止日}(含当日)前提交。企业数来自登记库,不必填写。\n\n" + _CLOSE,
    ),
    Occasion.BEFORE_DUE: Words(
        "{月份}月报将于{截止日}截止",
        "{载体}:\n\n{月份}科创载体月报将于{截止日}截止,目前还没有收到贵单位的提交,请尽快完成。\n\n" + _CLOSE,
    ),
    Occasion.OVERDUE: Words(
        "{月份}月报已逾期,请尽快提交",
        "{载体}:\n\n{月份}科创载体月报已于{截止日}截止,目前还没有收到贵单位的提交。请尽快补报;"
        "有困难的,请与我们联系。\n\n" + _CLOSE,
    ),
    Occasion.RETURNED: Words(
        "{月份}月报已退回,请修改后重新提交",
        "{载体}:\n\n贵单位{月份}科创载体月报已退回,原因如下:\n\n{原因}\n\n请修改后重新提交。\n" + _CLOSE,
    ),
    Occasion.ASKED: Words(
        "请提交{月份}月报",
        "{载体}:\n\n请尽快提交{月份}科创载体月报,截止日为{截止日}。\n\n{原因}\n\n" + _CLOSE,
    ),
}


def checked(occasion: str, subject: str, body: str) -> Words:
    """Words that a letter may hold. Raises :class:`Refused` by field: a brace or a placeholder that is not one, a
    return without its reason, a letter without its address."""
    words = {
        "subject": " ".join(subject.translate(_WIDE).split()),
        "body": body.translate(_WIDE).replace("\r\n", "\n").strip(),
    }
    errors = {name: found for name, text in words.items() if (found := _wrong(occasion, name, text))}
    if errors:
        raise Refused(errors=errors)
    return Words(**words)


def _wrong(occasion: str, name: str, text: str) -> list[str]:
    """What is wrong with a subject or body, in sentences."""
    label, most = ("标题", LONGEST_SUBJECT) if name == "subject" else ("正文", LONGEST_BODY)
    if not text:
        return [f"请填信的{label}"]
    found = [f"{label}最多{most}个字(现有{len(text)}个)"] if len(text) > most else []
    used = _BRACED.findall(text)
    usable = {word for word in PLACEHOLDERS if word != "原因" or occasion in WITH_REASON}
    listed = "、".join(f"{{{word}}}" for word in PLACEHOLDERS if word in usable)
    for word in dict.fromkeys(used):
        if word == "原因" and word not in usable:
            found.append("只有退回和人工催报的信有{原因},请删去")
        elif word not in usable:
            found.append(f"没有“{{{shortened(word)}}}”这个占位,可用的有{listed}")
    if "{" in (rest := _BRACED.sub("", text)) or "}" in rest:
        found.append(f"大括号没有成对,占位应写成{listed}")
    if name == "body" and occasion == Occasion.RETURNED and "原因" not in used:
        found.append("退回的信须写明原因,请在正文中加上{原因}")
    if name == "body" and "地址" not in used:
        found.append("请在正文中加上{地址},运营方点它就能填报")
    return found


@dataclass(frozen=True, slots=True)
class Other:
    """A further month that a letter names, because a carrier gets one letter a day. ``overdue``: its due day has gone by."""

    month: date
    due_on: date
    overdue: bool
    address: str

    @property
    def said(self) -> str:
        """The sentence about it."""
        month, due = month_cn(self.month), date_cn(self.due_on)
        if self.overdue:
            return f"另外,{month}月报已于{due}截止,也还没有收到,请一并补报: {self.address}"
        return f"另外,{month}月报也在填报中,请在{due}(含当日)前提交: {self.address}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What comes in place of the placeholders, for one carrier and month; ``also``: months that the letter names too."""

    carrier: str
    month: date
    due_on: date
    area: str
    address: str
    reason: str = ""
    also: tuple[Other, ...] = ()


def fill(words: Words, facts: Facts) -> Words:
    """The letter as it is sent. A paragraph that was nothing but an empty reason goes; the subject is one line. Further
    months stand before the paragraph with the address, after it where that is the first."""
    values = {
        "载体": facts.carrier,
        "月份": month_cn(facts.month),
        "截止日": date_cn(facts.due_on),
        "原因": facts.reason.strip(),
        "地址": facts.address,
        "区域": facts.area,
    }

    # In one pass: what a value holds in braces is no placeholder.
    def put(text: str) -> str:
        return _BRACED.sub(lambda found: values.get(found[1], found[0]), text)

    kept = [part for part in words.body.split("\n\n") if part.strip() != "{原因}" or values["原因"]]
    subject, body = put(words.subject), [put(part) for part in kept]
    if facts.also:
        subject = f"{subject}(另有{'、'.join(month_cn(other.month) for other in facts.also)}月报)"
        place = next((at for at, part in enumerate(kept) if "{地址}" in part), len(kept))
        body.insert(place or 1, "\n".join(other.said for other in facts.also))
    return Words(" ".join(subject.split())[:300], "\n\n".join(body))


class Letters:
    """All areas' own words, loaded in one query; the nearest area above a carrier decides, else the text in code."""

    def __init__(self) -> None:
        self.set = Nearest(LetterTemplate.objects.select_related("area"))

    def holding(self, path: str, occasion: str) -> LetterTemplate | None:
        """The own text that holds for a carrier credited to the area with this path."""
        return next((row for row in self.set.above(path) if row.occasion == occasion), None)

    def words(self, path: str, occasion: str) -> Words:
        """The words, with placeholders, for a carrier credited to the area with this path."""
        row = self.holding(path, occasion)
        return DEFAULTS[occasion] if row is None else Words(row.subject, row.body)
