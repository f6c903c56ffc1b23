"""REST: plans, each with its clauses, doubts and open questions."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.rest import Link, PortalViewSet, documented
from plans import selectors
from plans.filters import PlanFilter
from plans.models import Clause, Discrepancy, Plan


class ClauseSerializer(serializers.ModelSerializer[Clause]):
    # A field of this name, not the serializer above.
    parent = serializers.SlugRelatedField[Clause]("code", read_only=True)  # type: ignore[assignment]

    class Meta:
        model = Clause
        fields = ["code", "parent", "kind", "label", "label_corrected", "heading", "line_from", "line_to", "quote"]


class DiscrepancySerializer(serializers.ModelSerializer[Discrepancy]):
    clause = serializers.SlugRelatedField[Clause]("code", read_only=True)

    class Meta:
        model = Discrepancy
        fields = ["code", "clause", "kind", "text", "handling"]


class QuestionSerializer(serializers.Serializer[Any]):
    """An open question and the decision in force today, if there is one."""

    code = serializers.CharField(source="question.code")
    question = serializers.CharField(source="question.question")
    clause = serializers.CharField(source="question.clause.code", allow_null=True, default=None)
    value_kind = serializers.CharField(source="question.value_kind")
    choices = serializers.ListField(source="question.choices", child=serializers.CharField())
    used_by = serializers.ListField(source="question.used_by", child=serializers.CharField())
    blocking = serializers.BooleanField(source="question.blocking")
    meanwhile = serializers.CharField(source="question.meanwhile")
    decision = serializers.SerializerMethodField()

    @extend_schema_field(
        {"type": "object", "nullable": True, "description": "今日有效的决定:值、日期、依据文件、理由、决定人"}
    )
    def get_decision(self, view: selectors.QuestionView) -> dict[str, Any] | None:
        answer = view.current
        if answer is None:
            return None
        kept = answer.decision
        return {
            "value": kept.value,
            "words": answer.words,
            "decided_on": kept.decided_on.isoformat(),
            "document": kept.document,
            "reason": kept.reason,
            "decided_by": str(kept.decided_by),
        }


class PlanSerializer(serializers.ModelSerializer[Plan]):
    url = Link(view_name="api:plans-detail", lookup_field="code")
    area = serializers.SlugRelatedField[Any]("code", read_only=True)
    issuer = serializers.StringRelatedField[Any]()
    question_count = serializers.IntegerField(help_text="待定事项数")
    open_count = serializers.IntegerField(help_text="其中尚未决定的")

    class Meta:
        model = Plan
        fields = [
            "url", "code", "title", "short_title", "kind", "document_number", "issuer", "area", "issued_on",
            "published_on", "effective_from", "effective_to", "effective_stated", "period_from", "period_to",
            "text_kind", "text_quality", "text_origin", "question_count", "open_count", "fingerprint",
        ]  # fmt: skip


class PlanDetailSerializer(PlanSerializer):
    clauses = ClauseSerializer(many=True)
    discrepancies = DiscrepancySerializer(many=True)
    questions = serializers.SerializerMethodField()

    class Meta(PlanSerializer.Meta):
        fields = [*PlanSerializer.Meta.fields, "text", "clauses", "discrepancies", "questions"]

    @extend_schema_field(QuestionSerializer(many=True))
    def get_questions(self, plan: Plan) -> Any:
        views = selectors.in_words(list(plan.questions.all()), timezone.localdate())
        return QuestionSerializer(views, many=True).data


@documented("规划", "各规划的标题、日期、文本质量和待定事项数;单条含全文、条款、文本疑点与待定事项(含今日有效的决定)。")
class PlanViewSet(PortalViewSet):
    """Plan texts are public among signed-in people; where their targets stand is not said here."""

    queryset = Plan.objects.all()
    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    open_to_everyone = True
    orderings = {"code": "code", "issued_on": "issued_on", "period_from": "period_from"}
    default_ordering = ("code",)
    file_name = "规划"
    lookup_field = "code"
    lookup_value_converter = "slug"

    def get_queryset(self) -> Any:
        rows = selectors.plans()
        return selectors.with_parts(rows) if self.action == "retrieve" else rows.defer("text", "definition")

    def get_serializer_class(self) -> Any:
        return PlanDetailSerializer if self.action == "retrieve" else PlanSerializer
