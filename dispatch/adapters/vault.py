"""Personal data sealed before it is stored, and opened when it is read: AES-256-GCM, one key for each incident.

A sealed payload is the JSON of the event with stand-ins in place of what is personal (`domain/personal.py`), which anybody can read,
with one member in front that holds the whole event:

    {"sealed":"<subject>:<nonce, ciphertext and tag>", ...the event without its person...}     (subject and rest in base64)

So the row reads as a lawful event with and without its key, and the hash chain, which is over what is stored, holds when the key is
gone. A reply is sealed with the keys of all incidents that it names, a snapshot with a key of its own. What is not marked as sealed is
read as it stands: journals of before this was done, and drills, whose people are simulated.
"""

import base64
import hashlib
import logging
import os
import re
from dataclasses import replace
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dispatch.adapters import event_codec
from dispatch.adapters.personal_keys import SNAPSHOTS, PersonalKeys
from dispatch.domain.events import IncidentOpened, Recorded
from dispatch.domain.personal import ERASED, subject_of, without_person
from dispatch.engine.ports import Reply

_LOG: Final = logging.getLogger(__name__)
_NONCE_BYTES: Final = 12
"""NIST SP 800-38D, 5.2.1.1. Random: a key seals some hundred messages at most, far from the 2^32 at which that is a risk (8.3)."""
_PAYLOAD_MARK: Final = b'{"sealed":"'
_BYTES_MARK: Final = b"\xc1sealed\0"  # neither JSON nor MessagePack begins so
_SUBJECTS: Final = re.compile(rb'"((?:inc|trn|wrn)-[0-9A-Za-z-]+)"')
_ERASED_BODY: Final = b'{"erased":true,"text":"%s"}' % ERASED.encode()


class Vault:
    """Seals and opens with the keys of one directory. Thread-safe."""

    def __init__(self, keys: PersonalKeys) -> None:
        self.keys = keys
        self._missing: set[str] = set()

    @property
    def has_missing_keys(self) -> bool:
        """Whether something was sealed with a key that is not there and was not destroyed on purpose."""
        return bool(self._missing)

    # --- events -------------------------------------------------------------------------------------------------------

    def sealed_payload(self, recorded: Recorded, payload: bytes) -> bytes:
        """What is stored of an encoded event: itself when it says nothing of anybody."""
        event = recorded.event
        public, subject = without_person(event), subject_of(event)
        if public is event or subject is None:
            return payload
        shown = event_codec.encode_checked(public)
        key = self.keys.make(subject, is_new=isinstance(event, IncidentOpened))
        closed = _seal(key, payload, _place(recorded.seq, recorded.type))
        return b'%s%s:%s",%s' % (_PAYLOAD_MARK, base64.b64encode(subject.encode()), base64.b64encode(closed), shown[1:])

    def opened_payload(self, seq: int, type_name: str, payload: bytes) -> bytes:
        """The encoded event of a stored payload; with stand-ins where its key is gone."""
        if not is_sealed(payload):
            return payload
        named, _, closed = payload[len(_PAYLOAD_MARK) : _end_of_mark(payload)].partition(b":")
        subject = _decoded(named).decode("utf-8", "replace")
        key = self.keys.find(subject)
        opened = None if key is None else _open(key, _decoded(closed), _place(seq, type_name))
        if opened is None:
            self._note_missing(subject)
            return public_payload(payload)
        return opened

    # --- what stands beside the chain ---------------------------------------------------------------------------------

    def sealed_reply(self, reply: Reply) -> Reply:
        """The reply as it is stored: itself when it names no incident."""
        subjects = sorted({found.decode() for found in _SUBJECTS.findall(reply.body)})
        if not subjects:
            return reply
        joint = _joint([self.keys.make(subject) for subject in subjects])
        named = ",".join(subjects).encode()
        return replace(reply, body=b"%s%s\0%s" % (_BYTES_MARK, named, _seal(joint, reply.body, reply.key.encode())))

    def opened_reply(self, reply: Reply) -> Reply:
        """The reply as it was given; only that there was one, where a key is gone."""
        if not reply.body.startswith(_BYTES_MARK):
            return reply
        named, _, closed = reply.body[len(_BYTES_MARK) :].partition(b"\0")
        keys = [self.keys.find(subject) for subject in named.decode("ascii", "replace").split(",")]
        known = [key for key in keys if key is not None]
        opened = _open(_joint(known), closed, reply.key.encode()) if len(known) == len(keys) else None
        return replace(reply, body=_ERASED_BODY if opened is None else opened)

    def sealed_world(self, world: bytes) -> bytes:
        """An encoded world as it is stored."""
        return _BYTES_MARK + _seal(self.keys.make(SNAPSHOTS), world, b"")

    def opened_world(self, stored: bytes) -> bytes | None:
        """The encoded world; None when its key is gone, as it is after every erasure."""
        if not stored.startswith(_BYTES_MARK):
            return stored
        key = self.keys.find(SNAPSHOTS)
        return None if key is None else _open(key, stored[len(_BYTES_MARK) :], b"")

    # --- what stands in files of its own ------------------------------------------------------------------------------

    def sealed_bytes(self, subject: str, plain: bytes, place: str) -> bytes:
        """Bytes as a file may hold them, bound to the file's name; the key is durable before they can be written."""
        key = self.keys.make(subject)
        self.keys.keep()
        return _seal(key, plain, place.encode())

    def opened_bytes(self, subject: str, closed: bytes, place: str) -> bytes | None:
        """The bytes; None when the key is gone, or these are not the ones."""
        key = self.keys.find(subject)
        return None if key is None else _open(key, closed, place.encode())

    def _note_missing(self, subject: str) -> None:
        if subject in self._missing or self.keys.is_erased(subject):
            return
        if not self._missing:
            _LOG.error(
                "个人信息的密钥缺失(首例:%s),按已抹除显示;请恢复密钥文件后重启。"
                " A key of personal data is missing (first: %s); it is shown as erased. Restore the file of keys and restart.",
                subject, subject,
            )  # fmt: skip
        self._missing.add(subject)


def is_sealed(payload: bytes) -> bool:
    """Whether a stored payload holds a sealed event."""
    return payload.startswith(_PAYLOAD_MARK)


def public_payload(payload: bytes) -> bytes:
    """What everybody can read of a stored payload."""
    return b"{" + payload[_end_of_mark(payload) + 2 :] if is_sealed(payload) else payload


def without_vault(world: bytes) -> bytes | None:
    """An encoded world as it is stored, if it is not sealed."""
    return None if world.startswith(_BYTES_MARK) else world


def _end_of_mark(payload: bytes) -> int:
    return payload.find(b'"', len(_PAYLOAD_MARK))


def _place(seq: int, type_name: str) -> bytes:
    """Binds a ciphertext to its row."""
    return b"%d %s" % (seq, type_name.encode())


def _joint(keys: list[bytes]) -> bytes:
    return hashlib.sha256(b"".join(keys)).digest()


def _seal(key: bytes, plain: bytes, place: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place)


def _open(key: bytes, closed: bytes, place: bytes) -> bytes | None:
    """None for what was sealed with another key, or is damaged (which the chain tells)."""
    try:
        return AESGCM(key).decrypt(closed[:_NONCE_BYTES], closed[_NONCE_BYTES:], place)
    except (InvalidTag, ValueError):
        return None


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
