"""Rosters and their lines, and triggers that refuse what would change a confirmed one.

The triggers let through what is done while ``core_trail_gate`` holds a row, as those of the trail do (core, migration
0002): a restore that replaces everything, and the tests' clean-up. A later migration that alters one of these tables
drops the triggers first and makes them again: on SQLite an altered table is a new one, without its triggers.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

WORDS = "已确认的名册不能修改或删除"
GATE = "EXISTS (SELECT 1 FROM core_trail_gate)"
ROSTER, ENTRY = "incubators_roster", "incubators_rosterentry"


def frozen(row):
    """The roster of an entry (``OLD`` or ``NEW``) is confirmed."""
    return f"EXISTS (SELECT 1 FROM {ROSTER} r WHERE r.id = {row}.roster_id AND r.state <> 'draft')"  # noqa: S608 - names of our own tables


# Name, event, table, when it refuses.
ROWS = (
    ("roster_no_update", "UPDATE", ROSTER, "OLD.state <> 'draft'"),
    ("roster_no_delete", "DELETE", ROSTER, "OLD.state <> 'draft'"),
    ("roster_entry_no_insert", "INSERT", ENTRY, frozen("NEW")),
    ("roster_entry_no_update", "UPDATE", ENTRY, f"({frozen('OLD')} OR {frozen('NEW')})"),
    ("roster_entry_no_delete", "DELETE", ENTRY, frozen("OLD")),
)
TABLES = (("roster_no_truncate", ROSTER), ("roster_entry_no_truncate", ENTRY))


def _sqlite():
    for name, event, table, when in ROWS:
        yield (
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {when} AND NOT {GATE} "
            f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )


def _postgresql():
    raised = f"RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation'"
    for name, event, table, when in ROWS:
        passed = "OLD" if event == "DELETE" else "NEW"
        yield f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {when} AND NOT {GATE} THEN
                    {raised};
                END IF;
                RETURN {passed};
            END $$
        """
        yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    any_frozen = f"SELECT 1 FROM {ROSTER} WHERE state <> 'draft'"  # noqa: S608 - a name of our own table
    yield f"""
        CREATE FUNCTION roster_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS ({any_frozen}) AND NOT {GATE} THEN
                {raised};
            END IF;
            RETURN NULL;
        END $$
    """
    for name, table in TABLES:
        yield f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION roster_no_truncate()"


def close(apps, schema_editor):
    for statement in _sqlite() if schema_editor.connection.vendor == "sqlite" else _postgresql():
        schema_editor.execute(statement, params=None)


def open_again(apps, schema_editor):
    sqlite = schema_editor.connection.vendor == "sqlite"
    for name, table in (*((name, table) for name, _, table, _ in ROWS), *TABLES):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        for name in (*(name for name, *_ in ROWS), "roster_no_truncate"):
            schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [
        ("incubators", "0007_residency_lifecycle"),
        ("core", "0002_trail_chain"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Roster",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("incubatees", "在孵企业名册"),
                            ("graduates", "毕业企业名册"),
                            ("hard_tech", "硬科技企业名单"),
                        ],
                        max_length=12,
                        verbose_name="种类",
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("as_of", models.DateField(verbose_name="截止日")),
                ("title", models.CharField(max_length=120, verbose_name="标题")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "草稿"), ("confirmed", "已确认")],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("revision", models.PositiveSmallIntegerField(default=1, verbose_name="版次")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="更正原因")),
                ("made_at", models.DateTimeField(verbose_name="编制时间")),
                ("confirmed_on", models.DateField(blank=True, null=True, verbose_name="确认日期")),
                ("document", models.CharField(blank=True, max_length=120, verbose_name="文号")),
                ("digest", models.CharField(blank=True, db_index=True, max_length=64, verbose_name="校验值")),
                ("is_synthetic", models.BooleanField(default=False, verbose_name="合成数据")),
            ],
            options={
                "verbose_name": "名册",
                "ordering": ["-year", "kind", "area", "-revision"],
            },
        ),
        migrations.CreateModel(
            name="RosterEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                ("uscc", models.CharField(max_length=18, verbose_name="统一社会信用代码")),
                ("name", models.CharField(max_length=120, verbose_name="企业名称")),
                ("pinyin", models.CharField(blank=True, max_length=120, verbose_name="拼音首字母")),
                ("area_name", models.CharField(max_length=60, verbose_name="注册区域")),
                ("industry", models.CharField(blank=True, max_length=40, verbose_name="技术领域")),
                ("founded_on", models.DateField(blank=True, null=True, verbose_name="成立日期")),
                ("carrier_code", models.CharField(blank=True, max_length=40, verbose_name="载体编号")),
                ("carrier_name", models.CharField(blank=True, max_length=120, verbose_name="载体名称")),
                ("operator_name", models.CharField(blank=True, max_length=120, verbose_name="运营机构")),
                ("entered_on", models.DateField(blank=True, null=True, verbose_name="入驻日期")),
                ("incubating_from", models.DateField(blank=True, null=True, verbose_name="在孵起始")),
                ("graduated_on", models.DateField(blank=True, null=True, verbose_name="毕业日期")),
                ("graduation_ground", models.CharField(blank=True, max_length=40, verbose_name="毕业依据")),
                ("graduation_number", models.CharField(blank=True, max_length=60, verbose_name="毕业编号")),
                ("basis", models.CharField(blank=True, max_length=200, verbose_name="确认依据")),
                ("digest", models.CharField(max_length=64, verbose_name="校验值")),
                ("is_synthetic", models.BooleanField(default=False, verbose_name="合成数据")),
            ],
            options={
                "verbose_name": "名册条目",
                "ordering": ["roster", "number"],
            },
        ),
        migrations.AddField(
            model_name="roster",
            name="area",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rosters",
                to="incubators.area",
                verbose_name="区域",
            ),
        ),
        migrations.AddField(
            model_name="roster",
            name="confirmed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rosters_confirmed",
                to=settings.AUTH_USER_MODEL,
                verbose_name="确认人",
            ),
        ),
        migrations.AddField(
            model_name="roster",
            name="corrects",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrected_by",
                to="incubators.roster",
                verbose_name="更正",
            ),
        ),
        migrations.AddField(
            model_name="roster",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rosters_made",
                to=settings.AUTH_USER_MODEL,
                verbose_name="编制人",
            ),
        ),
        migrations.AddField(
            model_name="rosterentry",
            name="carrier",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="roster_entries",
                to="incubators.carrier",
                verbose_name="载体",
            ),
        ),
        migrations.AddField(
            model_name="rosterentry",
            name="enterprise",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="roster_entries",
                to="incubators.enterprise",
                verbose_name="企业",
            ),
        ),
        migrations.AddField(
            model_name="rosterentry",
            name="roster",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="incubators.roster",
                verbose_name="名册",
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.UniqueConstraint(
                fields=("kind", "area", "year", "revision"),
                name="roster_once",
                violation_error_message="这一年度的名册已经有了;要改动已确认的名册,请在其页面上更正",
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("confirmed_by__isnull", True),
                        ("confirmed_on__isnull", True),
                        ("digest", ""),
                        ("state", "draft"),
                    ),
                    models.Q(
                        ("confirmed_by__isnull", False),
                        ("confirmed_on__isnull", False),
                        ("state", "confirmed"),
                        models.Q(("digest", ""), _negated=True),
                        models.Q(("document", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="roster_confirmed_whole",
                violation_error_message="确认须有确认人、确认日期、文号和校验值",
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by__isnull", True),
                    models.Q(("confirmed_by", models.F("made_by")), _negated=True),
                    _connector="OR",
                ),
                name="roster_four_eyes",
                violation_error_message="编制人不能确认自己编制的名册",
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("corrects__isnull", True), ("revision", 1)),
                    models.Q(("corrects__isnull", False), ("revision__gt", 1), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="roster_correction_reason",
                violation_error_message="更正版须写明更正原因",
            ),
        ),
        migrations.AddIndex(
            model_name="rosterentry",
            index=models.Index(fields=["uscc"], name="roster_entry_uscc"),
        ),
        migrations.AddConstraint(
            model_name="rosterentry",
            constraint=models.UniqueConstraint(
                fields=("roster", "enterprise"), name="roster_entry_once", violation_error_message="这家企业已在名册中"
            ),
        ),
        migrations.AddConstraint(
            model_name="rosterentry",
            constraint=models.UniqueConstraint(
                fields=("roster", "number"), name="roster_entry_number", violation_error_message="序号不能重复"
            ),
        ),
        migrations.RunPython(close, open_again),
    ]
