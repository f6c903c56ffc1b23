"""The Celery application; workers start with ``celery -A config worker``."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# The broker of an embedded installation, for a CELERY_BROKER_URL of folder://
TRANSPORT_ALIASES["folder"] = "config.broker:Transport"

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
