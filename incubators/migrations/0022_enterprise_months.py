"""What carriers report of each of their incubatees, as rows of a monthly report, and in which months they are asked.

The rows of an accepted report do not change: triggers refuse it as those of 0016 do for the report itself. They are on the
table of the rows alone; a later migration that alters it on SQLite makes them again with :func:`close`.
"""

import django.db.models.deletion
from django.db import migrations, models

WORDS = "已通过的月报不能修改或删除,请建立更正版本"
GATE = "EXISTS (SELECT 1 FROM core_trail_gate)"
REPORT, TABLE = "incubators_monthlyreport", "incubators_enterprisemonth"


def counted(which):
    """Whether the report of a row was accepted."""
    return f"EXISTS (SELECT 1 FROM {REPORT} r WHERE r.id = {which}.report_id AND r.state IN ('accepted', 'locked'))"  # noqa: S608


def conditions():
    """Event, and when it refuses. SQLite alone can write one row over another, by its key."""
    other = f"EXISTS (SELECT 1 FROM {TABLE} kept WHERE kept.id = NEW.id AND {counted('kept')})"  # noqa: S608
    yield "insert", f"{counted('NEW')} OR {other}"
    yield "update", f"{counted('OLD')} OR {counted('NEW')}"
    yield "delete", counted("OLD")


def close(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for event, when in conditions():
            schema_editor.execute(
                f"CREATE TRIGGER enterprise_month_no_{event} BEFORE {event.upper()} ON {TABLE} "
                f"WHEN ({when}) AND NOT {GATE} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END",
                params=None,
            )
        return
    some = f"EXISTS (SELECT 1 FROM {TABLE} kept WHERE {counted('kept')})"  # noqa: S608
    for event, when in (*conditions(), ("truncate", some)):
        name = f"enterprise_month_no_{event}"
        passed = {"delete": "OLD", "truncate": "NULL"}.get(event, "NEW")
        each = "STATEMENT" if event == "truncate" else "ROW"
        schema_editor.execute(
            f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF ({when}) AND NOT {GATE} THEN
                    RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN {passed};
            END $$
            """,
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {TABLE} FOR EACH {each} EXECUTE FUNCTION {name}()",
            params=None,
        )


def open_again(apps, schema_editor):
    sqlite = schema_editor.connection.vendor == "sqlite"
    for event in ("insert", "update", "delete", *(() if sqlite else ("truncate",))):
        name = f"enterprise_month_no_{event}"
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}" if sqlite else f"DROP FUNCTION {name}() CASCADE")


class Migration(migrations.Migration):
    dependencies = [
        ("incubators", "0021_correction_requests"),
    ]

    operations = [
        migrations.AddField(
            model_name="reportcalendar",
            name="enterprise_months",
            field=models.CharField(
                choices=[("never", "不填"), ("quarterly", "每季末月(3、6、9、12月)"), ("monthly", "每月")],
                default="never",
                max_length=10,
                verbose_name="企业情况",
            ),
        ),
        migrations.CreateModel(
            name="EnterpriseMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("staff", models.PositiveIntegerField(blank=True, null=True, verbose_name="从业人数")),
                ("staff_doctor", models.PositiveIntegerField(blank=True, null=True, verbose_name="其中博士")),
                ("staff_college", models.PositiveIntegerField(blank=True, null=True, verbose_name="其中大专以上")),
                ("staff_fresh", models.PositiveIntegerField(blank=True, null=True, verbose_name="其中应届毕业生")),
                ("staff_returned", models.PositiveIntegerField(blank=True, null=True, verbose_name="其中留学人员")),
                (
                    "revenue",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=16, null=True, verbose_name="本月营业收入"
                    ),
                ),
                (
                    "revenue_ytd",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=16, null=True, verbose_name="本年累计营业收入"
                    ),
                ),
                (
                    "research_ytd",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=16, null=True, verbose_name="本年累计研发费用"
                    ),
                ),
                (
                    "tax_ytd",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=16, null=True, verbose_name="本年累计实缴税费"
                    ),
                ),
                ("ip_applied", models.PositiveIntegerField(blank=True, null=True, verbose_name="本月知识产权申请")),
                ("ip_granted", models.PositiveIntegerField(blank=True, null=True, verbose_name="本月知识产权授权")),
                ("ip_valid", models.PositiveIntegerField(blank=True, null=True, verbose_name="有效知识产权")),
                ("ip_invention", models.PositiveIntegerField(blank=True, null=True, verbose_name="其中发明专利")),
                ("ip_software", models.PositiveIntegerField(blank=True, null=True, verbose_name="其中软件著作权")),
                (
                    "financing",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=16, null=True, verbose_name="本月获投融资金额"
                    ),
                ),
                (
                    "financing_fund",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=16, null=True, verbose_name="其中孵化基金投资"
                    ),
                ),
                (
                    "financing_loan",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=16, null=True, verbose_name="其中银行贷款"
                    ),
                ),
                ("gaps", models.JSONField(blank=True, default=dict, verbose_name="缺数与不适用")),
                ("unread", models.JSONField(blank=True, default=dict, verbose_name="待改正的填写")),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="months",
                        to="incubators.enterprise",
                        verbose_name="企业",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enterprises",
                        to="incubators.monthlyreport",
                        verbose_name="月报",
                    ),
                ),
            ],
            options={
                "verbose_name": "企业情况",
                "ordering": ["report", "enterprise"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "enterprise"),
                        name="enterprise_month_once",
                        violation_error_message="该企业在这份月报中已有一行",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revenue__isnull", True), ("revenue__gte", 0), _connector="OR"),
                            models.Q(("revenue_ytd__isnull", True), ("revenue_ytd__gte", 0), _connector="OR"),
                            models.Q(("research_ytd__isnull", True), ("research_ytd__gte", 0), _connector="OR"),
                            models.Q(("tax_ytd__isnull", True), ("tax_ytd__gte", 0), _connector="OR"),
                            models.Q(("financing__isnull", True), ("financing__gte", 0), _connector="OR"),
                            models.Q(("financing_fund__isnull", True), ("financing_fund__gte", 0), _connector="OR"),
                            models.Q(("financing_loan__isnull", True), ("financing_loan__gte", 0), _connector="OR"),
                        ),
                        name="enterprise_month_not_negative",
                        violation_error_message="金额不能为负数",
                    ),
                ],
            },
        ),
        migrations.RunPython(close, open_again),
    ]
