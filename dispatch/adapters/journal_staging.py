"""Batches encoded for the store, before anybody has asked whether they may follow."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

from dispatch.adapters.journal_chain import EventRow, row_of
from dispatch.adapters.vault import Vault
from dispatch.domain.events import Event
from dispatch.domain.ids import IncidentId
from dispatch.engine.ports import Batch, Reply


@dataclass(frozen=True, slots=True)
class Staged:
    """A batch encoded and waiting; `incidents` are the (incident_id, seq) pairs of the index."""

    rows: tuple[EventRow, ...]
    incidents: tuple[tuple[str, int], ...]
    reply: Reply | None


def stage(batch: Batch, vault: Vault | None = None) -> Staged:
    """Encode a batch, and seal it with `vault`. ValueError when one of its events could not be read back."""
    rows = tuple(row_of(recorded, vault) for recorded in batch.entries)
    pairs = tuple(
        (incident, recorded.seq) for recorded in batch.entries for incident in incidents_named(recorded.event)
    )
    reply = batch.reply if vault is None or batch.reply is None else vault.sealed_reply(batch.reply)
    return Staged(rows, pairs, reply)


def incidents_named(event: Event) -> Iterable[str]:
    """The incidents that an event names in its own fields, each once."""
    kind: Any = type(event)
    return {getattr(event, name): None for name in _incident_fields(kind)}


@cache
def _incident_fields(kind: type[Any]) -> tuple[str, ...]:
    return tuple(name for name, hint in get_type_hints(kind).items() if hint is IncidentId)
