"""The tour of the README, done by a script in a headless Chromium against a running portal with demonstration data.

Staff enter a month and record a new certificate, another member of staff accepts the month, the target moves, the
award computes, the leader sees both, and a REST client reads the same number. Pictures go to docs/pictures.

    make tour            (starts a portal of its own on a free port, with its own data, and removes it afterwards)
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.chromium import find_chromium, open_browser  # noqa: E402

TARGET = "JS-T09"
CARRIER = "JS001"
MONTH_FIGURES = {
    "mentor_sessions": "9",
    "events": "3",
    "event_participants": "150",
    "enterprises_financed": "1",
    "financing": "300",
    "ip_applied": "4",
    "ip_granted": "2",
    "income": "46.5",
    "income_non_rent": "18",
    "rent_relief": "3",
}
# Last month's figures again, sums of the year a month longer; patents and investment are the first enterprise's.
BLOCK = """
from datetime import date
from incubators.models import Carrier
from incubators.reporting import context
carrier = Carrier.objects.select_related("owner_area").get(code="{carrier}")
around = context.load([carrier], date.fromisoformat("{month}-01"))[carrier.pk]
print("统一社会信用代码", "从业人数", "本月营业收入(元)", "本年累计营业收入(元)", "本年累计研发费用(元)", "本年累计实缴税费(元)",
      "本月知识产权申请", "本月知识产权授权", "有效知识产权", "本月获投融资金额(元)", sep="\\t")
for number, each in enumerate(around.incubatees):
    before = each.before
    went_on = before is not None and before.report.month.year == around.month.year
    revenue = 120_000 if before is None else before.revenue
    sums = (before.revenue_ytd, before.research_ytd, before.tax_ytd) if went_on else (0, 0, 0)
    print(each.uscc, 12 if before is None else before.staff, revenue, sums[0] + revenue, *sums[1:],
          0 if number else {ip_applied}, 0 if number else {ip_granted}, 2 if before is None else before.ip_valid,
          0 if number else {financing}0_000, sep="\\t")
"""
# What Excel does when a block is pasted from it.
PASTE = """text => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


class Tour:
    """One walk through the portal; every step says what it saw and fails loudly when it saw something else."""

    def __init__(self, base: str, password: str, pictures: Path) -> None:
        self.base, self.password, self.pictures = base.rstrip("/"), password, pictures
        pictures.mkdir(parents=True, exist_ok=True)

    def page(self, browser: Any, username: str, width: int = 1440) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN", base_url=self.base)
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", self.password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    def picture(self, page: Any, name: str) -> None:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(self.pictures / f"{name}.png"))

    def target_value(self, page: Any) -> int:
        page.goto(f"/targets/{TARGET}/")
        shown = page.locator("main").inner_text()
        found = re.search(r"(\d[\d,]*)\s*家\s*目标", shown)
        if not found:
            raise SystemExit(f"no value found on the page of {TARGET}")
        return int(found[1].replace(",", ""))

    def wait_for_job(self, page: Any) -> None:
        page.locator(".job-succeeded").wait_for(timeout=120_000)

    # --- Steps --------------------------------------------------------------------------------------------------------
    def enter_month(self, page: Any) -> str:
        """Staff open the month, type it by keyboard, and submit."""
        month = f"{today().replace(day=1) - timedelta(days=1):%Y-%m}"
        page.goto(f"/reports/?month={month}")
        self.picture(page, "month-overview")
        page.goto(f"/reports/grid/?month={month}")
        page.locator("#grid-sink").wait_for(state="attached")
        self.picture(page, "month-grid")
        self.enter_incubatees(page, month)
        page.goto(f"/reports/edit/{CARRIER}/{month}/")
        page.locator(f"[name={next(iter(MONTH_FIGURES))}]").focus()
        for name, figure in MONTH_FIGURES.items():
            page.locator(f"[name={name}]").focus()
            page.keyboard.type(figure)
        self.picture(page, "month-form")
        self.hand_in(page)
        if "/edit/" in page.url:  # there are questions to answer first
            for box in page.locator("textarea[name^=explain]").all():
                box.fill("与合同核对无误")
            self.hand_in(page)
        if not re.search(r"/reports/\d+/", page.url):
            raise SystemExit(f"{CARRIER} {month} was not taken: {page.locator('main').inner_text()}")
        print(f"  staff submitted {CARRIER} {month}: {page.url}")
        return str(page.url)

    def hand_in(self, page: Any) -> None:
        with page.expect_navigation():
            page.locator("button[value=submit]").click()

    def enter_incubatees(self, page: Any, month: str) -> None:
        """What each incubatee did, pasted as a block from Excel."""
        page.goto(f"/reports/edit/{CARRIER}/{month}/enterprises/")
        page.locator("#grid-sink").wait_for(state="attached")
        page.locator("#grid-sink").focus()
        lines = block_of_incubatees(month)
        page.evaluate(PASTE, "\r\n".join(lines))
        page.get_by_text(f"已填 {len(lines) - 1}/{len(lines) - 1} 家").wait_for()
        page.get_by_text("已保存").first.wait_for()
        self.picture(page, "month-enterprises")
        print(f"  staff pasted what {len(lines) - 1} incubatees did")

    def accept_month(self, page: Any, address: str) -> None:
        page.goto(address)
        page.get_by_role("button", name="通过").first.click()
        page.get_by_text("审核通过").first.wait_for()
        print("  another member of staff accepted it")

    def record_certificate(self, page: Any, enterprise: str) -> None:
        """Staff record a first high-tech certificate."""
        page.goto(f"/carriers/{CARRIER}/register/qualify/")
        page.fill("[name=uscc]", enterprise)
        page.select_option("[name=kind]", label="高新技术企业")
        page.fill("[name=certificate]", "GR202631009999")
        # The target counts until the plan's last day.
        first = min(today(), date(2026, 12, 31))
        page.fill("[name=valid_from]", first.isoformat())
        page.fill("[name=valid_to]", (first + timedelta(days=3 * 365)).isoformat())
        page.get_by_role("button", name="保存").click()
        page.get_by_text("取得高新技术企业").first.wait_for()
        print(f"  staff recorded a new high-tech certificate of {enterprise}")

    def recompute(self, page: Any) -> None:
        page.goto("/targets/plans/JS-2024-2026/")
        page.get_by_role("button", name=re.compile("重新计算|更新进度|计算")).first.click()
        self.wait_for_job(page)
        print("  the job computed the plan's progress")

    def compute_awards(self, page: Any) -> None:
        page.goto("/subsidies/runs/new/")
        page.fill("[name=year]", "2025")
        page.get_by_role("button", name="开始测算").click()
        self.wait_for_job(page)
        page.goto(f"/subsidies/awards/?year=2025&carrier={CARRIER}&rule=JS-S04")
        page.locator("tbody a[href^='/subsidies/awards/']:not([href*='?'])").first.click()
        text = page.locator("main").inner_text()
        for words in ("应予", "对新增的国家级科技企业孵化器给予一次性100万元资助", "100 万元"):
            if words not in text:
                raise SystemExit(f"the award's page does not say {words!r}")
        self.picture(page, "award")
        print("  the award of 100 万元 explains itself")

    def client_reads(self, token: str) -> int:
        """A program asks the catalogue over REST what the page showed."""
        query = "indicator=n_qualified_new&qualification=high_tech&population=district&within=sh-jinshan"
        address = f"{self.base}/api/v1/figures/?{query}&from=2024-01-01"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as answer:
            body = json.load(answer)
        return int(float(body["results"][0]["value"]))


def today() -> date:
    """Today where the portal is."""
    return datetime.now(tz=ZoneInfo("Asia/Shanghai")).date()


def enterprise_without_certificate() -> str:
    """The code of a tenant of the carrier that never had a high-tech certificate."""
    return _manage(
        "shell",
        "-v0",
        "-c",
        "from incubators.models import Enterprise as E;"
        f"print(E.objects.filter(area__path__contains='sh-jinshan', residencies__carrier__code='{CARRIER}')"
        ".exclude(qualifications__kind__code='high_tech').order_by('uscc').values_list('uscc', flat=True)[0])",
    )


def block_of_incubatees(month: str) -> list[str]:
    """Heads and a line for each incubatee of the carrier, separated by tabs, amounts in 元."""
    return _manage("shell", "-v0", "-c", BLOCK.format(carrier=CARRIER, month=month, **MONTH_FIGURES)).splitlines()


def _manage(*arguments: str) -> str:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ).stdout.strip()


@contextmanager
def portal() -> Iterator[str]:
    """A portal of its own, started as `make run` starts it, with fresh demonstration data; yields its address."""
    with tempfile.TemporaryDirectory() as var, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        os.environ.update(VAR_DIR=var, PORT=str(port))
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        running = subprocess.Popen([sys.executable, str(ROOT / "scripts" / "run.py")], start_new_session=True)
        base = f"http://127.0.0.1:{port}"
        try:
            _wait(base, running)
            yield base
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(timeout=60)


def _wait(base: str, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and running.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/accounts/login/", timeout=5):
                return
        except OSError:
            time.sleep(1)
    raise SystemExit("the portal did not start")


def password() -> str:
    lines = Path(os.environ["VAR_DIR"], "demo-accounts.txt").read_text(encoding="utf-8").splitlines()
    return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("密码"))


def main() -> None:
    with portal() as base:
        walk(Tour(base, password(), Path(os.environ.get("PICTURES", ROOT / "docs" / "pictures"))))


def walk(tour: Tour) -> None:
    """Every step in order; the number must be the same for the leader and for the REST client, and one higher."""
    with open_browser(find_chromium()) as browser:
        leader = tour.page(browser, "leader")
        before = tour.target_value(leader)
        print(f"  the leader sees {TARGET} at {before}")
        staff = tour.page(browser, "staff")
        address = tour.enter_month(staff)
        tour.accept_month(tour.page(browser, "reviewer"), address)
        tour.record_certificate(staff, enterprise_without_certificate())
        tour.recompute(staff)
        tour.compute_awards(staff)
        after = tour.target_value(leader)
        tour.picture(leader, "target")
        leader.goto("/targets/")
        tour.picture(leader, "leader")
        leader.goto("/targets/plans/YC-2023-2025/")
        tour.picture(leader, "yancheng")
        leader.goto("/plans/JS-2024-2026/")
        tour.picture(leader, "plan")
        phone = tour.page(browser, "operator", width=390)
        phone.goto("/reports/")
        tour.picture(phone, "operator-phone")
        read = tour.client_reads(_manage("issue_token", "leader", "导览"))
    print(f"  the leader now sees {after}, the REST client reads {read}")
    if not before + 1 == after == read:
        raise SystemExit(f"the target did not move by one: {before}, {after}, {read}")
    print("tour passed")


if __name__ == "__main__":
    main()
