"""Pages of an administrator: people of the own areas, one person's account, and the forms that change either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import TokenForm
from accounts.lockout import locked_until
from accounts.models import ApiToken, User
from accounts.services import tokens_of
from accounts.views import shown_once
from core.dates import date_cn, datetime_cn
from core.forms import PortalForm
from core.listing import Listing, ListSpec
from core.models import Change
from core.permits import NotPermitted, Permit, Refused
from core.spreadsheets import Column
from core.templatetags.badge_words import words_for
from incubators import audit
from incubators.models import Membership
from incubators.people import permits, selectors, services
from incubators.people.filters import PersonFilter
from incubators.people.forms import ContactForm, CreateForm, EndForm, ReasonForm, RoleForm

READ_OR_POST = ["GET", "HEAD", "POST"]


def _roles(person: Any) -> str:
    return "、".join(f"{row.get_role_display()}({selectors.place_of(row)})" for row in person.roles_held)


LIST = ListSpec(
    filterset=PersonFilter,
    sorts={
        "name": "display_name",
        "username": "username",
        "last_login": "last_login",
        "joined": "date_joined",
    },
    default_sort="username",
    file_name="人员",
    columns=(
        Column("用户名", "username"),
        Column("姓名", "display_name"),
        Column("角色与范围", _roles, width=48),
        Column("电话", "phone"),
        Column("电子邮箱", "email", width=28),
        Column("状态", lambda row: words_for("account", row.state).word),
        Column("最近登录", "last_login"),
        Column("开设时间", "date_joined"),
    ),
    notes=("角色只列您管理的区域内未结束的任职。", "含个人信息,请勿转发。"),
)


@require_safe
def person_list(request: HttpRequest) -> HttpResponseBase:
    """People of the administrator's areas."""
    listing = Listing(
        request,
        selectors.people(request.user),
        LIST,
        decorate=lambda batch: selectors.add_standing(request.user, batch),
    )
    if listing.export_format:
        return listing.export()
    return render(request, "incubators/people/list.html", {"listing": listing, "page": listing.page()})


def _person(request: HttpRequest, pk: int) -> Any:
    """The person, if the administrator may see them; otherwise there is no such person."""
    return get_object_or_404(selectors.people(request.user), pk=pk)


def _written(form: PortalForm, write: Callable[[], Any]) -> tuple[bool, Any]:
    """Do what a valid form asks; a refusal goes to its field. Returns whether it was done, and what came of it."""
    if not form.is_valid():
        return False, None
    try:
        return True, write()
    except (Refused, NotPermitted) as refused:
        form.refuse(refused)
    return False, None


def _password_page(request: HttpRequest, person: User, password: str) -> HttpResponse:
    """The one-time password, in the very answer that made it: it is kept neither in the session nor anywhere else."""
    return render(request, "incubators/people/password.html", {"person": person, "password": password})


@never_cache
@require_http_methods(READ_OR_POST)
def person_create(request: HttpRequest) -> HttpResponse:
    """Open an account with its first role."""
    form = CreateForm(request.POST or None, user=request.user)
    status = 200
    if request.method == "POST":
        done, made = _written(form, lambda: services.create_person(user=request.user, **form.cleaned_data))
        if done:
            return _password_page(request, *made)
        status = 422
    return render(request, "incubators/people/create.html", {"form": form}, status=status)


@dataclass(frozen=True, slots=True)
class Action:
    """Something done to an account with a reason: its words, who may, and the service. ``service`` returns a
    one-time password or nothing of interest."""

    title: str
    icon: str
    lead: str
    done: str
    permit: Callable[[Any, Any], Permit]
    service: Callable[..., Any]
    danger: bool = False


ACTIONS: dict[str, Action] = {
    "reset-password": Action(
        "重置密码",
        "key",
        "现有密码立即失效,已登录的页面退出,锁定同时解除。系统给出一次性密码,只显示一次;本人登录后须先修改。",
        "已重置密码",
        permits.may_reset_password,
        services.reset_password,
    ),
    "unlock": Action(
        "解除锁定",
        "lock-open",
        "清除连续输错密码的记录,本人可立即用原密码登录。请先与本人核实是否为其本人操作。",
        "已解除锁定",
        permits.may_change_account,
        services.unlock,
    ),
    "deactivate": Action(
        "停用账号",
        "circle-off",
        "本人立即不能登录,已登录的页面退出,接口令牌全部停用且不随恢复而恢复。任职记录保留。",
        "账号已停用",
        permits.may_stop_account,
        services.deactivate,
        danger=True,
    ),
    "reactivate": Action(
        "恢复账号",
        "circle-check",
        "本人可再用原密码登录,未结束的任职随即有效。忘记密码的,请另行重置。",
        "账号已恢复",
        permits.may_stop_account,
        services.reactivate,
    ),
}


def _offered(user: Any, person: Any, locked: bool) -> list[tuple[str, Action]]:
    """The actions that make sense for the account as it is, and that ``user`` may take."""
    state = {"deactivate": person.is_active, "reactivate": not person.is_active, "unlock": locked}
    return [(code, each) for code, each in ACTIONS.items() if state.get(code, True) and each.permit(user, person)]


@require_safe
def person_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: contact, roles, tokens, and what was done to it."""
    person = _person(request, pk)
    today = timezone.localdate()
    held = [*selectors.memberships(request.user).filter(user=person).order_by("-valid_from", "-pk")]
    for row in held:
        row.state = selectors.term_state(row, today)
        row.place = selectors.place_of(row)
    tokens = tokens_of(person)
    lock = locked_until([person.username]).get(person.username)
    may_change = permits.may_change_account(request.user, person)
    context = {
        "person": person,
        "state": selectors.account_state(person, lock is not None),
        "locked_until": lock,
        "facts": _facts(person),
        "memberships": held,
        "tokens": tokens,
        "may_change": may_change,
        "may_token": permits.may_issue_token(request.user, person),
        "may_roles": permits.may_change_roles(request.user, person),
        "actions": _offered(request.user, person, lock is not None),
        "trail": [_line(change) for change in selectors.changes_of(person, held, tokens)],
        "trail_shown": selectors.TRAIL_SHOWN,
    }
    return render(request, "incubators/people/detail.html", context)


# Icons of the account's history; what is not named here is an edit.
_ICONS = {
    "开设账号": "user-plus",
    "授予任职": "user-check",
    "终止任职": "user-minus",
    "撤回任职": "user-minus",
    "停用账号": "circle-off",
    "恢复账号": "circle-check",
    "重置密码": "key",
    "修改密码": "key",
    "首次修改密码": "key",
    "解除锁定": "lock-open",
    "签发令牌": "api",
    "停用令牌": "ban",
}


def _line(change: Change) -> dict[str, Any]:
    """One change as an entry of the timeline: what it is now, what it was where it was something, and why."""
    words = []
    for name, before, after in audit.differences(change):
        if change.before:
            words.append(f"{name}:{before} → {after}")
        elif after != "(空)":
            words.append(f"{name}:{after}")
    if change.reason:
        words.append(f"原因:{change.reason}")
    return {
        "when": change.at,
        "title": change.action,
        "text": ";".join(words),
        "actor": change.actor_name,
        "icon": _ICONS.get(change.action, "pencil"),
    }


def _facts(person: Any) -> list[dict[str, Any]]:
    entry = selectors.last_sign_in(person)
    at = datetime_cn(entry.at) if entry else None
    return [
        {"label": "用户名", "value": person.username},
        {"label": "姓名", "value": person.display_name},
        {"label": "电话", "value": person.phone},
        {"label": "电子邮箱", "value": person.email},
        {
            "label": "最近登录",
            "value": at or "从未登录",
            "note": f"来自 {entry.address}" if entry and entry.address else "",
        },
        {"label": "开设时间", "value": date_cn(person.date_joined)},
    ]


def _form_page(
    request: HttpRequest, person: Any, form: forms.Form, *, title: str, lead: str, permit: Permit, **more: Any
) -> HttpResponse:
    context = {"person": person, "form": form, "title": title, "lead": lead, "permit": permit, **more}
    status = 403 if not permit else 422 if form.errors else 200
    return render(request, "incubators/people/form.html", context, status=status)


@require_http_methods(READ_OR_POST)
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a person's name and contact."""
    person = _person(request, pk)
    permit = permits.may_change_account(request.user, person)
    now = {name: getattr(person, name) for name in ("display_name", "phone", "email")}
    form = ContactForm(request.POST if request.method == "POST" else None, initial=now)
    if request.method == "POST" and permit:
        done, _ = _written(form, lambda: services.edit_person(user=request.user, person=person, **form.cleaned_data))
        if done:
            messages.success(request, "已保存")
            return redirect("incubators:person_detail", pk=pk)
    return _form_page(
        request, person, form, title="修改资料", lead="用户名不能改。", permit=permit, submit="保存", draft=True
    )


@never_cache
@require_http_methods(READ_OR_POST)
def person_act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Do one of :data:`ACTIONS`, with a reason."""
    if action not in ACTIONS:
        raise Http404
    spec, person = ACTIONS[action], _person(request, pk)
    permit = spec.permit(request.user, person)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and permit:
        done, answer = _written(form, lambda: spec.service(user=request.user, person=person, **form.cleaned_data))
        if done:
            if isinstance(answer, str):
                return _password_page(request, person, answer)
            messages.success(request, spec.done)
            return redirect("incubators:person_detail", pk=pk)
    return _form_page(
        request,
        person,
        form,
        title=spec.title,
        lead=spec.lead,
        permit=permit,
        submit=spec.title,
        danger=spec.danger,
    )


@require_http_methods(READ_OR_POST)
def person_grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a person a role within the administrator's areas."""
    person = _person(request, pk)
    permit = permits.may_change_roles(request.user, person)
    form = RoleForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and permit:
        done, row = _written(form, lambda: services.grant(user=request.user, person=person, **form.cleaned_data))
        if done:
            messages.success(request, f"已授予:{row.get_role_display()}({selectors.place_of(row)})")
            return redirect("incubators:person_detail", pk=pk)
    lead = "系统管理员、审计员和业务角色须由不同的人担任;业务角色之间可以兼任。"
    return _form_page(request, person, form, title="授予任职", lead=lead, permit=permit, submit="授予", draft=True)


@require_http_methods(READ_OR_POST)
def person_end(request: HttpRequest, pk: int, membership: int) -> HttpResponse:
    """Let a role end."""
    person = _person(request, pk)
    row = get_object_or_404(selectors.memberships(request.user).select_related("user"), pk=membership, user=person)
    permit = permits.may_change_roles(request.user, person)
    form = EndForm(request.POST if request.method == "POST" else None, initial={"last_day": timezone.localdate()})
    if request.method == "POST" and permit:
        done, _ = _written(
            form, lambda: services.end_membership(user=request.user, membership=row, **form.cleaned_data)
        )
        if done:
            messages.success(request, "已终止任职")
            return redirect("incubators:person_detail", pk=pk)
    return _form_page(
        request,
        person,
        form,
        title=f"终止任职:{row.get_role_display()}",
        lead=_end_lead(row),
        permit=permit,
        submit="终止任职",
        danger=True,
    )


def _end_lead(row: Membership) -> str:
    begins = f"{selectors.place_of(row)},{date_cn(row.valid_from)}起。"
    if row.valid_from >= timezone.localdate():
        return f"{begins}最后一天当天仍有效;填起始日期的前一天,即撤回这项任职。"
    return f"{begins}最后一天当天仍有效;要立即生效请填昨天。"


@never_cache
@require_http_methods(READ_OR_POST)
def person_token_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue a token for the account of a program."""
    person = _person(request, pk)
    permit = permits.may_issue_token(request.user, person)
    form = TokenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and permit:
        done, made = _written(form, lambda: services.issue_token(user=request.user, person=person, **form.cleaned_data))
        if done:
            return shown_once(request, *made, back=reverse("incubators:person_detail", args=[pk]))
    lead = "程序以此账号的身份和权限读写数据。仅限没有人登录过的账号,即专供程序使用的账号;有人使用的账号由本人签发。"
    return _form_page(request, person, form, title="签发令牌", lead=lead, permit=permit, submit="签发", draft=True)


@require_POST
def person_token_revoke(request: HttpRequest, pk: int, token: int) -> HttpResponse:
    """Stop a program's token."""
    person = _person(request, pk)
    row = get_object_or_404(ApiToken.objects.select_related("user"), pk=token, user=person)
    try:
        services.revoke_token(user=request.user, token=row)
    except (Refused, NotPermitted) as denied:
        messages.error(request, str(denied))
    else:
        messages.success(request, f"已停用令牌“{row.name}”")
    return redirect("incubators:person_detail", pk=pk)
