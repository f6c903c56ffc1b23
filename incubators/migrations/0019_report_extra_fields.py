"""A report keeps for which declared field each of its answers was given, and an accepted one keeps that for good.

The guards of migration 0016 are made again: for the new column, and because on SQLite the altered table has lost them.
"""

from functools import partial
from importlib import import_module

from django.db import migrations, models

guards = import_module("incubators.migrations.0016_accepted_reports")
close = partial(guards.close, content=(*guards.CONTENT, "extra_fields"))


class Migration(migrations.Migration):
    dependencies = [("incubators", "0018_torch")]

    operations = [
        migrations.RunPython(guards.open_again, guards.close),
        migrations.AddField(
            "monthlyreport", "extra_fields", models.JSONField("附加字段的定义", default=dict, blank=True)
        ),
        migrations.RunPython(close, guards.open_again),
    ]
