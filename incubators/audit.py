"""The trail as an auditor may read it: what was done to records of the auditor's areas, and what its people did."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import CharField, Model, Q, QuerySet
from django.db.models.functions import Cast

from core.dates import date_cn, datetime_cn
from core.jobs import kind_words, param_words
from core.models import Change
from incubators.models import Membership
from incubators.scope import Scope

# Words for record types whose model is gone; everything else is named by its model.
_UNKNOWN = "其他记录"
# What services tell beside the fields of the record.
WORDS = {
    "added": "新增",
    "approved": "批准金额(元)",
    "area": "区域",
    "carriers": "载体数",
    "certificate": "证书编号",
    "changed": "更新",
    "channel": "渠道",
    "created": "新增",
    "decided_on": "决定日期",
    "deliveries": "送达",
    "differs": "与已复核结果不同的明细",
    "document": "文件",
    "done": "是否完成",
    "enterprises": "企业数",
    "error": "未送出的原因",
    "experts": "专家",
    "explanations": "异常说明",
    "fingerprint": "内容指纹",
    "frame": "评价",
    "gone": "不再适用",
    "grade": "等次",
    "grades": "等次数",
    "granted": "核定金额(元)",
    "in_force": "有效",
    "kind": "种类",
    "name": "名称",
    "not_in_force": "不在有效期",
    "not_payable": "不予补贴",
    "on": "数据日期",
    "parent": "上级",
    "payable": "应予补贴",
    "payer": "出资方",
    "proposed": "测算金额(元)",
    "reason": "理由",
    "recipient": "收信人",
    "removed": "移除",
    "reports": "月报数",
    "revision": "版次",
    "rows": "条数",
    "scheme": "评价方案",
    "scored": "给出总分",
    "settled_differs": "与已复核结果不同",
    "sha256": "文件校验值",
    "source": "数据来源",
    "state": "状态",
    "targets": "目标数",
    "unchanged": "未变",
    "undecided": "尚不能判定",
    "updated": "更新",
    "value": "数值",
    "verdict": "结论",
    "year": "年度",
}
# Where a service speaks of a field under another name: (record type, word) -> field.
_ALIASES = {("incubators.residency", "ground"): "graduation_ground"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_JOB = "core.job"
# Records behind what stands for them in a line: by (model, field it stands for), what stands -> name of the record.
Codes = Mapping[tuple[type[Model], str], Mapping[str, str]]


def model_of(label: str) -> type[Model] | None:
    """The model that a line of the trail speaks of, or None when there is none of that name any more."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def label_words(label: str) -> str:
    """The Chinese name of a record type."""
    model = model_of(label)
    return str(model._meta.verbose_name) if model else _UNKNOWN


@cache
def _fields(label: str) -> dict[str, Any]:
    """The fields of a record type by name, those that point to another record also by the name of its key."""
    model = model_of(label)
    found = [*model._meta.get_fields()] if model else []
    return {item.name: item for item in found} | {item.attname: item for item in found if hasattr(item, "attname")}


def field_words(label: str, field: str) -> str:
    """The Chinese name of what a line tells of a record: a field of it, or one of the words of the services."""
    item = _fields(label).get(_ALIASES.get((label, field), field))
    name = getattr(item, "verbose_name", None)
    return str(name) if name else WORDS.get(field, field)


def changes_for(user: Any) -> QuerySet[Change]:
    """Lines about records that the user may see, and lines by people whose roles lie within the user's areas.

    The second half keeps what was done to records that are gone or that belong to no area.
    """
    scope = Scope.of(user)
    people = Membership.objects.filter(scope.areas("area__") | scope.areas("organisation__area__")).values("user")
    condition = Q(actor_id__in=people)
    for label in Change.objects.order_by().values_list("record_label", flat=True).distinct():
        model = model_of(label)
        rows = getattr(model, "_default_manager", None)
        if rows is not None and hasattr(rows, "visible_to"):
            keys = rows.visible_to(user).order_by().annotate(_key=Cast("pk", CharField())).values("_key")
            condition |= Q(record_label=label, record_id__in=keys)
    return Change.objects.filter(condition)


def find_codes(changes: Iterable[Change]) -> Codes:
    """Names behind the codes and keys that a batch of lines holds in place of records (a title, an area): one query
    for each kind of record that occurs, none a line."""
    wanted: dict[tuple[type[Model], str], set[str]] = defaultdict(set)
    for change in changes:
        for name, value in (*change.before.items(), *change.after.items()):
            pointed = _pointed(change.record_label, name)
            if pointed is not None and isinstance(value, str | int):
                wanted[pointed].add(str(value))
    return {
        (model, by): {str(getattr(row, by)): str(row) for row in model._default_manager.filter(**{f"{by}__in": keys})}
        for (model, by), keys in wanted.items()
    }


def _pointed(label: str, field: str) -> tuple[type[Model], str] | None:
    """The model that a field of a record points to, and by what a line names its records: by key where the field is
    that of the key (``area_id``, as sheets write it), else by code where they have one."""
    item = _fields(label).get(_ALIASES.get((label, field), field))
    model = getattr(item, "related_model", None)
    if not isinstance(model, type):
        return None
    if field == getattr(item, "attname", ""):
        return model, "pk"
    names = {other.name for other in model._meta.concrete_fields}
    return (model, "code") if names >= {"code", "name"} else None


def differences(change: Change, codes: Codes | None = None) -> list[tuple[str, str, str]]:
    """What a change changed, field by field, in words: (name, before, after). Fields stand in the order of their model,
    which databases do not keep, and what is no field after them by name."""
    label = change.record_label
    if label == _JOB and "kind" in change.after:
        return _job_differences(change)
    places = {name: place for place, name in enumerate(_fields(label))}
    names = sorted({*change.before, *change.after}, key=lambda name: (_place(places, label, name), name))
    return [
        (
            field_words(label, name),
            value_words(label, name, change.before.get(name), codes),
            value_words(label, name, change.after.get(name), codes),
        )
        for name in names
    ]


def _place(places: Mapping[str, int], label: str, name: str) -> int:
    return places.get(_ALIASES.get((label, name), name), len(places))


def _job_differences(change: Change) -> list[tuple[str, str, str]]:
    """What a job was asked to do, by the names that its app gave."""
    kind, params = str(change.after["kind"]), change.after.get("params") or {}
    words = param_words(kind)
    told = [(words.get(name, name), value_words("", name, value)) for name, value in params.items()]
    return [(name, "(空)", value) for name, value in [(field_words(_JOB, "kind"), kind_words(kind)), *told]]


def value_words(label: str, field: str, value: Any, codes: Codes | None = None) -> str:
    """A value as a person reads it: states and choices by their word, days in Chinese, lists and tables spelt out."""
    if value in (None, "", [], {}):
        return "(空)"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(value_words(label, field, item, codes) for item in value)
    if isinstance(value, dict):
        return ";".join(f"{WORDS.get(name, name)}:{value_words('', name, item)}" for name, item in value.items())
    item = _fields(label).get(_ALIASES.get((label, field), field))
    words = {str(code): str(word) for code, word in getattr(item, "flatchoices", None) or ()}
    pointed = _pointed(label, field)
    known = (codes or {}).get(pointed, {}) if pointed else {}
    text = str(value)
    return words.get(text) or known.get(text) or _day_words(text)


def _day_words(text: str) -> str:
    if _DAY.fullmatch(text):
        return date_cn(date.fromisoformat(text))
    if _MOMENT.fullmatch(text):
        return datetime_cn(datetime.fromisoformat(text))
    return text
