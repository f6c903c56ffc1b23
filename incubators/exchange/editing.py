"""One record on a form, by the same description as its sheet: same columns, same rules, same sentences at the field.

The form remembers what the person saw when it was opened. If somebody else has changed the record since, nothing is
written: the difference is shown, and what was typed stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.core import signing

from core.forms import NOTHING_CHOSEN, PortalForm
from core.models import Change
from core.permits import Refused
from core.trail import Actor
from incubators.exchange.cells import CLEARED, Amount, Day, Reference, YesNo, read_column
from incubators.exchange.comparing import Comparison, say, shown
from incubators.exchange.kinds import CHANGED, NEW, Column, Context, Kind, Row, Table
from incubators.exchange.writing import kept, plan_of, write_plan

SALT = "incubators.exchange.editing"
LONG_TEXT = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that somebody else changed since the form was opened; ``typed`` is empty where this person did not."""

    label: str
    seen: str
    now: str
    typed: str


@dataclass(slots=True)
class Outcome:
    """What saving came to: ``pk`` of the written record, or the differences that stopped it."""

    pk: Any = None
    changed: int = 0
    differences: list[Difference] = field(default_factory=list)


class RecordForm(PortalForm):
    """A form over the columns of a kind. Fields take text; the kind's own readers and rules judge it."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(label="更改原因", max_length=200, required=False, help_text="记入变更记录")

    def __init__(self, *args: Any, kind: Kind, context: Context, pk: Any = None, **kwargs: Any) -> None:
        self.kind, self.context, self.pk = kind, context, pk
        self.columns = kind.columns(context)
        self.before = _now(kind, context, self.columns, pk) if pk is not None else None
        initial = kwargs.pop("initial", None) or {}
        if self.before is not None:
            initial = self._written(self.before) | {"seen": self._sealed(self.before)}
        super().__init__(*args, initial=initial, **kwargs)
        made = {column.name: _form_field(column) for column in self.columns}
        reason = self.fields.pop("reason")
        self.fields |= made
        if pk is not None:
            self.fields["reason"] = reason

    def _written(self, values: Sequence[Any]) -> dict[str, str]:
        written = {}
        for place, column in enumerate(self.columns):
            if isinstance(column.reader, Reference):
                column.reader.prepare_show([values[place]])
            text = column.reader.show(values[place])
            written[column.name] = "" if text is None else say(text) if text != "" else ""
        return written

    def _sealed(self, values: Sequence[Any]) -> str:
        return signing.dumps([kept(value) for value in values], salt=SALT, compress=True)

    def clean(self) -> dict[str, Any]:
        """Read every field with its column's reader, then let the kind's rules judge the row."""
        data = super().clean() or {}
        row = Row(0, [], [])
        for place, column in enumerate(self.columns):
            values, errors = read_column(column.reader, [data.get(column.name, "")])
            value = values[0]
            if value is None and self.before is not None and self.before[place] not in (None, ""):
                value = CLEARED
            row.values.append(value)
            if errors:
                row.errors[place] = errors[0]
        row.pk, row.before = self.pk, self.before
        table = Table(self.kind, self.context, self.columns, frozenset(range(len(self.columns))), [row])
        for place, column in enumerate(self.columns):
            missing = row.values[place] is CLEARED or (row.values[place] is None and self.before is None)
            if column.required and missing and place not in row.errors:
                row.errors[place] = f"请填{column.label}"
        if not row.errors:
            self._unique(table, row)
            self.kind.check(table)
        for place, sentence in row.errors.items():
            self.add_error(self.columns[place].name, sentence)
        self.row, self.table = row, table
        return data

    def _unique(self, table: Table, row: Row) -> None:
        places = table.places(*self.kind.key)
        if self.before is not None and all(row.now(place) == self.before[place] for place in places):
            return
        wanted = {self.columns[place].name: row.now(place) for place in places}
        if any(isinstance(value, str) and name.endswith("_id") for name, value in wanted.items()):
            return  # it hangs on a record that is only being made
        if self.kind.model._default_manager.filter(**wanted).exclude(pk=self.pk).exists():
            row.errors[places[0]] = "库中已有这条记录"

    def differences(self) -> list[Difference]:
        """What others changed since this form was opened, field by field."""
        if self.before is None:
            return []
        try:
            seen = signing.loads(self.cleaned_data.get("seen", ""), salt=SALT)
        except signing.BadSignature:
            return []
        found = []
        for place, column in enumerate(self.columns):
            now = self.before[place]
            if kept(now) == seen[place]:
                continue
            typed = self.row.values[place]
            typed = column.reader.empty if typed is CLEARED else typed
            # Dates and amounts were sealed as text: the reader brings them back for showing.
            words = shown(self.columns, [(place, now), (place, typed)])
            same_as_seen = kept(typed) == seen[place]
            old = seen[place] if not isinstance(column.reader, Reference) else None
            found.append(
                Difference(
                    column.label,
                    _seen_words(column, old, seen[place]),
                    words[place, now],
                    "" if same_as_seen else words[place, typed],
                )
            )
        return found

    def take_over(self) -> None:
        """Show the record as it is now, with what this person typed on top, sealed anew: saving again writes it."""
        if self.before is None:
            return
        data = self.data.copy()
        written = self._written(self.before)
        try:
            seen = signing.loads(data.get(self.add_prefix("seen"), ""), salt=SALT)
        except signing.BadSignature:
            seen = [kept(value) for value in self.before]
        for place, column in enumerate(self.columns):
            typed = self.row.values[place]
            typed = column.reader.empty if typed is CLEARED else typed
            if kept(typed) == seen[place]:
                data[self.add_prefix(column.name)] = written[column.name]
        data[self.add_prefix("seen")] = self._sealed(self.before)
        self.data = data


def _seen_words(column: Column, value: Any, sealed: Any) -> str:
    if isinstance(column.reader, Reference):
        column.reader.prepare_show([sealed])
        return say(column.reader.show(sealed))
    if isinstance(column.reader, Day) or value is None:
        return say(value)
    if isinstance(column.reader, Amount):
        return say(column.reader.show(Decimal(value) if column.reader.places else int(value)))
    return say(column.reader.show(value))


def _form_field(column: Column) -> forms.Field:
    reader = column.reader
    words = [] if reader.kind == "text" and not isinstance(reader, Reference) else getattr(reader, "words", [])
    label, help_text = column.label, column.help
    if isinstance(reader, YesNo):
        words = ["否", "是"]
    if words:
        choices = [("", NOTHING_CHOSEN), *((word, word) for word in words)]
        made: forms.Field = forms.CharField(label=label, required=False, help_text=help_text)
        made.widget = forms.Select(choices=choices)
    elif isinstance(reader, Day):
        made = forms.CharField(label=label, required=False, help_text=help_text)
        made.widget = forms.DateInput(attrs={"type": "date"})
    elif isinstance(reader, Amount):
        made = forms.CharField(label=label, required=False, help_text=help_text)
        made.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    else:
        longest = getattr(reader, "longest", 0)
        made = forms.CharField(label=label, required=False, help_text=help_text, strip=True)
        if longest > LONG_TEXT * 2:
            made.widget = forms.Textarea(attrs={"rows": 3})
    if column.required:
        # Said at the label (components/field.html); judged by the kind's own rules, with their own words.
        made.widget.attrs["aria-required"] = "true"
        made.said_required = True  # type: ignore[attr-defined]
    return made


def _now(kind: Kind, context: Context, columns: Sequence[Column], pk: Any) -> tuple[Any, ...]:
    """The record's values as they stand, for a person who may change it. Raises DoesNotExist otherwise."""
    rows = kind.model._default_manager.filter(kind.writable(context.scope), pk=pk)
    return tuple(rows.values_list(*(column.name for column in columns)).get())


def save(*, form: RecordForm, user: Any) -> Outcome:
    """Write a valid form. Writes nothing and answers the differences when somebody else was faster.

    Raises :class:`Refused` when the record changed in the very moment of writing.
    """
    differences = form.differences()
    if differences:
        return Outcome(pk=form.pk, differences=differences)
    row = form.row
    comparison = Comparison(form.table, 0, {})
    row.outcome = NEW if form.before is None else CHANGED
    if row.outcome == CHANGED and not comparison.changes(row):
        return Outcome(pk=form.pk)
    plan = plan_of(comparison)
    written = write_plan(
        form.kind,
        plan,
        user=user,
        actor=Actor.of(user),
        reason=form.cleaned_data.get("reason", ""),
        verbs=("登记", "修改"),
    )
    pk = form.pk
    if pk is None:
        wanted = dict(zip(plan["names"], plan["new"][0][1], strict=True))
        key = {name: wanted[name] for name in form.kind.key}
        pk = form.kind.model._default_manager.filter(**key).order_by("-pk").values_list("pk", flat=True).first()
    return Outcome(pk=pk, changed=written[NEW] + written[CHANGED])


def set_many(
    *, kind: Kind, user: Any, ids: Sequence[int], name: str, text: str, reason: str
) -> tuple[int, list[tuple[str, str]]]:
    """Give one column of many records one value. Returns how many changed and, if any is wrong, (record, sentence) for
    each: then nothing is written. Records that the person may not change are not among them."""
    context = Context(user)
    columns = kind.columns(context)
    place = next((n for n, column in enumerate(columns) if column.name == name), None)
    if place is None or name in kind.key:
        raise Refused.at("column", "这一列不能批量修改")
    values, errors = read_column(columns[place].reader, [text])
    if errors:
        raise Refused.at("value", errors[0])
    value = CLEARED if values[0] is None else values[0]
    if value is CLEARED and columns[place].required:
        raise Refused.at("value", f"{columns[place].label}不能清空")
    names = [column.name for column in columns]
    found = kind.model._default_manager.filter(kind.writable(context.scope), pk__in=ids).order_by("pk")
    rows = []
    for pk, *before in found.values_list("pk", *names):
        blank: list[Any] = [None] * len(columns)
        # Keys stand in the row, so that rules over several rows see which record it is.
        for key in (names.index(name) for name in kind.key):
            blank[key] = before[key]
        blank[place] = value
        rows.append(Row(0, blank, [], pk=pk, before=tuple(before), outcome=CHANGED))
    table = Table(kind, context, columns, frozenset(range(len(columns))), rows)
    kind.check(table)
    wrong = [row for row in rows if row.errors]
    if wrong:
        named = {row.pk: str(row) for row in found.filter(pk__in=[row.pk for row in wrong])}
        return 0, [(named[row.pk], sentence) for row in wrong for sentence in row.errors.values()]
    comparison = Comparison(table, 0, {})
    table.rows = [row for row in rows if comparison.changes(row)]
    if not table.rows:
        return 0, []
    plan = plan_of(comparison)
    actor = Actor.of(user, Change.Channel.BULK)
    written = write_plan(kind, plan, user=user, actor=actor, reason=reason, verbs=("登记", "批量修改"))
    return written[CHANGED], []


__all__ = ["Difference", "Outcome", "RecordForm", "save", "set_many"]
