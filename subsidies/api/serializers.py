"""How rules, runs and awards look over REST: stable codes, Chinese words beside them, money in yuan as text."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.rest import Link
from subsidies.models import Award, AwardRun, AwardShare, Rule


class RuleSerializer(serializers.ModelSerializer[Rule]):
    url = Link(view_name="api:rules-detail", lookup_field="code")
    plan = serializers.CharField(source="plan.code")
    clause = serializers.CharField(source="clause.code")

    class Meta:
        model = Rule
        fields = (
            "url", "code", "name", "plan", "clause", "quote", "beneficiary", "form", "frequency", "effective_from",
            "effective_to", "fingerprint", "definition",
        )  # fmt: skip


class RunSerializer(serializers.ModelSerializer[AwardRun]):
    url = Link(view_name="api:award-runs-detail")
    plan = serializers.CharField(source="plan.code")

    class Meta:
        model = AwardRun
        fields = ("url", "id", "plan", "year", "as_of", "run_by_name", "job_id", "started_at", "finished_at", "counts")


class ShareSerializer(serializers.ModelSerializer[AwardShare]):
    class Meta:
        model = AwardShare
        fields = ("payer", "payer_stated", "ceiling", "proposed", "granted")


class AwardSerializer(serializers.ModelSerializer[Award]):
    url = Link(view_name="api:awards-detail")
    carrier = serializers.CharField(source="carrier.code")
    carrier_name = serializers.CharField(source="carrier.name")
    is_synthetic = serializers.BooleanField(source="carrier.is_synthetic")
    plan = serializers.CharField(source="rule.plan.code")
    rule = serializers.CharField(source="rule.code")
    clause = serializers.CharField(source="rule.clause.code")
    verdict_name = serializers.CharField(source="get_verdict_display")
    state_name = serializers.CharField(source="get_state_display")
    shares = ShareSerializer(many=True)

    class Meta:
        model = Award
        fields = (
            "url", "id", "carrier", "carrier_name", "is_synthetic", "year", "plan", "rule", "clause", "verdict",
            "verdict_name", "reason", "state", "state_name", "shares", "fingerprint", "computed_at",
        )  # fmt: skip


class AwardDossierSerializer(AwardSerializer):
    """One award with its whole dossier."""

    dossier: Any = serializers.JSONField()

    class Meta(AwardSerializer.Meta):
        fields = (*AwardSerializer.Meta.fields, "dossier")
