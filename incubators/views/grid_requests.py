"""What a grid sends, read: a JSON object with a list of parts that are words, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse, RawPostDataException

UNREADABLE = "请求无法读取,请刷新页面"


class Unreadable(ValueError):
    """The request is none of the grid's; ``str(error)`` says so to a person."""


def read_parts(
    request: HttpRequest, name: str, most: int, needed: tuple[str, ...], may_be: tuple[str, ...] = ()
) -> tuple[dict[str, Any], list[Any]]:
    """The request's JSON object and its list ``name`` of objects: words each, those ``needed`` and those that ``may_be``
    there. Raises :class:`Unreadable`, also for words that no database keeps."""
    try:
        sent = json.loads(request.body)
        json.dumps(sent, ensure_ascii=False).encode()  # half a sign of two halves can be written in JSON alone
    except (ValueError, RecursionError, RawPostDataException):  # no JSON; or a form, which was read already
        raise Unreadable(UNREADABLE) from None
    parts = sent.get(name) if isinstance(sent, dict) else None
    if not isinstance(parts, list) or len(parts) > most:
        raise Unreadable(f"请求无法读取,或一次超过 {most} 项")
    for part in parts:
        if not isinstance(part, dict) or not {*needed} <= {*part}:
            raise Unreadable(UNREADABLE)
        if not all(are_words(part[key], key) for key in (*needed, *may_be) if key in part):
            raise Unreadable(UNREADABLE)
    return sent, parts


def are_words(given: Any, key: str = "") -> bool:
    """Whether it is words that can be kept. What stands in a cell is cleaned where it is saved."""
    return isinstance(given, str) and (key in {"text", "was"} or "\0" not in given)


def checked_rows(sent: Mapping[str, Any]) -> set[str]:
    """Codes of rows that were checked: these go on saying what is missing."""
    return {*map(str, checked)} if isinstance(checked := sent.get("strict"), list) else set()


def problem(words: str) -> JsonResponse:
    return JsonResponse({"problem": words}, status=400)


__all__ = ["UNREADABLE", "Unreadable", "are_words", "checked_rows", "problem", "read_parts"]
