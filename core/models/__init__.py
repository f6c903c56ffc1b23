"""Tables that know no domain: background jobs, attachments, the trail of changes."""

from core.models.attachments import Attachment
from core.models.jobs import Job
from core.models.trail import Change, OnlyAdded, TrailHead

__all__ = ["Attachment", "Change", "Job", "OnlyAdded", "TrailHead"]
