"""A dossier in words for a terminal: clause, quotation, inputs, arithmetic, verdict."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from unicodedata import east_asian_width

from core.money import wan_text
from subsidies.models import Award, AwardShare, Rule

MARKS = {True: "✓", False: "✗", None: "?"}
PAYERS = dict(AwardShare.Payer.choices)


def width(text: str) -> int:
    """Columns a text takes in a terminal: a Chinese character takes two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def pad(text: str, columns: int) -> str:
    return text + " " * max(0, columns - width(text))


def overview(findings: list[tuple[Rule, dict[str, Any]]]) -> str:
    """One line a rule, those due first: what the rest of the print explains."""
    order = list(Award.Verdict.values)
    order[1:3] = reversed(order[1:3])
    rows = sorted(findings, key=lambda pair: order.index(pair[1]["verdict"]))
    words = [Award.Verdict(finding["verdict"]).label for _, finding in rows]
    columns = max(width(word) for word in words), max(width(rule.code) for rule, _ in rows)
    return "\n".join(
        f"  {pad(word, columns[0])}  {pad(rule.code, columns[1])}  {rule.name}{_amounts(finding)}"
        for word, (rule, finding) in zip(words, rows, strict=True)
    )


def _amounts(finding: dict[str, Any]) -> str:
    parts = [
        f"最高 {wan_text(Decimal(share['ceiling']))}" if share["ceiling"] is not None
        else f"测算 {wan_text(Decimal(share['proposed']))}"
        for share in finding["shares"]
    ]  # fmt: skip
    parts += [one["what"] for one in finding["missing"]] if not parts else []
    return f" — {';'.join(parts)}" if parts else ""


def explain(rule: Rule, dossier: dict[str, Any]) -> str:
    """The dossier as lines, in the order an officer checks it."""
    finding = dossier["finding"]
    verdict = Award.Verdict(finding["verdict"]).label
    lines = ["", f"━━ {rule.code} {rule.name}", f"   条款 {dossier['clause']['code']} {dossier['clause']['heading']}"]
    lines += [f"   “{dossier['quote']}”", f"   结论:{verdict} — {finding['reason']}"]
    if finding["conditions"]:
        lines.append("   条件")
        columns = max(width(c["text"]) for c in finding["conditions"])
        lines += [f"     {MARKS[c['holds']]} {pad(c['text'], columns)}  {c['seen']}" for c in finding["conditions"]]
    if finding["steps"]:
        lines.append("   算式")
        columns = max(width(s["label"]) for s in finding["steps"])
        lines += [f"     {pad(s['label'], columns)}  {s['expression']}" for s in finding["steps"]]
    lines += _share_lines(finding["shares"])
    lines += [f"   尚缺:{m['what']}{_open(m)}" for m in finding["missing"]]
    lines += [f"   注意:{note}" for note in finding["notes"]]
    lines += _question_lines(dossier)
    return "\n".join(lines)


def _question_lines(dossier: dict[str, Any]) -> list[str]:
    """What was decided, and what is assumed meanwhile, where the rule answered at all."""
    if dossier["finding"]["verdict"] not in {Award.Verdict.PAYABLE, Award.Verdict.UNDECIDED}:
        return []
    lines = ["   待定事项"] if dossier["terms"]["decisions"] else []
    for one in dossier["terms"]["decisions"]:
        lines.append(f"     {one['code']} {one['question']}")
        if one["value"] is None:
            lines.append(f"       未决定前:{one['meanwhile']}")
        else:
            lines.append(f"       已决定:{one['value']}({one['decided_by']},{one['decided_on']},{one['document']})")
    return lines


def _open(missing: dict[str, Any]) -> str:
    return f"(待定事项 {missing['decision']})" if missing["decision"] else ""


def _share_lines(shares: list[dict[str, Any]]) -> list[str]:
    lines = []
    for share in shares:
        stated = "" if share["payer_stated"] else "(推断)"
        ceiling = f"上限(不是应得数) {wan_text(Decimal(share['ceiling']))}" if share["ceiling"] is not None else ""
        proposed = f"测算 {wan_text(Decimal(share['proposed']))}" if share["proposed"] is not None else ""
        lines.append(f"   出资:{PAYERS.get(share['payer'], share['payer'])}{stated} {ceiling}{proposed}")
    return lines
