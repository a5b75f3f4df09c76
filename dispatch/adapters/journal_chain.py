"""Rows of the journal as they are stored, and the hash chain over them.

    hash_n = SHA-256(hash_(n-1) ‖ lengths ‖ fields),   hash_0 = 32 zero bytes

`fields` are the nine stored columns, joined, in the order of `EventRow`: numbers as decimal ASCII, text as UTF-8, the payload as
it is. `lengths` are the lengths in bytes of the nine fields, each four bytes, big-endian; they keep two rows that divide the same
bytes otherwise from having one hash. A reply or snapshot, which stands beside the chain, is sealed by the same formula over its own
fields with the chain's hash at its place in front. The chain is over what is stored, which is
sealed where it says something of persons (`vault`).
"""

import hashlib
import struct
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from dispatch.adapters import event_codec
from dispatch.adapters.event_codec_checks import require_aware
from dispatch.adapters.vault import Vault, public_payload
from dispatch.domain.events import Recorded
from dispatch.domain.ids import CommandId, Realm
from dispatch.engine.ports import Reply

ZERO_HASH: Final = bytes(32)
_LENGTHS: Final = struct.Struct(">9I")


class EventRow(NamedTuple):
    """One event as stored, in the order of the hash. `recorded_at` and `occurred_at` are RFC 3339 in UTC."""

    seq: int
    realm: str
    type: str
    schema_version: int
    recorded_at: str
    occurred_at: str
    actor: str
    command_id: str
    payload: bytes


def chain_hash(previous: bytes, row: EventRow) -> bytes:
    """The hash of `row` behind a row with hash `previous`."""
    fields = (
        b"%d" % row.seq,
        row.realm.encode(),
        row.type.encode(),
        b"%d" % row.schema_version,
        row.recorded_at.encode(),
        row.occurred_at.encode(),
        row.actor.encode(),
        row.command_id.encode(),
        row.payload,
    )
    return hashlib.sha256(b"".join((previous, _LENGTHS.pack(*map(len, fields)), *fields))).digest()


def snapshot_seal(chain: bytes, digest: str, world: bytes) -> bytes:
    """Hash of an encoded world behind the event with hash `chain`."""
    return _seal(chain, digest.encode(), world)


def reply_seal(chain: bytes, reply: Reply) -> bytes:
    """Hash of a reply behind the event with hash `chain`."""
    return _seal(chain, reply.key.encode(), reply.request_digest, b"%d" % reply.status, reply.body)


def _seal(chain: bytes, *fields: bytes) -> bytes:
    lengths = b"".join(len(field).to_bytes(4, "big") for field in fields)
    return hashlib.sha256(b"".join((chain, lengths, *fields))).digest()


def row_of(recorded: Recorded, vault: Vault | None = None) -> EventRow:
    """The row that stores `recorded`, sealed with `vault`. ValueError when its event could not be read back."""
    payload = event_codec.encode(recorded)
    if vault is not None:
        payload = vault.sealed_payload(recorded, payload)
    recorded_at = _instant_text(recorded.recorded_at)
    is_same = recorded.occurred_at is recorded.recorded_at
    return EventRow(
        recorded.seq,
        recorded.realm,
        recorded.type,
        event_codec.current_version(recorded.type),
        recorded_at,
        recorded_at if is_same else _instant_text(recorded.occurred_at),
        recorded.actor,
        recorded.command_id,
        payload,
    )


def payload_of(row: EventRow, vault: Vault | None = None) -> bytes:
    """The encoded event of a row: with stand-ins for persons where it is sealed and there is no `vault`, or none that has its key."""
    return public_payload(row.payload) if vault is None else vault.opened_payload(row.seq, row.type, row.payload)


def recorded_of(row: EventRow, vault: Vault | None = None) -> Recorded:
    """The event in a row, up-cast to the current version. `UnreadableEvent` when it is damaged or too new."""
    try:
        recorded_at = datetime.fromisoformat(row.recorded_at)
        occurred_at = datetime.fromisoformat(row.occurred_at)
    except (TypeError, ValueError) as error:
        raise event_codec.UnreadableEvent(f"event {row.seq}: {error}") from error
    return Recorded(
        seq=row.seq,
        realm=Realm(row.realm),
        recorded_at=recorded_at,
        occurred_at=occurred_at,
        actor=row.actor,
        command_id=CommandId(row.command_id),
        event=event_codec.decode(row.type, row.schema_version, payload_of(row, vault)),
    )


def _instant_text(at: datetime) -> str:
    require_aware(at)
    return msgspec.json.encode(at if at.tzinfo is UTC else at.astimezone(UTC)).decode().strip('"')
