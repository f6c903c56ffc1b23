from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ConfigConfig(AppConfig):
    """Holds the commands that must know every app (loading plans, demo data)."""

    name = "config"
    label = "config"

    def ready(self) -> None:
        """Every process knows the kinds of jobs by name, not the worker alone."""
        autodiscover_modules("tasks")
