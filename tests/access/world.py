"""Two districts with everything in them: the demonstration's Jinshan ("own") and Yancheng ("other"), computed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone

from accounts.models import ApiToken, User
from config.management.commands.seed_demo import run
from core.jobs import submit
from core.models import Attachment
from core.trail import COMMAND_LINE, Actor
from core.trail_chain import opened
from evaluations.models import Cycle, Result, Scheme
from evaluations.services import assign_experts, create_cycle, score_cycle
from incubators.access import Role
from incubators.models import (
    Area,
    Carrier,
    CarrierChange,
    CarrierSite,
    CarrierTag,
    CarrierTagging,
    CorrectionRequest,
    Designation,
    Enterprise,
    EnterpriseMonth,
    ImportFile,
    Membership,
    MonthClose,
    MonthlyReport,
    Qualification,
    Reminder,
    ReminderBatch,
    ReportCalendar,
    Residency,
    Roster,
    SavedView,
    Visit,
)
from incubators.services import rosters
from plans.models import Plan
from subsidies.models import Award, AwardRun
from subsidies.services import compute
from targets.models import Progress

TODAY = date(2026, 11, 24)
OTHER_NAMES = ("盐南演示孵化器", "大丰演示孵化器", "盐都演示众创空间", "东台演示孵化器")


@dataclass(frozen=True, slots=True)
class Side:
    """Records of one district, by what an address calls them."""

    carrier: str
    month: str
    uscc: str
    incubatee: str
    enterprise_month: int
    report: int
    plan: str
    target: str
    award: int
    run: int
    cycle: str
    result: int
    designation: int
    change: int
    site: int
    tagging: int
    residency: int
    qualification: int
    visit: int
    carrier_pk: int
    import_file: uuid.UUID
    workbook: uuid.UUID
    saved_view: int
    progress: int
    area: str
    scheme: int
    job: uuid.UUID
    attachment: uuid.UUID
    person: int
    membership: int
    token: int
    program: int
    roster: int
    roster_draft: int
    month_close: int
    reminder_batch: int
    correction_request: int


@dataclass(frozen=True, slots=True)
class World:
    own: Side
    other: Side
    people: dict[str, User]


def build() -> World:
    """Make the world in the current transaction."""
    silent: Any = lambda text: None  # noqa: E731 - a place for words that nobody reads
    call_command("load_plans", verbosity=0)
    call_command("load_schemes", verbosity=0)
    call_command("load_incubation_rules", stdout=StringIO())
    run(scale="demo", seed_number=7, today=TODAY, say=silent)
    people = _people()
    # Both ask of each incubatee, so that pages show it and their queries are counted with it.
    ReportCalendar.objects.update(enterprise_months=ReportCalendar.EnterpriseMonths.MONTHLY)
    call_command("compute_progress", on=TODAY, verbosity=0)
    for code in ("JS-2024-2026", "YC-2023-2025"):
        compute(plan=Plan.objects.select_related("area").get(code=code), year=2025, as_of=TODAY, actor=COMMAND_LINE)
    _cycles(people)
    _rosters(people)
    yc = Area.objects.get(code="yc")
    MonthClose.objects.create(area=yc, month=date(2026, 8, 1), closed_by=people["yc_staff"])
    return World(
        own=_side("JS-2024-2026", "sh-jinshan", "JS001", "JS-T09", people["staff"]),
        other=_side("YC-2023-2025", "yc", "YC004", "YC-T06", people["yc_staff"]),
        people=people,
    )


def _people() -> dict[str, User]:
    """The demonstration's people; the leader here sees Jinshan alone."""
    people = {user.username: user for user in User.objects.filter(is_demonstration=True)}
    jinshan = Area.objects.get(code="sh-jinshan")
    Membership.objects.filter(user=people["leader"]).delete()
    Membership.objects.create(user=people["leader"], role=Role.LEADER, area=jinshan, valid_from=date(2024, 1, 1))
    people["yc_reviewer"] = User.objects.create(username="yc_reviewer", display_name="盐城复核人员")
    yc = Area.objects.get(code="yc")
    Membership.objects.create(user=people["yc_reviewer"], role=Role.STAFF, area=yc, valid_from=date(2024, 1, 1))
    people["nobody"] = User.objects.create(username="nobody", display_name="没有任职的人")
    return people


def _rosters(people: dict[str, User]) -> None:
    """A confirmed roster of the other district beside the demonstration's, and in both a draft that others made."""
    make, year_end = rosters.make, date(2025, 12, 31)
    yc, jinshan = (Area.objects.get(code=code) for code in ("yc", "sh-jinshan"))
    row = make(user=people["yc_staff"], kind="incubatees", area=yc, year=2025, as_of=year_end)
    seen, day = rosters.content.digest_now(row), date(2026, 1, 20)
    rosters.confirm(user=people["yc_reviewer"], roster=row, document="测试文件", confirmed_on=day, seen=seen)
    for person, area in (("reviewer", jinshan), ("yc_reviewer", yc)):
        make(user=people[person], kind="hard_tech", area=area, year=2026, as_of=date(2026, 6, 30))


def _cycles(people: dict[str, User]) -> None:
    scheme = Scheme.objects.order_by("code", "-version").first()
    assert scheme is not None
    for code, area, staff in (("js-2025", "sh-jinshan", "staff"), ("yc-2025", "yc", "yc_staff")):
        Cycle.objects.filter(code=code).delete()
        cycle = create_cycle(
            code=code,
            name=f"{code}评价",
            scheme=scheme,
            area=Area.objects.get(code=area),
            year=2025,
            actor=Actor.of(people[staff]),
        )
        if code == "js-2025":
            assign_experts(cycle=cycle, users=[people["expert"]], actor=Actor.of(people[staff]))
        score_cycle(cycle=cycle, actor=Actor.of(people[staff]))


def _side(plan: str, area: str, carrier: str, target: str, staff: User) -> Side:
    row = Carrier.objects.get(code=carrier)
    path = Area.objects.get(code=area).path
    report = MonthlyReport.objects.filter(carrier=row, month=date(2026, 9, 1)).get()
    attachment = Attachment.objects.create(
        owner_label="incubators.monthlyreport",
        owner_id=str(report.pk),
        file=ContentFile(b"%PDF-1.4", name="proof.pdf"),
        name="proof.pdf",
        content_type="application/pdf",
        size=8,
        sha256="0" * 64,
        uploaded_by_name="测试",
    )
    visit = Visit.objects.filter(carrier=row).first() or Visit.objects.create(
        carrier=row, visitor=staff, visited_on=date(2026, 9, 1), findings="测试"
    )
    inside = Enterprise.objects.filter(residencies__carrier=row).order_by("uscc")
    incubatee = Residency.objects.incubating_on(date(2026, 9, 30)).filter(carrier=row)[0].enterprise
    told = EnterpriseMonth.objects.filter(report=report, enterprise=incubatee).first()
    if told is None:  # Yancheng's demonstration was not asked of its incubatees
        with opened("test"):
            told = EnterpriseMonth.objects.create(report=report, enterprise=incubatee, staff=12)
    return Side(
        carrier=carrier,
        month="2026-09",
        uscc=inside[0].uscc,
        incubatee=incubatee.uscc,
        enterprise_month=told.pk,
        report=report.pk,
        plan=plan,
        target=target,
        award=Award.objects.filter(carrier=row, rule__plan__code=plan).order_by("pk")[0].pk
        if Award.objects.filter(carrier=row, rule__plan__code=plan).exists()
        else Award.objects.filter(rule__plan__code=plan).order_by("pk")[0].pk,
        run=AwardRun.objects.get(plan__code=plan).pk,
        cycle="js-2025" if plan.startswith("JS") else "yc-2025",
        result=Result.objects.filter(cycle__area__code=area, carrier=row).get().pk,
        designation=Designation.objects.filter(carrier=row).order_by("pk")[0].pk,
        change=CarrierChange.objects.filter(carrier=row).order_by("pk")[0].pk,
        site=CarrierSite.objects.filter(carrier=row).order_by("pk")[0].pk,
        tagging=_tagging(row),
        residency=Residency.objects.filter(carrier=row).order_by("pk")[0].pk,
        qualification=Qualification.objects.filter(enterprise__in=inside).order_by("pk")[0].pk,
        visit=visit.pk,
        carrier_pk=row.pk,
        import_file=ImportFile.objects.create(
            kind="enterprises",
            user=staff,
            name="测试.xlsx",
            state="ready",
            counts=dict.fromkeys(("new", "changed", "unchanged", "wrong"), 0),
        ).pk,
        workbook=ImportFile.objects.create(
            kind="month",
            user=staff,
            name="月报.xlsx",
            state="ready",
            counts=dict.fromkeys(("saved", "conflict", "wrong", "refused", "rows", "unchanged", "bad"), 0),
            preview={"month": "2026-09-01", "cells": [], "rows": [], "ignored": [], "unchanged": 0},
        ).pk,
        saved_view=SavedView.objects.create(user=staff, kind="carriers", name="测试视图").pk,
        progress=Progress.objects.filter(target__code=target).order_by("pk")[0].pk,
        area=Area.objects.filter(path__startswith=path).order_by("path")[0].code,
        scheme=Scheme.objects.order_by("code", "-version")[0].pk,
        job=submit(kind="compute_progress", title="测试", actor=Actor.of(staff), params={}).pk,
        attachment=attachment.pk,
        person=staff.pk,
        membership=Membership.objects.get(user=staff).pk,
        token=ApiToken.issue(user=staff, name="测试")[0].pk,
        program=_program(area).pk,
        roster=Roster.objects.get(kind="incubatees", area__code=area, year=2025).pk,
        roster_draft=Roster.objects.get(kind="hard_tech", area__code=area, year=2026).pk,
        month_close=MonthClose.objects.filter(area__code=area).latest("month").pk,
        reminder_batch=_asked(row, staff),
        correction_request=_correction(report, staff),
    )


def _correction(report: MonthlyReport, staff: User) -> int:
    """A request for a correction of the report that was answered: nothing waits, so the report's moves are as they were."""
    told = {"state": "declined", "answer": "测试答复", "answered_at": timezone.now(), "answered_by": staff}
    return CorrectionRequest.objects.create(report=report, reason="测试原因", asked_by=staff, **told).pk


def _program(area: str) -> User:
    """An account that nobody signs in to, as a program has it."""
    user = User.objects.create(username=f"program-{area}", display_name="数据平台")
    place = Area.objects.get(code=area)
    Membership.objects.create(user=user, role=Role.LEADER, area=place, valid_from=date(2024, 1, 1))
    return user


def _asked(carrier: Carrier, staff: User) -> int:
    """A batch of one letter to the carrier."""
    month = date(2026, 9, 1)
    batch = ReminderBatch.objects.create(month=month, occasion="asked", made_by=staff)
    told = {"month": month, "occasion": "asked", "asked_on": date(2026, 10, 8), "subject": "测试", "body": "测试"}
    Reminder.objects.create(batch=batch, carrier=carrier, **told)
    return batch.pk


def _tagging(carrier: Carrier) -> int:
    tag = CarrierTag.objects.order_by("order")[0]
    return CarrierTagging.objects.create(carrier=carrier, tag=tag, valid_from=date(2025, 1, 1)).pk
