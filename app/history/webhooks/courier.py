"""The courier delivers messages to webhooks. Each worker has one; leases divide the webhooks among them
(`app.writing.deliveries`).

A webhook has one delivery at a time, in order: the next delivery starts after the previous one was accepted. The exact
bytes of a delivery are stored before it is sent, so that every attempt sends the same message with the same id,
whichever process makes it. No database connection is held during a request to a receiver.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import zstandard

from app.domain.types import instant
from app.errors import ApiError, ProblemType
from app.history.change_filter import ChangeFilter
from app.history.changes import ChangePage, Feed, Position, parse_position
from app.history.webhooks.sender import Sender, SendResult
from app.reading.head_watcher import HeadWatcher
from app.reading.reader import Reader
from app.settings import Settings
from app.writing import deliveries
from app.writing.deliveries import LEASE, Attempt
from app.writing.webhooks import Row, signing
from app.writing.writer import Writer

log = logging.getLogger("parley.error")

#: Backoff of a failed delivery: first pause in seconds, factor for each further failure, longest pause in seconds.
_FIRST, _TIMES, _LONGEST = 5.0, 3.0, 4 * 3_600.0
#: Upper limit for the `Retry-After` of a receiver, in seconds.
_RETRY_AFTER_MAX = 86_400.0
#: Seconds between two polls for due webhooks, which are needed because notifications may be lost, and between two
#: sweeps of the log.
_POLL_INTERVAL, _SWEEP_INTERVAL = 30.0, 600.0
#: Seconds that running deliveries are given to finish when the process shuts down.
_SHUTDOWN_GRACE = 3.0


def pause_after(failures: int, retry_after: float | None) -> float:
    """Return the seconds until the next attempt, given the number of failures before this one. The pause varies randomly
    by up to 20 percent, so that deliveries that failed at the same time are not all repeated at the same time."""
    grown = min(_FIRST * _TIMES ** min(failures, 20), _LONGEST)
    chosen = grown if retry_after is None else min(max(retry_after, 1.0), _RETRY_AFTER_MAX)
    # Never earlier than `Retry-After`.
    return chosen * random.uniform(1.0 if retry_after is not None else 0.8, 1.2)  # noqa: S311 - no secret


def filter_of(row: Row) -> ChangeFilter:
    """The filter of a webhook."""
    return ChangeFilter.of(row["collections"], row["actions"], row["processes"])


def attempt_from(result: SendResult) -> Attempt:
    return Attempt(result.status, result.error, result.text, result.milliseconds)


@dataclass(slots=True)
class Courier:
    """Delivers to webhooks, at most `webhooks_at_once` at the same time."""

    writer: Writer
    reader: Reader
    watch: HeadWatcher
    sender: Sender
    settings: Settings

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Deliver in the background while the context is open. Does nothing if `webhooks_at_once` is 0."""
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
            while not self.watch.is_closed:
                # Get the event before looking for due webhooks, so that a write in between is not missed.
                event = self.watch.change_event()
                idle = _POLL_INTERVAL
                try:
                    if loop.time() - swept > _SWEEP_INTERVAL:
                        swept = loop.time()
                        log_days, log_most = self.settings.webhook_log_days, self.settings.webhook_log_most
                        await deliveries.sweep(self.writer.engine, days=log_days, most=log_most)
                    idle = await self._begin(running)
                except ApiError as error:
                    log.warning("webhook deliveries are interrupted: %s", error.detail)
                except Exception:
                    log.exception("webhook deliveries failed")
                waiting = asyncio.create_task(event.wait())
                await asyncio.wait({waiting, *running}, timeout=idle, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                running -= {task for task in running if task.done()}
        finally:
            if running:
                _, late = await asyncio.wait(running, timeout=_SHUTDOWN_GRACE)
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)

    async def _begin(self, running: set[asyncio.Task[None]]) -> float:
        """Start the deliveries that are due. Returns the seconds until the next check."""
        while len(running) < self.settings.webhooks_at_once:
            due = await deliveries.seconds_until_due(self.writer.engine)
            if due is None or due > 0:
                return _POLL_INTERVAL if due is None else min(due, _POLL_INTERVAL)
            lease = uuid4()
            row = await deliveries.lease_due(self.writer.engine, lease)
            if row is None:
                # Another process leased the webhook first, and will start the next deliveries itself.
                return 1.0
            running.add(asyncio.create_task(self.deliver_next(row, lease)))
        return _POLL_INTERVAL

    async def deliver_next(self, row: Row, lease: UUID) -> None:
        """Send the next delivery of a webhook, and renew the webhook's lease meanwhile. Stops if the lease is lost."""
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
        except Exception as error:
            work.cancel()
            if isinstance(error, ApiError) and error.kind is ProblemType.UNAVAILABLE:
                # The database is unreachable or busy: the lease expires, and a courier tries again.
                log.warning("webhook %s: %s", row["id"], error.detail)
                return
            log.exception("delivery to webhook %s failed", row["id"])
            await self._note_failure(row, lease)

    async def _note_failure(self, row: Row, lease: UUID) -> None:
        """Count a failure of the courier itself, so that it is shown, backs off, and pauses the webhook in the end."""
        try:
            pending = await deliveries.find_pending(self.writer.engine, row["id"])
            failed = SendResult(None, "The server failed to make or send the delivery; see its log.", None, 0)
            await self._fail(row, lease, None if pending is None else pending["id"], failed)
        except Exception:
            # The database fails too: the lease expires, and a courier tries again.
            log.exception("the failure of webhook %s was not recorded", row["id"])

    async def _fail(self, row: Row, lease: UUID, delivery: UUID | None, result: SendResult) -> None:
        pause = pause_after(row["failures"], result.retry_after)
        hours = self.settings.webhook_give_up_hours
        reason = await deliveries.fail(
            self.writer.engine, row, lease, delivery, attempt_from(result), pause=pause, give_up_hours=hours
        )
        if reason is not None:
            log.warning("webhook %s is paused: %s", row["id"], reason.meaning)

    async def _deliver(self, row: Row, lease: UUID) -> None:
        pending = await deliveries.find_pending(self.writer.engine, row["id"])
        if pending is None:
            after = Position(row["revision"], row["record_id"])
            page = await Feed(self.reader, filter_of(row)).page(after, row["batch"])
            if not page.changes:
                await deliveries.advance(
                    self.writer.engine, row["id"], lease, page.next.revision, page.next.record, taken=None
                )
                return
            values = delivery_values("changes", after, page, row["batch"])
            pending = await deliveries.note_pending(self.writer.engine, row["id"], lease, values)
            if pending is None:
                return
        result = await self._send(row, pending)
        if result.is_success:
            to = parse_position(pending["next"])
            success = (pending["id"], attempt_from(result))
            await deliveries.advance(self.writer.engine, row["id"], lease, to.revision, to.record, success)
            return
        await self._fail(row, lease, pending["id"], result)

    async def _send(self, webhook: Row, delivery: Row) -> SendResult:
        body, secrets = zstandard.decompress(delivery["body"]), signing(webhook, datetime.now(UTC))
        return await self.sender.send(webhook["url"], f"msg_{delivery['id']}", body, secrets)

    async def send_again(self, webhook: Row, delivery: Row) -> SendResult:
        """Repeat a delivery that was accepted or dropped. The position of the webhook does not change."""
        result = await self._send(webhook, delivery)
        await deliveries.note_attempt(self.writer.engine, delivery["id"], attempt_from(result))
        return result

    async def ping(self, webhook: Row) -> tuple[Row, SendResult]:
        """Send a test message without changes."""
        at = Position(webhook["revision"], webhook["record_id"])
        head = webhook["revision"] + webhook["revisions_behind"]
        page = ChangePage([], at, webhook["revisions_behind"] > 0, head, webhook["updated_at"])
        values = delivery_values("ping", at, page, webhook["batch"])
        delivery = await deliveries.note_ping(self.writer.engine, webhook["id"], values)
        return delivery, await self.send_again(webhook, delivery)


def delivery_values(kind: str, after: Position, page: ChangePage, batch: int) -> dict[str, object]:
    """The column values of a delivery that sends this page."""
    at = datetime.now(UTC)
    body = page.to_json(batch, type=kind, timestamp=instant(at)).encode()
    return {
        "after": str(after), "next": str(page.next), "change_count": len(page.changes), "created_at": at,
        "body": zstandard.compress(body),
    }  # fmt: skip
