"""What a verification found."""

from dataclasses import dataclass, field
from typing import Final

from dispatch.adapters.journal_chain import ZERO_HASH

LISTED_PROBLEMS: Final = 50
"""How many problems are described; the others are only counted, since one fault can break every event behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that does not hold; `seq` is the event it concerns, where it concerns one."""

    seq: int | None
    text_zh: str
    text_en: str


@dataclass(slots=True, kw_only=True)
class Report:
    """What was checked and found. `snapshots_passed_over` were made by another version of the program; `world_hash` is over the world
    at the head (`codec_world`), None when the events do not lead to one.
    """

    events: int = 0
    head_seq: int = 0
    head_hash: bytes = ZERO_HASH
    world_hash: bytes | None = None
    replies: int = 0
    snapshots_checked: int = 0
    snapshots_passed_over: int = 0
    open_incidents: int = 0
    n_problems: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return self.n_problems == 0

    def add(self, seq: int | None, text_zh: str, text_en: str) -> None:
        self.n_problems += 1
        if len(self.problems) < LISTED_PROBLEMS:
            self.problems.append(Problem(seq=seq, text_zh=text_zh, text_en=text_en))
