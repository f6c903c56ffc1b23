"""What an incubation rule says, as its reviewed file is written: limits in months, grounds of graduation, warnings.

Pure. A rule file is read and loaded by :mod:`config.incubation_rules`; the database keeps its content.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=60)]
Months = Annotated[int, Field(ge=1, le=240)]
GroundCode = Literal["high_tech", "invested", "revenue", "listed"]
# Grounds that an amount must exceed.
COUNTED = ("invested", "revenue")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Longer(_Part):
    """Another limit for enterprises of some technical fields. Until the commission has confirmed it, by a document, it
    is shown beside the usual limit and not applied."""

    months: Months
    industries: Annotated[list[Words], Field(min_length=1)]
    confirmed: bool
    document: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _confirmed_by_a_document(self) -> Longer:
        if self.confirmed and not self.document:
            raise ValueError("confirmed 为 true 时须写明确认的文件(document)")
        return self


class Ground(_Part):
    """One ground of graduation. ``exceeds`` (yuan): the amount must be strictly more (超过)."""

    code: GroundCode
    name: Words
    evidence: Words
    exceeds: Annotated[Decimal, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _counted(self) -> Ground:
        if (self.exceeds is not None) != (self.code in COUNTED):
            raise ValueError("投资和收入两项依据须写明 exceeds(元),其他依据不写")
        return self


class RuleFile(_Part):
    """A rule file. Months are whole months by the day of the month; days are calendar days."""

    code: Code
    version: Annotated[int, Field(ge=1)]
    name: Words
    source: Words
    area: str | None
    valid_from: date | None
    valid_to: date | None
    limit_months: Months
    limit_quote: Words
    longer: Longer | None = None
    entry_age_months: Months | None = None
    warning_days: Annotated[list[Annotated[int, Field(ge=1, le=366)]], Field(min_length=1)]
    transfer_continues: bool
    min_grounds: Annotated[int, Field(ge=1)]
    grounds: Annotated[list[Ground], Field(min_length=1)]

    @model_validator(mode="after")
    def _together(self) -> RuleFile:
        codes = [ground.code for ground in self.grounds]
        if len(set(codes)) != len(codes):
            raise ValueError("grounds 中有重复的依据")
        if self.min_grounds > len(codes):
            raise ValueError(f"min_grounds 为 {self.min_grounds},但只列了 {len(codes)} 项依据")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to 早于 valid_from")
        return self

    @property
    def longer_applied(self) -> Longer | None:
        """The longer limit, where it is confirmed."""
        return self.longer if self.longer is not None and self.longer.confirmed else None

    def months_for(self, industry: str) -> int:
        """Months of incubation for an enterprise of this technical field, by what is confirmed."""
        longer = self.longer_applied
        return longer.months if longer is not None and industry in longer.industries else self.limit_months

    def open_for(self, industry: str) -> Longer | None:
        """The longer limit that may hold for this field but has not been confirmed."""
        longer = self.longer if self.longer_applied is None else None
        return longer if longer is not None and industry in longer.industries else None

    def ground(self, code: str) -> Ground | None:
        return next((ground for ground in self.grounds if ground.code == code), None)
