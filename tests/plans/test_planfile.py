"""The five plan files: complete, consistent, and the schema and the guide beside them current."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
import yaml

from incubators.models import Carrier, ServicePlatform
from plans.planfile import read_plan, read_plans, vocab
from plans.planfile.measures import CARRIER_KINDS, PLATFORM_KINDS
from plans.planfile.schema_json import schema_text

FIXTURES = Path(__file__).parents[2] / "fixtures" / "plans"
NAMES = {
    "JS-2024-2026": "jinshan-2024-2026",
    "SH-2023-2025": "shanghai-hq-2023-2025",
    "MH-2024": "minhang-dalinghaowan-2024",
    "YC-2023-2025": "yancheng-2023-2025",
    "FX-2023-2025": "fengxian-2023-2025",
}
# What each text holds, counted by hand from the texts; a lost entry must be noticed.
COUNTS = {
    "JS-2024-2026": dict(
        clauses=45, areas=15, area_groups=2, organisations=16, definitions=5, industries=4, named_entities=10,
        targets=11, subsidy_rules=11, supports=7, evaluation_frames=4, reporting_duties=7, tasks=26, baselines=0,
        discrepancies=16, tables=0, decisions=28,
    ),
    "SH-2023-2025": dict(
        clauses=51, areas=7, area_groups=3, organisations=24, definitions=6, industries=2, named_entities=13,
        targets=13, subsidy_rules=8, supports=9, evaluation_frames=3, reporting_duties=5, tasks=24, baselines=0,
        discrepancies=15, tables=0, decisions=12,
    ),
    "MH-2024": dict(
        clauses=41, areas=6, area_groups=0, organisations=13, definitions=4, industries=3, named_entities=24,
        targets=8, subsidy_rules=5, supports=11, evaluation_frames=0, reporting_duties=4, tasks=26, baselines=6,
        discrepancies=12, tables=0, decisions=7,
    ),
    "YC-2023-2025": dict(
        clauses=35, areas=24, area_groups=4, organisations=14, definitions=5, industries=10, named_entities=21,
        targets=24, subsidy_rules=4, supports=7, evaluation_frames=5, reporting_duties=6, tasks=23, baselines=0,
        discrepancies=20, tables=1, decisions=18,
    ),
    "FX-2023-2025": dict(
        clauses=30, areas=9, area_groups=3, organisations=10, definitions=5, industries=6, named_entities=16,
        targets=29, subsidy_rules=3, supports=6, evaluation_frames=0, reporting_duties=3, tasks=17, baselines=3,
        discrepancies=26, tables=0, decisions=13,
    ),
}  # fmt: skip
# Carrier titles, enterprise qualifications and other terms together.
NAMED_KINDS = {"JS-2024-2026": 34, "SH-2023-2025": 41, "MH-2024": 36, "YC-2023-2025": 44, "FX-2023-2025": 37}


@pytest.fixture(scope="module")
def plans():
    """All five plans, by code."""
    return {plan.plan.code: plan for plan in read_plans(sorted(FIXTURES.glob("*.yaml")))}


def by_code(items):
    return {item.code: item for item in items}


def test_the_five_plans_are_read_together(plans):
    assert set(plans) == set(NAMES)


@pytest.mark.parametrize("code", NAMES)
def test_nothing_is_missing(plans, code):
    counted = {section: len(getattr(plans[code], section)) for section in COUNTS[code]}
    assert counted == COUNTS[code]
    assert len(plans[code].titles) + len(plans[code].qualifications) + len(plans[code].terms) == NAMED_KINDS[code]


@pytest.mark.parametrize("code", NAMES)
def test_every_plain_sentence_is_chinese(plans, code):
    plan = plans[code]
    sentences = [target.counting for target in plan.targets]
    sentences += [rule.reading for rule in plan.subsidy_rules]
    sentences += [decision.question for decision in plan.decisions]
    sentences += [decision.meanwhile for decision in plan.decisions]
    sentences += [target.measure.criterion for target in plan.targets if target.measure.by == "person"]
    sentences += [target.measure.needs for target in plan.targets if target.measure.by == "outside"]
    assert [s for s in sentences if not any("\u4e00" <= letter <= "\u9fff" for letter in s)] == []


@pytest.mark.parametrize("name", NAMES.values())
def test_an_ordinary_yaml_reader_sees_the_same(name):
    """The traps of YAML 1.1 (1:1, no, days) are quoted, so that other tools read the same data."""
    path = FIXTURES / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=plan-file.schema.json\n")
    theirs = read_plan(path).model_validate(yaml.safe_load(text))
    assert theirs.model_dump() == read_plan(path).model_dump()


def test_jinshan_money(plans):
    rules = by_code(plans["JS-2024-2026"].subsidy_rules)
    ceilings = {code: rule.amount.yuan for code, rule in rules.items() if rule.amount.form == "ceiling"}
    assert ceilings == {
        "JS-S05": Decimal(600000),
        "JS-S06": Decimal(300000),
        "JS-S07": Decimal(400000),
        "JS-S08": Decimal(200000),
    }
    assert rules["JS-S04"].amount.form == "fixed"
    assert rules["JS-S04"].amount.yuan == Decimal(1000000)
    assert rules["JS-S01"].amount.yuan is None
    assert {code for code, rule in rules.items() if rule.amount.ratio == 1} == {"JS-S02", "JS-S03"}
    assert rules["JS-S09"].amount.ratio is None


def test_the_missing_ratio_is_a_question_and_has_no_answer(plans):
    decisions = by_code(plans["JS-2024-2026"].decisions)
    asked = {code for code, decision in decisions.items() if decision.value_kind == "ratio"}
    assert asked == {"JS-D01", "JS-D02"}
    assert all(decision.default is None for plan in plans.values() for decision in plan.decisions)


def test_jinshan_annex_numbers_printed_wrongly(plans):
    clauses = {clause.id: clause for clause in plans["JS-2024-2026"].clauses}
    assert (clauses["A.5"].label, clauses["A.5"].label_corrected) == ("55", "5")
    assert (clauses["A.6"].label, clauses["A.6"].label_corrected) == ("66", "6")


def test_days(plans):
    shanghai, minhang = plans["SH-2023-2025"].plan, plans["MH-2024"].plan
    assert shanghai.effective.start == dt.date(2023, 7, 1)
    assert shanghai.issued_on == dt.date(2023, 7, 21)
    assert minhang.issued_on is None
    assert minhang.effective.start == dt.date(2024, 7, 11)
    assert minhang.period.end is None
    assert plans["YC-2023-2025"].plan.issued_on is None
    assert plans["YC-2023-2025"].plan.published_on == dt.date(2024, 1, 10)
    assert plans["FX-2023-2025"].plan.issued_on == dt.date(2022, 12, 30)


def test_yancheng_shares_stay_as_printed(plans):
    targets = by_code(plans["YC-2023-2025"].targets)
    sums = {
        code: (target.value, sum(share.value for share in target.allocations), target.allocations_check.agrees)
        for code, target in targets.items()
        if target.allocations
    }
    assert sums == {
        "YC-T02": (20, 20, True),
        "YC-T03": (500, 550, False),
        "YC-T08": (30, 30, True),
        "YC-T12": (14, 14, True),
    }
    assert targets["YC-T03"].allocations_period == "per_year"
    assert targets["YC-T05"].per_year == {2023: 60, 2024: 65, 2025: 70}
    assert targets["YC-T09"].comparator == "more_than"


def test_the_two_levels_called_municipal(plans):
    ranks = {level.code: level.rank for plan in plans.values() for level in plan.levels}
    assert ranks["municipal_sh"] == ranks["provincial"] == 30
    assert ranks["municipal_pref"] == 20


def test_fengxian_large_amounts_and_small_ratios(plans):
    targets = by_code(plans["FX-2023-2025"].targets)
    assert targets["FX-T11"].value == Decimal(100_000_000_000)
    assert targets["FX-T13"].comparator == "more_than"
    assert targets["FX-T21"].value == Decimal(1_300_000_000)
    assert targets["FX-T21"].unit_stated is False
    assert (targets["FX-T14"].value_min, targets["FX-T14"].value_max) == (4000, 5000)
    assert (targets["FX-T23"].unit, targets["FX-T23"].per) == ("名", None)
    assert (targets["FX-T24"].unit, targets["FX-T24"].per) == ("人", "每万名从业人员")
    assert targets["FX-T25"].relative_to == "sh-suburbs"


def test_a_news_report_is_not_passed_off_as_the_policy(plans):
    head = plans["MH-2024"].plan
    assert head.text.quality == "news_paraphrase"
    assert head.text.kind == "excerpts"
    assert plans["MH-2024"].text_lines[0].startswith("【摘录】")


def test_the_json_schema_is_current():
    committed = (FIXTURES / "plan-file.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(), (
        "run: python -m plans.planfile.schema_json > fixtures/plans/plan-file.schema.json"
    )
    assert json.loads(committed)["properties"]["targets"]["type"] == "array"


def test_every_word_shown_has_its_code_in_the_vocabulary():
    pairs = {
        "plan_kind": vocab.PlanKind,
        "text_quality": vocab.TextQuality,
        "target_kind": vocab.TargetKind,
        "comparator": vocab.Comparator,
        "commitment": vocab.Commitment,
        "carrier_kind": vocab.CarrierKind,
        "amount_form": vocab.AmountForm,
        "payer": vocab.Payer,
        "rule_frequency": vocab.RuleFrequency,
        "decision_value": vocab.DecisionValue,
        "discrepancy_kind": vocab.DiscrepancyKind,
    }
    assert set(pairs) == set(vocab.LABELS)
    assert {name: set(vocab.LABELS[name]) for name in pairs} == {
        name: set(get_args(codes)) for name, codes in pairs.items()
    }


def test_kinds_are_those_of_the_register():
    assert set(Carrier.Kind.values) == CARRIER_KINDS
    assert set(ServicePlatform.Kind.values) == PLATFORM_KINDS


def test_the_package_knows_no_django():
    sources = Path(vocab.__file__).parent.glob("*.py")
    assert [path.name for path in sources if "django" in path.read_text(encoding="utf-8")] == []
