"""Triggers that refuse what would change the content of an accepted report, by whatever door or command.

A correction is a further revision. What may still change on an accepted report: that it is locked, which revision
counts, how often it was saved, and until 0020 when it was first handed in. The triggers let through what is done while ``core_trail_gate`` holds a row, as those
of rosters do. A later migration that alters this table on SQLite makes them again with :func:`close`: there an altered
table is a new one, without its triggers.
"""

from django.db import migrations

WORDS = "已通过的月报不能修改或删除,请建立更正版本"
GATE = "EXISTS (SELECT 1 FROM core_trail_gate)"
TABLE = "incubators_monthlyreport"
CONTENT = (
    *("carrier_id", "month", "revision", "revision_reason", "register", "explanations", "extra", "gaps", "unread"),
    *("area_controllable", "area_leasable", "area_leased", "seats_total", "seats_used", "teams"),
    *("staff_total", "staff_professional", "mentors", "mentor_sessions", "events", "event_participants"),
    *("enterprises_financed", "financing", "fund_size", "income", "income_non_rent", "rent_relief"),
    *("ip_applied", "ip_granted", "issues", "filled_by", "phone", "content_hash", "submitted_at", "submitted_by_id"),
    *("accepted_at", "accepted_by_id"),
)
COUNTED = "OLD.state IN ('accepted', 'locked')"


def conditions(differs, content=CONTENT):
    """Name, event, when it refuses; ``differs`` compares two values, of which none may be known."""
    changed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in content)
    back = "NEW.state NOT IN ('accepted', 'locked') OR (OLD.state = 'locked' AND NEW.state <> 'locked')"
    return (
        ("report_no_update", "UPDATE", f"{COUNTED} AND ({back} OR {changed})"),
        ("report_no_delete", "DELETE", COUNTED),
    )


def close(apps, schema_editor, content=CONTENT):
    if schema_editor.connection.vendor == "sqlite":
        for name, event, when in conditions("IS NOT", content):
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} WHEN {when} AND NOT {GATE} "
                f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END",
                params=None,
            )
        return
    for name, event, when in conditions("IS DISTINCT FROM", content):
        passed = "OLD" if event == "DELETE" else "NEW"
        schema_editor.execute(
            f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {when} AND NOT {GATE} THEN
                    RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN {passed};
            END $$
            """,
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {name}()", params=None
        )


def open_again(apps, schema_editor):
    sqlite = schema_editor.connection.vendor == "sqlite"
    for name, *_ in conditions("="):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}" + ("" if sqlite else f" ON {TABLE}"))
        if not sqlite:
            schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("incubators", "0015_months"), ("core", "0002_trail_chain")]

    operations = [migrations.RunPython(close, open_again)]
