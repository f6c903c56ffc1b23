"""What the schema says beyond what REST framework tells: errors, files, conditional answers, the two ways to sign in."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from drf_spectacular.openapi import AutoSchema

from core.api import PROBLEM, TITLES, ProblemSerializer
from core.api_filters import parameter_of
from core.spreadsheets import XLSX_TYPE

# Media types of files: their body is not the JSON that the serializer describes.
_FILES = {"text/csv": {"type": "string"}, XLSX_TYPE: {"type": "string", "format": "binary"}}
_WRITING = {"POST", "PATCH"}


def _may_lead_nowhere(field: Any) -> bool:
    """Whether a link on the way from the record to the field's value may be empty."""
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    for name in getattr(field, "source_attrs", ()):
        try:
            step = model._meta.get_field(name) if model is not None else None
        except FieldDoesNotExist:
            return False
        if step is None or not (step.many_to_one or step.one_to_one):
            return False
        if step.null:
            return True
        model = step.related_model
    return False


class PortalSchema(AutoSchema):
    """The schema of every view of the interface."""

    def get_auth(self) -> list[Any]:
        """Token or session; listed in one requirement they would both be needed."""
        return [{name: scopes} for requirement in super().get_auth() for name, scopes in requirement.items()]

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == "format":
                parameter["description"] = "返回格式,默认 json;也可用请求头 Accept"
        if getattr(self.view, "action", "") == "retrieve":
            operation["parameters"].append(parameter_of("fields", "只要这些字段,逗号分隔"))
        responses = operation["responses"]
        if self.method == "GET":
            responses["304"] = {"description": "与请求头 If-None-Match 中的 ETag 相同,没有正文"}
        for status in self._errors():
            responses[str(status)] = self._problem(status)
        return operation

    def _errors(self) -> list[int]:
        writing = self.method in _WRITING
        single = "{" in self.path
        return [400, 401, 403, *([404] if single else []), 406, *([409, 415] if writing else [])]

    def _problem(self, status: int) -> dict[str, Any]:
        component = self.resolve_serializer(ProblemSerializer, "response")
        return {"description": TITLES[status], "content": {PROBLEM: {"schema": component.ref}}}

    def _get_serializer_field_meta(self, field: Any, direction: Any) -> Any:
        meta = super()._get_serializer_field_meta(field, direction)  # type: ignore[no-untyped-call]
        if direction == "response" and _may_lead_nowhere(field):
            meta["nullable"] = True
        return meta

    def _get_response_for_code(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        response: dict[str, Any] = super()._get_response_for_code(*args, **kwargs)  # type: ignore[no-untyped-call]
        for media_type in _FILES.keys() & response.get("content", {}).keys():
            response["content"][media_type] = {"schema": _FILES[media_type]}
        return response
