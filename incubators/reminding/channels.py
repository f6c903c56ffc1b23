"""The channels by which letters go out. Which ones is the setting ``REMINDER_CHANNELS``; docs/chasing.md says how to
write one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection
from django.core.mail.message import BadHeaderError
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)


class Undelivered(Exception):
    """A letter did not go out; ``str(error)`` is a Chinese sentence that says why."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in for a carrier's operator."""

    name: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What is handed to a channel. ``address`` is one that the channel itself named."""

    address: str
    recipient: str
    subject: str
    body: str


# Said by every channel where an operator has no account at all.
NOBODY = "运营机构还没有可登录的账号"
Send = Callable[[Letter], None]


class Channel(Protocol):
    """A way to reach people. ``code`` is kept with each delivery and never changes, ``name`` is shown; ``missing`` says
    why nobody is reached. ``at_once``: it is done as soon as the letter is stored, nothing is sent."""

    code: str
    name: str
    missing: str
    at_once: bool

    def address(self, person: Person) -> str:
        """Where this person is reached by this channel; empty if not."""

    def session(self) -> AbstractContextManager[Send]:
        """A connection for several letters, as a function that sends one. Either may raise :class:`Undelivered`;
        one letter's failure is that letter's alone."""


class PortalNotice:
    """A notice on the operator's own page of months: the stored letter itself."""

    code = "portal"
    name = "站内通知"
    missing = NOBODY
    at_once = True

    def address(self, person: Person) -> str:
        """Every account reads it under its own name."""
        return person.name

    @contextmanager
    def session(self) -> Iterator[Send]:
        """Nothing is left to do."""
        yield lambda letter: None


class Email:
    """A letter by Django's mail (the settings ``EMAIL_URL`` and ``EMAIL_FROM``)."""

    code = "email"
    name = "电子邮件"
    missing = "运营机构的账号没有登记电子邮箱"
    at_once = False

    def address(self, person: Person) -> str:
        """The address of the account."""
        return person.email

    @contextmanager
    def session(self) -> Iterator[Send]:
        """One connection to the mail server for all letters."""
        connection = get_connection()
        try:
            connection.open()
        except OSError as error:
            logger.warning("no connection to the mail server: %s", error)
            raise Undelivered("连不上邮件服务器,请系统管理员核对邮件设置后重新发送") from error

        def send(letter: Letter) -> None:
            message = EmailMessage(letter.subject, letter.body, to=[letter.address], connection=connection)
            try:
                message.send()
            except SMTPRecipientsRefused as error:
                raise Undelivered("邮件服务器不接受这个地址,请核对电子邮箱") from error
            except BadHeaderError as error:
                raise Undelivered("电子邮箱写法不对,请核对") from error
            except (SMTPException, OSError) as error:
                logger.warning("mail to %s failed: %s", letter.address, error)
                raise Undelivered("邮件服务器没有收下这封信,可稍后重新发送") from error

        try:
            yield send
        finally:
            connection.close()


@cache
def _made(paths: tuple[str, ...]) -> dict[str, Channel]:
    found: dict[str, Channel] = {}
    for path in paths:
        try:
            channel = import_string(path)()
        except ImportError as error:
            raise ImproperlyConfigured(f"REMINDER_CHANNELS: {path} cannot be imported") from error
        if channel.code in found:
            raise ImproperlyConfigured(f"REMINDER_CHANNELS: two channels with the code {channel.code}")
        found[channel.code] = channel
    return found


def channels(paths: Sequence[str] | None = None) -> dict[str, Channel]:
    """The channels of this installation by their code, in the order of the setting."""
    return _made(tuple(settings.REMINDER_CHANNELS if paths is None else paths))


__all__ = ["NOBODY", "Channel", "Email", "Letter", "Person", "PortalNotice", "Undelivered", "channels"]
