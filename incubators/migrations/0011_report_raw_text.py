"""What was typed into a month's draft and is no value yet waits with the draft."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incubators", "0006_list_indexes")]

    operations = [
        migrations.AddField(
            model_name="monthlyreport",
            name="unread",
            field=models.JSONField(blank=True, default=dict, verbose_name="待改正的填写"),
        ),
    ]
