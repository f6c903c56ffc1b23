from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Holds the commands that must know every app (loading plans, demo data)."""

    name = "config"
    label = "config"
