"""Which carriers the demonstration has: those the plan texts name, and invented ones around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class CarrierSpec:
    """One carrier to make. ``awards`` are (title code, date, document); an ``industry`` of "" is drawn."""

    code: str
    name: str
    kind: str
    area: str
    owner_area: str = ""
    named: bool = False
    opened_on: date = date(2019, 6, 1)
    floor_area: int = 12_000
    tenants: int = 14
    awards: tuple[tuple[str, date, str], ...] = field(default=())
    industry: str = ""


def _d(text: str) -> date:
    return date.fromisoformat(text)


DOCUMENT = "演示文号〔{year}〕{number}号"


def _award(title: str, day: str, number: int) -> tuple[str, date, str]:
    return title, _d(day), DOCUMENT.format(year=day[:4], number=number)


JS = "sh-jinshan"
CARRIERS: tuple[CarrierSpec, ...] = (
    CarrierSpec(
        "JS001",
        "华东无人机基地",
        "incubator",
        f"{JS}-uav-base",
        named=True,
        opened_on=_d("2018-09-01"),
        floor_area=46_000,
        tenants=34,
        industry="航空航天",
        awards=(_award("incubator_municipal_sh", "2021-11-20", 11), _award("incubator_national", "2025-12-20", 41)),
    ),
    CarrierSpec(
        "JS002",
        "新材料孵化器",
        "incubator",
        f"{JS}-tanguluwan",
        named=True,
        opened_on=_d("2019-03-15"),
        floor_area=28_000,
        tenants=30,
        industry="新材料",
        awards=(
            _award("incubator_municipal_sh", "2022-10-08", 12),
            _award("high_quality_cultivation", "2025-06-18", 33),
        ),
    ),
    CarrierSpec(
        "JS003",
        "上海湾区科创城",
        "incubator",
        f"{JS}-bay-sci-city",
        named=True,
        opened_on=_d("2020-05-01"),
        floor_area=60_000,
        tenants=32,
        awards=(_award("incubator_municipal_sh", "2024-09-30", 24),),
    ),
    CarrierSpec(
        "JS004",
        "中科生态数字港",
        "incubator",
        f"{JS}-bay-sci-city",
        named=True,
        opened_on=_d("2023-04-01"),
        floor_area=18_000,
        tenants=18,
    ),
    CarrierSpec(
        "JS005",
        "东湖国际创新中心",
        "incubator",
        f"{JS}-bay-sci-city",
        named=True,
        opened_on=_d("2023-09-01"),
        floor_area=15_000,
        tenants=14,
    ),
    CarrierSpec(
        "JS006",
        "朱泾演示众创空间",
        "maker_space",
        f"{JS}-zhujing",
        floor_area=3_200,
        tenants=10,
        awards=(_award("maker_space_municipal_sh", "2022-12-05", 14),),
    ),
    CarrierSpec("JS007", "漕泾演示众创空间", "maker_space", f"{JS}-caojing", floor_area=2_600, tenants=8),
    CarrierSpec(
        "JS008",
        "张堰演示孵化器",
        "incubator",
        f"{JS}-zhangyan",
        floor_area=9_000,
        tenants=12,
        awards=(_award("incubator_municipal_sh", "2025-10-10", 35),),
    ),
    CarrierSpec("JS009", "吕巷演示众创空间", "maker_space", f"{JS}-lvxiang", floor_area=2_200, tenants=7),
    CarrierSpec("JS010", "廊下演示孵化器", "incubator", f"{JS}-langxia", floor_area=6_000, tenants=9),
    CarrierSpec("JS011", "高新区演示加速器", "accelerator", f"{JS}-gaoxinqu", floor_area=52_000, tenants=16),
    CarrierSpec(
        "JS012",
        "山阳演示众创空间",
        "maker_space",
        f"{JS}-shanyang",
        floor_area=2_800,
        tenants=9,
        awards=(_award("maker_space_municipal_sh", "2023-12-31", 19),),
    ),
    CarrierSpec(
        "YC001",
        "盐城工学院大学科技园",
        "science_park",
        "yc-tinghu",
        named=True,
        floor_area=40_000,
        tenants=18,
        awards=(_award("science_park_provincial", "2019-11-02", 51),),
    ),
    CarrierSpec(
        "YC002",
        "盐城师范学院大学科技园",
        "science_park",
        "yc-tinghu",
        named=True,
        floor_area=36_000,
        tenants=16,
        awards=(_award("science_park_provincial", "2020-12-11", 52),),
    ),
    CarrierSpec(
        "YC003",
        "悦达汽车科创园",
        "incubator",
        "yc-kaifaqu",
        named=True,
        floor_area=30_000,
        tenants=14,
        industry="先进制造",
        awards=(_award("incubator_municipal_pref", "2023-05-16", 53), _award("incubator_provincial", "2024-11-28", 57)),
    ),
    CarrierSpec(
        "YC004",
        "盐南演示孵化器",
        "incubator",
        "yc-yannan",
        floor_area=22_000,
        tenants=16,
        awards=(_award("incubator_provincial", "2023-10-19", 54), _award("incubator_national", "2024-12-30", 58)),
    ),
    CarrierSpec(
        "YC005",
        "东台演示孵化器",
        "incubator",
        "yc-dongtai",
        floor_area=16_000,
        tenants=14,
        awards=(_award("incubator_municipal_pref", "2022-06-30", 55),),
    ),
    CarrierSpec(
        "YC006",
        "建湖演示加速器",
        "accelerator",
        "yc-jianhu",
        floor_area=152_000,
        tenants=12,
        opened_on=_d("2023-08-01"),
    ),
    CarrierSpec(
        "YC007",
        "大丰演示孵化器",
        "incubator",
        "yc-dafeng",
        floor_area=15_000,
        tenants=14,
        awards=(_award("incubator_provincial", "2024-10-22", 56), _award("benchmark_incubator", "2025-09-01", 61)),
    ),
    CarrierSpec(
        "YC008",
        "盐都演示众创空间",
        "maker_space",
        "yc-yandu",
        floor_area=4_000,
        tenants=10,
        awards=(_award("maker_space_municipal_pref", "2021-07-12", 59),),
    ),
    CarrierSpec("YC009", "射阳演示孵化器", "incubator", "yc-sheyang", floor_area=11_000, tenants=10),
    CarrierSpec(
        "YC010", "阜宁演示加速器", "accelerator", "yc-funing", floor_area=20_000, tenants=9, opened_on=_d("2024-03-01")
    ),
    CarrierSpec("YC011", "滨海演示孵化器", "incubator", "yc-binhai", floor_area=9_500, tenants=8),
    CarrierSpec("YC012", "响水演示众创空间", "maker_space", "yc-xiangshui", floor_area=2_400, tenants=6),
    CarrierSpec(
        "YC013",
        "盐都驻沪演示飞地",
        "enclave",
        "sh",
        owner_area="yc-yandu",
        floor_area=3_600,
        tenants=6,
        opened_on=_d("2023-11-11"),
    ),
    CarrierSpec(
        "YC014",
        "盐南驻深演示飞地",
        "enclave",
        "shenzhen",
        owner_area="yc-yannan",
        floor_area=2_900,
        tenants=5,
        opened_on=_d("2024-06-01"),
    ),
    CarrierSpec(
        "MH001",
        "大零号湾演示孵化器",
        "incubator",
        "sh-dalinghaowan",
        floor_area=26_000,
        tenants=18,
        awards=(_award("high_quality", "2024-12-12", 71),),
    ),
    CarrierSpec("MH002", "闵行演示众创空间", "maker_space", "sh-minhang", floor_area=3_800, tenants=10),
    CarrierSpec(
        "FX001",
        "奉贤演示孵化器",
        "incubator",
        "sh-fengxian",
        floor_area=18_000,
        tenants=14,
        awards=(_award("incubator_municipal_sh", "2021-09-09", 81),),
    ),
    CarrierSpec(
        "FX002",
        "数字江海演示众创空间",
        "maker_space",
        "sh-fengxian-digital-jianghai",
        floor_area=3_000,
        tenants=9,
        awards=(_award("maker_space_municipal_sh", "2024-08-15", 82),),
    ),
)

# Titles the registry needs beside those the plan texts define: (code, name, carrier kind, level, ladder, province).
REGISTRY_TITLES = (
    ("incubator_provincial", "省级科技企业孵化器", "incubator", "provincial", "incubator", "jiangsu"),
    ("incubator_municipal_pref", "市级科技企业孵化器(设区市)", "incubator", "municipal_pref", "incubator", "jiangsu"),
    ("maker_space_municipal_pref", "市级众创空间(设区市)", "maker_space", "municipal_pref", "maker_space", "jiangsu"),
    ("maker_space_provincial", "省级众创空间", "maker_space", "provincial", "maker_space", "jiangsu"),
    ("maker_space_national", "国家备案众创空间", "maker_space", "national", "maker_space", ""),
    ("science_park_provincial", "省级大学科技园", "science_park", "provincial", "science_park", "jiangsu"),
)

# How many enterprises each jurisdiction gets at demonstration scale, those of carriers included.
ENTERPRISES = {"sh-jinshan": 330, "yc": 190, "sh-minhang": 35, "sh-fengxian": 45}
