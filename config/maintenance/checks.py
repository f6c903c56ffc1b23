"""The checks of ``manage.py doctor``: each answers with lines that a person at the console understands."""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config.celery import app as celery_app
from config.maintenance import portable
from core import trail_chain
from core.models import Attachment, Job
from core.models.jobs import JobState
from incubators.models import MonthlyReport
from incubators.reporting import guards as report_guards
from incubators.reporting.workflow import COUNTED
from incubators.rosters import guards
from plans.loading import fingerprint
from plans.models import Plan
from plans.planfile.quotations import quotations

OLDEST_POSTGRESQL = 14
LEAST_KEY = 50
LOCAL = {"localhost", "127.0.0.1", "[::1]", "testserver"}
WAITS_TOO_LONG = timedelta(minutes=10)
_BLOCK = 1024 * 1024
_GB = 1024**3
_MOST_NAMED = 5  # faults of one kind that are named; the rest is counted
_VENDOR = re.compile(r"static ['\"](vendor/[^'\"]+)['\"]")


class Level(StrEnum):
    FINE = "正常"
    WARNING = "警告"
    WRONG = "异常"


@dataclass(frozen=True, slots=True)
class Line:
    """One answer: how it stands, of what, in words."""

    level: Level
    name: str
    words: str

    def __str__(self) -> str:
        return " ".join(f"[{self.level}] {self.name}:{self.words}".split())


Found = Iterator[Line]


# --- Database ---------------------------------------------------------------------------------------------------------
def check_database() -> Found:
    """Reachable, new enough, migrated, and whole as far as the database itself can tell."""
    name = "数据库"
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        yield Line(Level.WRONG, name, f"连接不上({str(error).strip()});请检查 DATABASE_URL 和数据库服务")
        return
    version = ".".join(map(str, connection.get_database_version()))
    if connection.vendor == "postgresql" and connection.get_database_version()[0] < OLDEST_POSTGRESQL:
        yield Line(Level.WRONG, name, f"PostgreSQL {version} 太旧,至少要 {OLDEST_POSTGRESQL}")
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        names = "、".join(f"{migration.app_label}.{migration.name}" for migration, _ in waiting[:_MOST_NAMED])
        yield Line(Level.WRONG, name, f"有 {len(waiting)} 个迁移没有执行({names}),请执行 manage.py migrate")
        return
    problem = _integrity()
    if problem:
        yield Line(Level.WRONG, name, f"数据库文件或外键损坏({problem}),请从备份恢复")
    else:
        yield Line(Level.FINE, name, f"{connection.display_name} {version},迁移齐全")


def _integrity() -> str:
    """What SQLite finds wrong with its own file; PostgreSQL guards its pages and keys itself."""
    if connection.vendor != "sqlite":
        return ""
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            answer = str(cursor.fetchone()[0])
        if answer != "ok":
            return answer
        connection.check_constraints()
    except DatabaseError as error:
        return str(error)
    return ""


# --- Trail ------------------------------------------------------------------------------------------------------------
def check_trail(figures: list[tuple[int, str]]) -> Found:
    """Every line fits the one before; figures on paper still agree; the database refuses changes."""
    name = "变更记录"
    broken = trail_chain.first_break()
    (today,) = trail_chain.figures(timezone.localdate(), 1)
    if broken:
        yield Line(Level.WRONG, name, f"{broken.words};请保留现场,与签字留存的校验值和备份比对")
    else:
        yield Line(Level.FINE, name, f"共 {today.number} 条,首尾相连,末条校验值 {today.digest}")
    for number, digest in figures:
        fits = trail_chain.agrees(number, digest)
        words = "与纸上的校验值相符" if fits else "与纸上的校验值不符,签字之后记录被改动过"
        yield Line(Level.FINE if fits else Level.WRONG, name, f"第 {number} 条{words}")
    if missing := trail_chain.missing_guards():
        yield Line(Level.WRONG, name, f"数据库的防改触发器缺失或未关闭:{'、'.join(missing)}")


# --- Rosters ----------------------------------------------------------------------------------------------------------
def check_rosters() -> Found:
    """Every confirmed roster is, line for line, what was confirmed; the database refuses changes."""
    name, count, wrong = "名册", 0, 0
    for roster, faults in guards.faults():
        count += 1
        wrong += bool(faults)
        for fault in faults:
            yield Line(Level.WRONG, name, f"《{roster}》({roster.document}):{fault};请与盖章的名册和备份比对")
    if not wrong:
        yield Line(Level.FINE, name, f"{count} 份已确认的名册与校验值相符")
    if missing := guards.missing_guards():
        yield Line(Level.WRONG, name, f"数据库的防改触发器缺失:{'、'.join(missing)}")


# --- Reports ----------------------------------------------------------------------------------------------------------
def check_reports() -> Found:
    """Every accepted report and issued bulletin is what it was; the database refuses changes."""
    name = "月报"
    missing, wrong = report_guards.missing_guards(), [*islice(report_guards.faults(), _MOST_NAMED + 1)]
    if missing:
        yield Line(Level.WRONG, name, f"数据库的防改触发器缺失:{'、'.join(missing)}")
    for fault in wrong[:_MOST_NAMED]:
        yield Line(Level.WRONG, name, f"{fault};请与备份比对")
    if len(wrong) > _MOST_NAMED:
        yield Line(Level.WRONG, name, "还有更多内容与校验值不符")
    if not missing and not wrong:
        counted = MonthlyReport.objects.filter(state__in=COUNTED).count()
        yield Line(Level.FINE, name, f"{counted} 份已通过的月报与校验值相符,数据库拒绝修改")


# --- Files ------------------------------------------------------------------------------------------------------------
def check_attachments() -> Found:
    """Every file that a row refers to is there; every attachment is, byte for byte, what was uploaded."""
    name, root = "附件", Path(settings.MEDIA_ROOT)
    wrong: list[str] = []
    attachments = Attachment.objects.order_by("pk").values_list("file", "name", "size", "sha256")
    known: set[str] = set()
    for stored, shown, size, digest in attachments.iterator(chunk_size=2000):
        known.add(stored)
        fault = _file_fault(root / stored, size, digest)
        if fault:
            wrong.append(f"“{shown}”{fault}({stored})")
    others = [stored for stored in portable.stored_files() if stored not in known]
    wrong += [f"“{stored}”丢失" for stored in others if not (root / stored).is_file()]
    for fault in wrong[:_MOST_NAMED]:
        yield Line(Level.WRONG, name, fault)
    if len(wrong) > _MOST_NAMED:
        yield Line(Level.WRONG, name, f"另有 {len(wrong) - _MOST_NAMED} 个文件丢失或不符")
    if not wrong:
        yield Line(Level.FINE, name, f"{len(known)} 个附件与登记的校验值相符,{len(others)} 个其他文件都在")


def _file_fault(path: Path, size: int, digest: str) -> str:
    try:
        if path.stat().st_size != size:
            return f"大小不符:登记 {size} 字节,实际 {path.stat().st_size} 字节"
        found = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                found.update(block)
    except FileNotFoundError:
        return "丢失"
    except OSError as error:
        return f"读不出来:{error.strerror}"
    return "" if found.hexdigest() == digest else "内容与登记的校验值不符"


def check_disk() -> Found:
    """Room below VAR_DIR, and the right to write there."""
    name, folder = "磁盘", Path(settings.VAR_DIR)
    usage = shutil.disk_usage(folder)
    words = f"{folder} 所在磁盘剩余 {usage.free / _GB:.1f} GB({usage.free * 100 // usage.total}%)"
    try:
        probe = folder / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        yield Line(Level.WRONG, name, f"不能写入 {folder}:{error.strerror}")
    if usage.free < _GB // 4:
        yield Line(Level.WRONG, name, f"{words},即将写满")
    elif usage.free < 2 * _GB or usage.free * 20 < usage.total:
        yield Line(Level.WARNING, name, f"{words},请尽早清理或扩容")
    else:
        yield Line(Level.FINE, name, words)


def check_assets() -> Found:
    """Every front-end file that a template names can be served."""
    name = "前端文件"
    pages = (Path(settings.BASE_DIR) / "templates").rglob("*.html")
    wanted = sorted({found for page in pages for found in _VENDOR.findall(page.read_text(encoding="utf-8"))})
    missing = [each for each in wanted if not _served(each)]
    if missing:
        how = "manage.py collectstatic --noinput" if settings.STATIC_HASHED else "python3 scripts/bootstrap.py"
        yield Line(Level.WRONG, name, f"缺少 {'、'.join(missing)},请执行 {how}")
    else:
        yield Line(Level.FINE, name, f"{len(wanted)} 个文件齐全")


def _served(name: str) -> bool:
    if not settings.STATIC_HASHED:
        return finders.find(name) is not None
    try:
        return bool(staticfiles_storage.exists(staticfiles_storage.stored_name(name)))
    except ValueError:
        return False


# --- Jobs -------------------------------------------------------------------------------------------------------------
def check_jobs() -> Found:
    """Messages get through and somebody works on them. Only ever a warning: pages work without."""
    name = "后台任务"
    if settings.CELERY_TASK_ALWAYS_EAGER:
        yield Line(Level.WARNING, name, "JOBS_EAGER 已打开,任务在网页请求中执行;只宜用于查错")
        return
    try:
        with celery_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=3)
    except Exception as error:  # noqa: BLE001 - every transport has its own
        yield Line(Level.WARNING, name, f"消息服务连接不上({error}),新任务不会执行")
        return
    late = timezone.now() - WAITS_TOO_LONG
    waiting = Job.objects.filter(state=JobState.QUEUED, queued_at__lt=late).count()
    silent = Job.objects.filter(state=JobState.RUNNING, heartbeat_at__lt=late).count()
    if waiting or silent:
        yield Line(
            Level.WARNING, name, f"{waiting} 个任务排队、{silent} 个任务无响应超过10分钟,请检查 worker 与 scheduler"
        )
    elif settings.REDIS_URL and not celery_app.control.inspect(timeout=2).ping():
        yield Line(Level.WARNING, name, "消息服务正常,但没有 worker 应答,任务将排队")
    else:
        yield Line(Level.FINE, name, "消息服务正常,没有积压")


# --- Settings ---------------------------------------------------------------------------------------------------------
def check_settings() -> Found:
    """What must hold before others may reach the portal."""
    name = "设置"
    lines = [*_key_faults(), *_reach_faults()]
    yield from (Line(level, name, words) for level, words in lines)
    if not lines:
        reach = "仅本机" if set(settings.ALLOWED_HOSTS) <= LOCAL else "、".join(settings.ALLOWED_HOSTS)
        yield Line(Level.FINE, name, f"SECRET_KEY、DEBUG、ALLOWED_HOSTS 妥当(可访问:{reach})")


def _key_faults() -> Iterator[tuple[Level, str]]:
    key = settings.SECRET_KEY
    if len(key) < LEAST_KEY or len(set(key)) < 5 or key.startswith("django-insecure"):
        yield Level.WRONG, f"SECRET_KEY 太弱,至少 {LEAST_KEY} 个随机字符"
    kept = Path(settings.VAR_DIR) / "secret-key"
    if kept.exists() and stat.S_IMODE(kept.stat().st_mode) & 0o077:
        yield Level.WARNING, f"{kept} 可被其他用户读取,请执行 chmod 600"


def _reach_faults() -> Iterator[tuple[Level, str]]:
    hosts = set(settings.ALLOWED_HOSTS)
    outside = bool(hosts - LOCAL)
    if settings.DEBUG:
        words = "DEBUG 已打开,出错页会显示程序和数据细节"
        yield (Level.WRONG, f"{words},而平台可从外部访问") if outside else (Level.WARNING, f"{words};仅限本机查错")
    if "*" in hosts:
        yield Level.WRONG, "ALLOWED_HOSTS 为 *,任何域名都会应答,请写明域名"
    elif not hosts:
        yield Level.WRONG, "ALLOWED_HOSTS 为空,平台不会应答"
    elif outside and not settings.HTTPS:
        yield Level.WARNING, "平台可从外部访问而 HTTPS 未打开,口令会明文传输"


# --- Plans ------------------------------------------------------------------------------------------------------------
def check_plans() -> Found:
    """Every quotation still stands, word for word, in the lines of its clause; the text is the one that was loaded."""
    name = "规划引文"
    count, wrong = 0, []
    plans = list(Plan.objects.order_by("code").prefetch_related("clauses"))
    for plan in plans:
        lines = plan.text.split("\n")
        spans = {clause.code: lines[clause.line_from - 1 : clause.line_to] for clause in plan.clauses.all()}
        stated = [*quotations(plan.definition), *((("clauses",), c.code, c.quote) for c in plan.clauses.all())]
        count += len(stated)
        wrong += [f"{plan.code} 条款 {c}:“{q[:40]}”" for _, c, q in stated if q not in "\n".join(spans.get(c, ()))]
        if plan.fingerprint != fingerprint([plan.definition, plan.text]):
            wrong.append(f"{plan.code} 的文本或内容与载入时不同")
    for fault in wrong[:_MOST_NAMED]:
        yield Line(Level.WRONG, name, f"{fault},请重新执行 manage.py load_plans")
    if len(wrong) > _MOST_NAMED:
        yield Line(Level.WRONG, name, f"另有 {len(wrong) - _MOST_NAMED} 处不符")
    if not wrong:
        yield Line(Level.FINE, name, f"{len(plans)} 份规划的 {count} 处引文逐字相符")


def run(figures: list[tuple[int, str]]) -> Iterator[Line]:
    """All checks, in order; without a database only those that need none."""
    database = [*check_database()]
    yield from database
    if all(line.level != Level.WRONG for line in database):
        of_data: list[tuple[str, Callable[[], Found]]] = [
            ("变更记录", lambda: check_trail(figures)),
            ("名册", check_rosters),
            ("月报", check_reports),
            ("附件", check_attachments),
            ("后台任务", check_jobs),
            ("规划引文", check_plans),
        ]
        for name, check in of_data:
            yield from _safely(name, check)
    for name, check in (("设置", check_settings), ("磁盘", check_disk), ("前端文件", check_assets)):
        yield from _safely(name, check)


def _safely(name: str, check: Callable[[], Found]) -> Found:
    """A check that fails is itself a finding, and the others still run."""
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the person at the console must see it
        yield Line(Level.WRONG, name, f"检查没有完成:{type(error).__name__} {error}")


__all__ = ["Level", "Line", "run"]
