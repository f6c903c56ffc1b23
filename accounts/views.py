"""Signing in, changing one's own password, and the tokens of one's own programs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import OwnPasswordForm, SignInForm, TokenForm
from accounts.middleware import begin
from accounts.models import ApiToken
from accounts.services import change_own_password, issue_token, revoke_token, tokens_of
from core.permits import Refused
from core.trail import Actor


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


def shown_once(request: HttpRequest, token: ApiToken, secret: str, *, back: str) -> HttpResponse:
    """A token in the very answer that made it: it is kept neither in the session nor anywhere else. ``back`` is the
    address of the page that lists it."""
    context = {"token": token, "secret": secret, "back": back, "host": request.build_absolute_uri("/")[:-1]}
    return render(request, "accounts/token_secret.html", context)


@require_safe
def token_list(request: HttpRequest) -> HttpResponse:
    """The own tokens."""
    return render(request, "accounts/token_list.html", {"tokens": tokens_of(request.user)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def token_issue(request: HttpRequest) -> HttpResponse:
    """The form that issues a token of one's own; the answer to it shows the token, once."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            token, secret = issue_token(actor=Actor.of(request.user), user=request.user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return shown_once(request, token, secret, back=reverse("accounts:token_list"))
    return render(request, "accounts/token_form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop one of the own tokens."""
    token = get_object_or_404(ApiToken, pk=pk, user=request.user)
    try:
        revoke_token(actor=Actor.of(request.user), token=token)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"已停用令牌“{token.name}”")
    return redirect("accounts:token_list")
