"""Downloads of files kept as evidence."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from core.models import Attachment
from incubators.attachments import may_download


@require_safe
def attachment_download(request: HttpRequest, pk: UUID) -> FileResponse:
    """The file as a download, never shown in the page's own origin; not found for who may not see its record."""
    attachment = get_object_or_404(Attachment, pk=pk)
    if not may_download(request.user, attachment):
        raise Http404
    try:
        content = attachment.file.open("rb")
    except FileNotFoundError as gone:
        raise Http404 from gone
    response = FileResponse(
        content, as_attachment=True, filename=attachment.name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
