"""The form of what the doctor says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from dispatch.engine.ports import Clock

CLOCK_SKEW_S: Final = 1.0
"""Clocks further apart put the steps of one crew in another order than they were taken: a choice of ours."""


class Grade(StrEnum):
    """How grave a finding is; only a sick installation ends the command with 1."""

    SICK = "sick"
    NOTICE = "notice"


class Said(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`what` is so, what it `means` for dispatch, and what to `do`. Programs go by `code`."""

    code: str
    grade: Grade = Grade.SICK
    what: Said
    means: Said
    do: Said


def skewed(clock: Clock, ask: Callable[[], float], other: Said) -> Iterator[Finding]:
    """Compare our clock with another's (`ask` gives its seconds since 1970); only what the round trip cannot explain is a finding."""
    sent_at = clock.now().timestamp()
    theirs = ask()
    got_at = clock.now().timestamp()
    offset_s = (sent_at + got_at) / 2 - theirs
    if abs(offset_s) - (got_at - sent_at) / 2 <= CLOCK_SKEW_S:
        return
    ahead = Said("快", "ahead of") if offset_s > 0 else Said("慢", "behind")
    yield Finding(
        code="clock_skew",
        what=Said(
            f"本机时钟比{other.zh}{ahead.zh} {abs(offset_s):.1f} 秒",
            f"this machine's clock is {abs(offset_s):.1f} s {ahead.en} {other.en}",
        ),
        means=Said(
            "时刻会记错:到达时间、超时提醒与救治时间统计都不可信",
            "instants are recorded wrongly: arrival times, overdue reminders and care times cannot be trusted",
        ),
        do=Said(
            "检查本机与对方的对时服务(chrony 或 ntpd)", "check time synchronisation (chrony or ntpd) on both machines"
        ),
    )
