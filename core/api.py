"""What every part of the REST interface shares: errors as problem details (RFC 9457)."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.permits import NotPermitted, Refused

_TITLES = {400: "请求有误", 401: "请先登录", 403: "没有权限", 404: "没有找到", 405: "不支持的方法", 429: "请求过于频繁"}


class BadQuery(ValidationError):
    """A query parameter that does not exist or cannot be understood; errors by parameter name."""

    def summary(self) -> str:
        """One sentence that names the parameters."""
        names = "、".join(self.detail) if isinstance(self.detail, dict) else ""
        return f"查询参数有误:{names}"


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
    body: dict[str, Any] = {"type": "about:blank", "title": _TITLES.get(status, "出错"), "status": status}
    if isinstance(error, ValidationError):
        words = "提交的内容有误,请按各字段的说明修改"
        body["detail"] = error.summary() if isinstance(error, BadQuery) else words
        body["errors"] = response.data
    else:
        body["detail"] = str(getattr(error, "detail", error))
    response.data = body
    response.content_type = "application/problem+json"
    return response
