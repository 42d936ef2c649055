"""The courier: each server process has one, and they share the webhooks by leases (`app.writing.deliveries`).

One delivery of a webhook at a time, in order: the next begins where the last was taken. A delivery is in the log before
it is sent, as the bytes that it is, so that a repetition, also by another process, is the same message under the same id.
No connection is held while a receiver is waited for.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import zstandard

from app.domain.types import instant
from app.errors import ApiError
from app.history.change_filter import Wanted
from app.history.changes import ChangePage, Feed, Position, position
from app.history.webhooks.sender import Answer, Sender
from app.reading.head_watcher import HeadWatcher
from app.reading.reader import Reader
from app.settings import Settings
from app.writing import deliveries
from app.writing.deliveries import LEASE, Attempt
from app.writing.webhooks import Row, signing
from app.writing.writer import Writer

log = logging.getLogger("parley.error")

#: Seconds until a failed delivery is tried again: at first, each time so many times longer, and at the most.
_FIRST, _TIMES, _LONGEST = 5.0, 3.0, 4 * 3_600.0
#: Seconds that a receiver may ask for (`Retry-After`).
_ASKED = 86_400.0
#: Seconds after which a courier looks again where no news came, since news may be lost; and sweeps the log.
_LOOK, _SWEEP = 30.0, 600.0
#: Seconds for which deliveries may end when the process does.
_PATIENCE = 3.0


def pause_after(failures: int, retry_after: float | None) -> float:
    """Seconds until the next attempt, after so many failures before this one. A third is chance, so that what failed
    together does not come back together."""
    grown = min(_FIRST * _TIMES ** min(failures, 20), _LONGEST)
    chosen = grown if retry_after is None else min(max(retry_after, 1.0), _ASKED)
    # Never earlier than a receiver asked for.
    return chosen * random.uniform(1.0 if retry_after is not None else 0.8, 1.2)  # noqa: S311 - no secret


def wanted_by(row: Row) -> Wanted:
    """Which changes a webhook wants."""
    return Wanted.of(row["collections"], row["actions"], row["processes"])


def attempt_of(answer: Answer) -> Attempt:
    return Attempt(answer.status, answer.error, answer.text, answer.milliseconds)


@dataclass(slots=True)
class Courier:
    """Delivers to webhooks, `most` at the same time."""

    writer: Writer
    reader: Reader
    watch: HeadWatcher
    sender: Sender
    settings: Settings

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Meanwhile, deliver; nothing where the settings say so."""
        if not self.settings.webhooks_at_once:
            yield
            return
        task = asyncio.create_task(self._work())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self.sender.close()

    async def _work(self) -> None:
        running: set[asyncio.Task[None]] = set()
        swept = float("-inf")
        loop = asyncio.get_running_loop()
        try:
            while not self.watch.is_over:
                # Taken before anything is looked at: what is written in between is not missed.
                news = self.watch.next_news()
                idle = _LOOK
                try:
                    if loop.time() - swept > _SWEEP:
                        swept = loop.time()
                        log_days, log_most = self.settings.webhook_log_days, self.settings.webhook_log_most
                        await deliveries.sweep(self.writer.engine, days=log_days, most=log_most)
                    idle = await self._begin(running)
                except ApiError as refused:
                    log.warning("the courier of the webhooks cannot work: %s", refused.detail)
                except Exception:
                    log.exception("the courier of the webhooks failed")
                waiting = asyncio.create_task(news.wait())
                await asyncio.wait({waiting, *running}, timeout=idle, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                running -= {task for task in running if task.done()}
        finally:
            if running:
                _, late = await asyncio.wait(running, timeout=_PATIENCE)
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)

    async def _begin(self, running: set[asyncio.Task[None]]) -> float:
        """Begin what is due; answers the seconds after which to look again."""
        while len(running) < self.settings.webhooks_at_once:
            due = await deliveries.seconds_until_due(self.writer.engine)
            if due is None or due > 0:
                return _LOOK if due is None else min(due, _LOOK)
            lease = uuid4()
            row = await deliveries.lease_due(self.writer.engine, lease)
            if row is None:
                # Another process was faster, and will look again itself.
                return 1.0
            running.add(asyncio.create_task(self.deliver_next(row, lease)))
        return _LOOK

    async def deliver_next(self, row: Row, lease: UUID) -> None:
        """Deliver what comes next, for as long as the lease is held."""
        work = asyncio.create_task(self._deliver(row, lease))
        try:
            while not (await asyncio.wait({work}, timeout=LEASE / 3))[0]:
                if not await deliveries.renew_lease(self.writer.engine, row["id"], lease):
                    work.cancel()
                    await asyncio.wait({work})
                    return
            await work
        except asyncio.CancelledError:
            work.cancel()
            with suppress(ApiError):
                await deliveries.end_lease(self.writer.engine, row["id"], lease)
            raise
        except ApiError as refused:
            # The database is out of reach or busy: the lease runs out, and somebody tries again.
            work.cancel()
            log.warning("webhook %s: %s", row["id"], refused.detail)
        except Exception:
            work.cancel()
            log.exception("webhook %s could not be delivered to", row["id"])

    async def _deliver(self, row: Row, lease: UUID) -> None:
        pending = await deliveries.find_pending(self.writer.engine, row["id"])
        if pending is None:
            after = Position(row["revision"], row["record_id"])
            page = await Feed(self.reader, wanted_by(row)).page(after, row["batch"])
            if not page.changes:
                await deliveries.advance(
                    self.writer.engine, row["id"], lease, page.next.revision, page.next.record, taken=None
                )
                return
            values = entry_of("changes", after, page, row["batch"])
            pending = await deliveries.note_pending(self.writer.engine, row["id"], lease, values)
            if pending is None:
                return
        answer = await self._send(row, pending)
        if answer.is_taken:
            to = position(pending["next"])
            taken = (pending["id"], attempt_of(answer))
            await deliveries.advance(self.writer.engine, row["id"], lease, to.revision, to.record, taken)
            return
        pause = pause_after(row["failures"], answer.retry_after)
        hours = self.settings.webhook_give_up_hours
        reason = await deliveries.fail(
            self.writer.engine, row, lease, pending["id"], attempt_of(answer), pause=pause, give_up_hours=hours
        )
        if reason is not None:
            log.warning("webhook %s is paused: %s", row["id"], reason.meaning)

    async def _send(self, hook: Row, delivery: Row) -> Answer:
        body, secrets = zstandard.decompress(delivery["body"]), signing(hook, datetime.now(UTC))
        return await self.sender.send(hook["url"], f"msg_{delivery['id']}", body, secrets)

    async def send_again(self, hook: Row, delivery: Row) -> Answer:
        """Send a delivery that was taken or dropped once more; nothing moves."""
        answer = await self._send(hook, delivery)
        await deliveries.note_attempt(self.writer.engine, delivery["id"], attempt_of(answer))
        return answer

    async def ping(self, hook: Row) -> tuple[Row, Answer]:
        """Send a message without changes."""
        at = Position(hook["revision"], hook["record_id"])
        head = hook["revision"] + hook["revisions_behind"]
        page = ChangePage([], at, hook["revisions_behind"] > 0, head, hook["updated_at"])
        values = entry_of("ping", at, page, hook["batch"])
        made = await deliveries.note_ping(self.writer.engine, hook["id"], values)
        return made, await self.send_again(hook, made)


def entry_of(kind: str, after: Position, page: ChangePage, batch: int) -> dict[str, Any]:
    """A delivery of a page, as the log takes it."""
    at = datetime.now(UTC)
    body = page.told(batch, type=kind, timestamp=instant(at)).encode()
    return {
        "after": str(after), "next": str(page.next), "change_count": len(page.changes), "created_at": at,
        "body": zstandard.compress(body),
    }  # fmt: skip
