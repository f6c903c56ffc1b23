from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    name = "evaluations"
    verbose_name = "绩效评价"

    def ready(self) -> None:
        # The figures' queries need the models, which are there only now.
        from evaluations.indicators import INDICATORS
        from incubators.indicators import catalogue

        catalogue.register(INDICATORS)
