"""Background jobs of the register: checking and writing large sheets."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from core.jobs import JobContext, job
from core.permits import Refused
from incubators.models import ImportFile
from incubators.services import imports


@job(imports.CHECK_JOB)
def check_import(context: JobContext, *, file: str) -> dict[str, Any]:
    """Compare an uploaded sheet with the register; see :func:`incubators.services.imports.check`."""
    row = ImportFile.objects.select_related("user").get(pk=file)
    imports.check(row, context.progress)
    if row.state == ImportFile.State.REFUSED:
        raise Refused(row.problem)
    return {"counts": row.counts, "url": reverse("incubators:import_detail", args=[row.pk]), "label": "查看预览"}


@job(imports.WRITE_JOB)
def write_import(context: JobContext, *, file: str) -> dict[str, Any]:
    """Write a confirmed sheet; see :func:`incubators.services.imports.write`."""
    row = ImportFile.objects.select_related("user").get(pk=file)
    written = imports.write(row, context.progress)
    return {"counts": written, "url": reverse("incubators:import_detail", args=[row.pk]), "label": "查看结果"}
