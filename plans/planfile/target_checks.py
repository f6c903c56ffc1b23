"""Checks of targets and of the tables that share them out."""

from decimal import Decimal

from plans.planfile.schema import PlanFile
from plans.planfile.schema_targets import Target
from plans.planfile.source import Path_, Source

NEED_VALUE = ("at_least", "more_than", "equal", "about")


def check_targets(plan: PlanFile, source: Source) -> None:
    """Values fit the comparator and the kind; years inside the period; sums as declared."""
    for index, target in enumerate(plan.targets):
        path: Path_ = ("targets", index)
        _check_value(target, path, source)
        _check_kind(target, path, source)
        _check_years(target, path, plan, source)
        _check_allocations(target, path, source)
        if target.subtarget_of == target.code:
            source.complain((*path, "subtarget_of"), "目标不能是自己的分目标")


def _check_value(target: Target, path: Path_, source: Source) -> None:
    low, high = target.value_min, target.value_max
    if target.comparator in NEED_VALUE and target.value is None and target.relative_to is None:
        source.complain((*path, "value"), f"comparator 为 {target.comparator} 时须写 value;没有数值请用 some 或 done")
    if target.comparator == "between":
        if low is None or high is None or low >= high:
            source.complain((*path, "value_min"), "区间须写 value_min 和 value_max,且前者小于后者")
        if target.value is not None:
            source.complain((*path, "value"), "区间目标不写 value,只写 value_min 和 value_max")
    elif low is not None or high is not None:
        source.complain((*path, "comparator"), "写了 value_min 或 value_max,comparator 应为 between")
    if target.comparator in ("some", "increase") and target.value is not None:
        source.complain((*path, "value"), f"comparator 为 {target.comparator} 时没有数值,不写 value")
    if target.value is not None and target.unit is None:
        source.complain((*path, "unit"), "有数值就要有单位")


def _check_kind(target: Target, path: Path_, source: Source) -> None:
    if target.kind == "coverage" and target.coverage_of is None:
        source.complain((*path, "coverage_of"), "覆盖率目标须写 coverage_of(区域组或称号),作为分母")
    if target.kind == "new_each_year" and not target.per_year:
        source.complain((*path, "per_year"), "每年新增的目标须逐年写 per_year,如 {2023: 5, 2024: 5}")
    if (target.kind == "trend") != (target.comparator == "increase"):
        source.complain((*path, "comparator"), "趋势目标(trend)用 increase,其他目标不用")


def _check_years(target: Target, path: Path_, plan: PlanFile, source: Source) -> None:
    period = plan.plan.period
    for year in target.per_year:
        if year < period.start.year or (period.end and year > period.end.year):
            until = period.end.year if period.end else "…"
            source.complain((*path, "per_year", year), f"{year}年不在计划期({period.start.year}—{until})之内")


def _check_allocations(target: Target, path: Path_, source: Source) -> None:
    """Shares need not add up to the whole, but the file must say whether they do."""
    if not target.allocations:
        return
    areas = [share.area for share in target.allocations]
    if doubled := sorted({area for area in areas if areas.count(area) > 1}):
        source.complain((*path, "allocations"), f"区域“{'、'.join(doubled)}”分解了两次")
    if target.allocations_period is None:
        source.complain((*path, "allocations_period"), "分解数须写明口径:whole_period(计划期合计)或 per_year(每年)")
    total = sum((share.value for share in target.allocations), Decimal(0))
    check = target.allocations_check
    if check is None:
        source.complain(
            (*path, "allocations_check"),
            f"须写 allocations_check:各单位合计 {total},目标值 {target.value};两者不等也照写,不改数",
        )
        return
    if check.total != total:
        source.complain((*path, "allocations_check", "total"), f"各单位合计应为 {total},写的是 {check.total}")
    if check.whole != target.value:
        source.complain((*path, "allocations_check", "whole"), f"与目标值 {target.value} 不同,写的是 {check.whole}")
    if check.agrees != (check.total == check.whole):
        truth = "true" if check.total == check.whole else "false"
        source.complain(
            (*path, "allocations_check", "agrees"),
            f"合计 {check.total},总数 {check.whole},此处应写 {truth}",
        )


def check_tables(plan: PlanFile, source: Source) -> None:
    """A table has a value for each unit, adds up as it says, and agrees with its targets."""
    targets = {target.code: target for target in plan.targets}
    for table_index, table in enumerate(plan.tables):
        for index, row in enumerate(table.rows):
            path: Path_ = ("tables", table_index, "rows", index)
            if len(row.values) != len(table.units):
                source.complain((*path, "values"), f"有{len(row.values)}个数,而 units 有{len(table.units)}个单位")
                continue
            if sum(row.values) != row.total:
                source.complain((*path, "total"), f"各单位合计应为 {sum(row.values)},写的是 {row.total}")
            target = targets.get(row.target)
            shares = {share.area: share.value for share in target.allocations} if target else {}
            if target and shares != dict(zip(table.units, row.values, strict=True)):
                source.complain((*path, "values"), f"与目标 {row.target} 的 allocations 不一致")
