"""Forms of evaluations. They clean what was typed; the services decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from core.forms import PortalForm
from evaluations.models import ExpertScore, Frame
from evaluations.schemefile.schema import Indicator
from incubators.models import Carrier

SCORE_ERRORS = {
    "invalid": "请填写数字,如 85 或 85.5",
    "min_value": "得分应在0到100之间",
    "max_value": "得分应在0到100之间",
    "max_decimal_places": "最多两位小数",
    "max_digits": "得分应在0到100之间",
    "max_whole_digits": "得分应在0到100之间",
}


def _day() -> forms.DateField:
    return forms.DateField(
        label="公布日期",
        input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "请填写日期,如 2026-06-20", "required": "请填写公布日期"},
    )


class ExpertForm(PortalForm):
    """One expert's scores of one carrier: a score and a reason for each indicator."""

    def __init__(self, *args: Any, rows: Iterable[ExpertScore], indicators: Mapping[str, Indicator], **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.rows = list(rows)
        self.indicators = indicators
        for row in self.rows:
            self.fields[f"score_{row.indicator}"] = forms.DecimalField(
                label="得分",
                min_value=0,
                max_value=100,
                max_digits=5,
                decimal_places=2,
                required=False,
                initial=None if row.score is None else f"{row.score.normalize():f}",
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
                error_messages=SCORE_ERRORS,
            )
            self.fields[f"reason_{row.indicator}"] = forms.CharField(
                label="评分理由",
                max_length=300,
                required=False,
                initial=row.reason,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def sections(self) -> list[dict[str, Any]]:
        """Each indicator with its two fields, for the page."""
        return [
            {
                "indicator": self.indicators[row.indicator],
                "score": self[f"score_{row.indicator}"],
                "reason": self[f"reason_{row.indicator}"],
            }
            for row in self.rows
        ]

    def values(self) -> dict[str, tuple[Decimal | None, str]]:
        """Cleaned scores and reasons by indicator."""
        data = self.cleaned_data
        return {row.indicator: (data[f"score_{row.indicator}"], data[f"reason_{row.indicator}"]) for row in self.rows}


class GradeForm(PortalForm):
    """An official grade of a carrier. Evaluation and grade are chosen together: a grade belongs to its evaluation."""

    carrier = forms.ModelChoiceField(
        label="载体",
        queryset=Carrier.objects.none(),
        to_field_name="code",
        empty_label="请选择",
        error_messages={"required": "请选择载体", "invalid_choice": "请选择您负责区域内的载体"},
    )
    frame_grade = forms.ChoiceField(
        label="评价和等次", error_messages={"required": "请选择等次", "invalid_choice": "请选择列出的等次"}
    )
    year = forms.IntegerField(
        label="评价年度",
        min_value=2010,
        max_value=2100,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text="被评价的年度,不是公布的年度",
        error_messages={"invalid": "请填写年份,如 2025", "required": "请填写评价年度"},
    )
    published_on = _day()
    document = forms.CharField(
        label="结果文件",
        max_length=200,
        help_text="公布结果的文件名称和文号",
        error_messages={"required": "请写明公布结果的文件"},
    )

    def __init__(
        self, *args: Any, carriers: Any, frames: Iterable[Frame], names: Mapping[tuple[int, str], str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.frames = {frame.code: frame for frame in frames}
        self.fields["carrier"].queryset = carriers  # type: ignore[attr-defined]
        self.fields["frame_grade"].choices = [  # type: ignore[attr-defined]
            ("", "请选择"),
            *(
                (
                    f"{frame.plan.short_title}:{frame.name}",
                    [
                        (f"{frame.code}:{row['grade']}", names[frame.pk, row["grade"]])
                        for row in frame.definition["grades"]
                    ],
                )
                for frame in self.frames.values()
            ),
        ]
        self.fields["year"].initial = timezone.localdate().year - 1
        self.fields["document"].wide = True  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """Values for the service."""
        frame, grade = self.cleaned_data["frame_grade"].split(":", 1)
        names = ("carrier", "year", "published_on", "document")
        return {"frame": self.frames[frame], "grade": grade, **{name: self.cleaned_data[name] for name in names}}


class PublishForm(PortalForm):
    """The document by which a cycle's grades became official."""

    frame = forms.ModelChoiceField(
        label="对应的评价",
        queryset=Frame.objects.none(),
        to_field_name="code",
        empty_label="请选择",
        error_messages={"required": "请选择对应的评价"},
    )
    published_on = _day()
    document = forms.CharField(label="结果文件", max_length=200, error_messages={"required": "请写明公布结果的文件"})

    def __init__(self, *args: Any, frames: Iterable[Frame], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["frame"].queryset = Frame.objects.filter(pk__in=[f.pk for f in frames])  # type: ignore[attr-defined]
