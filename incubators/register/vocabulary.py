"""Words of the register that no plan file brings: ladders of titles, the titles of the national regime of 2025, and the
closed list of tags. They are loaded with the plans, whose titles name the ladders."""

from __future__ import annotations

from typing import Any

# Each with the code of the ladder with which a named person compares it.
LADDERS: tuple[tuple[str, str, str, int, str | None], ...] = (
    ("incubator", "科技企业孵化器", "国科发区〔2018〕300号(国家级);各地办法", 10, None),
    ("incubator_2025", "科技企业孵化器(2025年新制度)", "工信部科〔2025〕131号", 20, "incubator"),
    ("maker_space", "众创空间", "", 30, None),
    ("science_park", "大学科技园", "", 40, None),
    ("high_quality", "上海市高质量孵化器", "沪科规〔2023〕14号", 50, None),
    ("benchmark", "标杆孵化器(盐城、江苏)", "", 60, None),
)
# Titles of the new regime have no level until somebody decides as what they count.
TITLES: tuple[dict[str, Any], ...] = tuple(
    {"code": code, "name": name, "carrier_kind": "incubator", "ladder": "incubator_2025", "step": step}
    for step, (code, name) in enumerate(
        (("incubator_standard", "标准级科技企业孵化器"), ("incubator_excellence", "卓越级科技企业孵化器")), start=1
    )
)
TAGS: tuple[dict[str, Any], ...] = tuple(
    {"code": code, "name": name, "basis": "盐城市三年行动计划", "order": 10 * place}
    for place, (code, name) in enumerate(
        (
            ("benchmark", "标杆孵化器"),
            ("virtual_benchmark", "虚拟标杆"),
            ("future_industry_park", "未来产业科技园"),
        ),
        start=1,
    )
)
