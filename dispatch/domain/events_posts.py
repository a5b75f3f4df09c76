"""Events about where units wait; named in `events.Event` like all others."""

from dataclasses import dataclass

from dispatch.domain.ids import UnitId
from dispatch.domain.post import PostRecord, Relocation


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsAdopted:
    """From here on units wait at these posts; `posts_version` names the file."""

    posts_version: str
    posts: tuple[PostRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelocationAdvised:
    """The unit would cover more at another post; a person decides."""

    unit_id: UnitId
    relocation: Relocation


@dataclass(frozen=True, slots=True, kw_only=True)
class RelocationAdviceWithdrawn:
    """What was advised would no longer be worth the drive: others have moved, come free or been sent out since."""

    unit_id: UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRelocated:
    """The unit is to wait at another post, and drives there; it stays free all the way."""

    unit_id: UnitId
    relocation: Relocation


PostEvent = PostsAdopted | RelocationAdvised | RelocationAdviceWithdrawn | UnitRelocated
