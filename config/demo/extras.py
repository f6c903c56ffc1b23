"""The rest of the demonstration's story: resources, visits, grades and grants of the city, decisions, outside figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from config.demo.answers import write_answers
from config.demo.build import DOCUMENT, Builder
from config.demo.carriers import write_carrier_history
from config.demo.enterprises import write_enterprises
from config.demo.histories import add_months
from config.demo.months import write_months
from config.demo.names import SURNAMES, people_names, person_name
from config.demo.tenants import write_tenants
from core.trail import Actor
from evaluations.models import ExpertScore, Frame, GradeRecord, Scheme
from evaluations.services import assign_experts, create_cycle
from incubators.models import (
    Activity,
    Carrier,
    Enterprise,
    Fund,
    FundInvestment,
    LiaisonAssignment,
    Mentor,
    Mentorship,
    MonthlyReport,
    Residency,
    ServicePlatform,
    Talent,
    Visit,
)
from plans.models import Decision, OpenQuestion
from subsidies.models import PayerGrant
from targets.models import OutsideFigure, Target


def write_extras(builder: Builder) -> None:
    """Everything that hangs on the blueprint's carriers. Call after :func:`config.demo.build.seed`."""
    rows = Carrier.objects.filter(code__regex=r"^(JS|YC|MH|FX)\d+$").select_related("area", "operator")
    carriers = {carrier.code: carrier for carrier in rows}
    write_months(builder)
    _funds(builder, carriers)
    _people_and_platforms(builder, carriers)
    _visits(builder, carriers)
    write_carrier_history(builder, carriers)
    _grades_and_grants(builder, carriers)
    _decisions(builder)
    _outside_figures(builder)
    write_tenants(builder, carriers)
    write_enterprises(builder)
    write_answers(builder, carriers.values())
    _cycle(builder)


def _cycle(builder: Builder) -> None:
    """Last year's evaluation by the demonstration scheme, with the expert's papers laid out."""
    scheme = Scheme.objects.filter(is_demonstration=True).order_by("-version").first()
    if scheme is None:
        return
    year = builder.today.year - 1
    actor = Actor.of(builder.users["staff"])
    cycle = create_cycle(
        code=f"js-demo-{year}",
        name=f"金山区{year}年度绩效评价(演示方案)",
        scheme=scheme,
        area=builder.areas["sh-jinshan"],
        year=year,
        actor=actor,
    )
    assign_experts(cycle=cycle, users=[builder.users["expert"]], actor=actor)
    # Two carriers are left for the reader to score as the expert.
    papers = list(ExpertScore.objects.filter(cycle=cycle).exclude(carrier__code__in=("JS011", "JS012")).order_by("pk"))
    for paper in papers:
        paper.score = Decimal(builder.rng.randrange(66, 97))
        paper.reason = "演示评分"
    ExpertScore.objects.bulk_update(papers, ["score", "reason"])


def _funds(builder: Builder, carriers: dict[str, Carrier]) -> None:
    """Three Jinshan funds: two invested within the last year, one has not yet."""
    rows = [
        Fund(
            code="DEMO-F1",
            name="湾区演示直投基金",
            kind="own",
            carrier=carriers["JS003"],
            size=Decimal(30_000_000),
            established_on=date(2024, 5, 6),
        ),
        Fund(
            code="DEMO-F2",
            name="新材料演示合作基金",
            kind="joint",
            carrier=carriers["JS002"],
            size=Decimal(50_000_000),
            established_on=date(2024, 9, 10),
        ),
        Fund(
            code="DEMO-F3",
            name="无人机演示外部基金",
            kind="external",
            carrier=carriers["JS001"],
            size=Decimal(80_000_000),
            established_on=date(2026, 3, 18),
        ),
    ]
    for row in rows:
        row.area = builder.areas["sh-jinshan"]
        row.is_synthetic = True
        row.filing_number = f"演示备案{row.code[-2:]}"
    Fund.objects.bulk_create(rows)
    tenants = list(Enterprise.objects.filter(residencies__carrier__code__in=("JS002", "JS003")).order_by("uscc")[:4])
    FundInvestment.objects.bulk_create(
        [
            FundInvestment(
                fund=rows[number % 2],
                enterprise=enterprise,
                paid_on=add_months(builder.today, -3 - number),
                amount=Decimal(2_000_000 + number * 500_000),
                evidence="演示凭证",
                is_synthetic=True,
            )
            for number, enterprise in enumerate(tenants)
        ]
    )


def _people_and_platforms(builder: Builder, carriers: dict[str, Carrier]) -> None:
    rng = builder.rng
    routes = list(Talent.Route.values)
    Talent.objects.bulk_create(
        [
            Talent(
                name=person_name(rng),
                route=routes[number % len(routes)],
                area=carriers[code].area,
                carrier=carriers[code],
                arrived_on=date(2024, 3, 1) if number else date(2025, 4, 16),
                is_leading=number == 0,
                basis="演示引才文件" if number == 0 else "",
                is_synthetic=True,
            )
            for number, code in enumerate(("JS002", "JS001", "JS003", "JS008", "YC004", "YC007"))
        ]
    )
    platforms = (
        ("无人机公共服务平台", "public_service", "JS001", date(2025, 9, 12)),
        ("湾区演示概念验证中心", "proof_of_concept", "JS003", date(2026, 4, 2)),
        ("盐南演示科创金融服务驿站", "finance_station", "YC004", date(2024, 7, 1)),
        ("大丰演示科创金融服务驿站", "finance_station", "YC007", date(2025, 5, 20)),
    )
    ServicePlatform.objects.bulk_create(
        [
            ServicePlatform(
                name=name,
                kind=kind,
                area=carriers[code].area,
                carrier=carriers[code],
                built_on=built,
                is_synthetic=True,
            )
            for name, kind, code, built in platforms
        ]
    )
    reported = dict(MonthlyReport.objects.filter(carrier__in=carriers.values()).values_list("carrier", "mentors"))
    Mentor.objects.bulk_create(
        [
            Mentor(
                name=name,
                carrier=carrier,
                field="产业与投资",
                engaged_on=date(2024, 1, 15),
                is_synthetic=True,
            )
            for number, carrier in enumerate(carriers.values())
            for name in _mentor_names(people_names(rng, 3), reported.get(carrier.pk, 3), number)
        ]
    )
    _mentorships(builder)
    Activity.objects.bulk_create(
        [
            Activity(
                carrier=carrier,
                title=f"第{number + 1}期演示路演",
                held_on=add_months(builder.today, -number * 2 - 1),
                participants=rng.randrange(30, 160),
                is_synthetic=True,
            )
            for carrier in carriers.values()
            for number in range(4)
        ]
    )


def _mentor_names(first: list[str], reported: int, number: int) -> list[str]:
    """As many as the carrier's reports say; of every fifth carrier one less, who is still to be registered."""
    others = [f"{surname}某某(演示)" for surname in SURNAMES]
    return [*first, *others][: reported - (number % 5 == 4)]


def _visits(builder: Builder, carriers: dict[str, Carrier]) -> None:
    liaison = builder.users["liaison"]
    own = [carrier for code, carrier in carriers.items() if code.startswith("JS")]
    LiaisonAssignment.objects.bulk_create(
        [
            LiaisonAssignment(carrier=carrier, user=liaison, valid_from=date(2024, 2, 1), is_synthetic=True)
            for carrier in own
        ]
    )
    Visit.objects.bulk_create(
        [
            Visit(
                carrier=carrier,
                visitor=liaison,
                visited_on=add_months(builder.today, -1 - number % 3),
                findings="入驻企业反映检测费用偏高,希望对接公共平台(演示)",
                follow_up="联系检测平台,约定对接时间",
                follow_up_due=add_months(builder.today, 1),
                is_synthetic=True,
            )
            for number, carrier in enumerate(own)
        ]
    )


def _grades_and_grants(builder: Builder, carriers: dict[str, Carrier]) -> None:
    """The city's yearly grades and what it approved, as its (invented) documents say."""
    frame = Frame.objects.filter(code="JS-E01").first()
    if frame is None:
        return
    grades = (
        ("JS001", 2024, "grade_excellent", "incubator_municipal_sh"),
        ("JS002", 2024, "grade_good", "incubator_municipal_sh"),
        ("JS006", 2024, "grade_excellent", "maker_space_municipal_sh"),
        ("JS001", 2025, "grade_excellent", "incubator_municipal_sh"),
        ("JS002", 2025, "grade_excellent", "incubator_municipal_sh"),
        ("JS003", 2025, "grade_good", "incubator_municipal_sh"),
        ("JS006", 2025, "grade_good", "maker_space_municipal_sh"),
        ("JS012", 2025, "grade_excellent", "maker_space_municipal_sh"),
    )
    GradeRecord.objects.bulk_create(
        [
            GradeRecord(
                carrier=carriers[code],
                frame=frame,
                year=year,
                grade=grade,
                title_code=title,
                published_on=date(year + 1, 6, 20),
                document=DOCUMENT.format(year=year + 1, number=100 + number),
                recorded_by=builder.users["staff"],
                is_synthetic=True,
            )
            for number, (code, year, grade, title) in enumerate(grades)
        ]
    )
    grants = (
        ("JS002", "operating_grant", 2025, 800_000),
        ("JS001", "grade_grant", 2025, 520_000),
        ("JS006", "grade_grant", 2025, 200_000),
        ("JS001", "grade_grant", 2024, 600_000),
    )
    PayerGrant.objects.bulk_create(
        [
            PayerGrant(
                carrier=carriers[code],
                kind=kind,
                year=year,
                approved=Decimal(amount),
                approved_on=date(year + 1, 7, 15),
                received=Decimal(amount),
                received_on=date(year + 1, 8, 30),
                document=DOCUMENT.format(year=year + 1, number=200 + number),
                recorded_by=builder.users["staff"],
                is_synthetic=True,
            )
            for number, (code, kind, year, amount) in enumerate(grants)
        ]
    )


def _decisions(builder: Builder) -> None:
    """Three criteria are decided, so that their targets can be computed; the rest stays open for the reader to try."""
    decided = {
        "JS-D16": "以区科委逐家确认并附依据的硬科技企业名单为准(演示)",
        "JS-D17": "近12个月内至少有一笔已实缴的投资(演示)",
        "JS-D18": "由区委组织部会同区科委逐人确认,并附引才文件(演示)",
    }
    questions = {question.code: question for question in OpenQuestion.objects.filter(code__in=decided)}
    Decision.objects.bulk_create(
        [
            Decision(
                question=questions[code],
                value=text,
                decided_on=date(2024, 3, 20),
                document=DOCUMENT.format(year=2024, number=7),
                reason="演示:为展示目标进度而作,不是政策",
                decided_by=builder.users["staff"],
            )
            for code, text in decided.items()
            if code in questions
        ]
    )


def _outside_figures(builder: Builder) -> None:
    """A few figures as if from outside statistics, each saying that it is not."""
    figures = {"FX-T02": "18.6", "FX-T09": "3380", "FX-T21": "1260000000", "MH-T01": "24500000000"}
    targets = {target.code: target for target in Target.objects.filter(code__in=figures)}
    OutsideFigure.objects.bulk_create(
        [
            OutsideFigure(
                target=targets[code],
                on=date(2025, 12, 31),
                value=Decimal(value),
                source="合成数据,非统计部门发布",
                entered_by=builder.users["staff"],
                is_synthetic=True,
            )
            for code, value in figures.items()
            if code in targets
        ]
    )


def _mentorships(builder: Builder) -> None:
    """Two tenants of each carrier are guided by name, the first by its first mentor, the second by its second."""
    mentors: dict[int, list[Mentor]] = {}
    for mentor in Mentor.objects.order_by("pk"):
        mentors.setdefault(mentor.carrier_id, []).append(mentor)
    tenants: dict[int, list[Residency]] = {}
    for stay in Residency.objects.incubating_on(builder.today).order_by("enterprise__uscc"):
        tenants.setdefault(stay.carrier_id, []).append(stay)
    Mentorship.objects.bulk_create(
        Mentorship(
            mentor=mentor,
            enterprise_id=stay.enterprise_id,
            started_on=max(mentor.engaged_on, stay.entered_on),
            is_synthetic=True,
        )
        for carrier, guides in mentors.items()
        for mentor, stay in zip(guides[:2], tenants.get(carrier, []), strict=False)
    )
