"""What accepted reports and closes are guarded against beside the triggers of 0016, the bulletins that were issued, and who
wrote a report.

Guarded as well: when a report was handed in and checked (punctuality is counted from it), its key, that a standing revision
gives way to a later accepted one only, that a row is replaced or the table emptied; the log of a report, a close and an
issued bulletin, which never change. A later migration that alters one of these tables on SQLite makes its triggers again with
:func:`close`: there an altered table is a new one, without its triggers.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

WORDS = "已通过的月报不能修改或删除,请建立更正版本"
NEVER = "月报流转、月结和已发布的通报不能修改或删除"
GATE = "EXISTS (SELECT 1 FROM core_trail_gate)"
REPORT, EVENT = "incubators_monthlyreport", "incubators_reportevent"
CLOSE, BULLETIN = "incubators_monthclose", "incubators_issuedbulletin"
FIXED = ("id", "first_submitted_at", "checked_at", "checked_by_id", "is_synthetic", "writers")
COUNTED = "state IN ('accepted', 'locked')"
# Tables whose rows never change, with the columns that tell one row from another.
KEPT = (("report_event", EVENT, ()), ("month_close", CLOSE, ("area_id", "month")), ("bulletin", BULLETIN, ()))


def frozen(vendor):
    """When an update of an accepted report is refused."""
    differs = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    changed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in FIXED)
    later = (
        f"EXISTS (SELECT 1 FROM {REPORT} later WHERE later.carrier_id = OLD.carrier_id AND later.month = OLD.month "  # noqa: S608 - our own table
        f"AND later.revision > OLD.revision AND later.{COUNTED})"
    )
    falls = f"(OLD.is_current AND NOT NEW.is_current AND NOT {later})"
    rises = f"(NEW.is_current AND NOT OLD.is_current AND {later})"
    return f"OLD.{COUNTED} AND ({changed} OR {falls} OR {rises})"


def replaced(update):
    """SQLite alone can write one row over another: when the other is an accepted report."""
    same = "kept.revision = NEW.revision OR (kept.is_current AND NEW.is_current)"
    other = "kept.id <> OLD.id AND " if update else ""
    return (
        f"EXISTS (SELECT 1 FROM {REPORT} kept WHERE {other}kept.{COUNTED} AND (kept.id = NEW.id "  # noqa: S608 - our own table
        f"OR (kept.carrier_id = NEW.carrier_id AND kept.month = NEW.month AND ({same}))))"
    )


def _sqlite():
    rules = [
        ("report_no_redating", f"UPDATE ON {REPORT}", frozen("sqlite"), WORDS),
        ("report_no_replacing", f"INSERT ON {REPORT}", replaced(update=False), WORDS),
        ("report_no_moving", f"UPDATE ON {REPORT}", replaced(update=True), WORDS),
    ]
    for name, table, keys in KEPT:
        key = " AND ".join(f"kept.{each} = NEW.{each}" for each in keys)
        there = f"kept.id = NEW.id{f' OR ({key})' if key else ''}"
        rules += [
            (f"{name}_no_update", f"UPDATE ON {table}", "1", NEVER),
            (f"{name}_no_delete", f"DELETE ON {table}", "1", NEVER),
            (f"{name}_no_replacing", f"INSERT ON {table}", f"EXISTS (SELECT 1 FROM {table} kept WHERE {there})", NEVER),  # noqa: S608
        ]
    for name, event, when, words in rules:
        yield (
            f"CREATE TRIGGER {name} BEFORE {event} WHEN ({when}) AND NOT {GATE} "
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )


def _functions():
    """Of PostgreSQL: name, when, words, what is returned, and the events that call it."""
    any_counted = f"EXISTS (SELECT 1 FROM {REPORT} WHERE {COUNTED})"  # noqa: S608 - our own table
    yield "report_no_redating", frozen("postgresql"), WORDS, "NEW", [f"UPDATE ON {REPORT} FOR EACH ROW"]
    yield "report_no_truncate", any_counted, WORDS, "NULL", [f"TRUNCATE ON {REPORT} FOR EACH STATEMENT"]
    for name, table, _ in KEPT:
        yield f"{name}_no_update", "true", NEVER, "NEW", [f"UPDATE ON {table} FOR EACH ROW"]
        yield f"{name}_no_delete", "true", NEVER, "OLD", [f"DELETE ON {table} FOR EACH ROW"]
        some = f"EXISTS (SELECT 1 FROM {table})"  # noqa: S608 - our own table
        yield f"{name}_no_truncate", some, NEVER, "NULL", [f"TRUNCATE ON {table} FOR EACH STATEMENT"]


def close(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for statement in _sqlite():
            schema_editor.execute(statement, params=None)
        return
    for name, when, words, passed, events in _functions():
        schema_editor.execute(
            f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF ({when}) AND NOT {GATE} THEN
                    RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN {passed};
            END $$
            """,
            params=None,
        )
        for event in events:
            schema_editor.execute(f"CREATE TRIGGER {name} BEFORE {event} EXECUTE FUNCTION {name}()", params=None)


def open_again(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        names = ["report_no_redating", "report_no_replacing", "report_no_moving"]
        names += [f"{name}_no_{what}" for name, *_ in KEPT for what in ("update", "delete", "replacing")]
        for name in names:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
        return
    for name, *_ in _functions():
        schema_editor.execute(f"DROP FUNCTION {name}() CASCADE")


class Migration(migrations.Migration):
    dependencies = [
        ("incubators", "0019_report_extra_fields"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Without a default, so that SQLite adds the column to the table that is there, with its triggers.
        migrations.AddField(
            model_name="monthlyreport",
            name="writers",
            field=models.JSONField(blank=True, null=True, verbose_name="填写人"),
        ),
        migrations.CreateModel(
            name="IssuedBulletin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(help_text="该月1日", verbose_name="报告月份")),
                ("content", models.JSONField(verbose_name="内容")),
                ("sha256", models.CharField(max_length=64, verbose_name="内容校验值")),
                ("issued_at", models.DateTimeField(auto_now_add=True, verbose_name="发布时间")),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulletins",
                        to="incubators.area",
                        verbose_name="区域",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="发布人",
                    ),
                ),
                (
                    "close",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulletin",
                        to="incubators.monthclose",
                        verbose_name="月结",
                    ),
                ),
            ],
            options={
                "verbose_name": "已发布的通报",
                "ordering": ["-issued_at", "-id"],
                "indexes": [models.Index(fields=["area", "month"], name="bulletin_area_month")],
            },
        ),
        migrations.RunPython(close, open_again),
    ]
