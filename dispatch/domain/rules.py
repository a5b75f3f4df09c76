"""The settings a decision may depend on, and the context it is made in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from dispatch.domain.ids import NewIds
from dispatch.domain.post import RelocationRules
from dispatch.domain.vocabulary import Priority

SWITCH_S: Final = {Priority.RED: 120.0, Priority.ORANGE: 300.0, Priority.YELLOW: 600.0, Priority.GREEN: 900.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class DivertRules:
    """When a crew on its way may be given another incident, or be relieved of its own. Seconds.

    `max_per_incident`: how often one incident may change a crew on its way. `gain_s`: how much sooner the more urgent incident must
    be reached. `switch_s`, by the priority of the incident that changes its crew: what that change costs it, and so how much sooner a
    relief must be there. `loser_delay_s`: how much later the next crew may reach the incident that gives one up. Nobody is taken from
    an incident whose priority is in `forbidden`. Those in
    `may_wait` may be left without a crew when a life-threatening one has nobody.
    """

    max_per_incident: int = 1
    gain_s: float = 90.0
    loser_delay_s: float = 600.0
    switch_s: Mapping[Priority, float] = field(default_factory=lambda: SWITCH_S)
    forbidden: frozenset[Priority] = field(default_factory=frozenset)
    may_wait: frozenset[Priority] = frozenset({Priority.YELLOW, Priority.GREEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Times in seconds; the defaults are the contract's (detail 18).

    `auto_assign` names the priorities for which the engine commits the recommended unit by itself; for the others
    a dispatcher confirms. A device that somebody fetches is free again once that one has not moved for `aed_fetch_stalls_after_s`, and
    in any case after `aed_fetch_longest_s`. A hospital that has not acknowledged a pre-alert is reminded every
    `prealert_answer_after_s`, `prealert_reminders` times. A slot whose patient has been handed over counts as in use for
    `slot_in_use_s` unless the hospital says otherwise. A responder or drone that has
    not answered its page after `page_expires_after_s` is not waited for. With `tells_systems`, hospitals' systems are told by
    themselves: of a pre-alert when it is sent, of a hand-over when it is made.
    """

    reoffer_after_s: float = 30.0
    escalate_after_s: tuple[float, ...] = (60.0, 90.0)
    hold_reminder_every_s: float = 300.0
    hospital_status_valid_s: float = 4 * 3600.0
    prealert_answer_after_s: float = 120.0
    prealert_reminders: int = 3
    slot_in_use_s: float = 5400.0
    aed_fetch_stalls_after_s: float = 20.0
    aed_fetch_longest_s: float = 900.0
    page_expires_after_s: float = 45.0
    tells_systems: bool = False
    auto_assign: frozenset[Priority] = field(default_factory=frozenset)
    divert: DivertRules = field(default_factory=DivertRules)
    relocation: RelocationRules = field(default_factory=RelocationRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a decision is given besides the world and the command: the instant, fresh ids, the rules, and who asks."""

    now: datetime
    ids: NewIds
    rules: Rules
    actor: str
