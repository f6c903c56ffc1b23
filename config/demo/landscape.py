"""More carriers for the larger scales: spread over the plans' areas, and over invented provinces for the country."""

from __future__ import annotations

import random
from collections.abc import Container, Mapping
from datetime import date

from config.demo.blueprint import CARRIERS, CarrierSpec
from incubators.models import Area

# scale: (carriers, enterprises) in all.
SCALES = {"demo": (30, 600), "city": (500, 20_000), "national": (16_000, 700_000)}
PROVINCES, CITIES = 30, 12
KINDS = ("incubator", "incubator", "maker_space", "maker_space", "accelerator", "science_park")
TITLES = {
    "incubator": ("incubator_municipal_pref", "incubator_provincial", "incubator_national"),
    "maker_space": ("maker_space_municipal_pref", "maker_space_provincial", "maker_space_national"),
    "science_park": ("science_park_provincial",),
    "accelerator": (),
}
KIND_WORDS = {"incubator": "孵化器", "maker_space": "众创空间", "accelerator": "加速器", "science_park": "大学科技园"}


def scaled_carriers(
    scale: str, *, rng: random.Random, areas: Mapping[str, Area], titles: Container[str]
) -> list[CarrierSpec]:
    """The carriers beside the blueprint's for ``scale``; none for the demonstration itself."""
    wanted, enterprises = SCALES[scale]
    extra = wanted - len(CARRIERS)
    if extra <= 0:
        return []
    places = _invented_areas() if scale == "national" else _plan_areas(areas)
    tenants = (enterprises - sum(spec.tenants for spec in CARRIERS)) // extra
    return [_spec(rng, titles, number, places[number % len(places)], tenants) for number in range(1, extra + 1)]


def _plan_areas(areas: Mapping[str, Area]) -> list[Area]:
    """Towns, parks and units of the jurisdictions that count carriers."""
    prefixes = ("sh-jinshan-", "yc-", "sh-minhang", "sh-fengxian")
    return [area for code, area in sorted(areas.items()) if code.startswith(prefixes)]


def _invented_areas() -> list[Area]:
    """Provinces and cities that do not exist, named so."""
    root = Area.objects.filter(parent=None).order_by("path").first()
    base = root.path if root else "/"
    provinces = [
        Area(
            code=f"demo-p{p:02d}",
            name=f"合成省{p:02d}",
            kind="province",
            parent=root,
            path=f"{base}demo-p{p:02d}/",
            order=900 + p,
        )
        for p in range(1, PROVINCES + 1)
    ]
    Area.objects.bulk_create(provinces)
    cities = [
        Area(
            code=f"{province.code}-c{c:02d}",
            name=f"合成市{province.code[-2:]}{c:02d}",
            kind="city",
            parent=province,
            path=f"{province.path}{province.code}-c{c:02d}/",
            order=c,
        )
        for province in provinces
        for c in range(1, CITIES + 1)
    ]
    return list(Area.objects.bulk_create(cities))


def _spec(rng: random.Random, titles: Container[str], number: int, area: Area, tenants: int) -> CarrierSpec:
    kind = KINDS[rng.randrange(len(KINDS))]
    year = rng.randrange(2015, 2025)
    awards = []
    for title in TITLES[kind]:
        if title not in titles or rng.random() < 0.45:
            break
        year_awarded = min(year + 1 + len(awards) * 2, 2026)
        awards.append(
            (
                title,
                date(year_awarded, rng.randrange(1, 11), rng.randrange(1, 28)),
                f"演示文号〔{year_awarded}〕{number}号",
            )
        )
    return CarrierSpec(
        code=f"X{number:05d}",
        name=f"{area.name}演示{KIND_WORDS[kind]}{number:05d}",
        kind=kind,
        area=area.code,
        opened_on=date(year, rng.randrange(1, 13), 1),
        floor_area=rng.randrange(2_000, 60_000),
        tenants=tenants,
        awards=tuple(awards),
    )
