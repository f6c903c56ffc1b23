"""Sending what was written to carriers: each letter by each channel to each person, by itself, in a job."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from core.jobs import submit
from core.models import Change
from core.trail import Actor, record_many
from incubators.models import Delivery, Reminder, ReminderBatch
from incubators.reminding.channels import Channel, Letter, Undelivered, channels

logger = logging.getLogger(__name__)

DELIVER_JOB = "deliver_reminders"
STUCK_AFTER = timedelta(minutes=10)
STATES = Delivery.State
PORTAL = Actor(None, "系统", Change.Channel.JOB)


def hand_over(batch: ReminderBatch, by: Any) -> None:
    """Have what waits in a batch sent by a job, once the transaction is over."""
    actor = PORTAL if by is None else Actor.of(by)
    submit(kind=DELIVER_JOB, title=f"发送{batch}", actor=actor, params={"batch": batch.pk})


def deliver(batch_id: int, progress: Callable[[int, int, str], None] = lambda done, total, message: None) -> Any:
    """Send what of a batch waits, by each channel; returns counts by state. One letter that fails stops no other.

    A letter whose sending was cut off is not sent again by itself: whether it arrived nobody knows, which it says.
    """
    rows = Delivery.objects.filter(reminder__batch=batch_id)
    cut = "发送时中断,不能确定是否送达,可重新发送"
    rows.filter(state=STATES.SENDING).update(state=STATES.FAILED, error=cut)
    waiting = [*rows.filter(state=STATES.WAITING).select_related("reminder__carrier").order_by("channel", "pk")]
    # Said once: a stop half-way would leave letters of which nobody knows.
    progress(0, len(waiting), "正在发送")
    for code in dict.fromkeys(row.channel for row in waiting):
        _by_channel(channels().get(code), [row for row in waiting if row.channel == code])
    waiting = [row for row in waiting if row.state != STATES.WAITING]
    _record_deliveries(waiting)
    return {"sent": sum(row.state == STATES.SENT for row in waiting), "failed": _failed(waiting)}


def is_stuck(batch: ReminderBatch) -> bool:
    """Whether what waits in the batch waits for nothing: its job was cancelled, or no worker runs."""
    return timezone.now() - batch.made_at > STUCK_AFTER


def may_retry(batch: ReminderBatch, row: Delivery) -> bool:
    """Whether a delivery may be sent again: it failed, or waits in vain, and there is an address."""
    waits = row.state in {STATES.WAITING, STATES.SENDING}
    return bool(row.address) and (row.state == STATES.FAILED or (waits and is_stuck(batch)))


def _by_channel(channel: Channel | None, rows: Sequence[Delivery]) -> None:
    """Send these by one channel, each by itself; what happened is stored with each."""
    if channel is None:
        for row in rows:
            _done(row, "这个渠道已停用")
        return
    left = [*rows]
    try:
        with channel.session() as send:
            while left:
                row = left[0]
                # Another worker with the same batch has it, or has sent it already.
                free = Delivery.objects.filter(pk=row.pk, state=STATES.WAITING)
                if free.update(state=STATES.SENDING, tried_at=timezone.now()):
                    _done(row, _sent(send, row))
                left.pop(0)
    except Undelivered as error:
        for row in left:
            _done(row, str(error))
    except Exception:
        # A channel of somebody else's making may fail in any way; the letters say so, the others go on.
        logger.exception("the channel %s failed", channel.code)
        for row in left:
            _done(row, f"{channel.name}出错,已记录日志,可稍后重新发送")


def _sent(send: Callable[[Letter], None], row: Delivery) -> str:
    """Send one letter; why it did not go out, empty when it did."""
    try:
        send(Letter(row.address, row.recipient, row.reminder.subject, row.reminder.body))
    except Undelivered as error:
        return str(error)
    except Exception:
        logger.exception("a letter by %s failed", row.channel)
        return f"{row.channel_name}出错,已记录日志,可稍后重新发送"
    return ""


def _done(row: Delivery, error: str) -> None:
    row.state, row.error = (STATES.FAILED if error else STATES.SENT), error[:300]
    Delivery.objects.filter(pk=row.pk).update(state=row.state, error=row.error, tried_at=timezone.now())


def _failed(rows: Iterable[Delivery]) -> int:
    return sum(row.state == STATES.FAILED for row in rows)


def _record_deliveries(rows: Sequence[Delivery]) -> None:
    """A line for each letter whose sending was tried: by which channel, to whom, and why not."""
    told = [
        (
            row.reminder_id,
            str(row.reminder),
            {},
            {
                "channel": row.channel_name,
                "recipient": row.recipient,
                "state": row.get_state_display(),
                "error": row.error,
            },
        )
        for row in rows
    ]
    if told:
        record_many(actor=PORTAL, action="送出催报", model=Reminder, rows=told)


__all__ = ["DELIVER_JOB", "PORTAL", "deliver", "hand_over", "is_stuck", "may_retry"]
