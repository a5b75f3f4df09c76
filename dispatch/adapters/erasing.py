"""A running service learns from the list of erasures what has been erased, writes it down, and forgets it in every process."""

import asyncio
import logging
from typing import Final

from dispatch.adapters.personal_keys import PersonalKeys
from dispatch.domain.commands_privacy import EraseIncident
from dispatch.domain.events_privacy import IncidentErased
from dispatch.domain.ids import IncidentId, TransferId
from dispatch.engine.engine import Engine, Told
from dispatch.engine.ports import DependencyFailed

LOOK_EVERY_S: Final = 1.0
"""How soon screens forget who was erased; the keys are gone before. A choice of ours."""

_LOG: Final = logging.getLogger(__name__)


async def keep_up_with_erasures(engine: Engine, keys: PersonalKeys) -> None:
    """Record each erasure on the list that the journal does not know of; until cancelled."""

    def forget(told: Told) -> None:
        if any(isinstance(recorded.event, IncidentErased) for recorded in told.entries):
            keys.forget()

    engine.subscribe(forget)
    while True:
        try:
            if engine.is_writing and engine.failure is None:
                await _record_new(engine, keys)
        except DependencyFailed as failure:
            _LOG.error(
                "抹除尚未写入日志,稍后重试。 An erasure is not in the journal yet, to be tried again: %s", failure
            )
        await asyncio.sleep(LOOK_EVERY_S)


async def _record_new(engine: Engine, keys: PersonalKeys) -> None:
    for erasure in await asyncio.to_thread(keys.unrecorded):
        command = EraseIncident(
            incident_id=IncidentId(erasure.incident_id),
            transfer_ids=tuple(map(TransferId, erasure.transfer_ids)),
            reason=erasure.reason,
        )
        await engine.execute(command, actor=erasure.ordered_by)
        await asyncio.to_thread(keys.note_recorded, erasure)
