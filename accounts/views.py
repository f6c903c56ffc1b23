"""Signing in, and changing one's own password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy

from accounts.forms import OwnPasswordForm, SignInForm
from accounts.middleware import begin
from accounts.services import change_own_password


class SignInView(LoginView):
    """Django's page; the clocks of the new session start here."""

    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        begin(self.request)
        return answer


class OwnPasswordView(PasswordChangeView):
    """Changing one's own password; the only page that opens to a person with a one-time password."""

    form_class = OwnPasswordForm
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: Any) -> HttpResponse:
        person = change_own_password(user=self.request.user, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(self.request, person)
        messages.success(self.request, "密码已修改")
        return redirect(self.get_success_url())
