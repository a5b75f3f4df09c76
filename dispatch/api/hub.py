"""The fan-out without I/O: frames are encoded once, clients have bounded queues, and the latest frames are kept for resuming.

A client is a queue and two flags; a shell (`stream.py`) moves its frames onto a socket. Nothing here waits, so a slow client cannot
hold up another: when its queue is full it is marked, closed by its shell, and comes back by `after`.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from dispatch.domain.events_privacy import IncidentErased
from dispatch.domain.ids import IncidentId, UnitId
from dispatch.domain.unit import Fix
from dispatch.domain.world import World
from dispatch.engine.engine import Told
from dispatch.projections.journal_wire import is_confidential
from dispatch.projections.sight import WHOLE, Breadth, Sight

MAX_QUEUED_FRAMES = 500
MAX_QUEUED_BYTES = 4_000_000  # a full snapshot of the city is some 0.5 MB
# What is kept for resuming fits into a client's queue, with room for what happens while the client catches up.
RING_FRAMES = 400
RING_BYTES = 2_000_000
MOST_REMEMBERED = 2_000  # incidents that a client was shown; beyond it the oldest would be noted again

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Frame:
    """One encoded `events` frame, covering `first` to `last`."""

    first: int
    last: int
    text: str
    incident_ids: frozenset[IncidentId] = frozenset()


@dataclass(slots=True, eq=False)
class Client:
    """One console. `wake` is called whenever there is something to send."""

    wake: Callable[[], None]
    sight: Sight = WHOLE
    queue: deque[str] = field(default_factory=deque)
    queued_bytes: int = 0
    is_overrun: bool = False
    wants_positions: bool = False
    is_going_away: bool = False
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

    def push(self, text: str) -> None:
        """Queue a frame, or mark the client as overrun when it cannot keep up: what was queued for it is let go."""
        if self.is_overrun:
            return
        self.queue.append(text)
        self.queued_bytes += len(text)
        if len(self.queue) > MAX_QUEUED_FRAMES or self.queued_bytes > MAX_QUEUED_BYTES:
            self.is_overrun = True
            self.queue.clear()
            self.queued_bytes = 0
        self.wake()

    def pop(self) -> str | None:
        """The next frame to send."""
        if not self.queue:
            return None
        text = self.queue.popleft()
        self.queued_bytes -= len(text)
        return text


class Hub:
    """All consoles of one engine. `tell` is an engine subscriber."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._frames: deque[Frame] = deque()
        self._frames_bytes = 0
        self._clients: set[Client] = set()
        self._when_empty: Callable[[], None] | None = None
        self._snapshot: tuple[int, str] | None = None
        self._fixes: Mapping[UnitId, Fix] = {}
        self._now: datetime | None = None

    @property
    def n_clients(self) -> int:
        return len(self._clients)

    def tell(self, told: Told) -> None:
        """Encode one commit, once for all who see the same, and queue it for everybody."""
        self._world = told.world
        if any(isinstance(recorded.event, IncidentErased) for recorded in told.entries):
            self._frames.clear()  # they may hold who has just been erased
            self._frames_bytes = 0
        frame = Frame(told.entries[0].seq, told.entries[-1].seq, _events_text(told, WHOLE), _named(told))
        self._remember(frame)
        texts: dict[Sight, str] = {}
        for client in self._clients:
            client.push(
                frame.text if client.sight is WHOLE else _once(texts, client.sight, partial(_events_text, told))
            )
            if client.when_shown is not None and frame.incident_ids:
                client.show(_seen(client.sight, told.world, frame.incident_ids))

    def join(
        self,
        wake: Callable[[], None],
        after: int | None,
        sight: Sight = WHOLE,
        when_shown: Callable[[Collection[str]], None] | None = None,
    ) -> Client:
        """A new client, its queue starting with the missing frames when `after` is in reach, else with a snapshot.

        Frames are kept as those see them who see the whole; others start with a snapshot unless they have missed nothing.
        `when_shown` is called with the incidents that the client is shown, once for each.
        """
        client = Client(wake, sight, when_shown=when_shown)
        missed = self._missed(after) if sight is WHOLE or after == self._world.seq else None
        for text in [self._snapshot_text(sight)] if missed is None else [frame.text for frame in missed]:
            client.push(text)
        named = self._world.incidents if missed is None else {each for frame in missed for each in frame.incident_ids}
        client.show(_seen(sight, self._world, named))
        if self._fixes:
            client.push(self._positions_text(self._fixes, sight))
        client.is_going_away = self._when_empty is not None
        self._clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        self._clients.discard(client)
        if self._when_empty is not None and not self._clients:
            self._when_empty()

    def tell_positions(self, changed: Mapping[UnitId, Fix], latest: Mapping[UnitId, Fix], now: datetime) -> None:
        """Queue the fixes that changed since the last tick; a client that is behind is given all of them later."""
        self._fixes = latest
        self._now = now
        texts: dict[Sight, str] = {}
        text = self._positions_text(changed, WHOLE) if changed else None
        for client in self._clients:
            if client.queue:
                client.wants_positions = True
            elif client.wants_positions:
                client.wants_positions = False
                client.push(self._positions_text(latest, client.sight))
            elif text is not None:
                shown = partial(self._positions_text, changed)
                client.push(text if client.sight is WHOLE else _once(texts, client.sight, shown))

    def beat(self, now: datetime, degraded: Sequence[str] = ()) -> None:
        """Queue the heartbeat of this second; it says what is degraded, if anything is."""
        amiss = {"degraded": degraded} if degraded else {}
        text = _encode({"type": "heartbeat", "seq": self._world.seq, "sent_at": now, **amiss}).decode()
        for client in self._clients:
            client.push(text)

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
        self._frames_bytes += len(frame.text)
        while len(self._frames) > RING_FRAMES or self._frames_bytes > RING_BYTES:
            self._frames_bytes -= len(self._frames.popleft().text)

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

    def _snapshot_text(self, sight: Sight) -> str:
        if sight is not WHOLE:
            return _encode({"type": "snapshot", "seq": self._world.seq, "world": sight.board(self._world)}).decode()
        if self._snapshot is None or self._snapshot[0] != self._world.seq:
            body = {"type": "snapshot", "seq": self._world.seq, "world": WHOLE.board(self._world)}
            self._snapshot = (self._world.seq, _encode(body).decode())
        return self._snapshot[1]

    def _positions_text(self, fixes: Mapping[UnitId, Fix], sight: Sight) -> str:
        now, world = self._now, self._world
        shown = (
            fixes.items() if sight is WHOLE else [each for each in fixes.items() if sight.sees_position(world, each[0])]
        )
        rows = [_row(unit_id, fix, now) for unit_id, fix in shown] if now else []
        return _encode({"type": "positions", "at": now, "rows": rows}).decode()


def _once(texts: dict[Sight, str], sight: Sight, made: Callable[[Sight], str]) -> str:
    """The text for those who see the same, made when the first of them is there."""
    if sight not in texts:
        texts[sight] = made(sight)
    return texts[sight]


def _events_text(told: Told, sight: Sight) -> str:
    open_to_all = [recorded for recorded in told.entries if not is_confidential(recorded)]
    frame = {
        "type": "events",
        "from": told.entries[0].seq,
        "to": told.entries[-1].seq,
        "events": sight.events(told.world, open_to_all),
        "patch": sight.patch(told.before, told.world, told.entries),
    }
    return _encode(frame).decode()


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
