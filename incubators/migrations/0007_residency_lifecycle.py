from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incubators", "0008_carrier_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GraduateFollowUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                (
                    "destination",
                    models.CharField(
                        choices=[("stayed", "在驻"), ("district", "迁出(区内)"), ("outside", "迁出(区外)")],
                        max_length=12,
                        verbose_name="去向",
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=120, verbose_name="去向说明")),
                ("staff_count", models.PositiveIntegerField(blank=True, null=True, verbose_name="从业人数")),
                (
                    "revenue",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="营业收入(元)"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="情况")),
                ("recorded_on", models.DateField(verbose_name="登记日期")),
                ("is_synthetic", models.BooleanField(default=False, verbose_name="合成数据")),
            ],
            options={
                "verbose_name": "毕业企业跟踪",
                "ordering": ["-year", "-id"],
            },
        ),
        migrations.CreateModel(
            name="IncubationExtension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("decided_on", models.DateField(verbose_name="决定日期")),
                ("until", models.DateField(verbose_name="延期至")),
                ("reason", models.CharField(max_length=200, verbose_name="延期理由")),
                ("document", models.CharField(blank=True, max_length=120, verbose_name="文件")),
                ("is_synthetic", models.BooleanField(default=False, verbose_name="合成数据")),
            ],
            options={
                "verbose_name": "在孵延期",
                "ordering": ["-decided_on", "-id"],
            },
        ),
        migrations.CreateModel(
            name="IncubationRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=60, verbose_name="代码")),
                ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                ("source", models.CharField(max_length=200, verbose_name="来源文件")),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="生效日期")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="失效日期")),
                ("definition", models.JSONField(verbose_name="内容")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="内容指纹")),
            ],
            options={
                "verbose_name": "孵化规则",
                "ordering": ["code", "-version"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="residency",
            name="residency_one_incubation",
        ),
        migrations.AddField(
            model_name="residency",
            name="clock_from",
            field=models.DateField(blank=True, null=True, verbose_name="孵化计时起始"),
        ),
        migrations.AddField(
            model_name="residency",
            name="destination",
            field=models.CharField(
                blank=True,
                choices=[("stayed", "在驻"), ("district", "迁出(区内)"), ("outside", "迁出(区外)")],
                max_length=12,
                verbose_name="毕业去向",
            ),
        ),
        migrations.AddField(
            model_name="residency",
            name="destination_place",
            field=models.CharField(blank=True, max_length=120, verbose_name="去向说明"),
        ),
        migrations.AddField(
            model_name="residency",
            name="further_grounds",
            field=models.CharField(blank=True, max_length=60, verbose_name="其他毕业依据"),
        ),
        migrations.AddField(
            model_name="residency",
            name="invested_amount",
            field=models.DecimalField(
                blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="累计获得创业投资(元)"
            ),
        ),
        migrations.AddField(
            model_name="residency",
            name="overlap_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="同时在孵说明"),
        ),
        migrations.AddField(
            model_name="residency",
            name="registered_in_district",
            field=models.CharField(
                blank=True, choices=[("yes", "是"), ("no", "否")], max_length=3, verbose_name="毕业时注册在本区"
            ),
        ),
        migrations.AddField(
            model_name="residency",
            name="revenue_first",
            field=models.DecimalField(
                blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="首年营业收入(元)"
            ),
        ),
        migrations.AddField(
            model_name="residency",
            name="revenue_from_year",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="收入首年"),
        ),
        migrations.AddField(
            model_name="residency",
            name="revenue_second",
            field=models.DecimalField(
                blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="次年营业收入(元)"
            ),
        ),
        migrations.AddField(
            model_name="residency",
            name="transferred_from",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="transferred_to",
                to="incubators.residency",
                verbose_name="转自",
            ),
        ),
        migrations.AlterField(
            model_name="residency",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("graduated", "毕业"),
                    ("moved_out", "迁出"),
                    ("closed", "注销"),
                    ("cleared", "清退"),
                    ("transferred", "转移"),
                ],
                max_length=12,
                verbose_name="结果",
            ),
        ),
        migrations.AddConstraint(
            model_name="residency",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("incubating_from__isnull", True),
                    ("clock_from__isnull", True),
                    ("incubating_from__gte", models.F("clock_from")),
                    _connector="OR",
                ),
                name="residency_clock",
                violation_error_message="孵化计时起始不能晚于在孵起始",
            ),
        ),
        migrations.AddConstraint(
            model_name="residency",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("graduated_on__isnull", True),
                    ("incubating_from__isnull", False),
                    ("left_on__isnull", True),
                    ("overlap_reason", ""),
                ),
                fields=("enterprise",),
                name="residency_one_incubation",
                violation_error_message="该企业已在另一载体在孵;同一企业同时只能在一家载体在孵",
            ),
        ),
        migrations.AddConstraint(
            model_name="residency",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("invested_amount__isnull", True), ("invested_amount__gte", 0), _connector="OR"),
                    models.Q(("revenue_first__isnull", True), ("revenue_first__gte", 0), _connector="OR"),
                    models.Q(("revenue_second__isnull", True), ("revenue_second__gte", 0), _connector="OR"),
                ),
                name="residency_amounts",
                violation_error_message="投资与收入金额不能为负数",
            ),
        ),
        migrations.AlterConstraint(
            model_name="residency",
            name="residency_outcome",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("left_on__isnull", True), models.Q(("outcome", ""), _negated=True), _connector="OR"
                ),
                name="residency_outcome",
                violation_error_message="离开须写明结果(迁出、注销、清退、转移或毕业离开)",
            ),
        ),
        migrations.AddField(
            model_name="graduatefollowup",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="登记人",
            ),
        ),
        migrations.AddField(
            model_name="graduatefollowup",
            name="residency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="follow_ups",
                to="incubators.residency",
                verbose_name="入驻",
            ),
        ),
        migrations.AddField(
            model_name="incubationextension",
            name="decided_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="登记人",
            ),
        ),
        migrations.AddField(
            model_name="incubationextension",
            name="residency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="extensions",
                to="incubators.residency",
                verbose_name="入驻",
            ),
        ),
        migrations.AddField(
            model_name="incubationrule",
            name="area",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incubation_rules",
                to="incubators.area",
                verbose_name="适用区域",
            ),
        ),
        migrations.AddConstraint(
            model_name="graduatefollowup",
            constraint=models.UniqueConstraint(
                fields=("residency", "year"),
                name="graduate_follow_up_once",
                violation_error_message="年度:这一年已有跟踪记录",
            ),
        ),
        migrations.AddConstraint(
            model_name="graduatefollowup",
            constraint=models.CheckConstraint(
                condition=models.Q(("revenue__isnull", True), ("revenue__gte", 0), _connector="OR"),
                name="graduate_follow_up_revenue",
                violation_error_message="营业收入不能为负数",
            ),
        ),
        migrations.AddConstraint(
            model_name="incubationextension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__isnull", True),
                    ("decided_on__isnull", True),
                    ("until__gte", models.F("decided_on")),
                    _connector="OR",
                ),
                name="incubation_extension_dates",
                violation_error_message="延期至的日期不能早于决定日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="incubationextension",
            constraint=models.UniqueConstraint(
                fields=("residency", "until"),
                name="incubation_extension_once",
                violation_error_message="已有延期到这一天的决定",
            ),
        ),
        migrations.AddConstraint(
            model_name="incubationrule",
            constraint=models.UniqueConstraint(fields=("code", "version"), name="incubation_rule_version"),
        ),
        migrations.AddConstraint(
            model_name="incubationrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True),
                    ("valid_from__isnull", True),
                    ("valid_to__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="incubation_rule_dates",
                violation_error_message="失效日期不能早于生效日期",
            ),
        ),
    ]
