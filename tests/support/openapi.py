"""Answers held against the schema that the portal publishes: OpenAPI 3.0 read as JSON Schema."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator, FormatChecker


class Published:
    """The schema document, and whether an answer is as it says.

    Stricter than OpenAPI where that helps a reader: an object that lists its properties has no others.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.components = {"components": {"schemas": _plain(document["components"]["schemas"])}}

    def operation(self, path: str, method: str = "get") -> dict[str, Any]:
        found: dict[str, Any] = self.document["paths"][path][method]
        return found

    def faults(self, path: str, answer: Any, method: str = "get") -> list[str]:
        """What in ``answer`` differs from what the schema says of this address, method, status and media type."""
        responses = self.operation(path, method)["responses"]
        described = responses.get(str(answer.status_code))
        if described is None:
            return [f"{method} {path}: status {answer.status_code} is not described"]
        media_type = answer.headers.get("Content-Type", "").split(";")[0]
        content = described.get("content", {})
        if media_type not in content:
            return [f"{method} {path}: {answer.status_code} as {media_type} is not described"]
        schema = {**_plain(content[media_type]["schema"]), **self.components}
        checker = Draft202012Validator(schema, format_checker=FormatChecker())
        return [
            f"{method} {path} {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in checker.iter_errors(answer.json())
        ]


def _plain(node: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema: ``nullable`` spelt out, listed properties made exhaustive."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in node.items() if key != "nullable"}
    if isinstance(plain.get("properties"), dict) and plain.get("type") == "object":
        plain.setdefault("additionalProperties", False)
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain
