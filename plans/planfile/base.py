"""Building blocks of the schema: strictness, codes, citations."""

import datetime as dt
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]
Words = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Number = Annotated[Decimal, Field(allow_inf_nan=False)]
Flag = StrictBool
Whole = StrictInt
Day = dt.date


class Model(BaseModel):
    """A part of a plan file: closed (unknown fields are refused) and frozen.

    A field left out means that the text does not say it. It never means zero.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, populate_by_name=True)


class Citation(Model):
    """A place in the text: clause and the words standing there."""

    clause: Code
    """条款编号,见 clauses"""
    quote: Words
    """该条款内的原文,逐字照录"""


class Cited(Citation):
    """Base of every entry that rests on the words of one clause."""
