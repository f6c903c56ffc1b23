"""Monthly reports over REST: lists and single reports, drafts, and the moves of the workflow, by the same services.

A write names the ``version`` its author saw; a report changed since answers 409 and nothing is overwritten.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import SavedAllTheSame
from core.middleware import nul_in
from core.models import Change
from core.numerals import plain_number
from core.rest import PortalViewSet, documented
from incubators.api.corrections import CorrectionRequestSerializer
from incubators.api.registry import AREA, CARRIER
from incubators.api.report_rows import Around, MonthlyReportFilter, MonthlyReportSerializer
from incubators.models import Carrier, CorrectionRequest, MonthlyReport
from incubators.reporting.calendar import Calendars, month_of
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
from incubators.services import corrections
from incubators.services import reports as services
from incubators.services.reports import Seen
from incubators.services.wording import LONGEST_CORRECTION, LONGEST_WORDS

API = Change.Channel.API


class Conflict(APIException):
    """The report is another by now than the one the caller saw."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "这份月报已有变化,请重新读取后再写"


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
            child=serializers.CharField(max_length=LONGEST_WORDS),
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
_Reason = inline_serializer("MonthlyReportReason", {"reason": serializers.CharField(max_length=LONGEST_WORDS)})
_Correction = inline_serializer(
    "MonthlyReportCorrection", {"reason": serializers.CharField(max_length=LONGEST_CORRECTION)}
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

    @extend_schema(tags=["月报"], summary="申请更正", request=_Correction, responses={201: CorrectionRequestSerializer})
    @action(detail=True, methods=["post"], url_path="ask-correction")
    def ask_correction(self, request: Request, pk: int) -> Response:
        """The carrier's own operator asks that what was accepted be corrected."""
        row = corrections.ask_correction(
            user=request.user, report=self.get_object(), channel=API, **self._words("reason")
        )
        return self._request(row, status.HTTP_201_CREATED)

    @extend_schema(tags=["月报"], summary="同意更正申请", request=None, responses={201: MonthlyReportSerializer})
    @action(detail=True, methods=["post"], url_path="grant-correction")
    def grant_correction(self, request: Request, pk: int) -> Response:
        """Open the correction that was asked for, with the operator's reason; answers the new revision."""
        return self._move(services.grant_correction, code=status.HTTP_201_CREATED)

    @extend_schema(tags=["月报"], summary="不同意更正申请", request=_Correction, responses=CorrectionRequestSerializer)
    @action(detail=True, methods=["post"], url_path="decline-correction")
    def decline_correction(self, request: Request, pk: int) -> Response:
        """Decline what was asked for, with the reason that the operator reads."""
        row = corrections.decline_correction(
            user=request.user, report=self.get_object(), channel=API, **self._words("reason")
        )
        return self._request(row, status.HTTP_200_OK)

    def _request(self, row: CorrectionRequest, code: int) -> Response:
        return Response(CorrectionRequestSerializer(row, context=self.get_serializer_context()).data, status=code)

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
        report, words = self.get_object(), self._words(**fields)
        try:
            row = move(user=self.request.user, report=report, channel=API, **words)
        except services.Stale as stale:
            raise Conflict from stale
        return self._answer(row, code)

    def _words(self, *names: str, **fields: str) -> dict[str, str]:
        """Words of the body by argument; ``names``: of arguments that are called as their fields."""
        fields = {**dict(zip(names, names, strict=True)), **fields}
        body = _body(self.request) if fields else {}
        words = {argument: body.get(field, "") for argument, field in fields.items()}
        if wrong := [field for argument, field in fields.items() if not isinstance(words[argument], str)]:
            raise ValidationError({field: ["应为文字"] for field in wrong})
        return words

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
