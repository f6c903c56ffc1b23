"""Forms about months: which months to look at, a calendar with its declared fields, the close, opening one again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from core.dates import month_cn
from core.forms import DateField, PortalForm
from incubators.models import Carrier, ReportCalendar
from incubators.reporting.calendar import add_months, last_full_month, month_of
from incubators.reporting.completeness import MOST_MONTHS, USUAL_MONTHS, months_between
from incubators.reporting.declaring import KINDS, MOST_FIELDS, judged
from incubators.services.months import DAYS

BLANK_ROWS = 3
LATEST_DAY = 28
# As a month input sends it, and as people type it: 2026-10, 2026/10, 2026.10, 2026年10月.
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")


class MonthField(forms.DateField):
    """A month by the browser's own picker, or typed; cleaned to its first day."""

    widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")

    def __init__(self, **kwargs: Any) -> None:
        messages = {"invalid": "请填月份,如 2026-10"}
        super().__init__(
            widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"), error_messages=messages, **kwargs
        )

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, date) or value in self.empty_values:
            return value or None
        found = _MONTH.fullmatch(unicodedata.normalize("NFKC", str(value)).strip())
        month = month_of(int(found[1]), int(found[2])) if found else None
        if month is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return month


class PeriodForm(PortalForm):
    """Which months, and which area, the matrix of completeness shows. Nothing given: the last twelve months."""

    to = MonthField(label="到", required=False)
    area = forms.ChoiceField(label="归属区域", required=False)

    def __init__(self, data: Mapping[str, str], *, areas: Sequence[tuple[str, str]]) -> None:
        self.latest = last_full_month(timezone.localdate())
        self.usual = months_between(add_months(self.latest, 1 - USUAL_MONTHS), self.latest)
        usual = {"from": f"{self.usual[0]:%Y-%m}", "to": f"{self.latest:%Y-%m}"}
        super().__init__({**usual, **{name: value for name, value in data.items() if value}})
        self.fields = {"from": MonthField(label="从", required=False), **self.fields}
        self.fields["area"].choices = [("", "全部"), *areas]  # type: ignore[attr-defined]
        if not areas:
            del self.fields["area"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("from"), cleaned.get("to")
        if last and last > self.latest:
            self.add_error("to", f"最晚为{month_cn(self.latest)}:这个月还没有结束")
        elif first and last and first > last:
            self.add_error("from", "起始月份不能晚于截止月份")
        elif first and last and len(months_between(first, last)) > MOST_MONTHS:
            self.add_error("from", f"最多{MOST_MONTHS}个月,请从{month_cn(add_months(last, 1 - MOST_MONTHS))}起")
        return cleaned

    @property
    def months(self) -> tuple[date, ...]:
        """The months asked for. Call after ``is_valid``."""
        return months_between(self.cleaned_data["from"], self.cleaned_data["to"])


class DayField(forms.IntegerField):
    """A day of the month after the one reported on."""

    unit = "日"

    def __init__(self, label: str, **kwargs: Any) -> None:
        words = f"请填1至{LATEST_DAY}的整数"
        super().__init__(
            label=f"{label}(次月)",
            min_value=1,
            max_value=LATEST_DAY,
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 2}),
            error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), words),
            **kwargs,
        )


class ArrangementForm(PortalForm):
    """A version of a calendar: from which month, the days of the following month, and the first month of all."""

    from_month = MonthField(label="自哪个报告月份起", help_text="已开始填报的月份不改变")
    opens_day = DayField("开放提交")
    due_day = DayField("填报截止", help_text="遇休息日顺延到下一个工作日,审核截止也是")
    town_day = DayField("镇级审核截止", required=False, help_text="不填则不经镇审,由区科委直接审核")
    review_day = DayField("区级审核截止", help_text="填报截止日过后,没有待审核的月报即可月结")
    first_month = MonthField(label="首个报告月份", required=False, help_text="在此之前的月份不报;不填则不限")
    first_is_cumulative = forms.BooleanField(
        label="首月填1月起的累计数", required=False, help_text="首个报告月份的当期数从当年1月1日起算"
    )
    enterprise_months = forms.TypedChoiceField(
        label="企业情况",
        choices=ReportCalendar.EnterpriseMonths.choices,
        required=False,
        empty_value=ReportCalendar.EnterpriseMonths.NEVER.value,
        help_text="由运营方逐家填报月末在孵企业的从业人员、收入、研发、知识产权和融资",
    )
    note = forms.CharField(label="说明", max_length=200, required=False, help_text="为什么调整,如文件名称与文号")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        opens, due, town, review = (cleaned.get(name) for name in DAYS)
        if opens and due and opens > due:
            self.add_error("due_day", "填报截止不能早于开放提交")
        if due and town and town < due:
            self.add_error("town_day", "镇级审核截止不能早于填报截止")
        if review and max(due or 0, town or 0) > review:
            self.add_error("review_day", "区级审核截止不能早于填报截止和镇级审核截止")
        if cleaned.get("first_is_cumulative") and not cleaned.get("first_month"):
            self.add_error("first_month", "首月填累计数的,请写明首个报告月份")
        return cleaned

    @property
    def days(self) -> dict[str, int | None] | None:
        """The days typed, if all that are needed could be read and stand in order."""
        if any(name in self.errors for name in DAYS):
            return None
        return {name: self.cleaned_data.get(name) for name in DAYS}


class FieldForm(PortalForm):
    """One declared field. An entry in which nothing is typed is no entry; what is wrong is judged over all of them."""

    code = forms.CharField(required=False, widget=forms.HiddenInput)
    label = forms.CharField(label="名称", required=False)
    kind = forms.ChoiceField(label="类型", required=False, choices=[("", "请选择"), *KINDS.items()])
    unit = forms.CharField(label="单位", required=False)
    smallest = forms.CharField(label="下限", required=False)
    largest = forms.CharField(label="上限", required=False)
    options = forms.CharField(
        label="选项", required=False, help_text="仅“选项”类型,用顿号隔开", widget=forms.TextInput()
    )
    help = forms.CharField(label="填报说明", required=False)
    required = forms.BooleanField(label="必填", required=False)
    stock = forms.BooleanField(label="沿用上月数", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("smallest", "largest"):
            self.fields[name].widget.attrs.update(inputmode="decimal", autocomplete="off")
        if self.typed("code"):
            self.fields["kind"].help_text = "已发布的不能改类型"

    def typed(self, name: str) -> str:
        """What stands in the field, sent or at first."""
        return str(self[name].value() or "")

    @property
    def is_blank(self) -> bool:
        return not any(self.typed(name).strip() for name in ("code", "label", "kind", "unit", "options", "help"))

    def entry(self) -> dict[str, Any]:
        """As :func:`incubators.reporting.declaring.judged` takes it."""
        words = ("code", "label", "kind", "unit", "smallest", "largest", "options", "help")
        return {name: self.typed(name) for name in words} | {
            name: bool(self[name].value()) for name in ("required", "stock")
        }


class FieldForms:
    """The declared fields of a version, each a form of its own, in order; a few blank ones stand below.

    ``move`` changes what was sent without judging it, so that adding, removing and putting in order lose nothing.
    """

    def __init__(self, entries: Sequence[Mapping[str, Any]], *, bound: bool, blank: int = BLANK_ROWS) -> None:
        self.entries: list[dict[str, Any]] = [dict(entry) for entry in entries][:MOST_FIELDS]
        if not bound:
            self.entries += [{} for _ in range(min(blank, MOST_FIELDS - len(self.entries)))]
        self.bound = bound
        self._make()

    @classmethod
    def sent(cls, data: Mapping[str, Any]) -> FieldForms:
        """Those that the page sent."""
        names = [*FieldForm.base_fields]
        count = str(data.get("rows", ""))
        rows = min(int(count), MOST_FIELDS) if count.isdecimal() and len(count) < 4 else 0
        return cls([{name: data.get(f"f{row}-{name}", "") for name in names} for row in range(rows)], bound=True)

    @classmethod
    def of(cls, declared: Sequence[Mapping[str, Any]]) -> FieldForms:
        """Those of a version, to begin with."""
        return cls([{**entry, "options": "、".join(entry["options"])} for entry in declared], bound=False)

    def _make(self) -> None:
        self.forms = [
            FieldForm({f"f{row}-{name}": value for name, value in entry.items()}, prefix=f"f{row}")
            if self.bound
            else FieldForm(initial=entry, prefix=f"f{row}")
            for row, entry in enumerate(self.entries)
        ]

    def __iter__(self) -> Iterator[FieldForm]:
        return iter(self.forms)

    def __len__(self) -> int:
        return len(self.forms)

    def move(self, what: str) -> None:
        """``more``, or ``remove-2``, ``up-2``, ``down-2`` of a row counted from 0. Anything else changes nothing."""
        action, _, number = what.partition("-")
        at = int(number) if number.isdecimal() and len(number) < 4 else -1
        rows = self.entries
        if action == "more":
            rows += [{} for _ in range(min(BLANK_ROWS, MOST_FIELDS - len(rows)))]
        elif 0 <= at < len(rows):
            other = {"up": at - 1, "down": at + 1}.get(action, -1)
            if action == "remove":
                del rows[at]
            elif 0 <= other < len(rows):
                rows[at], rows[other] = rows[other], rows[at]
        self._make()

    @property
    def problems(self) -> list[tuple[int, str]]:
        """What :meth:`judge` found wrong, with the number of its row from 1."""
        return [
            (number, str(sentence))
            for number, form in enumerate(self.forms, start=1)
            for sentences in form.errors.values()
            for sentence in sentences
        ]

    def judge(
        self, earlier: Sequence[Mapping[str, Any]] = (), elsewhere: Collection[str] = ()
    ) -> list[dict[str, Any]] | None:
        """The fields as a calendar keeps them (see :func:`judged`); None when one is wrong, which is then said in its
        form."""
        filled = [form for form in self.forms if not form.is_blank]
        made, wrong = judged([form.entry() for form in filled], earlier, elsewhere)
        for each in wrong:
            form = filled[each.number - 1]
            form.add_error(each.part if each.part != "code" else None, each.sentence)
        return None if wrong else made


class CloseForm(PortalForm):
    """The close of a month."""

    note = forms.CharField(label="说明", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class UnlockForm(PortalForm):
    """One carrier's month is opened again. Offered are those that have not filed it."""

    carrier = forms.ModelChoiceField(label="载体", queryset=Carrier.objects.none(), to_field_name="code")
    until = DateField(label="开放至", help_text="含当日", error_messages={"required": "请选开放截止日"})
    reason = forms.CharField(label="补报原因", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, unfiled: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["carrier"].queryset = Carrier.objects.filter(pk__in=unfiled).order_by("code")  # type: ignore[attr-defined]


__all__ = [
    "ArrangementForm",
    "CloseForm",
    "FieldForm",
    "FieldForms",
    "MonthField",
    "PeriodForm",
    "UnlockForm",
]
