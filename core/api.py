"""What every part of the REST interface shares: errors as problem details (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, JsonResponse
from rest_framework import serializers
from rest_framework.exceptions import (
    APIException,
    MethodNotAllowed,
    NotAcceptable,
    ParseError,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.permits import NotPermitted, Refused

PROBLEM = "application/problem+json"
TITLES = {
    400: "请求有误",
    401: "请先登录",
    403: "没有权限",
    404: "没有找到",
    405: "不支持的方法",
    406: "不支持的返回格式",
    409: "内容已有变化",
    415: "不支持的提交格式",
    429: "请求过于频繁",
    500: "服务器出错",
}


def problem(status: int, detail: str, errors: dict[str, list[str]] | None = None) -> JsonResponse:
    """Problem details outside REST framework: an address that does not exist, a fault of the server."""
    body: dict[str, Any] = {"type": "about:blank", "title": TITLES[status], "status": status, "detail": detail}
    if errors:
        body["errors"] = errors
    return JsonResponse(body, status=status, content_type=PROBLEM, json_dumps_params={"ensure_ascii": False})


class ProblemSerializer(serializers.Serializer[Any]):
    """错误说明(RFC 9457)"""

    type = serializers.CharField(help_text="总是 about:blank")
    title = serializers.CharField(help_text="错误种类")
    status = serializers.IntegerField(help_text="HTTP 状态码")
    detail = serializers.CharField(help_text="中文说明")
    # The name that problem details have; it hides the serializer's own, which describes input and is not used here.
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="查询参数或字段的名称到说明;只在 400 时有",
    )
    version = serializers.IntegerField(required=False, help_text="没有通过、但所填已存下时,存下后的 version")


class SavedAllTheSame(ValidationError):
    """What was asked is refused, but what was sent with it is saved: ``version`` is the one to go on from."""

    def __init__(self, errors: Any, version: int) -> None:
        super().__init__(errors)
        self.version = version


class BadQuery(ValidationError):
    """A query parameter that does not exist or cannot be understood; errors by parameter name."""

    def summary(self) -> str:
        """One sentence that names the parameters and says what is wrong with each."""
        errors: Any = self.detail if isinstance(self.detail, dict) else {}
        return f"查询参数有误:{';'.join(f'{name}:{texts[0]}' for name, texts in errors.items())}"


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: answers ``application/problem+json`` with a Chinese ``detail``."""
    if isinstance(error, Refused):
        error = ValidationError({field or "non_field_errors": texts for field, texts in error.errors.items()})
    elif isinstance(error, NotPermitted):
        denied = APIException(str(error))
        denied.status_code = 403
        error = denied
    response = exception_handler(error, context)
    if response is None:
        return None
    status = response.status_code
    body: dict[str, Any] = {"type": "about:blank", "title": TITLES.get(status, "出错"), "status": status}
    if isinstance(error, ValidationError):
        words = "提交的内容有误,请按各字段的说明修改"
        body["detail"] = error.summary() if isinstance(error, BadQuery) else words
        body["errors"] = response.data
        if isinstance(error, SavedAllTheSame):
            body["version"] = error.version
    else:
        body["detail"] = _in_words(error, context.get("request"))
    response.data = body
    response.content_type = PROBLEM
    request = context.get("request")
    if request is not None:
        # Also where the view answers YAML or a file: an error is JSON.
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), PROBLEM
    return response


def _in_words(error: Exception, request: Any) -> str:
    """What went wrong and what would do instead, in Chinese."""
    if isinstance(error, ParseError):
        return "请求体不是有效的 JSON"
    if isinstance(error, MethodNotAllowed):
        return f"此地址不支持 {getattr(request, 'method', '')} 方法;可用的见应答头 Allow"
    if isinstance(error, UnsupportedMediaType):
        return "请求体应为 JSON(Content-Type: application/json)"
    if isinstance(error, NotAcceptable):
        kinds = "、".join(renderer.media_type for renderer in error.available_renderers or ())
        return f"请求头 Accept 中没有可返回的格式;可用:{kinds}"
    if isinstance(error, Http404):
        return str(error) or "没有这个地址或记录"
    return str(getattr(error, "detail", error))
