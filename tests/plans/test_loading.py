"""``load_plans``: all or nothing, in place, and nothing the second time."""

from __future__ import annotations

import re
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.models import Change
from evaluations.models import Frame
from incubators.models import Area, AreaGroup, Level, Organisation, Title
from plans.models import Clause, Discrepancy, OpenQuestion, Plan, Provision
from subsidies.models import Rule
from targets.models import Allocation, Progress, Target, Task
from tests.plans.factories import DecisionFactory

pytestmark = pytest.mark.django_db

FIXTURES = Path(settings.BASE_DIR) / "fixtures" / "plans"
LOADED = ("incubators", "plans", "evaluations", "subsidies", "targets")


def load(*paths: Path) -> str:
    """Load and answer what the command says."""
    out = StringIO()
    call_command("load_plans", *[str(path) for path in paths], stdout=out)
    return out.getvalue()


def everything() -> dict[str, list[Any]]:
    """Every column of every row that loading writes, times of change and keys included."""
    models = [model for name in LOADED for model in apps.get_app_config(name).get_models(include_auto_created=True)]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of the plan files that a test may change."""
    folder = tmp_path / "plans"
    shutil.copytree(FIXTURES, folder)
    return folder


def edit(path: Path, old: str, new: str) -> Path:
    """Change one place of a file; the place must be there."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def without(path: Path, *codes: str) -> Path:
    """Take entries out of a file, and every mention of them."""
    text = path.read_text(encoding="utf-8")
    for code in codes:
        text, count = re.subn(rf"^  - code: {code}\n(?:    .*\n|\n)*", "", text, flags=re.MULTILINE)
        assert count == 1, f"{code} is not in {path.name}"
        text = re.sub(rf"{code}, |, {code}(?=[\],])|^ +- {code}\n", "", text, flags=re.MULTILINE)
        text = re.sub(rf"^ +\w+: \[{code}\]\n", "", text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    return path


def jinshan(files: Path) -> Path:
    return files / "jinshan-2024-2026.yaml"


def test_all_five_plans_load_with_what_hangs_on_them() -> None:
    said = load()

    assert set(Plan.objects.values_list("code", flat=True)) == {
        "JS-2024-2026", "SH-2023-2025", "MH-2024", "YC-2023-2025", "FX-2023-2025",
    }  # fmt: skip
    assert "金山三年行动计划" in said
    assert "目标11,补贴规则11" in said
    for model in (Clause, Provision, Discrepancy, OpenQuestion, Frame, Rule, Target, Task, Allocation, Title, Level):
        assert model._default_manager.exists(), model.__name__
    assert Change.objects.filter(action="载入规划").count() == 5


def test_loading_again_changes_nothing() -> None:
    load()
    before = everything()

    said = load()

    assert everything() == before
    assert "未改动" in said
    assert Change.objects.count() == 5


def test_loading_takes_few_queries_however_long_the_files() -> None:
    load(FIXTURES / "minhang-dalinghaowan-2024.yaml")
    with CaptureQueriesContext(connection) as asked:
        load()
    assert len(asked) < 140


def test_the_area_tree_hangs_under_the_country() -> None:
    load()
    paths = dict(Area.objects.values_list("code", "path"))

    assert paths["cn"] == "/cn/"
    assert paths["sh-jinshan-langxia"] == "/cn/sh/sh-jinshan/sh-jinshan-langxia/"
    assert paths["yc-dongtai"] == "/cn/jiangsu/yc/yc-dongtai/"
    assert paths["overseas"] == "/overseas/"
    assert Area.objects.get(code="sh").kind == Area.Kind.PROVINCE
    assert Area.objects.get(code="yc").kind == Area.Kind.CITY
    assert Area.objects.get(code="yc-dongtai").kind == Area.Kind.DISTRICT
    units = Area.objects.filter(member_of__code="grp-yc-11").order_by("order")
    assert [unit.name for unit in units][:3] == ["东台市", "建湖县", "射阳县"]
    assert units.count() == 11


def registry() -> dict[str, list[Any]]:
    """What several plans speak of, without keys."""
    return {
        "areas": sorted(Area.objects.values_list("code", "name", "kind", "path", "parent__code", "order")),
        "organisations": sorted(Organisation.objects.values_list("code", "name", "kind", "area__code", "is_group")),
        "aliases": sorted(Organisation.objects.filter(aliases__isnull=False).values_list("code", "aliases__name")),
        "titles": sorted(Title.objects.values_list("code", "name", "carrier_kind", "level__code", "ladder")),
        "levels": sorted(Level.objects.values_list("code", "name", "rank")),
        "groups": sorted(AreaGroup.objects.filter(members__isnull=False).values_list("code", "members__code")),
    }


def test_one_file_after_the_other_gives_what_all_at_once_give() -> None:
    with transaction.atomic():
        load()
        together = registry()
        transaction.set_rollback(True)
    assert not Plan.objects.exists()

    for path in sorted(FIXTURES.glob("*.yaml"), reverse=True):
        load(path)

    assert registry() == together


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("    kind: new_since_start\n", "    kind: grows\n", "targets.JS-T01.kind", "grows"),
        (
            "quote: 新增3家市级科创载体",
            "quote: 新增4家市级科创载体",
            "titles.carrier_municipal_sh.quote",
            "引文不在条款",
        ),
        ("form: not_stated", "form: cieling", "subsidy_rules.JS-S01.amount.form", "cieling"),
    ],
)
def test_a_wrong_file_names_file_line_and_field_and_loads_nothing(
    files: Path, old: str, new: str, field: str, words: str
) -> None:
    path = edit(jinshan(files), old, new)
    lines = path.read_text(encoding="utf-8").split("\n")
    line = next(number for number, text in enumerate(lines, 1) if new.strip() in text)

    with pytest.raises(CommandError) as error:
        load(*sorted(files.glob("*.yaml")))

    assert f"jinshan-2024-2026.yaml 第{line}行 {field}" in str(error.value)
    assert words in str(error.value)
    assert error.value.returncode == 1
    for model in (Plan, Target, Rule, Area, Organisation, Change):
        assert not model._default_manager.exists()


def test_a_file_that_contradicts_a_plan_loaded_before_is_refused(files: Path) -> None:
    load(files / "yancheng-2023-2025.yaml")
    before = everything()
    path = edit(jinshan(files), "  - code: sh\n    name: 上海市", "  - code: sh\n    name: 上海省")

    with pytest.raises(CommandError, match=r"areas\.sh\.name.*上海省.*已载入的YC-2023-2025"):
        load(path)

    assert everything() == before


def test_areas_in_a_circle_are_refused(files: Path) -> None:
    path = edit(jinshan(files), "    rank: county\n    parent: sh\n", "    rank: county\n    parent: sh-bay-area\n")

    with pytest.raises(CommandError, match=r"areas\.sh-bay-area\.parent"):
        load(path)

    assert not Area.objects.exists()


def test_a_changed_file_changes_rows_in_place(files: Path) -> None:
    load(*sorted(files.glob("*.yaml")))
    target = Target.objects.get(code="JS-T03")
    progress = Progress.objects.create(target=target, month="2026-10-01", on="2026-10-31", pace="met", fingerprint="x")
    others = list(Target.objects.exclude(pk=target.pk).order_by("pk").values())
    elsewhere = list(Plan.objects.exclude(code="JS-2024-2026").order_by("pk").values())
    before = Plan.objects.get(code="JS-2024-2026")
    text = jinshan(files).read_text(encoding="utf-8")
    head, tail = text.split("  - code: JS-T03\n", 1)
    tail = tail.replace("commitment: binding", "commitment: expected", 1)
    jinshan(files).write_text(f"{head}  - code: JS-T03\n{tail}", encoding="utf-8")

    said = load(jinshan(files))

    changed = Target.objects.get(code="JS-T03")
    assert (changed.pk, changed.commitment) == (target.pk, "expected")
    assert changed.fingerprint != target.fingerprint
    assert Progress.objects.get() == progress
    assert list(Target.objects.exclude(pk=target.pk).order_by("pk").values()) == others
    assert list(Plan.objects.exclude(code="JS-2024-2026").order_by("pk").values()) == elsewhere
    plan = Plan.objects.get(code="JS-2024-2026")
    assert plan.fingerprint != before.fingerprint
    assert plan.loaded_at > before.loaded_at
    assert "更新:规划1,目标1" in said
    assert Change.objects.filter(action="更新规划").count() == 1


def test_what_a_file_no_longer_has_goes_unless_something_refers_to_it(files: Path) -> None:
    load(*sorted(files.glob("*.yaml")))
    DecisionFactory(question=OpenQuestion.objects.get(code="JS-D04"), value="区财政局")
    without(jinshan(files), "JS-K02", "JS-X16", "JS-D04", "JS-D07")

    said = load(jinshan(files))

    assert not Task.objects.filter(code="JS-K02").exists()
    assert not Discrepancy.objects.filter(code="JS-X16").exists()
    assert not OpenQuestion.objects.filter(code="JS-D07").exists()
    assert OpenQuestion.objects.get(code="JS-D04").decisions.count() == 1
    kept = [line for line in said.splitlines() if "予以保留" in line]
    assert len(kept) == 1
    assert "待定事项" in kept[0]
    assert "决定" in kept[0]


def test_a_target_with_progress_is_never_removed(files: Path) -> None:
    load(*sorted(files.glob("*.yaml")))
    target = Target.objects.get(code="JS-T11")
    Progress.objects.create(target=target, month="2026-10-01", on="2026-10-31", pace="met", fingerprint="x")
    without(jinshan(files), "JS-T11")

    said = load(jinshan(files))

    assert Target.objects.filter(code="JS-T11").exists()
    assert Progress.objects.count() == 1
    assert re.search("予以保留:目标.*JS-T11.*进度", said)


def test_parts_and_whole_of_a_target_are_kept_as_printed() -> None:
    load()
    target = Target.objects.get(code="YC-T03")

    assert target.value == 500
    assert sum(part.value for part in target.allocations.all()) == 550
    assert [part.area.name for part in target.allocations.select_related("area")][:2] == ["东台市", "建湖县"]


def test_members_of_an_open_group_are_for_a_person_and_stay() -> None:
    load()
    group = AreaGroup.objects.get(code="grp-js-towns-parks")
    assert not group.members_stated
    assert not group.members.exists()
    group.members.set(Area.objects.filter(code__in=["sh-jinshan-langxia", "sh-jinshan-tinglin"]))

    said = load()

    assert "未改动" in said
    assert group.members.count() == 2
    assert AreaGroup.objects.get(code="grp-js-row7-units").members.count() == 6


def test_what_the_text_does_not_say_is_empty_and_never_zero() -> None:
    load()
    grant = Rule.objects.get(code="JS-S01")

    assert "yuan" not in grant.definition["amount"]
    assert Plan.objects.get(code="MH-2024").issued_on is None
    assert Plan.objects.get(code="SH-2023-2025").effective_from < Plan.objects.get(code="SH-2023-2025").issued_on
    assert Target.objects.get(code="JS-T11").value is None
    assert not Title.objects.filter(code="carrier_municipal_sh").exists()


def test_lines_of_responsible_units_keep_their_order() -> None:
    load()
    units = Target.objects.get(code="JS-T04").responsibilities.order_by("order").select_related("organisation")

    assert [unit.organisation.name for unit in units] == [
        "中共金山区委组织部",
        "金山区人力资源和社会保障局",
        "上海市金山区科学技术委员会",
        "各镇(园区)",
    ]
