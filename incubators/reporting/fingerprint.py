"""The fingerprint of a report's content: acceptance is bound to exactly what the reviewer saw."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal

from incubators.models import EnterpriseMonth, MonthlyReport
from incubators.reporting.enterprise_fields import content as enterprise_content
from incubators.reporting.fields import BY_CODE, TEXT_BY_CODE, Kind, Value


def _canonical(code: str, value: Value) -> str | int | None:
    if value is None or BY_CODE[code].kind == Kind.COUNT:
        return None if value is None else int(value)
    return f"{Decimal(value):.2f}"


def content_hash(row: MonthlyReport, evidence: Iterable[str], enterprises: Iterable[EnterpriseMonth] = ()) -> str:
    """SHA-256 over all figures, gaps, words, declared fields, explanations, the register's counts, the attachments' own
    hashes and what is reported of each incubatee (with the enterprises loaded). Gaps and incubatees take part where there
    are some: a report without any keeps the fingerprint it was accepted by."""
    rows = enterprise_content(enterprises)
    content = {
        "report": [row.carrier_id, row.month.isoformat(), row.revision],
        "values": {code: _canonical(code, getattr(row, code)) for code in BY_CODE},
        "texts": {code: getattr(row, code) for code in TEXT_BY_CODE},
        "explanations": row.explanations,
        "extra": row.extra,
        "register": row.register,
        "evidence": sorted(evidence),
        **({"gaps": row.gaps} if row.gaps else {}),
        **({"enterprises": rows} if rows else {}),
    }
    packed = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(packed.encode()).hexdigest()
