"""Notices to the merchant's server that something became of a charge.

Invariants: each notice is written down before it is sent, so one that was waiting when the
process was killed is sent by the next; it is tried a bounded number of times; a redirect is
not followed.
"""

import asyncio
from typing import Final

import aiohttp
import structlog

from bezant.integrations.acquirers.sandbox.access import SIGNATURE_HEADER, Purpose, sign
from bezant.integrations.acquirers.sandbox.server.records import ChargeRecord, NoticeRecord
from bezant.integrations.acquirers.sandbox.server.settings import Keys, SandboxSettings
from bezant.integrations.acquirers.sandbox.server.state import State
from bezant.integrations.acquirers.sandbox.wire import NoticePlan, NoticeSent, encode

NOTICE_TIMEOUT_S: Final = 5
NOTICES_AT_ONCE: Final = 20
TRY_AGAIN_MS: Final = (2_000, 10_000, 60_000)
"""The pauses after the tries that failed; after the last one it is given up."""
SOONEST_AFTER_MS: Final = 800
SPREAD_OF_AFTER_MS: Final = 400
_MILLIS: Final = 1_000
_ACCEPTED: Final = range(200, 300)

_log: Final = structlog.get_logger("bezant.sandbox")


class Notices:
    """Sends notices while the application runs."""

    def __init__(self, settings: SandboxSettings, state: State) -> None:
        self._settings, self._state = settings, state
        self._key = Keys.of(settings).signing
        self._tasks: set[asyncio.Task[bool]] = set()
        self._slots = asyncio.Semaphore(NOTICES_AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    def resume(self) -> None:
        """Takes up what was waiting when the application ended."""
        for notice in self._state.pending_notices():
            self._wait_and_send(notice)

    async def follow(self, record: ChargeRecord) -> None:
        """Sends, or puts down to be sent, what the charge's plan says.

        Returns when the merchant may be answered or the browser sent back.
        """
        if not self._settings.notice_url or record.notice is None:
            return
        after = self._after_ms(record)
        match record.notice:
            case NoticePlan.BEFORE:
                await self._send(self._state.add_notice(record.reference, due_at=self._now_ms()))
            case NoticePlan.TOGETHER:
                self._plan(record, delay_ms=0)
            case NoticePlan.AFTER:
                self._plan(record, delay_ms=after)
            case NoticePlan.TWICE:
                self._plan(record, delay_ms=0)
                self._plan(record, delay_ms=after)
            case NoticePlan.LATE:
                delay = record.notice_delay_ms
                self._plan(record, delay_ms=self._settings.late_ms if delay is None else delay)
            case NoticePlan.NEVER:
                pass

    async def deliver_all(self) -> int:
        """Sends everything that waits, now; how many arrived."""
        waiting = self._state.pending_notices()
        return sum(await asyncio.gather(*(self._send(notice) for notice in waiting)))

    async def close(self) -> None:
        """Stops waiting; what was not sent stays written down."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _plan(self, record: ChargeRecord, *, delay_ms: int) -> None:
        due_at = self._now_ms() + delay_ms
        self._wait_and_send(self._state.add_notice(record.reference, due_at=due_at))

    def _wait_and_send(self, notice: NoticeRecord) -> None:
        task = asyncio.create_task(self._send_when_due(notice))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_when_due(self, notice: NoticeRecord) -> bool:
        await asyncio.sleep(max(0, notice.due_at - self._now_ms()) / _MILLIS)
        # It may have been sent ahead of its time.
        if not self._state.is_pending(notice.notice_id):
            return False
        return await self._send(notice)

    async def _send(self, notice: NoticeRecord) -> bool:
        async with self._slots:
            arrived = await self._post(notice.reference)
        if arrived or notice.attempts >= len(TRY_AGAIN_MS):
            self._state.end_notice(notice.notice_id, delivered=arrived)
            return arrived
        due_at = self._now_ms() + TRY_AGAIN_MS[notice.attempts]
        self._wait_and_send(self._state.postpone_notice(notice, due_at=due_at))
        return False

    async def _post(self, reference: str) -> bool:
        record = self._state.charge(reference)
        assert record is not None
        sent = NoticeSent(reference=reference, state=record.state, sent_at=self._now_ms())
        body = encode(sent)
        headers = {
            SIGNATURE_HEADER: sign(self._key, Purpose.NOTICE, body),
            "content-type": "application/json",
        }
        try:
            async with self._opened().post(
                self._settings.notice_url, data=body, headers=headers, allow_redirects=False
            ) as answered:
                return answered.status in _ACCEPTED
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.warning("notice_failed", reference=reference, reason=type(error).__name__)
            return False

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=NOTICE_TIMEOUT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _after_ms(self, record: ChargeRecord) -> int:
        """About a second, the same for the same charge."""
        if record.notice_delay_ms is not None:
            return record.notice_delay_ms
        drawn = int(self._settings.drawn("notice delay", record.reference), 16)
        return SOONEST_AFTER_MS + drawn % (SPREAD_OF_AFTER_MS + 1)

    def _now_ms(self) -> int:
        return int(self._settings.clock.now().timestamp() * _MILLIS)
