"""What every factory of records starts from."""

from __future__ import annotations

from factory.django import DjangoModelFactory

#: Numbers of one length: no made-up name or code is the beginning of another (测试区1 of 测试区12), in whatever order
#: the tests run.
FIRST_NUMBER = 10_000


class RecordFactory(DjangoModelFactory):
    """Makes records whose numbered names never contain one another."""

    class Meta:
        abstract = True

    @classmethod
    def _setup_next_sequence(cls) -> int:
        return FIRST_NUMBER
