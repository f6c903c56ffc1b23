from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incubators", "0005_visit_outcome"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CarrierChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("name", "名称"),
                            ("operator", "运营机构"),
                            ("area", "所在区域"),
                            ("site", "场地"),
                            ("floor_area", "面积"),
                        ],
                        max_length=12,
                        verbose_name="变更事项",
                    ),
                ),
                ("before", models.CharField(blank=True, max_length=200, verbose_name="变更前")),
                ("after", models.CharField(max_length=200, verbose_name="变更后")),
                ("happened_on", models.DateField(verbose_name="变更日期")),
                ("document", models.CharField(blank=True, max_length=200, verbose_name="依据文件")),
                ("reason", models.CharField(max_length=300, verbose_name="说明")),
                ("is_correction", models.BooleanField(default=False, verbose_name="更正登记错误")),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "待确认"), ("confirmed", "已确认"), ("returned", "退回")],
                        default="pending",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("reported_on", models.DateField(blank=True, null=True, verbose_name="上报日期")),
                ("report_document", models.CharField(blank=True, max_length=120, verbose_name="上报文号")),
                ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="登记时间")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="确认时间")),
                ("return_reason", models.CharField(blank=True, max_length=300, verbose_name="退回原因")),
                ("is_synthetic", models.BooleanField(default=False, verbose_name="合成数据")),
            ],
            options={
                "verbose_name": "载体变更",
                "ordering": ["-happened_on", "-id"],
            },
        ),
        migrations.CreateModel(
            name="CarrierContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, verbose_name="姓名")),
                ("duty", models.CharField(max_length=60, verbose_name="职责")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="电话")),
                ("is_synthetic", models.BooleanField(default=False, verbose_name="合成数据")),
            ],
            options={
                "verbose_name": "载体联系人",
                "ordering": ["carrier", "id"],
            },
        ),
        migrations.CreateModel(
            name="CarrierSite",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="场地名称")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="地址")),
                (
                    "floor_area",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="建筑面积(㎡)"
                    ),
                ),
                ("seats", models.PositiveIntegerField(blank=True, null=True, verbose_name="工位数")),
                ("valid_from", models.DateField(verbose_name="启用日期")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="停用日期")),
                ("is_synthetic", models.BooleanField(default=False, verbose_name="合成数据")),
            ],
            options={
                "verbose_name": "载体场地",
                "ordering": ["carrier", "valid_from", "id"],
            },
        ),
        migrations.CreateModel(
            name="CarrierTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="代码")),
                ("name", models.CharField(max_length=40, unique=True, verbose_name="标签")),
                ("basis", models.CharField(blank=True, max_length=200, verbose_name="出处")),
                ("order", models.PositiveSmallIntegerField(default=0, verbose_name="次序")),
            ],
            options={
                "verbose_name": "标签",
                "ordering": ["order", "code"],
            },
        ),
        migrations.CreateModel(
            name="CarrierTagging",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField(verbose_name="起始日期")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="终止日期")),
                ("basis", models.CharField(blank=True, max_length=200, verbose_name="依据")),
                ("is_synthetic", models.BooleanField(default=False, verbose_name="合成数据")),
            ],
            options={
                "verbose_name": "载体标签",
                "ordering": ["carrier", "tag__order", "valid_from"],
            },
        ),
        migrations.CreateModel(
            name="Ladder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="代码")),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("basis", models.CharField(blank=True, max_length=200, verbose_name="依据文件")),
                ("order", models.PositiveSmallIntegerField(default=0, verbose_name="次序")),
            ],
            options={
                "verbose_name": "称号序列",
                "ordering": ["order", "code"],
            },
        ),
        migrations.CreateModel(
            name="TitleEquivalence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("decided_on", models.DateField(verbose_name="决定日期")),
                ("document", models.CharField(max_length=200, verbose_name="依据文件")),
                ("reason", models.CharField(max_length=500, verbose_name="理由")),
                ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="登记时间")),
                ("is_current", models.BooleanField(default=True, verbose_name="现行")),
            ],
            options={
                "verbose_name": "称号对应",
                "ordering": ["-decided_on", "-id"],
            },
        ),
        migrations.AddField(
            model_name="carrier",
            name="seats",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="工位数"),
        ),
        migrations.AddField(
            model_name="designation",
            name="end_document",
            field=models.CharField(blank=True, max_length=120, verbose_name="终止文号"),
        ),
        migrations.AddField(
            model_name="designation",
            name="end_kind",
            field=models.CharField(
                blank=True,
                choices=[("withdrawn", "摘牌(撤销)"), ("downgraded", "降等"), ("expired", "到期"), ("merged", "合并")],
                max_length=12,
                verbose_name="终止方式",
            ),
        ),
        migrations.AddField(
            model_name="designation",
            name="rectify_by",
            field=models.DateField(blank=True, null=True, verbose_name="整改期限"),
        ),
        migrations.AddField(
            model_name="title",
            name="step",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="同级次序"),
        ),
        migrations.AddConstraint(
            model_name="designation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_on__isnull", False), models.Q(("end_document", ""), ("end_kind", "")), _connector="OR"
                ),
                name="designation_end_kind",
                violation_error_message="未终止的认定没有终止方式和终止文号",
            ),
        ),
        migrations.AddField(
            model_name="carrierchange",
            name="area_after",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incubators.area",
                verbose_name="新所在区域",
            ),
        ),
        migrations.AddField(
            model_name="carrierchange",
            name="area_before",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incubators.area",
                verbose_name="原所在区域",
            ),
        ),
        migrations.AddField(
            model_name="carrierchange",
            name="carrier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="incubators.carrier",
                verbose_name="载体",
            ),
        ),
        migrations.AddField(
            model_name="carrierchange",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="确认人",
            ),
        ),
        migrations.AddField(
            model_name="carrierchange",
            name="operator_after",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incubators.organisation",
                verbose_name="新运营机构",
            ),
        ),
        migrations.AddField(
            model_name="carrierchange",
            name="operator_before",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incubators.organisation",
                verbose_name="原运营机构",
            ),
        ),
        migrations.AddField(
            model_name="carrierchange",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="登记人",
            ),
        ),
        migrations.AddField(
            model_name="carriercontact",
            name="carrier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contacts",
                to="incubators.carrier",
                verbose_name="载体",
            ),
        ),
        migrations.AddField(
            model_name="carriersite",
            name="carrier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sites",
                to="incubators.carrier",
                verbose_name="载体",
            ),
        ),
        migrations.AddField(
            model_name="carriertagging",
            name="carrier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="taggings",
                to="incubators.carrier",
                verbose_name="载体",
            ),
        ),
        migrations.AddField(
            model_name="carriertagging",
            name="tag",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="taggings",
                to="incubators.carriertag",
                verbose_name="标签",
            ),
        ),
        migrations.AddField(
            model_name="ladder",
            name="counterpart",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="successors",
                to="incubators.ladder",
                verbose_name="对照序列",
            ),
        ),
        migrations.AddField(
            model_name="titleequivalence",
            name="area",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incubators.area",
                verbose_name="适用区域",
            ),
        ),
        migrations.AddField(
            model_name="titleequivalence",
            name="decided_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="决定人",
            ),
        ),
        migrations.AddField(
            model_name="titleequivalence",
            name="same_as",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incubators.title",
                verbose_name="等同于",
            ),
        ),
        migrations.AddField(
            model_name="titleequivalence",
            name="title",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="equivalences",
                to="incubators.title",
                verbose_name="新制度称号",
            ),
        ),
        migrations.AddConstraint(
            model_name="carrierchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reported_on__isnull", True),
                    ("happened_on__isnull", True),
                    ("reported_on__gte", models.F("happened_on")),
                    _connector="OR",
                ),
                name="change_reported",
                violation_error_message="上报日期不能早于变更日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="carrierchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "returned"), _negated=True),
                    models.Q(("return_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="change_return_reason",
                violation_error_message="退回须写明原因",
            ),
        ),
        migrations.AddConstraint(
            model_name="carrierchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by__isnull", True), ("state", "pending")),
                    models.Q(models.Q(("state", "pending"), _negated=True), ("decided_by__isnull", False)),
                    _connector="OR",
                ),
                name="change_decided_by",
                violation_error_message="确认或退回须有确认人",
            ),
        ),
        migrations.AddConstraint(
            model_name="carrierchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "operator"), ("operator_after__isnull", False), ("operator_before__isnull", False)
                    ),
                    models.Q(("kind", "operator"), models.Q(("state", "confirmed"), _negated=True)),
                    models.Q(
                        models.Q(("kind", "operator"), _negated=True),
                        ("operator_after__isnull", True),
                        ("operator_before__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="change_operators",
                violation_error_message="运营机构变更须写明变更前后的机构",
            ),
        ),
        migrations.AddConstraint(
            model_name="carrierchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("area_after__isnull", False), ("area_before__isnull", False), ("kind", "area")),
                    models.Q(
                        models.Q(("kind", "area"), _negated=True),
                        ("area_after__isnull", True),
                        ("area_before__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="change_areas",
                violation_error_message="所在区域变更须写明变更前后的区域",
            ),
        ),
        migrations.AddConstraint(
            model_name="carrierchange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_correction", False), ("state", "confirmed")),
                fields=("carrier", "kind", "happened_on"),
                name="change_once_a_day",
                violation_error_message="该载体当日已有同一事项的变更",
            ),
        ),
        migrations.AddConstraint(
            model_name="carriercontact",
            constraint=models.UniqueConstraint(
                fields=("carrier", "name", "duty"), name="contact_once", violation_error_message="该载体已有这位联系人"
            ),
        ),
        migrations.AddConstraint(
            model_name="carriersite",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True),
                    ("valid_from__isnull", True),
                    ("valid_to__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="site_dates",
                violation_error_message="停用日期不能早于启用日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="carriersite",
            constraint=models.CheckConstraint(
                condition=models.Q(("floor_area__isnull", True), ("floor_area__gte", 0), _connector="OR"),
                name="site_floor_area",
                violation_error_message="建筑面积不能为负数",
            ),
        ),
        migrations.AddConstraint(
            model_name="carriersite",
            constraint=models.UniqueConstraint(
                fields=("carrier", "name", "valid_from"),
                name="site_once",
                violation_error_message="该载体当日已有同名场地",
            ),
        ),
        migrations.AddConstraint(
            model_name="carriertagging",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True),
                    ("valid_from__isnull", True),
                    ("valid_to__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="tagging_dates",
                violation_error_message="终止日期不能早于起始日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="carriertagging",
            constraint=models.UniqueConstraint(
                fields=("carrier", "tag", "valid_from"),
                name="tagging_once",
                violation_error_message="该载体当日已有这个标签",
            ),
        ),
        migrations.AddConstraint(
            model_name="titleequivalence",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_current", True)),
                fields=("area", "title"),
                name="equivalence_current",
                violation_error_message="该区域对这个称号已有现行决定",
            ),
        ),
    ]
