"""Changing one's own password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import PasswordChangeView
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse_lazy

from core.trail import Actor, record


class OwnPasswordView(PasswordChangeView):
    """Django's form; the change leaves a line in the trail, without any secret."""

    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            answer = super().form_valid(form)
            record(actor=Actor.of(self.request.user), action="修改密码", target=self.request.user)
        messages.success(self.request, "密码已修改")
        return answer
