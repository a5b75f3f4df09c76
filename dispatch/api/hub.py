"""The fan-out without I/O: frames are framed once, clients have bounded queues, and the latest frames are kept for resuming.

Who has read everything is written to at once; for who has not there is a queue, which a shell (`stream.py`) moves onto the socket.
Nothing here waits, so a slow client cannot hold up another: when its queue is full it is marked, closed by its shell, and comes
back by `after`.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from operator import length_hint
from typing import Any, NamedTuple, TypeVar

import msgspec

from dispatch.api.framing import framed_text
from dispatch.domain.events_privacy import IncidentErased, PremisesErased
from dispatch.domain.ids import IncidentId, UnitId
from dispatch.domain.unit import Fix
from dispatch.domain.world import World
from dispatch.engine.commits import Told
from dispatch.projections.journal_wire import is_confidential
from dispatch.projections.sight import WHOLE, Breadth, Sight

MAX_QUEUED_FRAMES = 500
MAX_QUEUED_BYTES = 4_000_000  # a full snapshot of the city is some 0.5 MB
# What is kept for resuming fits into a client's queue, with room for what happens while the client catches up.
RING_FRAMES = 400
RING_BYTES = 2_000_000
GIVEN_AT_ONCE = 100  # some 2 ms of work: a choice of ours
SNAPSHOTS_A_BEAT = 5  # each some 15 ms of work with 600 units and 200 calls: a choice of ours
MOST_REMEMBERED = 2_000  # incidents that a client was shown; beyond it the oldest would be noted again

_encode = msgspec.json.Encoder().encode
_T = TypeVar("_T")


class Message:
    """One text, framed as it goes over every socket."""

    __slots__ = ("_start", "framed")

    def __init__(self, payload: bytes) -> None:
        self.framed = framed_text(payload)
        self._start = len(self.framed) - len(payload)

    @property
    def text(self) -> str:
        return self.framed[self._start :].decode()

    @property
    def size(self) -> int:
        return len(self.framed)


class Parcel:
    """Messages that go together, in this order and in one write: a write costs more than all else that is done for a console."""

    __slots__ = ("framed", "messages")

    def __init__(self, *messages: Message) -> None:
        self.messages = messages
        self.framed = b"".join(message.framed for message in messages)


class Condition(NamedTuple):
    """What a heartbeat says of this process: what is degraded, and how a drill goes, if this is one that is led."""

    degraded: Sequence[str] = ()
    drill: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One `events` frame, covering `first` to `last`."""

    first: int
    last: int
    message: Message
    incident_ids: frozenset[IncidentId] = frozenset()


@dataclass(slots=True, eq=False)
class Client:
    """One console. `wake` is called whenever there is something in its queue; `take` sends a frame at once, and says no when the
    console has not read the last ones.
    """

    wake: Callable[[], None]
    sight: Sight = WHOLE
    take: Callable[[bytes], bool] | None = None
    queue: deque[Message] = field(default_factory=deque)
    direct: Callable[[bytes], bool] | None = None
    """`take`, as long as there is nothing that has to go before."""
    queued_bytes: int = 0
    is_overrun: bool = False
    wants_positions: bool = False
    is_going_away: bool = False
    has_lost_credentials: bool = False
    when_shown: Callable[[Collection[str]], None] | None = None
    _shown: dict[str, None] = field(default_factory=dict)

    def show(self, incident_ids: Collection[str]) -> None:
        """Say which of these it is shown for the first time, as far as that is remembered."""
        if self.when_shown is None or self._shown.keys() >= set(incident_ids):
            return
        self.when_shown([each for each in incident_ids if each not in self._shown])
        self._shown.update(dict.fromkeys(incident_ids))
        for oldest in list(self._shown)[: max(0, len(self._shown) - MOST_REMEMBERED)]:
            del self._shown[oldest]

    def push(self, message: Message) -> None:
        """Send a frame, or queue it, or mark the client as overrun when it cannot keep up: what was queued for it is let go."""
        if (self.direct is not None and self.direct(message.framed)) or self.is_overrun:
            return
        self.direct = None
        self.queue.append(message)
        self.queued_bytes += message.size
        if len(self.queue) > MAX_QUEUED_FRAMES or self.queued_bytes > MAX_QUEUED_BYTES:
            self.is_overrun = True
            self.queue.clear()
            self.queued_bytes = 0
        self.wake()

    def push_together(self, parcel: Parcel) -> None:
        """Send them in one write, or each as `push` does."""
        if self.direct is None or not self.direct(parcel.framed):
            for message in parcel.messages:
                self.push(message)

    def pop(self) -> str | None:
        """The next text to send; None when there is none, and the one before has been sent: from then on frames go by themselves."""
        if not self.queue:
            self.direct = self.take
            return None
        message = self.queue.popleft()
        self.queued_bytes -= message.size
        return message.text


class Hub:
    """All consoles of one engine. `tell` is an engine subscriber."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._frames: deque[Frame] = deque()
        self._frames_bytes = 0
        self._clients: set[Client] = set()
        self._when_empty: Callable[[], None] | None = None
        self._snapshot: tuple[int, Message] | None = None
        self._n_snapshots = 0  # since the last beat
        self._fixes: Mapping[UnitId, Fix] = {}
        self._now: datetime | None = None
        self._all_fixes: tuple[Mapping[UnitId, Fix], datetime | None, Message] | None = None
        self._giving: deque[tuple[Callable[[Client], None], Iterator[Client]]] = deque()
        self.later: Callable[[Callable[[], None]], object] | None = None
        """Calls something when others have had their turn; without it everybody is given everything at once."""

    @property
    def n_clients(self) -> int:
        return len(self._clients)

    def tell(self, told: Told) -> None:
        """Encode one commit, once for all who see the same, and queue it for everybody."""
        self._world = told.world
        if any(isinstance(recorded.event, IncidentErased | PremisesErased) for recorded in told.entries):
            self._frames.clear()  # they may hold who has just been erased
            self._frames_bytes, self._snapshot = 0, None
        frame = Frame(told.entries[0].seq, told.entries[-1].seq, _events_message(told, WHOLE), _named(told))
        self._remember(frame)
        seen_by = _once_for_each(partial(_events_message, told), frame.message)

        def give(client: Client) -> None:
            client.push(seen_by(client.sight))
            if client.when_shown is not None and frame.incident_ids:
                client.show(_seen(client.sight, told.world, frame.incident_ids))

        self._give_all(give)

    def join(
        self,
        wake: Callable[[], None],
        after: int | None,
        sight: Sight = WHOLE,
        when_shown: Callable[[Collection[str]], None] | None = None,
        take: Callable[[bytes], bool] | None = None,
    ) -> Client:
        """A new client, its queue starting with the missing frames when `after` is in reach, else with a snapshot; where many come
        at once, with the last snapshot and the frames since.

        Frames are kept as those see them who see the whole; others start with a snapshot unless they have missed nothing.
        `when_shown` is called with the incidents that the client is shown, once for each. `take` as in `Client`.
        """
        client = Client(wake, sight, take, when_shown=when_shown)
        missed = self._missed(after) if sight is WHOLE or after == self._world.seq else None
        for message in self._beginning(sight) if missed is None else [frame.message for frame in missed]:
            client.push(message)
        named = self._world.incidents if missed is None else {each for frame in missed for each in frame.incident_ids}
        client.show(_seen(sight, self._world, named))
        if self._fixes:
            client.push(self._all_positions(sight))
        client.is_going_away = self._when_empty is not None
        self._clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        self._clients.discard(client)
        if self._when_empty is not None and not self._clients:
            self._when_empty()

    def tell_positions(
        self,
        changed: Mapping[UnitId, Fix],
        latest: Mapping[UnitId, Fix],
        now: datetime,
        condition: Condition | None = None,
    ) -> None:
        """Queue the fixes that changed since the last tick, and with them a heartbeat when there is a condition to tell; a client that
        is behind is given all of them later."""
        self._fixes = latest
        self._now = now
        beat = () if condition is None else (self._heartbeat(now, condition),)

        def together(sight: Sight) -> Parcel:
            return Parcel(self._positions_message(changed, sight), *beat) if changed else Parcel(*beat)

        seen_by = _once_for_each(together)

        def give(client: Client) -> None:
            if client.queue:
                client.wants_positions = True
            elif client.wants_positions:
                client.wants_positions = False
                client.push(self._all_positions(client.sight))
            elif changed or beat:
                client.push_together(seen_by(client.sight))
                return
            for message in beat:
                client.push(message)

        self._give_all(give)

    def beat(self, now: datetime, condition: Condition = Condition()) -> None:
        """Queue a heartbeat by itself."""
        message = self._heartbeat(now, condition)
        self._give_all(lambda client: client.push(message))

    def _heartbeat(self, now: datetime, condition: Condition) -> Message:
        self._n_snapshots = 0
        amiss: dict[str, Any] = {"degraded": condition.degraded} if condition.degraded else {}
        amiss |= {"drill": condition.drill} if condition.drill else {}
        return Message(_encode({"type": "heartbeat", "seq": self._world.seq, "sent_at": now, **amiss}))

    def _give_all(self, give: Callable[[Client], None]) -> None:
        """Give every client what there is for it, in turn with all that is given; many of them a part at a time, so that whoever else
        asks something of this process is not kept waiting for the last."""
        self._giving.append((give, iter(tuple(self._clients))))
        if len(self._giving) == 1:
            self._give_some()

    def _give_some(self) -> None:
        give, waiting = self._giving[0]
        for client in waiting if self.later is None else islice(waiting, GIVEN_AT_ONCE):
            give(client)
        if length_hint(waiting) == 0:
            self._giving.popleft()
        if self._giving and self.later is not None:
            self.later(self._give_some)

    def close(self, when_empty: Callable[[], None]) -> None:
        """Have every client, and whoever still comes, closed with 1001 by its shell; `when_empty` is called once all have left."""
        self._when_empty = when_empty
        for client in self._clients:
            client.is_going_away = True
            client.wake()
        if not self._clients:
            when_empty()

    def _remember(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._frames_bytes += frame.message.size
        while len(self._frames) > RING_FRAMES or self._frames_bytes > RING_BYTES:
            self._frames_bytes -= self._frames.popleft().message.size

    def _missed(self, after: int | None) -> list[Frame] | None:
        """The frames after `after`; None when a snapshot is needed: no number, beyond the head, or older than the ring."""
        head = self._world.seq
        if after is None or after > head or after < 0:
            return None
        if after == head:
            return []
        frames = list(self._frames)
        start = bisect_right([frame.last for frame in frames], after)
        is_in_reach = start < len(frames) and frames[start].first == after + 1
        return frames[start:] if is_in_reach else None

    def _beginning(self, sight: Sight) -> list[Message]:
        """All that a newcomer needs. Everybody comes at once when a process has taken over, while each command makes another world:
        the board is then not written down for each of them.
        """
        if sight is not WHOLE:
            return [self._snapshot_message(sight)]
        kept = self._snapshot
        since = self._missed(kept[0]) if kept is not None else None
        if kept is None or since is None or (since and self._n_snapshots < SNAPSHOTS_A_BEAT):
            self._snapshot = kept = (self._world.seq, self._snapshot_message(sight))
            self._n_snapshots += 1
            since = []
        return [kept[1], *(frame.message for frame in since)]

    def _snapshot_message(self, sight: Sight) -> Message:
        return Message(_encode({"type": "snapshot", "seq": self._world.seq, "world": sight.board(self._world)}))

    def _all_positions(self, sight: Sight) -> Message:
        """Of every unit, for who comes or has been behind: made once for all who come between two ticks, which may be everybody."""
        if sight is not WHOLE:
            return self._positions_message(self._fixes, sight)
        known = self._all_fixes
        if known is None or known[0] is not self._fixes or known[1] is not self._now:
            self._all_fixes = known = (self._fixes, self._now, self._positions_message(self._fixes, sight))
        return known[2]

    def _positions_message(self, fixes: Mapping[UnitId, Fix], sight: Sight) -> Message:
        now, world = self._now, self._world
        shown = (
            fixes.items() if sight is WHOLE else [each for each in fixes.items() if sight.sees_position(world, each[0])]
        )
        rows = [_row(unit_id, fix, now) for unit_id, fix in shown] if now else []
        return Message(_encode({"type": "positions", "at": now, "rows": rows}))


def _once_for_each(make: Callable[[Sight], _T], whole: _T | None = None) -> Callable[[Sight], _T]:
    """What is told as each sight has it, made when the first who sees so is there. Most see the whole, which is looked up nowhere."""
    made: dict[Sight, _T] = {}

    def seen_by(sight: Sight) -> _T:
        nonlocal whole
        if sight is WHOLE:
            whole = whole or make(WHOLE)
            return whole
        told = made.get(sight)
        if told is None:
            told = made[sight] = make(sight)
        return told

    return seen_by


def _events_message(told: Told, sight: Sight) -> Message:
    open_to_all = [recorded for recorded in told.entries if not is_confidential(recorded)]
    frame = {
        "type": "events",
        "from": told.entries[0].seq,
        "to": told.entries[-1].seq,
        "events": sight.events(told.world, open_to_all),
        "patch": sight.patch(told.before, told.world, told.entries),
    }
    return Message(_encode(frame))


def _named(told: Told) -> frozenset[IncidentId]:
    """The incidents that a commit's events name."""
    named = {getattr(recorded.event, "incident_id", None) for recorded in told.entries}
    return frozenset(each for each in named if each is not None)


def _seen(sight: Sight, world: World, incident_ids: Iterable[IncidentId]) -> list[IncidentId]:
    """Those of them whose persons are seen."""
    if sight.breadth is Breadth.IMPERSONAL:
        return []
    return [each for each in incident_ids if sight is WHOLE or sight.is_own_incident(world, each)]


def _row(unit_id: UnitId, fix: Fix, now: datetime) -> list[Any]:
    """`[unit_id, lat, lon, age_s, heading_deg]`; five decimals are a metre."""
    age_s = round((now - fix.fixed_at).total_seconds(), 1)
    heading = None if fix.heading_deg is None else round(fix.heading_deg)
    return [unit_id, round(fix.point.lat_deg, 5), round(fix.point.lon_deg, 5), age_s, heading]
