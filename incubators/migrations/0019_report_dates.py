"""Two more guards of accepted reports beside those of 0016: of when they were handed in and checked, which punctuality is
counted from, and on PostgreSQL of emptying the whole table.

A later migration that alters the table on SQLite makes the first of them again as well, with :func:`close`.
"""

from django.db import migrations

WORDS = "已通过的月报不能修改或删除,请建立更正版本"
GATE = "EXISTS (SELECT 1 FROM core_trail_gate)"
TABLE = "incubators_monthlyreport"
DATES = ("first_submitted_at", "checked_at", "checked_by_id", "is_synthetic")
COUNTED = "OLD.state IN ('accepted', 'locked')"


def when(differs):
    changed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in DATES)
    return f"{COUNTED} AND ({changed}) AND NOT {GATE}"


def close(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            f"CREATE TRIGGER report_no_redating BEFORE UPDATE ON {TABLE} WHEN {when('IS NOT')} "
            f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END",
            params=None,
        )
        return
    any_counted = f"EXISTS (SELECT 1 FROM {TABLE} WHERE state IN ('accepted', 'locked')) AND NOT {GATE}"  # noqa: S608 - our own table
    for name, refused, passed, event in (
        ("report_no_redating", when("IS DISTINCT FROM"), "NEW", "UPDATE ON {} FOR EACH ROW"),
        ("report_no_truncate", any_counted, "NULL", "TRUNCATE ON {} FOR EACH STATEMENT"),
    ):
        schema_editor.execute(
            f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {refused} THEN
                    RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN {passed};
            END $$
            """,
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER {name} BEFORE {event.format(TABLE)} EXECUTE FUNCTION {name}()", params=None
        )


def open_again(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS report_no_redating")
        return
    for name in ("report_no_redating", "report_no_truncate"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {TABLE}")
        schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("incubators", "0018_torch")]

    operations = [migrations.RunPython(close, open_again)]
