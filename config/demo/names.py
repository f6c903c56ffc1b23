"""Made-up names and codes that cannot be mistaken for real ones: each carries 演示, codes name no real authority."""

from __future__ import annotations

import random

from incubators.uscc import check_digit

# Two-character stems; combined with a field and a number where a name would repeat.
STEMS = [
    "晨曦",
    "启明",
    "云帆",
    "星河",
    "澄海",
    "凌波",
    "长风",
    "映川",
    "乐章",
    "天工",
    "衡远",
    "青禾",
    "明德",
    "泰和",
    "新程",
    "嘉木",
    "远山",
    "博约",
    "致远",
    "锐思",
    "恒信",
    "瑞宁",
    "光谷",
    "微澜",
    "合纵",
    "力行",
    "思源",
    "华章",
    "凯越",
    "宏图",
    "元初",
    "辰光",
    "若水",
    "知行",
    "北辰",
    "南风",
    "东篱",
    "西岭",
    "中和",
    "百川",
]

FIELDS = (
    ("新材料", "新材料"),
    ("智能装备", "先进制造"),
    ("生命健康", "生物医药与医疗器械"),
    ("信息技术", "电子信息"),
    ("新能源", "新能源与节能"),
    ("环保科技", "环境保护"),
    ("航空科技", "航空航天"),
    ("农业科技", "现代农业"),
)

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"

# Characters 3 to 8 of a code name the registering authority; 99xxxx is no authority, so no company has these codes.
_NO_AUTHORITY = "990000"


def enterprise_name(rng: random.Random, number: int) -> tuple[str, str]:
    """A company's name and its technical field."""
    word, field = FIELDS[rng.randrange(len(FIELDS))]
    return f"演示{rng.choice(STEMS)}{word}{number:04d}有限公司", field


def enterprise_code(number: int) -> str:
    """A well-formed code with a right check digit under an authority that does not exist."""
    body = f"91{_NO_AUTHORITY}{number:09d}"
    return body + check_digit(body)


def person_name(rng: random.Random) -> str:
    return f"{rng.choice(SURNAMES)}某(演示)"


def people_names(rng: random.Random, number: int) -> list[str]:
    """Names of different people in one place."""
    return [f"{surname}某(演示)" for surname in rng.sample(SURNAMES, number)]
