"""A running service learns from the list of erasures what has been erased, writes it down, and forgets it in every process."""

import asyncio
import logging
from typing import Final

from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.personal_keys import Erasure, PersonalKeys, is_of_premises
from dispatch.adapters.retention import Retention
from dispatch.domain.commands_privacy import EraseIncident, ErasePremises
from dispatch.domain.events_privacy import IncidentErased, PremisesErased
from dispatch.domain.ids import IncidentId, TransferId, WarningId
from dispatch.engine.commits import Told
from dispatch.engine.engine import Engine
from dispatch.engine.ports import DependencyFailed, Journal, Snapshot

LOOK_EVERY_S: Final = 1.0
"""How soon screens forget who was erased; the keys are gone before. A choice of ours."""

_LOG: Final = logging.getLogger(__name__)


async def keep_up_with_erasures(
    engine: Engine, keys: PersonalKeys, journal: Journal, retention: Retention | None = None
) -> None:
    """Record each erasure on the list that the journal does not know of; `retention` puts more on it. Until cancelled."""

    def forget(told: Told) -> None:
        if any(isinstance(recorded.event, IncidentErased | PremisesErased) for recorded in told.entries):
            keys.forget()

    engine.subscribe(forget)
    while True:
        try:
            await look_for_erasures(engine, keys, journal, retention)
        except (DependencyFailed, JournalDamaged) as failure:
            _LOG.error(
                "抹除尚未写入日志,稍后重试。 An erasure is not in the journal yet, to be tried again: %s", failure
            )
        await asyncio.sleep(LOOK_EVERY_S)


async def look_for_erasures(engine: Engine, keys: PersonalKeys, journal: Journal, retention: Retention | None) -> None:
    """One look, of the process that writes: what is due by now, and what has been put on the list. Raises like these."""
    now = engine.clock.now()
    is_due = retention is not None and retention.begins_a_day(now)
    if not engine.is_writing or engine.failure is not None:
        return
    if retention is not None and is_due:
        due = await asyncio.to_thread(retention.due, now)
        for erasure in due:  # one by one: whoever seals a call waits for one at most
            await asyncio.to_thread(keys.erase, erasure)
        _LOG.info("保存期满,抹除 %d 个事件 / kept long enough: %d incidents erased", len(due), len(due))
    if await _record_new(engine, keys):
        # Earlier ones went with the erasure, and a restart is to be as quick as before.
        await journal.save_snapshot(Snapshot(world=engine.world))


async def _record_new(engine: Engine, keys: PersonalKeys) -> bool:
    unrecorded = await asyncio.to_thread(keys.unrecorded)
    for erasure in unrecorded:
        await engine.execute(_command(erasure), actor=erasure.ordered_by)
        await asyncio.to_thread(keys.note_recorded, erasure)
    return bool(unrecorded)


def _command(erasure: Erasure) -> EraseIncident | ErasePremises:
    if is_of_premises(erasure.incident_id):
        return ErasePremises(warning_id=WarningId(erasure.incident_id), reason=erasure.reason)
    return EraseIncident(
        incident_id=IncidentId(erasure.incident_id),
        transfer_ids=tuple(map(TransferId, erasure.transfer_ids)),
        reason=erasure.reason,
    )
