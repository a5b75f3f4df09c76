"""The single writer: gather → decide → commit → tell.

One command at a time is decided, on a world that already holds every earlier command's events; commits are queued and may share an
fsync; nothing is answered or told before its commit, and all are told in journal order. When the journal fails, the engine stops
for good: what it believed beyond the last commit is not true, and only a restart from the journal can be. Where several processes
share a journal, it goes on as a follower instead, from its last commit (`engine/seat.py`).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial, reduce
from itertools import groupby

from dispatch import trail
from dispatch.domain import commands as cmd
from dispatch.domain import events as ev
from dispatch.domain.choice import Recommendation
from dispatch.domain.events_casualties import CasualtyPlanMade
from dispatch.domain.evolve import evolve
from dispatch.domain.ids import CommandId, IncidentId, NewIds, Realm
from dispatch.domain.post import RelocationMode
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context, Rules
from dispatch.domain.world import World
from dispatch.engine import decide, waiting
from dispatch.engine.arrest import Arrests, asks_for_pages, concerned, open_arrests
from dispatch.engine.casualties import CasualtyGatherer
from dispatch.engine.commits import Committed, ReplyTo, RequestKey, Told
from dispatch.engine.conduct import Conduct
from dispatch.engine.gather import Gatherer
from dispatch.engine.grades import graded
from dispatch.engine.ports import (
    Answered,
    Batch,
    Clock,
    DependencyFailed,
    Journal,
    JournalConflict,
    Positions,
    PostCoverage,
    Reply,
    Snapshot,
    Travel,
)
from dispatch.engine.timers import Timers
from dispatch.pipeline import casualties, notices, readiness, reception, relocation
from dispatch.pipeline.policies import Policy

log = logging.getLogger(__name__)

ENGINE_ACTOR = "engine"
SNAPSHOT_EVERY = 5_000


class Engine:
    """One realm's engine. `world` is the fold of what `journal` holds."""

    def __init__(
        self,
        *,
        realm: Realm,
        world: World,
        journal: Journal,
        clock: Clock,
        ids: NewIds,
        travel: Travel,
        positions: Positions,
        rules: Rules,
        policy: Policy,
        coverage: PostCoverage | None = None,
        arrests: Arrests | None = None,
    ) -> None:
        """Without `coverage` nobody is told to wait elsewhere, without `arrests` nobody but crews goes to an arrest."""
        self.realm, self.clock, self.configured = realm, clock, Conduct(policy=policy, rules=rules)
        self._journal, self._ids, self._travel = journal, ids, travel
        self._waiting = None if coverage is None else waiting.WaitingGatherer(positions, travel, coverage)
        self._gatherer = Gatherer(positions, travel, self._waiting)
        self._casualties, self._arrests = CasualtyGatherer(positions, travel), arrests
        self._decided = self._told = world
        self.timers = Timers(world, rules)
        self._subscribers: list[Callable[[Told], None]] = []
        self._turn, self._snapshot_seq = asyncio.Lock(), world.seq
        self._last_finish: asyncio.Future[None] | None = None
        self._unanswered: dict[str, tuple[bytes, asyncio.Future[None]]] = {}
        self._finishing: set[asyncio.Task[None]] = set()
        self.failure: Exception | None = None
        self.is_writing, self.can_recover, self.can_relocate = True, False, coverage is not None
        self.choice_ms: Callable[[float], None] = lambda _: None

    @property
    def world(self) -> World:
        """The committed world: what everybody has been told."""
        return self._told

    @property
    def conduct(self) -> Conduct:
        """By what it decides now: as configured, or as a supervisor has ordered."""
        return self.configured.under(self._told)

    def subscribe(self, tell: Callable[[Told], None]) -> None:
        """Have every commit told, in order. Subscribers must be quick and must not raise."""
        self._subscribers.append(tell)

    @trail.is_work("command")
    async def execute(
        self, command: cmd.Command, *, actor: str, key: RequestKey | None = None, reply: ReplyTo | None = None
    ) -> Committed:
        """Decide `command`, make it durable, tell everyone, and return what happened.

        With `key`, the reply rendered by `reply` is committed together with the events, and a repeated key returns it again.
        Raises `CommandRejected` (nothing changed) or `DependencyFailed` (the journal is gone).
        """
        trail.note(realm=self.realm, command=type(command).__name__)
        async with self._turn:
            if self.failure is not None:
                raise DependencyFailed("the journal has failed; restart the service") from self.failure
            if not self.is_writing:
                raise DependencyFailed("another process writes the journal")
            if key is not None and (earlier := await self.reply_to(key)) is not None:
                return Committed(entries=(), before=self._told, world=self._told, replayed=earlier)
            with trail.step("decide"):
                committed = await self._decide(command, actor, self._ids)
            kept = None
            if key is not None and reply is not None:
                status, body = reply(committed)
                kept = Reply(key=key.key, request_digest=key.digest, status=status, body=body)
            finish = self._finish(Batch(entries=committed.entries, reply=kept), committed, key)
            self._decided = committed.world  # last: what could not be queued must not be built upon
        if finish is not None:
            await asyncio.shield(finish)
        return committed

    async def reply_to(self, key: RequestKey) -> Reply | None:
        """What was answered to this key before; None for a new one. Raises `CommandRejected` when something else was asked with it."""
        waiting = self._unanswered.get(key.key)
        if waiting is not None:
            await asyncio.wait([waiting[1]])
        earlier = await self._journal.reply_to(key.key)
        if earlier is not None and earlier.request_digest != key.digest:
            raise CommandRejected(Refusal.IDEMPOTENCY_KEY_REUSED)
        return earlier

    async def preview(self, incident_id: IncidentId) -> Recommendation | None:
        """What would be recommended for this incident right now; nothing is written down."""
        world, conduct = self._told, self.conduct
        facts = await self._gatherer.facts(world, (incident_id,), self.clock.now(), conduct)
        if facts is None:
            return None
        made = conduct.policy.choose(facts, frozenset({incident_id}))
        return next((graded(r, facts) for r in made if r.incident_id == incident_id), None)

    async def consequences(self, command: cmd.Command, *, actor: str) -> Committed:
        """What `command` would bring about right now; nothing is written down. Raises `CommandRejected`."""
        async with self._turn:
            return await self._decide(command, actor, self._ids.apart())

    async def fire_due(self) -> None:
        """Fire every deadline that is due now."""
        while (deadline := self.timers.pop_due(self.clock.now())) is not None:
            await self.execute(cmd.FireDeadline(deadline=deadline), actor=ENGINE_ACTOR)

    async def note_travel_times(self) -> None:
        """Write down where travel times come from, where the journal says otherwise. Every choice does so too."""
        if self._travel.in_force != self._told.travel_times:
            await self.execute(cmd.NoteTravelTimes(in_force=self._travel.in_force), actor=ENGINE_ACTOR)

    async def review(self) -> None:
        """Look at all open recommendations again, because travel times have changed; what stays the choice is not written anew."""
        await self.execute(cmd.ReviewChoices(), actor=ENGINE_ACTOR)

    async def settle(self) -> None:
        """Wait until everything that was decided is committed and told."""
        async with self._turn:
            if self._finishing:
                await asyncio.gather(*self._finishing, return_exceptions=True)

    # --- follow another writer ----------------------------------------------------------------------------------------

    def follow(self, entries: Sequence[ev.Recorded]) -> None:
        """Take in what another process has committed right behind this world, and tell it command by command."""
        for _, command in groupby(entries, key=lambda recorded: recorded.command_id):
            told, before = tuple(command), self._told
            self._decided = reduce(evolve, told, before)
            self._tell(Told(entries=told, before=before, world=self._decided))

    def start_writing(self) -> None:
        """From now on this process writes; its world must be at the journal's head."""
        self._decided, self.timers, self.is_writing = self._told, Timers(self._told, self.configured.rules), True
        self._snapshot_seq = self._told.seq

    async def stop_writing(self) -> None:
        """From now on this process follows: what it decided and could not commit never was."""
        async with self._turn:
            self.is_writing = False
            if self._finishing:
                await asyncio.gather(*self._finishing, return_exceptions=True)
            self._decided, self.failure, self._last_finish = self._told, None, None

    # --- decide -----------------------------------------------------------------------------------------------------

    async def _decide(self, command: cmd.Command, actor: str, ids: NewIds) -> Committed:
        now = self.clock.now()
        ctx = Context(now=now, ids=ids, rules=self.configured.under(self._decided).rules, actor=actor)
        events = decide.decide(self._decided, command, ctx)
        command_id = ids.command()
        trail.note(command_id=command_id, **decide.incident_named(events))
        occurred_at = getattr(command, "occurred_at", now)
        entries, world = self._record(self._decided, events, command_id, actor, now, occurred_at)
        ctx = replace(ctx, rules=self.configured.under(world).rules)
        is_review = decide.asks_for_review(command)
        if is_review or decide.changes_choice(events):
            chosen = await (self._review(world, ctx) if is_review else self._choose(world, events, ctx))
            more, world = self._record(world, chosen, command_id, ENGINE_ACTOR, now, now)
            entries += more
            # Whoever has lost its crew is chosen for at once, and a crew that must follow another. It ends: an incident changes crews
            # only so often, and each pass sends somebody.
            while decide.takes_crews(chosen) or decide.awaits_followers(world, chosen):
                chosen = await self._choose(world, chosen, ctx)
                more, world = self._record(world, chosen, command_id, ENGINE_ACTOR, now, now)
                entries += more
        events = [recorded.event for recorded in entries]
        for incident_id in casualties.concerned(world, events, is_review=is_review):
            planned = await self._plan_casualties(world, incident_id, ctx)
            more, world = self._record(world, planned, command_id, ENGINE_ACTOR, now, now)
            entries += more
        followed = list(reception.follow(world, [recorded.event for recorded in entries], ctx))
        more, world = self._record(world, followed, command_id, ENGINE_ACTOR, now, now)
        entries += more
        told = list(notices.follow(world, [recorded.event for recorded in entries], ctx))
        more, world = self._record(world, told, command_id, ENGINE_ACTOR, now, now)
        entries += more
        if self._arrests is not None:
            events = [recorded.event for recorded in entries]
            asked = open_arrests(world) if asks_for_pages(command) else concerned(world, events)
            record = partial(self._record, command_id=command_id, actor=ENGINE_ACTOR, now=now, occurred_at=now)
            more, world = await self._arrests.follow(world, asked, ctx, record)
            entries += more
        relocations = await self._relocate(world, [recorded.event for recorded in entries], ctx)
        more, world = self._record(world, relocations, command_id, ENGINE_ACTOR, now, now)
        return Committed(entries=(*entries, *more), before=self._decided, world=world)

    async def _relocate(self, world: World, events: list[ev.Event], ctx: Context) -> list[ev.Event]:
        """Where those that came free, and others in their stead, should wait now."""
        rules = ctx.rules.relocation
        freed, is_move_up_due = waiting.freed_units(world, events), waiting.asks_for_moves(events)
        if not (freed or is_move_up_due or waiting.changes_who_waits(events)):
            return []
        if self._waiting is None or rules.mode is RelocationMode.OFF:
            return list(relocation.end_of_advice(world))
        facts = await self._waiting.facts(world, freed, ctx.now, is_move_up_due=is_move_up_due)
        return [] if facts is None else list(relocation.conclude(world, facts, rules))

    async def _choose(self, world: World, events: list[ev.Event], ctx: Context) -> list[ev.Event]:
        asked = decide.asking(world, events)
        began = time.perf_counter()
        conduct = self.configured.under(world)
        facts = await self._gatherer.facts(world, asked, ctx.now, conduct)
        if facts is None:
            return []
        with trail.step("policy"):
            made = [graded(recommendation, facts) for recommendation in conduct.policy.choose(facts, asked)]
        self.choice_ms((time.perf_counter() - began) * 1e3)
        return [*readiness.travel_times_noted(world, self._travel.in_force), *decide.conclude(world, made, asked, ctx)]

    async def _review(self, world: World, ctx: Context) -> list[ev.Event]:
        """What is no longer the choice, explained; the rest stays as it is."""
        conduct = self.configured.under(world)
        facts = await self._gatherer.facts(world, world.open_ids, ctx.now, conduct)
        if facts is None:
            return []
        changed = decide.no_longer_chosen(world, facts, conduct.policy.choose(facts, frozenset()))
        changed |= decide.left_to_the_engine(world, ctx)
        made = conduct.policy.choose(facts, changed) if changed else ()
        again = [graded(recommendation, facts) for recommendation in made if recommendation.incident_id in changed]
        noted = readiness.travel_times_noted(world, self._travel.in_force)
        return [*noted, *decide.conclude(world, again, frozenset(), ctx)]

    async def _plan_casualties(self, world: World, incident_id: IncidentId, ctx: Context) -> list[ev.Event]:
        """The scene's plan where it says something new, and orders that follow it where the engine may give them."""
        incident = world.incidents[incident_id]
        facts = await self._casualties.facts(world, incident, ctx.now)
        if facts is None:
            return []
        made, known = casualties.plan(facts), incident.casualty_plan
        events: list[ev.Event] = []
        if known is None or not made.says_the_same_as(known):
            events.append(CasualtyPlanMade(incident_id=incident_id, plan=made))
        if incident.priority in ctx.rules.auto_assign:
            events.extend(casualties.orders(world, incident, made))
        return events

    def _record(
        self,
        world: World,
        events: list[ev.Event],
        command_id: CommandId,
        actor: str,
        now: datetime,
        occurred_at: datetime,
    ) -> tuple[tuple[ev.Recorded, ...], World]:
        entries = []
        for event in events:
            recorded = ev.Recorded(
                seq=world.seq + 1,
                realm=self.realm,
                recorded_at=now,
                occurred_at=occurred_at,
                actor=actor,
                command_id=command_id,
                event=event,
            )
            world = evolve(world, recorded)
            entries.append(recorded)
        return tuple(entries), world

    # --- commit and tell --------------------------------------------------------------------------------------------

    def _finish(self, batch: Batch, committed: Committed, key: RequestKey | None) -> asyncio.Future[None] | None:
        """Start waiting for the commit and the earlier tellings; runs to its end even if nobody waits any more.

        A command that changed nothing and keeps no reply waits for the last telling: what it saw may not be durable yet.
        """
        if not batch.entries and batch.reply is None:
            return self._last_finish
        durable = self._journal.append(batch)
        told = Told(entries=committed.entries, before=committed.before, world=committed.world)
        if isinstance(durable, Answered) and durable.failure is None and not self._finishing:
            if told.entries:
                self._tell(told)
            return None
        task = asyncio.ensure_future(self._tell_after(durable, self._last_finish, told))
        self._last_finish = task
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)
        if key is not None:
            self._unanswered[key.key] = (key.digest, task)
            task.add_done_callback(lambda _: self._unanswered.pop(key.key, None))
        return task

    async def _tell_after(self, durable: Awaitable[None], previous: asyncio.Future[None] | None, told: Told) -> None:
        try:
            with trail.step("append"):
                await durable
        except (DependencyFailed, JournalConflict) as failure:
            if self.failure is None:
                log.critical("日志写入失败,引擎停止 / the journal failed, the engine stops: %s", failure)
            self.failure = failure
            raise DependencyFailed("the journal has failed; nothing of this was recorded") from failure
        if previous is not None and not previous.done():
            await asyncio.wait([previous])
        if told.entries:
            self._tell(told)

    def _tell(self, told: Told) -> None:
        self._told = told.world
        changed = {subject for recorded in told.entries for subject in ev.subjects(recorded.event)}
        if any(isinstance(recorded.event, ev.CatalogueAdopted) for recorded in told.entries):
            changed |= set(told.world.hospitals)
        self.timers.refresh(told.world, changed)
        with trail.step("publish"):
            for tell in self._subscribers:
                tell(told)
        if self.is_writing and told.world.seq - self._snapshot_seq >= SNAPSHOT_EVERY:
            self._snapshot_seq = told.world.seq
            self._keep(self._journal.save_snapshot(Snapshot(world=told.world)))

    def _keep(self, saving: Awaitable[None]) -> None:
        """Let a snapshot be saved behind us; losing one costs time at the next start, never data."""

        async def save() -> None:
            try:
                await saving
            except DependencyFailed as failure:
                log.warning("快照未保存 / the snapshot was not saved: %s", failure)

        task = asyncio.ensure_future(save())
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)
