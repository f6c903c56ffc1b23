"""Closed lists of a plan file, each code with the Chinese word shown for it.

The code is what a file says; the word is for pages and messages. A code that is not listed is
refused when the file is read, with the list of what is allowed.
"""

from typing import Final, Literal

PlanKind = Literal["three_year_action_plan", "implementation_plan", "policy_measures"]
TextKind = Literal["full_text", "full_text_with_annex", "full_text_with_interpretation", "excerpts"]
TextQuality = Literal["official_copy", "converted_copy", "news_paraphrase", "aggregator"]
ClauseKind = Literal[
    "web_preface", "notice", "signature", "preamble", "lead", "interpretation", "chapter", "section",
    "item", "paragraph", "bullet", "aspect", "measure", "annex", "list", "table", "row", "subrow",
    "effective_clause",
]  # fmt: skip
CarrierKind = Literal["incubator", "maker_space", "accelerator", "science_park", "enclave", "any"]
TargetKind = Literal[
    "new_since_start", "standing", "new_each_year", "ratio", "amount", "milestone", "coverage", "trend"
]  # fmt: skip
Comparator = Literal[
    "at_least", "more_than", "between", "equal", "about", "done", "some", "increase"
]  # fmt: skip
Commitment = Literal["binding", "aspiration", "expected", "encouraged", "promoted", "supported"]
BaselineStatus = Literal[
    "stated", "partly_stated", "stated_qualitative", "implied", "assumed_new_only", "not_stated"
]  # fmt: skip
AllocationPeriod = Literal["whole_period", "per_year"]
MunicipalShare = Literal["none_stated", "exists_amount_not_stated"]
Basis = Literal["stated", "inferred", "named_in_clause", "allocation_units", "not_stated"]
TermCategory = Literal[
    "platform", "park", "cluster", "infrastructure", "fund", "finance", "loan_product", "talent",
    "talent_title", "role", "honour", "project_title", "grade", "list", "organisation_type",
    "enterprise_relation", "enterprise_stage",
]  # fmt: skip
WhoKind = Literal["carrier", "enterprise", "person", "other"]
RuleEvent = Literal[
    "designated", "newly_designated", "municipal_operating_grant", "municipal_reward_grant",
    "annual_grade", "yearly_operation", "milestone_evaluation", "outstanding_effect",
    "overseas_recruitment", "excess_return", "stage_of_development", "application",
    "standard_or_contest", "construction_progress", "loan_default_risk", "by_cited_document",
    "by_county_policy", "not_stated",
]  # fmt: skip
AmountForm = Literal[
    "fixed", "ceiling", "match", "not_stated", "pool", "voucher", "by_reference", "to_be_made",
    "risk_compensation", "profit_share",
]  # fmt: skip
AmountBasis = Literal["operating_grant", "reward_grant", "grade_grant", "rent", "excess_return"]
Payer = Literal["district", "municipal", "city", "county", "carrier", "government_investment"]
RuleFrequency = Literal[
    "one_off", "yearly", "per_evaluation", "per_loan", "per_fund_exit", "not_stated"
]  # fmt: skip
HeldDay = Literal["designation", "grade_published", "other_payment", "not_stated"]
DutyFrequency = Literal[
    "monthly", "yearly", "real_time", "continuous", "as_needed", "periodic_unspecified",
    "per_milestone", "per_batch", "per_application", "milestone_and_periodic", "not_stated",
]  # fmt: skip
DecisionRole = Literal[
    "amount", "ratio", "match_base", "early_recognition", "same_amount", "start_day", "payer", "graded_title"
]  # fmt: skip
DecisionValue = Literal["ratio", "amount", "list", "criterion", "document", "choice", "date", "text"]
DiscrepancyKind = Literal[
    "typo", "ambiguity", "wording", "gap", "dates", "source_quality", "note", "numbering", "unit",
    "structure", "jurisdiction", "number", "separator",
]  # fmt: skip
Population = Literal["district", "incubatees", "residents"]

LABELS: Final[dict[str, dict[str, str]]] = {
    "plan_kind": {
        "three_year_action_plan": "三年行动计划",
        "implementation_plan": "实施方案",
        "policy_measures": "政策措施",
    },
    "text_quality": {
        "official_copy": "官方文本",
        "converted_copy": "转换文本",
        "news_paraphrase": "新闻转述",
        "aggregator": "转载文本",
    },
    "target_kind": {
        "new_since_start": "期内新增",
        "standing": "期末存量",
        "new_each_year": "每年新增",
        "ratio": "比例",
        "amount": "金额",
        "milestone": "里程碑",
        "coverage": "覆盖率",
        "trend": "趋势",
    },
    "comparator": {
        "at_least": "不少于",
        "more_than": "超过",
        "between": "介于",
        "equal": "等于",
        "about": "约",
        "done": "完成",
        "some": "若干",
        "increase": "提高",
    },
    "commitment": {
        "binding": "约束性",
        "aspiration": "力争",
        "expected": "预期性",
        "encouraged": "鼓励",
        "promoted": "推动",
        "supported": "支持",
    },
    "carrier_kind": {
        "incubator": "科技企业孵化器",
        "maker_space": "众创空间",
        "accelerator": "加速器",
        "science_park": "大学科技园",
        "enclave": "科创飞地",
        "any": "科创载体",
    },
    "amount_form": {
        "fixed": "定额",
        "ceiling": "最高额",
        "match": "资金匹配",
        "not_stated": "金额未写明",
        "pool": "资金池",
        "voucher": "券",
        "by_reference": "按所引文件",
        "to_be_made": "政策待出台",
        "risk_compensation": "风险补偿",
        "profit_share": "收益让渡",
    },
    "payer": {
        "district": "区级",
        "municipal": "市级",
        "city": "市级(设区市)",
        "county": "县(市、区)级",
        "carrier": "科创载体",
        "government_investment": "政府投资部分",
    },
    "rule_frequency": {
        "one_off": "一次性",
        "yearly": "每年",
        "per_evaluation": "每次评价",
        "per_loan": "每笔贷款",
        "per_fund_exit": "每次基金退出",
        "not_stated": "未写明",
    },
    "decision_value": {
        "ratio": "比例",
        "amount": "金额",
        "list": "名单",
        "criterion": "标准",
        "document": "文件",
        "choice": "选择",
        "date": "日期",
        "text": "文字",
    },
    "discrepancy_kind": {
        "typo": "错字",
        "ambiguity": "歧义",
        "wording": "用语不一",
        "gap": "未写明",
        "dates": "日期",
        "source_quality": "文本质量",
        "note": "说明",
        "numbering": "编号",
        "unit": "单位",
        "structure": "结构",
        "jurisdiction": "层级",
        "number": "数字不一",
        "separator": "分隔符",
    },
}
