"""Takes notices to hospitals' systems: what the world holds as pending is sent until it is acknowledged, refused or withdrawn.

At least once, under the same identifier and with the same content each time. That an attempt begins is committed before anything is
sent: a process that has lost the right to write sends nothing more, and one that is killed in between leaves the notice pending for
whoever writes next. Notices of one patient never overtake each other. One that the peer cannot take steps back for longer and longer
and lets others go ahead; a peer that is not there is asked again by one of them at a time.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from dispatch.domain.commands_records import AttemptHandover, NoteHandoverAnswer
from dispatch.domain.events_records import HandoverIssued, HandoverUrged
from dispatch.domain.ids import NoticeId, PatientId
from dispatch.domain.notices import Notice, retry_after
from dispatch.domain.records import HandoverKind, PeerOutcome
from dispatch.domain.rejections import CommandRejected
from dispatch.engine.commits import Told
from dispatch.engine.engine import ENGINE_ACTOR, Engine
from dispatch.engine.ports import DependencyFailed, RecordsPeer
from dispatch.fhir.handover import bundle_of, handover_of
from dispatch.fhir.resources import NotFhir
from dispatch.projections.archive import ReadIncident

log = logging.getLogger(__name__)

LOOK_AGAIN_S: Final = 1.0
"""How long it may go unnoticed that this process has become the writer, or that a wait is over: a choice of ours."""


class Courier:
    """`run` it beside the engine; it rests where another process writes."""

    def __init__(self, engine: Engine, peer: RecordsPeer, read_incident: ReadIncident) -> None:
        self._engine, self._peer, self._read_incident = engine, peer, read_incident
        self._woken = asyncio.Event()
        self._unanswered = 0  # attempts in a row for which nobody was there
        self._held_until: datetime | None = None
        engine.subscribe(self._tell)

    def _tell(self, told: Told) -> None:
        for recorded in told.entries:
            if isinstance(recorded.event, HandoverUrged):
                self._held_until = None
            if isinstance(recorded.event, HandoverIssued | HandoverUrged):
                self._woken.set()

    async def run(self) -> None:
        """Send what is due until cancelled."""
        while True:
            self._woken.clear()
            await self.send_due()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await self._woken.wait()

    async def send_due(self) -> None:
        """Send one after another what is due now, as long as this process writes."""
        while self._engine.is_writing and self._engine.failure is None:
            notice = self._next()
            if notice is None:
                return
            try:
                await self._send(notice.notice_id)
            except CommandRejected:  # withdrawn or overtaken meanwhile, as everybody is told in a moment
                return
            except DependencyFailed as failure:
                log.warning("通知暂停发送 / notices are not sent for now: %s", failure)
                return

    def _next(self) -> Notice | None:
        """The notice to send now: pre-alerts first, then by age."""
        now = self._engine.clock.now()
        due = [notice for notice in self._heads() if self._is_due(notice, now)]
        return min(due, key=lambda notice: (notice.kind is not HandoverKind.PRE_ALERT, notice.issued_seq), default=None)

    def _heads(self) -> Iterator[Notice]:
        """The oldest pending notice of each patient."""
        seen: set[PatientId] = set()
        pending = (notice for notice in self._engine.world.outbox.values() if notice.is_pending)
        for notice in sorted(pending, key=lambda notice: notice.issued_seq):
            if notice.patient_id not in seen:
                seen.add(notice.patient_id)
                yield notice

    def _is_due(self, notice: Notice, now: datetime) -> bool:
        """A new one is tried at once, whatever became of others; as soon as the peer is there, all go that found nobody."""
        if notice.attempts == 0:
            return True
        if self._held_until is not None and now < self._held_until:
            return False
        return notice.due_at <= now or (notice.outcome is PeerOutcome.UNAVAILABLE and self._unanswered == 0)

    async def _send(self, notice_id: NoticeId) -> None:
        attempted = await self._engine.execute(AttemptHandover(notice_id=notice_id), actor=ENGINE_ACTOR)
        notice = attempted.world.notice(notice_id)
        outcome = await self._outcome(notice)
        if outcome is PeerOutcome.UNAVAILABLE:
            self._unanswered += 1
            self._held_until = self._engine.clock.now() + retry_after(self._unanswered)
        else:
            self._unanswered, self._held_until = 0, None
        log.info("通知 %s 第 %d 次:%s / notice, attempt, outcome", notice_id, notice.attempts, outcome)
        await self._engine.execute(NoteHandoverAnswer(notice_id=notice_id, outcome=outcome), actor=ENGINE_ACTOR)

    async def _outcome(self, notice: Notice) -> PeerOutcome:
        try:
            told = await asyncio.to_thread(handover_of, self._read_incident, notice, self._engine.world)
            bundle = await asyncio.to_thread(bundle_of, told)
        except (KeyError, NotFhir):
            log.exception("通知 %s 无法生成 / this notice cannot be put into FHIR", notice.notice_id)
            return PeerOutcome.FAILING
        return await self._peer.deliver(bundle, notice.notice_id)
