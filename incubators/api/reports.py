"""Monthly reports over REST: lists and single reports, drafts, and the moves of the workflow, by the same services.

A write names the ``version`` its author saw; a report changed since answers 409 and nothing is overwritten.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import BadQuery, SavedAllTheSame
from core.api_filters import first_of_month
from core.filters import SpokenFilterSet
from core.middleware import nul_in
from core.models import Change
from core.numerals import plain_number
from core.rest import PortalViewSet, documented
from incubators.api.registry import AREA, CARRIER
from incubators.api.serializers import CarrierBrief, PersonName, link, words
from incubators.indicators.asking import sees_of
from incubators.models import Area, Carrier, MonthClose, MonthlyReport
from incubators.reporting.calendar import Calendars, month_of
from incubators.reporting.closing import Closes
from incubators.reporting.fields import (
    BY_CODE,
    NOT_APPLICABLE,
    TEXT_BY_CODE,
    Answer,
    FieldError,
    Gap,
    GapKind,
    Kind,
    ReportField,
    missing,
)
from incubators.reporting.form import MonthForm
from incubators.services import reports as services
from incubators.services.reports import Seen

API = Change.Channel.API
_WORKFLOW = ("state", "revision", "is_current", "revision_reason", "version")
_TIMES = ("first_submitted_at", "submitted_at", "checked_at", "accepted_at")


class Conflict(APIException):
    """The report is another by now than the one the caller saw."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "这份月报已有变化,请重新读取后再写"


class MonthlyReportFilter(SpokenFilterSet):
    """By carrier, area (with those below it), month and state."""

    carrier = django_filters.CharFilter(field_name="carrier__code", label="载体编号")
    kind = django_filters.ChoiceFilter(field_name="carrier__kind", choices=Carrier.Kind.choices, label="载体类型")
    area = django_filters.CharFilter(method="filter_area", label="归属区域代码(含下级)")
    month = django_filters.DateFilter(label="月份(当月1日)", validators=[first_of_month])
    month_from = django_filters.DateFilter(
        field_name="month", lookup_expr="gte", label="月份起(当月1日)", validators=[first_of_month]
    )
    month_to = django_filters.DateFilter(
        field_name="month", lookup_expr="lte", label="月份止(当月1日)", validators=[first_of_month]
    )
    state = django_filters.MultipleChoiceFilter(choices=MonthlyReport.State.choices, label="状态")
    is_current = django_filters.BooleanFilter(label="现行版本")

    class Meta:
        model = MonthlyReport
        fields: list[str] = []

    def filter_area(self, rows: Any, name: str, value: str) -> Any:
        area = Area.objects.filter(code=value).first()
        if area is None:
            return rows.none()
        if not sees_of(self.request.user, area):
            raise BadQuery({name: [f"“{area.name}”不在您的权限范围内"]})
        return rows.filter(carrier__owner_area__path__startswith=area.path)


class Around:
    """What reports are judged by beside themselves: the calendars, and the closes of their months. Two queries, made when
    first needed. ``months``: of all the reports to be shown; None: any."""

    def __init__(self, months: Iterable[date] | None) -> None:
        self.months = months

    @cached_property
    def calendars(self) -> Calendars:
        return Calendars()

    @cached_property
    def closes(self) -> Closes:
        # Of a file nobody knows beforehand which months it will hold.
        any_month = MonthClose.objects.order_by().values_list("month", flat=True).distinct()
        return Closes(any_month if self.months is None else self.months, self.calendars)


class _Judged(serializers.BooleanField):
    """A field that is decided of a report and what is :class:`Around` it; files make it of the same columns.

    ``from_columns``: the answer for the values of ``columns``."""

    columns: tuple[str, ...] = ()
    from_columns: Callable[..., bool | None]

    def __init__(self, **more: Any) -> None:
        super().__init__(source="*", read_only=True, **more)

    @property
    def around(self) -> Around:
        found: Around = self.context["around"]
        return found

    def to_representation(self, row: Any) -> Any:
        return self.from_columns(*(attrgetter(name.replace("__", "."))(row) for name in self.columns))


class Late(_Judged):
    """Whether a report was first submitted after its due day; null while it has not been submitted."""

    columns = ("month", "carrier__owner_area__path", "first_submitted_at", "submitted_at")

    def from_columns(self, *values: Any) -> bool | None:
        month, path, first, sent = values
        return self.around.calendars.days(path, month).late(first or sent)


class Closed(_Judged):
    """Whether the month of a report is closed for its carrier."""

    columns = ("month", "carrier__owner_area__path")

    def from_columns(self, *values: Any) -> bool | None:
        month, path = values
        return self.around.closes.closed_on(path, month) is not None


class MonthlyReportSerializer(serializers.ModelSerializer[MonthlyReport]):
    """月报。金额单位为元,面积单位为平方米;企业数在 register 中,取自登记库。gaps 为缺数(missing,附原因)与不适用
    (not_applicable),此时数值为 null;extra 为区级附加字段。"""

    url = link("monthly-reports")
    carrier = CarrierBrief(read_only=True)
    state_label = words("state")
    submitted_by = PersonName(help_text="提交人")
    checked_by = PersonName(help_text="镇审人")
    late = Late(allow_null=True, help_text="首次提交晚于截止日;未提交的为空")
    closed = Closed(help_text="该载体的这个月已月结")
    accepted_by = PersonName(help_text="审核人")

    class Meta:
        model = MonthlyReport
        fields = [
            "url",
            "id",
            "carrier",
            "month",
            "state_label",
            *_WORKFLOW,
            *_TIMES,
            "late",
            "closed",
            "submitted_by",
            "checked_by",
            "accepted_by",
            *BY_CODE,
            *TEXT_BY_CODE,
            "gaps",
            "extra",
            "register",
            "explanations",
            "content_hash",
            "is_synthetic",
        ]
        read_only_fields = fields


def _written(spec: ReportField) -> serializers.Field[Any, Any, Any, Any]:
    """What the schema says of a figure in a body: a number, or a number as text; null empties it."""
    words = {"required": False, "allow_null": True, "help_text": f"{spec.label}({spec.unit})"}
    if spec.kind == Kind.COUNT:
        return serializers.IntegerField(min_value=0, max_value=int(spec.largest), **words)
    return serializers.DecimalField(max_digits=18, decimal_places=2, **words)


_Values = inline_serializer(
    "MonthlyReportWrite",
    {
        "carrier": serializers.CharField(required=False, help_text="载体编号,新建时必填"),
        "month": serializers.DateField(required=False, help_text="当月1日,新建时必填"),
        "version": serializers.IntegerField(help_text="读取时的 version;新建为 0"),
        "explanations": serializers.DictField(
            child=serializers.CharField(max_length=services.LONGEST_WORDS),
            required=False,
            help_text="核对项代码(如 R19,或拒绝时给出的 explain:R19)到说明",
        ),
        "gaps": serializers.DictField(
            child=serializers.DictField(child=serializers.CharField()),
            required=False,
            help_text="字段代码到 {kind: missing|not_applicable, reason};缺数须写原因",
        ),
        "extra": serializers.DictField(required=False, help_text="区级附加字段代码到数值或文字;金额为元"),
        **{code: _written(spec) for code, spec in BY_CODE.items()},
        **{
            code: serializers.CharField(required=False, max_length=spec.longest, help_text=spec.label)
            for code, spec in TEXT_BY_CODE.items()
        },
    },
)
_Reason = inline_serializer("MonthlyReportReason", {"reason": serializers.CharField(max_length=services.LONGEST_WORDS)})
_Correction = inline_serializer(
    "MonthlyReportCorrection", {"reason": serializers.CharField(max_length=services.LONGEST_CORRECTION)}
)
_Accept = inline_serializer("MonthlyReportAccept", {"content_hash": serializers.CharField()})


@documented("月报", "金额单位为元,面积单位为平方米。默认含全部版本,is_current=true 只取现行版本。")
class MonthlyReportViewSet(PortalViewSet):
    queryset = MonthlyReport.objects.select_related(
        "carrier__owner_area", "carrier__operator", "submitted_by", "checked_by", "accepted_by"
    )
    serializer_class = MonthlyReportSerializer
    filterset_class = MonthlyReportFilter
    orderings = {
        "month": "month",
        "carrier": "carrier__code",
        "state": "state",
        "revision": "revision",
        "submitted_at": "submitted_at",
    }
    default_ordering = ("-month",)
    lookup_value_converter = "int"
    file_name = "月报"
    codes = {"carrier": CARRIER, "area": AREA}
    http_method_names = ["get", "head", "options", "post", "patch"]
    parser_classes = (JSONParser,)

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        shown = args[0] if args else None
        rows = shown if kwargs.get("many") else [shown]
        months = None if shown is None else {row.month for row in rows or ()}
        kwargs["context"] = {**self.get_serializer_context(), "around": Around(months)}
        return super().get_serializer(*args, **kwargs)

    @extend_schema(tags=["月报"], summary="新建草稿", request=_Values, responses=MonthlyReportSerializer)
    def create(self, request: Request) -> Response:
        """Start a draft for a carrier and month."""
        body = _body(request)
        code, month = str(body.pop("carrier", "")), _month(body.pop("month", None))
        carrier = Carrier.objects.visible_to(request.user).select_related("owner_area").filter(code=code).first()
        if carrier is None:
            raise ValidationError({"carrier": ["没有这个载体,或不在您的权限范围内"]})
        seen = Seen() if body.get("version", 0) == 0 else Seen(1, _version(body))
        return self._write(services.save_draft, carrier, month, seen, body, status.HTTP_201_CREATED)

    @extend_schema(tags=["月报"], summary="修改草稿", request=_Values, responses=MonthlyReportSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change the given figures of a draft or a returned report; what is not given stays."""
        return self._write_on(services.save_draft)

    @extend_schema(tags=["月报"], summary="提交", request=_Values, responses=MonthlyReportSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: int) -> Response:
        """Hand in, with figures changed on the way if some are given."""
        return self._write_on(services.submit)

    @extend_schema(tags=["月报"], summary="退回", request=_Reason, responses=MonthlyReportSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def give_back(self, request: Request, pk: int) -> Response:
        """Return with a reason."""
        return self._move(services.give_back, reason="reason")

    @extend_schema(tags=["月报"], summary="镇审通过", request=_Accept, responses=MonthlyReportSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: int) -> Response:
        """The town has checked exactly the content with the given hash."""
        return self._move(services.check, seen_hash="content_hash")

    @extend_schema(tags=["月报"], summary="审核通过", request=_Accept, responses=MonthlyReportSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: int) -> Response:
        """Accept exactly the content with the given hash."""
        return self._move(services.accept, seen_hash="content_hash")

    @extend_schema(tags=["月报"], summary="锁定", request=None, responses=MonthlyReportSerializer)
    @action(detail=True, methods=["post"])
    def lock(self, request: Request, pk: int) -> Response:
        """Close an accepted report."""
        return self._move(services.lock)

    @extend_schema(tags=["月报"], summary="建立更正版本", request=_Correction, responses=MonthlyReportSerializer)
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: int) -> Response:
        """Open a correction as a further revision."""
        return self._move(services.correct, reason="reason", code=status.HTTP_201_CREATED)

    def _write_on(self, write: Callable[..., MonthlyReport]) -> Response:
        report, body = self.get_object(), _body(self.request)
        return self._write(write, report.carrier, report.month, Seen(report.revision, _version(body)), body)

    def _write(
        self,
        write: Callable[..., MonthlyReport],
        carrier: Carrier,
        month: date,
        seen: Seen,
        body: dict[str, Any],
        code: int = status.HTTP_200_OK,
    ) -> Response:
        form = Calendars().form(carrier.owner_area.path, month)
        values, texts, explanations = _read(form, body)
        try:
            row = write(
                user=self.request.user,
                carrier=carrier,
                month=month,
                values=values,
                texts=texts,
                explanations=explanations,
                seen=seen,
                channel=API,
            )
        except services.Stale as stale:
            raise Conflict from stale
        except services.NotReady as not_ready:
            raise SavedAllTheSame(not_ready.errors, not_ready.row.version) from not_ready
        return self._answer(row, code)

    def _move(self, move: Callable[..., MonthlyReport], *, code: int = status.HTTP_200_OK, **fields: str) -> Response:
        """``fields``: arguments of ``move`` and the fields of the body that hold them."""
        report = self.get_object()
        body = _body(self.request) if fields else {}
        words = {argument: body.get(field, "") for argument, field in fields.items()}
        if wrong := [field for argument, field in fields.items() if not isinstance(words[argument], str)]:
            raise ValidationError({field: ["应为文字"] for field in wrong})
        try:
            row = move(user=self.request.user, report=report, channel=API, **words)
        except services.Stale as stale:
            raise Conflict from stale
        return self._answer(row, code)

    def _answer(self, row: MonthlyReport, code: int) -> Response:
        return Response(self.get_serializer(row).data, status=code)


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise ValidationError({"non_field_errors": ["请求体应为 JSON 对象"]})
    body = dict(request.data.items())
    written = ((name, value) for name, value in body.items() if isinstance(value, str))
    explained = body.get("explanations")
    pairs = explained.items() if isinstance(explained, dict) else ()
    words = [text for pair in pairs for text in pair if isinstance(text, str)]
    words += [
        json.dumps(body[name], ensure_ascii=False).replace("\\u0000", "\0")
        for name in ("gaps", "extra")
        if name in body
    ]
    if wrong := nul_in([*written, ("explanations", words)]):
        raise ValidationError(wrong)
    return body


def _version(body: dict[str, Any]) -> int:
    version = body.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise ValidationError({"version": ["请带上读取时的 version(整数)"]})
    return version


def _month(text: Any) -> date:
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        day = None
    month = month_of(day.year, day.month) if day is not None else None
    if month is None or month != day:
        raise ValidationError({"month": ["月份应为当月1日,如 2026-10-01"]})
    return month


def _read(form: MonthForm, body: dict[str, Any]) -> tuple[dict[str, Answer], dict[str, str], dict[str, str] | None]:
    """Answers in yuan, ㎡ or counts; words; explanations. Raises ValidationError by field, for unknown ones too."""
    values: dict[str, Answer] = {}
    texts: dict[str, str] = {}
    errors: dict[str, list[str]] = {}
    gaps, extra = _object(body, "gaps", errors), _object(body, "extra", errors)
    given = {code: value for code, value in body.items() if code not in {"version", "explanations", "gaps", "extra"}}
    for code, value in {**given, **extra}.items():
        figure, text = form.by_code.get(code), form.text_by_code.get(code)
        spec = figure or text
        if spec is None or spec.declared != (code in extra):
            errors[code] = ["没有这个字段,或不能由填报写入"]
        elif figure is not None:
            _keep(figure, lambda spec=figure, value=value: _figure(spec, value), values, errors)
        elif text is not None and isinstance(value, str) and not text.problem(value):
            texts[code] = value
        elif text is not None:
            errors[code] = [text.problem(value) if isinstance(value, str) else "应为文字"]
    for code, gap in gaps.items():
        figure = form.by_code.get(code)
        if figure is None or values.get(code) is not None:
            errors[code] = ["没有这个字段" if figure is None else "有数值的不能同时写缺数或不适用"]
        else:
            _keep(figure, lambda gap=gap: _gap(gap), values, errors)
    explanations = _explanations(body, errors)
    if errors:
        raise ValidationError(errors)
    return values, texts, explanations


def _explanations(body: dict[str, Any], errors: dict[str, list[str]]) -> dict[str, str] | None:
    """By the key of what they explain, sent as the refusal named it (``explain:R19``) or as a report holds it (``R19``)."""
    given = body.get("explanations")
    if given is None:
        return None
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        errors["explanations"] = ["应为“核对项:说明”的对象"]
        return None
    return {key.removeprefix(services.EXPLAIN): text for key, text in given.items()}


def _object(body: dict[str, Any], name: str, errors: dict[str, list[str]]) -> dict[str, Any]:
    given = body.get(name, {})
    if isinstance(given, dict):
        return given
    errors[name] = ["应为对象"]
    return {}


def _keep(
    spec: ReportField, read: Callable[[], Answer], values: dict[str, Answer], errors: dict[str, list[str]]
) -> None:
    try:
        values[spec.code] = read()
    except FieldError as error:
        errors[spec.code] = [str(error)]


def _gap(given: Any) -> Gap:
    if not isinstance(given, dict) or given.get("kind") not in {*GapKind}:
        raise FieldError("应为 {kind: missing 或 not_applicable, reason}")
    if given["kind"] == GapKind.NOT_APPLICABLE:
        return NOT_APPLICABLE
    reason = given.get("reason", "")
    if not isinstance(reason, str):
        raise FieldError("原因应为文字")
    return missing(reason)


def _figure(spec: ReportField, given: Any) -> Answer:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise FieldError("应为数字")
    # A number of JSON may be 1e-07; text is digits and a point.
    number = plain_number(given) if isinstance(given, str) else Decimal(str(given))
    if number is None or not number.is_finite():
        raise FieldError("应为数字,如 1250.5")
    return spec.check(number)
