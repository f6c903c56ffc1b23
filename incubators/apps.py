from django.apps import AppConfig


class IncubatorsConfig(AppConfig):
    name = "incubators"
    verbose_name = "科创载体"
