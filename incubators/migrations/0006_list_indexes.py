"""Indexes that lists of a whole country are filtered, sorted and searched by; see docs/decisions/0006.

What only PostgreSQL has is made there alone: descending orders with empty values last, beginnings of words whatever
the collation, and pairs of neighbouring characters, by which parts of names are found.
"""

from django.db import migrations, models


DESCENDING = {
    "carrier": ("floor_area",),
    "designation": ("ended_on",),
    "enterprise": ("founded_on", "registered_capital", "staff_count"),
    "fund": ("size",),
    "monthlyreport": ("submitted_at",),
    "qualification": ("valid_to",),
    "residency": ("incubating_from", "graduated_on", "left_on"),
}
BEGINNINGS = {
    "carrier": ("name",),
    "carriercontact": ("name", "duty"),
    "designation": ("document",),
    "enterprise": ("name",),
    "fund": ("filing_number",),
    "mentor": ("name", "field"),
    "qualification": ("certificate",),
    "residency": ("graduation_number",),
    "talent": ("name",),
}
PAIRS = {
    "activity": ("title",),
    "carrier": ("name", "pinyin"),
    "carriersite": ("name", "address"),
    "enterprise": ("name", "former_name", "pinyin"),
    "fund": ("name",),
    "organisation": ("name",),
    "serviceplatform": ("name",),
}
FUNCTION = """
    CREATE FUNCTION text_pairs(words text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 2000 AS
    $$ SELECT ARRAY(SELECT substr(words, n, 2) FROM generate_series(1, length(words) - 1) AS n) $$
"""


def _indexes():
    """Name, table and what is indexed."""
    for table, columns in DESCENDING.items():
        for column in columns:
            yield f"{table}_down_{column}", table, f"({column} DESC NULLS LAST, id DESC)"
    for table, columns in BEGINNINGS.items():
        for column in columns:
            yield f"{table}_begins_{column}", table, f"({column} varchar_pattern_ops)"
    yield "carrier_begins_code", "carrier", "(upper(code) text_pattern_ops)"
    for table, columns in PAIRS.items():
        words = " || chr(10) || ".join(f'"{column}"' for column in columns)
        yield f"{table}_pairs", table, f"USING gin (text_pairs(upper({words})))"


def add(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(FUNCTION, params=None)
    for name, table, indexed in _indexes():
        schema_editor.execute(f"CREATE INDEX {name} ON incubators_{table} {indexed}")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, _, _ in _indexes():
        schema_editor.execute(f"DROP INDEX {name}")
    schema_editor.execute("DROP FUNCTION text_pairs(text)")


class Migration(migrations.Migration):
    dependencies = [
        ("incubators", "0009_rosters"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(fields=["held_on", "id"], name="activity_by_held"),
        ),
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(fields=["participants", "id"], name="activity_by_participants"),
        ),
        migrations.AddIndex(
            model_name="carrier",
            index=models.Index(fields=["name", "id"], name="carrier_by_name"),
        ),
        migrations.AddIndex(
            model_name="carrier",
            index=models.Index(fields=["opened_on", "id"], name="carrier_by_opened"),
        ),
        migrations.AddIndex(
            model_name="carrier",
            index=models.Index(fields=["closed_on"], name="carrier_by_closed"),
        ),
        migrations.AddIndex(
            model_name="carrier",
            index=models.Index(fields=["floor_area", "id"], name="carrier_by_floor_area"),
        ),
        migrations.AddIndex(
            model_name="carrier",
            index=models.Index(fields=["industry", "id"], name="carrier_by_industry"),
        ),
        migrations.AddIndex(
            model_name="designation",
            index=models.Index(fields=["awarded_on", "id"], name="designation_by_awarded"),
        ),
        migrations.AddIndex(
            model_name="designation",
            index=models.Index(fields=["ended_on", "id"], name="designation_by_ended"),
        ),
        migrations.AddIndex(
            model_name="designation",
            index=models.Index(
                condition=models.Q(("end_kind", ""), _negated=True), fields=["end_kind"], name="designation_by_end_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(fields=["name", "id"], name="enterprise_by_name"),
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(fields=["founded_on", "id"], name="enterprise_by_founded"),
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(fields=["industry", "id"], name="enterprise_by_industry"),
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(fields=["registered_capital", "id"], name="enterprise_by_capital"),
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(fields=["staff_count", "id"], name="enterprise_by_staff"),
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(
                condition=models.Q(("founder_type", ""), _negated=True),
                fields=["founder_type"],
                name="enterprise_by_founder",
            ),
        ),
        migrations.AddIndex(
            model_name="fund",
            index=models.Index(fields=["name", "id"], name="fund_by_name"),
        ),
        migrations.AddIndex(
            model_name="fund",
            index=models.Index(fields=["established_on", "id"], name="fund_by_established"),
        ),
        migrations.AddIndex(
            model_name="fund",
            index=models.Index(fields=["size", "id"], name="fund_by_size"),
        ),
        migrations.AddIndex(
            model_name="fund",
            index=models.Index(fields=["kind"], name="fund_by_kind"),
        ),
        migrations.AddIndex(
            model_name="fundinvestment",
            index=models.Index(fields=["paid_on", "id"], name="investment_by_paid"),
        ),
        migrations.AddIndex(
            model_name="fundinvestment",
            index=models.Index(fields=["amount", "id"], name="investment_by_amount"),
        ),
        migrations.AddIndex(
            model_name="mentor",
            index=models.Index(fields=["name", "id"], name="mentor_by_name"),
        ),
        migrations.AddIndex(
            model_name="mentor",
            index=models.Index(fields=["engaged_on", "id"], name="mentor_by_engaged"),
        ),
        migrations.AddIndex(
            model_name="organisation",
            index=models.Index(fields=["name", "id"], name="organisation_by_name"),
        ),
        migrations.AddIndex(
            model_name="qualification",
            index=models.Index(fields=["valid_from", "id"], name="qualification_by_from"),
        ),
        migrations.AddIndex(
            model_name="qualification",
            index=models.Index(fields=["valid_to", "id"], name="qualification_by_to"),
        ),
        migrations.AddIndex(
            model_name="qualification",
            index=models.Index(fields=["certificate", "id"], name="qualification_by_certificate"),
        ),
        migrations.AddIndex(
            model_name="residency",
            index=models.Index(fields=["entered_on", "id"], name="residency_by_entered"),
        ),
        migrations.AddIndex(
            model_name="residency",
            index=models.Index(
                condition=models.Q(("outcome", ""), _negated=True), fields=["outcome"], name="residency_by_outcome"
            ),
        ),
        migrations.AddIndex(
            model_name="residency",
            index=models.Index(
                condition=models.Q(("graduation_ground", ""), _negated=True),
                fields=["graduation_ground"],
                name="residency_by_ground",
            ),
        ),
        migrations.AddIndex(
            model_name="residency",
            index=models.Index(
                condition=models.Q(("destination", ""), _negated=True),
                fields=["destination"],
                name="residency_by_destination",
            ),
        ),
        migrations.AddIndex(
            model_name="residency",
            index=models.Index(
                condition=models.Q(("registered_in_district", ""), _negated=True),
                fields=["registered_in_district"],
                name="residency_by_registered",
            ),
        ),
        migrations.AddIndex(
            model_name="serviceplatform",
            index=models.Index(fields=["name", "id"], name="platform_by_name"),
        ),
        migrations.AddIndex(
            model_name="serviceplatform",
            index=models.Index(fields=["kind", "id"], name="platform_by_kind"),
        ),
        migrations.AddIndex(
            model_name="serviceplatform",
            index=models.Index(fields=["built_on", "id"], name="platform_by_built"),
        ),
        migrations.AddIndex(
            model_name="talent",
            index=models.Index(fields=["name", "id"], name="talent_by_name"),
        ),
        migrations.AddIndex(
            model_name="talent",
            index=models.Index(fields=["arrived_on", "id"], name="talent_by_arrived"),
        ),
        migrations.AddIndex(
            model_name="talent",
            index=models.Index(fields=["route"], name="talent_by_route"),
        ),
        migrations.AddIndex(
            model_name="monthlyreport",
            index=models.Index(fields=["month", "id"], name="report_by_month"),
        ),
        migrations.AddIndex(
            model_name="monthlyreport",
            index=models.Index(fields=["state", "id"], name="report_by_state"),
        ),
        migrations.AddIndex(
            model_name="monthlyreport",
            index=models.Index(fields=["revision", "id"], name="report_by_revision"),
        ),
        migrations.AddIndex(
            model_name="monthlyreport",
            index=models.Index(fields=["submitted_at", "id"], name="report_by_submitted"),
        ),
        migrations.AddIndex(
            model_name="monthlyreport",
            index=models.Index(condition=models.Q(("is_current", False)), fields=["month"], name="report_not_current"),
        ),
        migrations.RunPython(add, remove),
    ]
