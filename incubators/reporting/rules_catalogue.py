"""Every rule that a month is held against, told to people: what it compares, what it does, and where it is kept.

Pure data. ``Finding.rule`` is the number of one of these; the checks themselves are in :mod:`incubators.reporting.checks`,
:mod:`incubators.reporting.moves`, :mod:`incubators.reporting.tenants` and :mod:`incubators.reporting.enterprise_checks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Does(StrEnum):
    """What a rule does when it does not hold."""

    BLOCKS = "阻断提交"
    ASKS = "须书面说明"
    TELLS = "提示"
    NEVER = "不会发生"


class Kept(StrEnum):
    """Where a rule is enforced."""

    REPORT = "月报核对"
    TENANTS = "入驻企业核对"
    ENTERPRISES = "企业情况核对"
    REGISTER = "登记时约束"
    BUILT = "由计算方式保证"
    YEAR = "年度汇总"
    ELSEWHERE = "本月报不收集"


@dataclass(frozen=True, slots=True)
class Rule:
    """One comparison. Rules of several parts have a line each, with the same ``number``. ``fields``: codes of the
    figures of the report that it looks at."""

    number: str
    says: str
    compares: str
    does: Does
    kept: tuple[Kept, ...]
    fields: tuple[str, ...] = ()
    note: str = ""


def _report(number: str, says: str, compares: str, does: Does, *fields: str, note: str = "") -> Rule:
    return Rule(number, says, compares, does, (Kept.REPORT,), fields, note)


def _each(number: str, says: str, compares: str, does: Does, note: str = "") -> Rule:
    """A comparison of what is reported of each incubatee, where the month asks for it."""
    return Rule(number, says, compares, does, (Kept.ENTERPRISES,), (), note)


_B, _W, _T = Does.BLOCKS, Does.ASKS, Does.TELLS

RULES: tuple[Rule, ...] = (
    Rule(
        "R01",
        "面积逐级不超",
        "已入驻面积 ≤ 可入驻面积 ≤ 可自主支配面积",
        _B,
        (Kept.REPORT, Kept.REGISTER),
        ("area_leased", "area_leasable", "area_controllable"),
    ),
    _report(
        "R01",
        "面积不超建筑面积",
        "可自主支配面积 ≤ 登记的建筑面积",
        _B,
        "area_controllable",
        note="建筑面积未登记的不比较",
    ),
    Rule(
        "R02",
        "面积分项合计",
        "办公、在孵企业、公共服务、其他用房之和 = 总面积(容差 1 ㎡)",
        _B,
        (Kept.ELSEWHERE,),
        note="分项面积属火炬年报",
    ),
    Rule(
        "R03",
        "工位不超",
        "已用工位数 ≤ 工位数",
        _B,
        (Kept.REPORT, Kept.REGISTER),
        ("seats_used", "seats_total"),
    ),
    _report("R04", "在孵数平衡", "期初在孵 + 本月新增 − 本月毕业 − 本月退出 = 期末在孵", _B, note="各数取自登记库"),
    _report(
        "R05",
        "期初等于上月期末",
        "登记库的期初在孵 = 上月已提交月报留存的期末在孵",
        _W,
        note="以提交为准,不等上月锁定;上月未报的不比较。补登或更正时会不等,故不阻断",
    ),
    _report(
        "R06",
        "累计毕业衔接",
        "上月已提交月报留存的累计毕业 + 本月毕业 = 累计毕业",
        _W,
        note="以提交为准,不等上月锁定;上月未报的不比较。补登或更正时会不等,故不阻断",
    ),
    _report("R07", "部分不超整体", "在孵 ≤ 入驻;科小 ≤ 在孵;高企、硬科技 ≤ 入驻", _B, note="各数取自登记库"),
    Rule(
        "R08",
        "专业人员不超",
        "其中专业服务人员 ≤ 管理服务人员",
        _B,
        (Kept.REPORT, Kept.REGISTER),
        ("staff_professional", "staff_total"),
    ),
    Rule("R08", "研发人员不超", "企业研发人员数 ≤ 从业人数", _B, (Kept.REGISTER,)),
    _each("R08", "企业从业人员构成", "博士 ≤ 大专以上 ≤ 从业人数;应届毕业生、留学人员各 ≤ 从业人数", _B),
    Rule(
        "R08",
        "科技活动人员",
        "研发人员 ≤ 科技活动人员 ≤ 从业人数",
        _B,
        (Kept.ELSEWHERE,),
        note="科技活动人员属火炬年报,登记库只有研发人员和从业人数,两者已比较",
    ),
    Rule(
        "R08",
        "学历构成",
        "研究生、本科、大专、中专之和 ≤ 从业人数",
        _B,
        (Kept.ELSEWHERE,),
        note="分学历的人数属火炬年报;企业情况只分博士和大专以上",
    ),
    _each("R09", "企业有效知识产权", "发明专利 + 软件著作权 ≤ 有效知识产权", _B),
    Rule(
        "R09",
        "申请、授权和项目的分项",
        "发明专利 ≤ 知识产权申请、授权数;国家、省、市、区项目之和 = 项目总数",
        _B,
        (Kept.ELSEWHERE,),
        note="分项属火炬年报",
    ),
    _each("R10", "企业研发费用", "本年累计研发费用 ≤ 本年累计营业收入", _W, "研发先于收入的企业写明即可"),
    Rule("R10", "科技活动经费", "R&D 经费 ≤ 科技活动经费", _B, (Kept.ELSEWHERE,), note="科技活动经费属火炬年报"),
    _report(
        "R11",
        "投融资家数与金额",
        "本月获投融资企业数 = 0 当且仅当 金额 = 0",
        _B,
        "enterprises_financed",
        "financing",
    ),
    _each("R11", "其中孵化基金和贷款不超", "每家企业 其中孵化基金投资 + 其中银行贷款 ≤ 本月获投融资金额", _B),
    _each("R12", "企业本年累计不下降", "本年累计收入、研发费用、税费 ≥ 本年上一次填报的累计;1 月重计", _W),
    _each(
        "R12", "企业本年累计与当月相符", "上月累计 + 本月营业收入 = 本年累计;1 月本月即累计", _W, "上月未收集的不比较"
    ),
    _each("R12", "企业当月不超累计", "本月营业收入 ≤ 本年累计营业收入", _B),
    Rule(
        "R12",
        "载体本年累计不下降",
        "本年累计 ≥ 上月的本年累计,1 月重计",
        Does.NEVER,
        (Kept.BUILT,),
        note="只填当月数且不得为负,累计由各月相加;更正调低的按更正版本留痕",
    ),
    _report(
        "R13",
        "有企业须有从业人员",
        "在孵企业 > 0 时 登记库中这些企业的从业人数之和 > 0",
        _W,
        note="有一家未登记从业人数,合计即为不详,不作判断",
    ),
    _each("R13", "企业情况须有从业人员", "在孵企业都填完时 从业人数合计 > 0", _W),
    _report(
        "R13",
        "有企业须有管理服务人员",
        "在孵企业 > 0 时 载体自身的管理服务人员 > 0",
        _W,
        "staff_total",
        note="另加的核对,与企业从业人数无关",
    ),
    Rule(
        "R14",
        "团队与成员",
        "众创空间 创业团队 > 0 当且仅当 团队人数 > 0",
        _W,
        (Kept.ELSEWHERE,),
        note="本月报只填团队数,不填团队人数",
    ),
    Rule(
        "R14",
        "初创企业与就业",
        "初创企业 > 0 当且仅当 从业人数 > 0",
        _W,
        (Kept.REPORT, Kept.BUILT),
        note="有企业而无从业人员的,按在孵企业由 R13 核对;从业人数登记在各企业名下,没有企业就没有人数",
    ),
    _report("R14", "团队与工位", "众创空间有创业团队时 已用工位数 > 0", _W, "seats_used", "teams", note="另加的核对"),
    _report(
        "R14",
        "活动场次与人次",
        "本月活动场次 > 0 当且仅当 人次 > 0",
        _W,
        "events",
        "event_participants",
        note="另加的核对",
    ),
    _report(
        "R15",
        "单位误用",
        "金额、面积约为上月的 10 倍(8–12.5)、1000 倍(300–3000)、10000 倍(3000 以上)或几分之一;当期数也与前 12 个月中非零月份的中位数比",
        _W,
        note="页面给出一键改正;当期数在以往各月范围以内的,不与上月比",
    ),
    _each(
        "R15", "企业金额单位误用", "收入、研发费用、税费约为上次的 1000 倍(300–3000)、10000 倍(3000 以上)或几分之一", _W
    ),
    _report(
        "R15",
        "期末数大幅变动",
        "比上月增减超过 30%;家数、人数须同时差 3 以上",
        _W,
        note="与上月已提交的月报比较,上月未报或未填的不比较",
    ),
    _report(
        "R15",
        "期末数从无到有",
        "上月为 0,本月达到:金额 100 万元、面积 1000 ㎡、家数和人数 10",
        _W,
        note="零没有百分比,故按数额",
    ),
    _report(
        "R15",
        "登记库企业数大幅变动",
        "入驻、在孵、在孵科小、高企、硬科技企业数 比上月月报留存的数增减超过 30% 且差 3 家以上,或从 0 到 10 家以上",
        _W,
        note="累计毕业只增不减,由 R06 核对",
    ),
    _report(
        "R15",
        "偏离自身历史",
        "前 12 个月中至少 6 个月有数:|0.6745 ×(本月 − 中位数)÷ 偏离的中位数| > 3.5;"
        "偏离的中位数为 0 时用 0.7979 和偏离的平均数",
        _W,
        note="以往各月全部相同的、期末数比上月变动不到 10% 的不作判断;人数、家数须差 3 以上",
    ),
    _report(
        "R15",
        "收入连续为零",
        "载体收入本月和紧接着的前两个月都为 0",
        _W,
        "income",
        note="其中有月未报或未填的不算连续;其他金额为 0 属常情,不作提示",
    ),
    Rule(
        "R15",
        "首个报告月",
        "首个报告月填 1 月起累计数的,当期数不与任何月比较,以后各月也不与它比较",
        Does.NEVER,
        (Kept.BUILT,),
        note="期末数照常比较",
    ),
    Rule("R16", "信用代码格式", "18 位、字符集、机构类别", _B, (Kept.REGISTER,)),
    Rule(
        "R16",
        "信用代码校验位",
        "第 18 位 = 按 GB 32100-2015 计算的校验位",
        _W,
        (Kept.REGISTER, Kept.TENANTS),
        note="个别真实代码不符,核对营业执照并勾选后不再提示",
    ),
    Rule(
        "R17",
        "同时只在一家在孵",
        "同一代码同一天至多在一家载体在孵",
        _B,
        (Kept.REGISTER, Kept.TENANTS),
        note="确有需要的,由区科委写明“同时在孵说明”",
    ),
    Rule(
        "R18",
        "入驻时的成立年限",
        "入驻日期 ≥ 成立日期,且入驻时成立不超过孵化规则的月数(现行 24 个月)",
        _W,
        (Kept.REGISTER, Kept.TENANTS),
        note="在入驻当月核对",
    ),
    Rule("R19", "孵化期限", "在孵月数 ≤ 孵化规则的期限(已延期的按延期)", _W, (Kept.TENANTS,), note="每月提示至办结"),
    Rule("R20", "高企证书", "高新技术企业须有证书编号和有效期", _B, (Kept.REGISTER, Kept.TENANTS)),
    Rule("R21", "科小登记编号", "科技型中小企业须有入库登记编号和有效期", _B, (Kept.REGISTER, Kept.TENANTS)),
    Rule("R22", "毕业依据", "毕业须有至少一项依据", _B, (Kept.REGISTER,)),
    Rule(
        "R22",
        "毕业证明材料",
        "本月毕业的企业须有证明材料",
        _W,
        (Kept.REGISTER, Kept.TENANTS),
        note="登记毕业时须上传;批量导入的事后补传",
    ),
    _report(
        "R23",
        "入驻率在 0 与 100% 之间",
        "由 R01、R03 保证不超过 100%;可入驻面积或工位数为 0 时无法计算",
        _W,
        "area_leasable",
        "seats_total",
    ),
    _report("R24", "报告月份", "不早于载体开办和所在区的首个报告月,不晚于载体关闭,当月结束后才能提交", _B),
    Rule(
        "R25",
        "企业数取自登记库",
        "月报的企业数 = 登记库企业逐家计数;全区的企业数 = 登记库按信用代码去重计数,不是各载体之和",
        Does.NEVER,
        (Kept.BUILT,),
        note="面积、金额等填报数的全区数为审核通过月报之和",
    ),
    _report(
        "R25",
        "填报数与登记库",
        "已入驻面积、导师、活动场次与人次 对 登记库中的记录(面积容差 1 ㎡)",
        _T,
        "area_leased",
        "mentors",
        "events",
        "event_participants",
        note="登记库没有这类记录的不比较;有在驻企业未登记面积的,不比较面积",
    ),
    _each(
        "R25",
        "企业合计大于载体数",
        "在孵企业的融资家数、融资金额、知识产权申请与授权之和 ≤ 载体填报的同一项",
        _W,
        "载体数更大的只提示:其余应属在孵以外的企业;有一家缺数的不比较",
    ),
    _each("R25", "企业过半缺数", "每家企业缺报的必填数不超过一半", _W),
    Rule(
        "R26",
        "与火炬年报比对",
        "年度汇总与录入的火炬填报数相差不超过填报数的 5%",
        _W,
        (Kept.YEAR,),
        note="在“年度汇总”逐项列出并要求写差异说明,不在 12 月月报上提示,也不阻断;12 月月结前注明还不是最后结果",
    ),
    _report("M", "必填", "本类载体须填的数和填表人、电话;没有填 0,暂时缺数写“缺:原因”", _B),
    _each("M", "企业情况必填", "月末在孵企业逐家填完;没有填 0,暂时缺数写“缺:原因”", _B),
    _report("M22", "非租收入不超", "其中非房租物业收入 ≤ 载体本月收入", _B, "income_non_rent", "income"),
    _report("phone", "联系电话", "至少 7 位数字,可写分机", _B),
)

NAMES: Mapping[str, str] = {"M": "必填", "phone": "电话"}


def name_of(number: str) -> str:
    """How a rule is called on pages: its number, or a word where it has none."""
    return NAMES.get(number, number)


def numbers() -> list[str]:
    """All numbers, in order, each once."""
    return [*dict.fromkeys(rule.number for rule in RULES)]


def of_field(code: str) -> Iterator[Rule]:
    """The rules that name a figure."""
    return (rule for rule in RULES if code in rule.fields)


__all__ = ["NAMES", "RULES", "Does", "Kept", "Rule", "name_of", "numbers", "of_field"]
