"""The trail becomes a chain: numbers, digests, the row that holds its end, and triggers that refuse what is no addition.

The triggers let through what is done while ``core_trail_gate`` holds a row. A restore that replaces everything, and the
tests' clean-up, put one there and take it away within their transaction, so that nobody else ever sees it. The table
has no model: a flush of the database leaves it alone.
"""

import hashlib
import json
from datetime import UTC

from django.db import migrations, models

import core.models.trail

# Frozen here: core.trail may change what later lines hold, never what these did.
CONTENT = (
    "number",
    "at",
    "actor_id",
    "actor_name",
    "channel",
    "request_id",
    "action",
    "record_label",
    "record_id",
    "record_name",
    "before",
    "after",
    "reason",
)
WORDS = "变更记录只增不改"
GATE = "EXISTS (SELECT 1 FROM core_trail_gate)"
SQLITE = [
    "CREATE TABLE core_trail_gate (opened_for varchar(100) NOT NULL)",
    *(
        f"CREATE TRIGGER {name} BEFORE {what} WHEN {when} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        for name, what, when in (
            ("trail_no_update", "UPDATE ON core_change", f"NOT {GATE}"),
            ("trail_no_delete", "DELETE ON core_change", f"NOT {GATE}"),
            ("trail_head_no_delete", "DELETE ON core_trailhead", f"NOT {GATE}"),
            ("trail_head_no_return", "UPDATE ON core_trailhead", f"NEW.number < OLD.number AND NOT {GATE}"),
        )
    ),
]
POSTGRESQL = [
    "CREATE TABLE core_trail_gate (opened_for varchar(100) NOT NULL)",
    f"""
    CREATE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT {GATE} THEN
            RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
    END $$
    """,
    *(
        f"CREATE TRIGGER {name} BEFORE {what} {how} EXECUTE FUNCTION trail_refuse()"
        for name, what, how in (
            ("trail_no_update", "UPDATE ON core_change", "FOR EACH ROW"),
            ("trail_no_delete", "DELETE ON core_change", "FOR EACH ROW"),
            ("trail_no_truncate", "TRUNCATE ON core_change", "FOR EACH STATEMENT"),
            ("trail_head_no_delete", "DELETE ON core_trailhead", "FOR EACH ROW"),
            ("trail_head_no_return", "UPDATE ON core_trailhead", "FOR EACH ROW WHEN (NEW.number < OLD.number)"),
        )
    ),
]
TABLES = {
    "trail_no_update": "core_change",
    "trail_no_delete": "core_change",
    "trail_no_truncate": "core_change",
    "trail_head_no_delete": "core_trailhead",
    "trail_head_no_return": "core_trailhead",
}


def chain(apps, schema_editor):
    """Chain the lines that are there, in the order in which they were written."""
    change, head = apps.get_model("core", "Change"), apps.get_model("core", "TrailHead")
    number, digest, batch = 0, "0" * 64, []
    for row in change.objects.order_by("id").iterator(chunk_size=1000):
        number += 1
        row.number, row.request_id = number, ""
        content = {name: getattr(row, name) for name in CONTENT}
        content["at"] = row.at.astimezone(UTC).isoformat(timespec="microseconds")
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(f"{digest}\n{text}".encode()).hexdigest()
        row.digest = digest
        batch.append(row)
        if len(batch) == 500:
            change.objects.bulk_update(batch, ["number", "digest", "before", "after"])
            batch = []
    # Before and after are written once more: in Chinese as it is, where they were escaped.
    change.objects.bulk_update(batch, ["number", "digest", "before", "after"])
    head.objects.create(key="trail", number=number, digest=digest)


def close(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement, params=None)


def open_again(apps, schema_editor):
    sqlite = schema_editor.connection.vendor == "sqlite"
    for name, table in TABLES.items():
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        schema_editor.execute("DROP FUNCTION trail_refuse()")
    schema_editor.execute("DROP TABLE core_trail_gate")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="TrailHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=10, unique=True, verbose_name="名称")),
                ("number", models.PositiveBigIntegerField(default=0, verbose_name="条数")),
                ("digest", models.CharField(max_length=64, verbose_name="校验值")),
            ],
            options={"verbose_name": "变更记录末端"},
        ),
        migrations.AddField("change", "number", models.PositiveBigIntegerField(null=True, verbose_name="序号")),
        migrations.AddField(
            "change",
            "request_id",
            models.CharField(blank=True, default="", max_length=36, verbose_name="请求编号"),
        ),
        migrations.AddField("change", "digest", models.CharField(default="", max_length=64, verbose_name="校验值")),
        migrations.AlterField("change", "at", models.DateTimeField(db_index=True, verbose_name="时间")),
        migrations.AlterField("change", "reason", models.TextField(blank=True, verbose_name="原因")),
        migrations.AlterField(
            "change",
            "before",
            models.JSONField(blank=True, default=dict, encoder=core.models.trail.ReadableJSON, verbose_name="变更前"),
        ),
        migrations.AlterField(
            "change",
            "after",
            models.JSONField(blank=True, default=dict, encoder=core.models.trail.ReadableJSON, verbose_name="变更后"),
        ),
        migrations.AlterField(
            "change",
            "channel",
            models.CharField(
                choices=[
                    ("page", "页面"),
                    ("bulk", "批量办理"),
                    ("api", "接口"),
                    ("import", "导入"),
                    ("job", "后台任务"),
                    ("command", "命令"),
                ],
                max_length=10,
                verbose_name="渠道",
            ),
        ),
        migrations.RunPython(chain, migrations.RunPython.noop),
        migrations.AlterField(
            "change",
            "number",
            models.PositiveBigIntegerField(unique=True, verbose_name="序号"),
        ),
        migrations.AlterField("change", "digest", models.CharField(max_length=64, verbose_name="校验值")),
        migrations.AlterField(
            "change",
            "request_id",
            models.CharField(blank=True, max_length=36, verbose_name="请求编号"),
        ),
        migrations.RunPython(close, open_again),
    ]
