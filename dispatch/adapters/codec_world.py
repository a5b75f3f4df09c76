"""The world as bytes, for snapshots: MessagePack, tagged with a digest of the program that folded it.

A snapshot is only a shortcut to what the fold would give. When the fold or the shape of an entity has changed, the old bytes may
still parse and mean something else; so each snapshot carries `program_digest()`, and one with another digest is left alone.
"""

import ast
import hashlib
import inspect
from functools import cache
from types import GenericAlias, ModuleType
from typing import Any, Final, get_args, get_origin

import immutables
import msgspec

from dispatch.domain import (
    aed,
    arrest,
    assignment,
    casualties,
    draft,
    evolve,
    evolve_aeds,
    evolve_arrest,
    evolve_assignments,
    evolve_care,
    evolve_casualties,
    evolve_notices,
    evolve_premises,
    evolve_privacy,
    evolve_reception,
    hospital,
    ids,
    incident,
    notices,
    patient,
    personal,
    post,
    premises,
    reception,
    roads,
    room,
    unit,
    vocabulary,
    world,
)
from dispatch.domain.world import World
from routing import geo

# Every module whose code decides what a folded world holds.
_FOLDING_MODULES: Final[tuple[ModuleType, ...]] = (
    aed,
    arrest,
    assignment,
    casualties,
    draft,
    evolve,
    evolve_aeds,
    evolve_arrest,
    evolve_assignments,
    evolve_care,
    evolve_casualties,
    evolve_notices,
    evolve_premises,
    evolve_privacy,
    evolve_reception,
    geo,
    hospital,
    ids,
    incident,
    notices,
    patient,
    personal,
    post,
    premises,
    reception,
    roads,
    room,
    unit,
    vocabulary,
    world,
)


@cache
def program_digest() -> str:
    """SHA-256 (hex) of the syntax trees of the modules that shape and fold the world; comments and layout do not count."""
    trees = (ast.dump(ast.parse(inspect.getsource(module))) for module in _FOLDING_MODULES)
    return hashlib.sha256("\n".join(trees).encode()).hexdigest()


def encode_world(world: World) -> bytes:
    """The world as MessagePack; equal worlds give equal bytes."""
    return _ENCODER.encode(world)


def world_hash(world: World) -> bytes:
    """SHA-256 over the encoded world: two journals that lead to the same world, by the same program, give the same."""
    return hashlib.sha256(encode_world(world)).digest()


def decode_world(data: bytes) -> World:
    """The world in bytes from `encode_world` of a program with the same digest. ValueError when they are damaged."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"the snapshot cannot be read: {error}") from error


def _plain(value: object) -> object:
    if isinstance(value, immutables.Map):
        return dict(value)
    raise TypeError(f"no encoding for {type(value)}")


def _typed(hint: Any, value: object) -> object:
    if get_origin(hint) is immutables.Map:
        return immutables.Map(msgspec.convert(value, GenericAlias(dict, get_args(hint)), dec_hook=_typed))
    raise TypeError(f"no decoding for {hint}")


_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=_plain, order="deterministic")
_DECODER: Final = msgspec.msgpack.Decoder(World, dec_hook=_typed)
