"""Makes the portal's tasks known to Celery's discovery."""

from celery import shared_task

from core.jobs import requeue_stale, run_job

__all__ = ["requeue_stale_jobs", "run_job"]


@shared_task(name="core.requeue_stale")
def requeue_stale_jobs() -> None:
    """Every minute, from the schedule: send jobs again whose worker died."""
    requeue_stale()
