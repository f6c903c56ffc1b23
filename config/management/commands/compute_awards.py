"""``compute_awards``: proposals of a plan for a year; ``--explain`` prints the dossier of one carrier."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.trail import COMMAND_LINE
from incubators.models import Carrier
from plans.models import Plan
from subsidies.models import Award
from subsidies.services import Proposal, compute, propose, without_claim
from subsidies.wording import explain, overview

VERDICTS = dict(Award.Verdict.choices)


class Command(BaseCommand):
    help = "测算一份规划某年度的补贴建议;--explain 打印一家载体的说明书(不写入)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--plan", required=True, help="规划代码,如 JS-2024-2026")
        parser.add_argument("--year", required=True, type=int, help="年度")
        parser.add_argument("--as-of", type=date.fromisoformat, default=None, help="数据截止日(默认今天)")
        parser.add_argument("--dry-run", action="store_true", help="只算不写")
        parser.add_argument("--explain", metavar="CARRIER", help="载体编号,如 JS001")

    def handle(self, *args: Any, plan: str, year: int, as_of: date | None, **options: Any) -> None:
        row = Plan.objects.select_related("area").filter(code=plan).first()
        if row is None:
            known = "、".join(Plan.objects.values_list("code", flat=True)) or "(尚未载入)"
            raise CommandError(f"没有代码为“{plan}”的规划;已有:{known}")
        day = as_of or timezone.localdate()
        if options["explain"]:
            self.explain(row, year, day, options["explain"])
        elif options["dry_run"]:
            counts = _counted(propose(plan=row, year=year, as_of=day))
            self.report(row, year, f"{row.short_title} {year}年度(只算不写)", counts, day)
        else:
            run = compute(plan=row, year=year, as_of=day, actor=COMMAND_LINE)
            self.report(row, year, f"{row.short_title} {year}年度", run.counts, day)

    def explain(self, plan: Plan, year: int, as_of: date, carrier: str) -> None:
        proposals = propose(plan=plan, year=year, as_of=as_of, carriers=[carrier], every_rule=True)
        if not proposals:
            raise CommandError(f"{plan.area.name}没有编号为“{carrier}”的载体,或该规划没有补贴规则")
        self.stdout.write(f"{proposals[0].carrier}({carrier})· {plan.short_title} · {year}年度 · 数据截至{as_of}\n")
        self.stdout.write(overview([(proposal.rule, proposal.dossier["finding"]) for proposal in proposals]))
        for proposal in proposals:
            self.stdout.write(explain(proposal.rule, proposal.dossier))

    def report(self, plan: Plan, year: int, title: str, counts: dict[str, int], as_of: date) -> None:
        unsaid = without_claim(plan, year=year, as_of=as_of)
        words = "、".join(f"{VERDICTS[code]} {counts[code]}" for code in VERDICTS if counts.get(code))
        self.stdout.write(f"{title}:{words or _nothing(plan)}")
        if unsaid:
            codes = "、".join(rule.code for rule in unsaid)
            self.stdout.write(f"  另有 {len(unsaid)} 条规则尚不能定(文本未给出金额,或受益对象不是科创载体):{codes}")
        if "new" in counts:
            self.stdout.write(
                f"  新增 {counts['new']},更新 {counts['changed']},未变 {counts['unchanged']},不再适用 {counts['gone']},"
                f"与已复核结果不同 {counts['settled_differs']}(未改动)"
            )


def _nothing(plan: Plan) -> str:
    """Why nothing was computed: there are no carriers, or no rule that speaks of them one by one."""
    has_carriers = Carrier.objects.filter(owner_area__path__startswith=plan.area.path).exists()
    return "没有可逐家测算的规则" if has_carriers else f"{plan.area.name}没有载体,没有可测算的"


def _counted(proposals: list[Proposal]) -> dict[str, int]:
    return dict(Counter(proposal.finding.verdict.value for proposal in proposals))
