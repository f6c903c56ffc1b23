"""Sheets of 50,000 enterprises x 25 columns, in and out, as ratios to a bare floor on the same PostgreSQL.

The floor of an import is reading the file with python-calamine and COPY of its rows, unchecked, into a table with the
columns and indexes of that of enterprises (a second one has no indexes); the floor of an export is a SELECT of the same
columns and rustpy-xlsxwriter. Ours is what a person does: upload with its preview, then confirm, with all checks and a
line of the trail for each record; and the download. Each step has a process of its own, so that its peak of memory is
its own. Works in scratch databases beside the one of ``DATABASE_URL``, which is not touched, and drops them at the end.
"""

from __future__ import annotations

import csv
import io
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.databases import connect, scratch
from bench.timing import Step, clock, in_own_process, report
from incubators.uscc import SIGNS, check_digit

ROWS = 50_000
ROUNDS = 3
TOWNS = 12
USER = "bench"
BOOK = "sheet.xlsx"
COLUMNS = (
    "uscc, name, former_name, area_id, founded_on, industry, industry_code, registration_type, legal_representative, "
    "registered_capital, paid_in_capital, registered_address, office_address, contact_name, contact_phone, "
    "contact_email, website, main_product, core_technology, founder_name, founder_type, staff_count, "
    "research_staff_count, licence_checked, remark"
)
# The floor knows where each value goes and looks nothing up: it reads and hands over.
AREA, FOUNDED, CAPITAL, PAID_IN, FOUNDER, STAFF, RESEARCH, CHECKED = 3, 4, 9, 10, 20, 21, 22, 23


def main() -> None:
    """Measure and print, where there is a PostgreSQL."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith(("postgres://", "postgresql://", "psql://", "pgsql://")):
        print("sheets: not measured. DATABASE_URL names no PostgreSQL, and this measure is about its COPY.")
        return
    with tempfile.TemporaryDirectory() as folder, scratch(url, "template") as template:
        step("prepare", folder, template)
        print(f"{ROWS:,} enterprises x 25 columns, {Path(folder, BOOK).stat().st_size / 1e6:.1f} MB as XLSX")
        taken: dict[str, list[Step]] = {}
        for _ in range(ROUNDS):
            with scratch(url, "work", template) as work:
                for name in ("bare_import", "floor_import", "check", "write", "floor_export", "export"):
                    taken.setdefault(name, []).append(step(name, folder, work))
    ours = [check.whole + write.whole for check, write in zip(taken["check"], taken["write"], strict=True)]
    held = [*taken["check"], *taken["write"]]
    _print("preview and import", ours, taken["floor_import"], held)
    without = [whole - write.seconds["trail"] for whole, write in zip(ours, taken["write"], strict=True)]
    _print("  without the trail", without, taken["floor_import"], held)
    _print("  to a floor without indexes", ours, taken["bare_import"], held)
    _print("export", [one.whole for one in taken["export"]], taken["floor_export"], taken["export"])
    for name, steps in taken.items():
        parts = {part: statistics.median(one.seconds[part] for one in steps) for part in steps[0].seconds}
        words = ", ".join(f"{part} {seconds:.2f} s" for part, seconds in parts.items())
        print(f"  {name:<14}{words}; peak {max(one.peak for one in steps):.0f} MB")


def _print(title: str, ours: list[float], floors: list[Step], held: list[Step]) -> None:
    bare = [one.whole for one in floors]
    ratio = statistics.median(mine / floor for mine, floor in zip(ours, bare, strict=True))
    peak = max(one.peak for one in held)
    print(
        f"{title:<30}{statistics.median(ours):>7.2f} s   floor {statistics.median(bare):>6.2f} s   x {ratio:.2f}   "
        f"peak {peak:.0f} MB"
    )


def step(name: str, folder: str, url: str) -> Step:
    """One step in its own process, on the database ``url``."""
    return in_own_process(
        "bench.sheets",
        name,
        folder,
        DATABASE_URL=url,
        VAR_DIR=folder,
        DJANGO_SETTINGS_MODULE="config.settings",
        LOG_LEVEL="WARNING",
        JOBS_EAGER="true",
        REDIS_URL="",
    )


# --- what is measured -------------------------------------------------------------------------------------------------
def prepare(folder: Path) -> None:
    """Tables, a district with towns and a person of its staff, and the workbook."""
    from django.core.management import call_command

    from accounts.models import User
    from incubators.access import Role
    from incubators.models import Area, Membership

    call_command("migrate", verbosity=0)
    district = Area.objects.create(code="bench", name="测速区", kind="district", path="/bench/")
    for number in range(TOWNS):
        Area.objects.create(
            code=f"bench-{number}", name=f"测速{number}镇", kind="town", parent=district, path=f"/bench/{number}/"
        )
    user = User.objects.create(username=USER)
    Membership.objects.create(user=user, role=Role.STAFF, area=district, valid_from=date(2020, 1, 1))
    write_book(folder / BOOK)


def bare_import(folder: Path) -> dict[str, float]:
    """calamine, then COPY into a table with the columns of that of enterprises, without an index; nothing is checked."""
    return _read_and_copy(folder, "including identity")


def floor_import(folder: Path) -> dict[str, float]:
    """The same into a table that has the indexes of the register too, which any way in has to pay for."""
    return _read_and_copy(folder, "including identity including indexes")


def _read_and_copy(folder: Path, like: str) -> dict[str, float]:
    import python_calamine

    connection = connect(os.environ["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute(f"create table floor_import (like incubators_enterprise {like})")
        cursor.execute("alter table floor_import alter pinyin set default '', alter is_synthetic set default false")
        cursor.execute("select name, id from incubators_area")
        areas = dict(cursor.fetchall())
    founders = {word: code for code, word in FOUNDERS.items()} | {"": ""}

    def run() -> None:
        rows = python_calamine.CalamineWorkbook.from_path(str(folder / BOOK)).get_sheet_by_index(0).to_python()
        target = io.StringIO()
        writer = csv.writer(target)
        for row in rows[1:]:
            row[AREA] = areas[row[AREA]]
            row[CAPITAL] *= 10_000
            row[PAID_IN] = row[PAID_IN] and row[PAID_IN] * 10_000
            row[FOUNDER] = founders[row[FOUNDER]]
            row[STAFF], row[RESEARCH] = int(row[STAFF]), int(row[RESEARCH])
            row[CHECKED] = row[CHECKED] == "是"
            writer.writerow(row)
        target.seek(0)
        with connection, connection.cursor() as cursor:
            blank = "former_name, website, founder_type, remark"
            cursor.copy_expert(
                f"copy floor_import ({COLUMNS}) from stdin with (format csv, force_not_null ({blank}))", target
            )

    seconds = clock(run)
    with connection, connection.cursor() as cursor:
        cursor.execute("drop table floor_import")
    connection.close()
    return {"read and copy": seconds}


def check(folder: Path) -> dict[str, float]:
    """Upload the workbook: it is kept, read, compared with the register and shown."""
    from accounts.models import User
    from incubators.exchange import KINDS
    from incubators.services import imports

    user, content = User.objects.get(username=USER), (folder / BOOK).read_bytes()
    seconds = clock(lambda: imports.upload(user=user, kind=KINDS["enterprises"], name=BOOK, content=content))
    return {"preview": seconds}


def write(folder: Path) -> dict[str, float]:
    """Confirm what was shown; afterwards every record and its line of the trail are there."""
    from accounts.models import User
    from core.models import Change
    from incubators.exchange import writing
    from incubators.models import Enterprise, ImportFile
    from incubators.services import imports

    user, row = User.objects.get(username=USER), ImportFile.objects.get()
    trail = 0.0
    recorded = writing.record_many

    def timed(**values: Any) -> int:
        nonlocal trail
        begun = time.perf_counter()
        count = recorded(**values)
        trail += time.perf_counter() - begun
        return count

    writing.record_many = timed
    seconds = clock(lambda: imports.confirm(user=user, row=row, only_right=False))
    found = Enterprise.objects.count(), Change.objects.filter(record_label="incubators.enterprise").count()
    if found != (ROWS, ROWS):
        raise SystemExit(f"written: {found[0]} enterprises, {found[1]} lines of the trail, not {ROWS}")
    return {"records": seconds - trail, "trail": trail}


def floor_export(folder: Path) -> dict[str, float]:
    """SELECT of the 25 columns, written as they come."""
    import rustpy_xlsxwriter

    connection = connect(os.environ["DATABASE_URL"])
    heads = COLUMNS.split(", ")

    def run() -> None:
        with connection, connection.cursor() as cursor:
            cursor.execute(f"select {COLUMNS} from incubators_enterprise order by uscc")  # noqa: S608 - our own names
            rows = [dict(zip(heads, row, strict=True)) for row in cursor.fetchall()]
        rustpy_xlsxwriter.write_worksheet(rows, str(folder / "floor.xlsx"))

    return {"fetch and write": clock(run)}


def export(folder: Path) -> dict[str, float]:
    """The download of every enterprise, in the form that can be imported back."""
    from accounts.models import User
    from incubators.exchange import KINDS
    from incubators.exchange.files import sent
    from incubators.exchange.kinds import Context

    user, kind = User.objects.get(username=USER), KINDS["enterprises"]

    def run() -> None:
        context = Context(user)
        rows = kind.visible(user).filter(kind.writable(context.scope))
        answer: Any = sent(kind, context, rows, fmt="xlsx")
        (folder / "export.xlsx").write_bytes(b"".join(answer))

    return {"export": clock(run)}


# --- the workbook -----------------------------------------------------------------------------------------------------
FOUNDERS = {
    "graduate": "大学生",
    "returnee": "留学人员",
    "researcher": "科研人员",
    "serial": "连续创业者",
    "executive": "大企业高管",
    "other": "其他",
}
_PLACES = ("金山", "朱泾", "枫泾", "亭林", "漕泾", "张堰", "廊下", "吕巷", "山阳", "石化", "碳谷", "湾区")
_WORDS = (*"华东海新智芯源启航云图联创博达瑞康泰恒信卓越天辰星宇凌锐奥普",)
_FIELDS = ("新材料", "生物医药", "高端装备", "人工智能", "无人机", "集成电路", "新能源", "数字文化", "节能环保")
_PEOPLE = (
    "王伟",
    "李娜",
    "张敏",
    "刘洋",
    "陈静",
    "杨帆",
    "赵磊",
    "黄丽",
    "周强",
    "吴迪",
    "徐杰",
    "孙悦",
    "马超",
    "朱琳",
)
_TYPES = ("有限责任公司(自然人投资或控股)", "有限责任公司(法人独资)", "股份有限公司(非上市)", "个人独资企业")
_TECHNOLOGIES = (
    "高强碳纤维预浸料连续成型",
    "多旋翼飞控与集群调度",
    "靶向蛋白降解药物筛选",
    "边缘侧视觉识别",
    "固态电池界面改性",
)


def write_book(path: Path) -> None:
    """Enterprises as an office would list them: hardly a text twice in some columns, a few words in others, blanks."""
    import xlsxwriter

    from incubators.exchange import KINDS
    from incubators.exchange.kinds import Context

    chance = random.Random(20261031)
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet("企业")
    page.write_row(0, 0, [column.heading for column in KINDS["enterprises"].columns(Context(None))])
    for line in range(1, ROWS + 1):
        for place, cell in enumerate(_enterprise(line, chance)):
            if isinstance(cell, date):
                page.write_datetime(line, place, cell)
            elif isinstance(cell, str) and cell:
                page.write_string(line, place, cell)
            elif cell != "":
                page.write_number(line, place, cell)
    book.close()


def _enterprise(number: int, chance: random.Random) -> list[Any]:
    pick = chance.choice
    code = f"9131{pick(('0116', '0104', '0115'))}MA1"
    code += "".join(SIGNS[number // 31**place % 31] for place in range(6))
    name = f"上海{pick(_WORDS)}{pick(_WORDS)}{pick(_WORDS)}{pick(_FIELDS)}科技有限公司"
    capital = pick((10, 50, 100, 200, 500, 1000, 3000)) + pick((0, 0, 0, 8.5))
    staff = chance.randrange(1, 300)
    street = f"上海市金山区{pick(_PLACES)}路{chance.randrange(1, 3000)}号{chance.randrange(1, 30)}幢{chance.randrange(100, 999)}室"
    person = pick(_PEOPLE)
    return [
        code + check_digit(code),
        f"{name}({number})" if number % 5 == 0 else f"{name[:-4]}第{number}{name[-4:]}",
        f"{name[:6]}有限公司" if number % 9 == 0 else "",
        f"测速{chance.randrange(TOWNS)}镇",
        date(2005, 1, 1) + timedelta(days=chance.randrange(7_800)),
        pick(_FIELDS),
        f"C{chance.randrange(1300, 4390)}",
        pick(_TYPES),
        person,
        capital,
        "" if number % 3 == 0 else round(capital * pick((0.2, 0.5, 1)), 4),
        street,
        street if number % 2 else f"上海市金山区{pick(_PLACES)}科创园{chance.randrange(1, 40)}号楼",
        pick(_PEOPLE),
        f"1{chance.randrange(30, 99)}{chance.randrange(10**8):08d}",
        f"contact{number}@example.com",
        f"https://www.example.com/{number}" if number % 2 else "",
        f"{pick(_FIELDS)}用{pick(('传感器', '膜材料', '检测试剂', '控制软件', '结构件'))}",
        pick(_TECHNOLOGIES),
        person,
        "" if number % 4 == 0 else pick([*FOUNDERS.values()]),
        staff,
        chance.randrange(0, staff + 1),
        "是" if number % 7 == 0 else "否",
        f"{chance.randrange(2019, 2026)}年入库,{pick(('重点培育', '一般', '待走访'))}" if number % 3 else "",
    ]


def run_step(name: str, folder: Path) -> None:
    """What a process of its own does: one step, and what it took."""
    import django

    django.setup()
    import config.urls  # noqa: F401 - what a server has loaded already
    import incubators.tasks  # noqa: F401 - the jobs that take large sheets

    steps = {
        "bare_import": bare_import,
        "floor_import": floor_import,
        "check": check,
        "write": write,
        "floor_export": floor_export,
        "export": export,
    }
    if name == "prepare":
        prepare(folder)
    report(steps[name](folder) if name in steps else {})


if __name__ == "__main__":
    run_step(sys.argv[1], Path(sys.argv[2]))
