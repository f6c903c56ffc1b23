"""Scheme files into the database. A version that has been used is never changed: what was scored must stay explainable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from core.permits import Refused
from core.trail import Actor, record
from evaluations.models import Scheme
from evaluations.schemefile.reading import fingerprint, read_schemes
from evaluations.schemefile.schema import SchemeFile

FOLDER = "fixtures/schemes"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one file: ``added``, ``changed`` or ``same``."""

    scheme: Scheme
    outcome: str


def default_files() -> list[Path]:
    """The scheme files that come with the portal."""
    return sorted((Path(settings.BASE_DIR) / FOLDER).glob("*.yaml"))


def load_schemes(*, paths: Iterable[Path | str], actor: Actor) -> list[Loaded]:
    """Load files, all or none; again changes nothing.

    Raises :class:`evaluations.schemefile.reading.SchemeFileError` with every fault, and :class:`Refused` when a
    version in use by a cycle differs from its file: a change needs a new version.
    """
    schemes = read_schemes(paths)
    with transaction.atomic():
        return [_load(scheme, actor) for scheme in schemes]


def _load(scheme: SchemeFile, actor: Actor) -> Loaded:
    definition = scheme.model_dump(mode="json")
    stamp = fingerprint(definition)
    values = {
        "name": scheme.name,
        "is_demonstration": scheme.demonstration,
        "source": scheme.source,
        "definition": definition,
        "fingerprint": stamp,
    }
    row = Scheme.objects.filter(code=scheme.code, version=scheme.version).first()
    if row is None:
        row = Scheme.objects.create(code=scheme.code, version=scheme.version, **values)
        record(actor=actor, action="载入评价方案", target=row, after={"fingerprint": stamp})
        return Loaded(row, "added")
    if row.fingerprint == stamp:
        return Loaded(row, "same")
    if row.cycles.exists():
        raise Refused(f"方案“{row}”已用于评价周期,不能改动;请把文件中的 version 改为 {scheme.version + 1} 后再载入")
    before = {"fingerprint": row.fingerprint}
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    record(actor=actor, action="修改评价方案", target=row, before=before, after={"fingerprint": stamp})
    return Loaded(row, "changed")
