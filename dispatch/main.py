"""The composition root: puts the service together, runs it, and takes it apart again in order.

Nothing connects at import. On SIGTERM or SIGINT: no new commands, what was decided is committed and told, sockets are closed with
1001, the journal is flushed and closed.
"""

import asyncio
import contextlib
import gc
import logging
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Coroutine, Generator
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

import uvicorn

from dispatch.adapters.accounts import FILE as ACCOUNTS_FILE
from dispatch.adapters.accounts import AccountBook
from dispatch.adapters.aeds_near import AedsNear
from dispatch.adapters.erasing import keep_up_with_erasures
from dispatch.adapters.fhir_peer import FhirPeer
from dispatch.adapters.identifiers import Ulids
from dispatch.adapters.journal_postgres import PostgresJournal
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.journal_sql import SqlJournal
from dispatch.adapters.personal_keys import PersonalKeys
from dispatch.adapters.positions import CellBook, PositionBook
from dispatch.adapters.post_coverage import residents_coverage
from dispatch.adapters.posts import posts_of
from dispatch.adapters.read_log import READS_FILE, ReadLog
from dispatch.adapters.redis_link import RedisLink, connect
from dispatch.adapters.roster import roster_of
from dispatch.adapters.traffic import TrafficOnRoads
from dispatch.adapters.travel import estimate_of
from dispatch.adapters.travel_live import LiveTravel
from dispatch.adapters.vault import Vault
from dispatch.api.app import create_app
from dispatch.api.forwarding import fetch_positions, take_position
from dispatch.api.hub import Hub
from dispatch.api.map_layers import city_maps
from dispatch.api.stream import part_from_streams
from dispatch.api.wiring import Service, degraded_codes
from dispatch.domain.ids import LIVE
from dispatch.domain.roads import Degradation
from dispatch.domain.world import World
from dispatch.drills.floor import Floor
from dispatch.engine.arrest import Arrests
from dispatch.engine.clocks import SystemClock
from dispatch.engine.engine import ENGINE_ACTOR, Engine, Told
from dispatch.engine.ports import Clock, DependencyFailed, Journal, Snapshot, Travel, Writer
from dispatch.engine.seat import Seat
from dispatch.listening import accept_no_more, listen, say_ready, when_left_alone
from dispatch.pipeline.policies import POLICIES
from dispatch.settings import Settings
from maps_data.catalogue import Catalogue, load_catalogue
from maps_data.landmarks import Gazetteer
from routing.roads.network import NetworkError
from routing.travel_time.estimate import EstimateTravelTimes
from routing.travel_time.estimate_constants import ConstantsError
from routing.travel_time.road import RoadTravelTimes
from routing.travel_time.walking_roads import WalkingRoadTimes

log = logging.getLogger(__name__)

TIMER_STEP = timedelta(milliseconds=200)
POSITIONS_EVERY_S = 0.2  # five times a second (contract)
HEARTBEAT_EVERY_S = 1.0
FETCH_POSITIONS_EVERY_S = 1.0
MAX_SAID_BYTES = 16_384  # of a stream's client, which has nothing to say but its token
# With a second for callers and one for streams less than the promised 15 s (contract); the last commit and snapshot still come.
STOP_WITHIN_S = 5.0


async def serve(settings: Settings) -> None:
    """Run the service until it is told to stop. OSError when its address is taken."""
    with listen(settings) as listening:
        if settings.database_url is None:
            await _serve_on([listening], settings, None)
            return
        with socket.create_server((settings.peer_host, 0), backlog=2048) as peers:
            # Whoever can read the journal's database may speak as a peer: the word is told nowhere else, and new with each start.
            address = f"http://{settings.peer_host}:{peers.getsockname()[1]}"
            await _serve_on([listening, peers], settings, Writer(address=address, secret=secrets.token_urlsafe()))


async def _serve_on(sockets: list[socket.socket], settings: Settings, own: Writer | None) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    when_left_alone(stopping.set)
    async with compose(settings, own) as service:
        server = web_server(service)
        serving = asyncio.create_task(server.serve(sockets=sockets), name="http")
        asked = asyncio.create_task(stopping.wait(), name="stop-signal")
        say_ready()
        await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        await accept_no_more(server)
        if service.seat is not None:
            await service.seat.leave()
        service.is_stopping = True
        await part_from_streams(service.hub)
        server.should_exit = True
        await serving


@contextlib.asynccontextmanager
async def compose(settings: Settings, own: Writer | None = None) -> AsyncIterator[Service]:
    """The whole service without its web server, recovered from its journal and running its timers and tickers.

    `own` says where other processes on the same journal reach this one.
    """
    catalogue = load_catalogue(settings.city, data_dir=settings.data_dir)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    vault = Vault(PersonalKeys(settings.keys_directory, settings.master))
    journal = open_journal(settings, own, vault)
    accounts = AccountBook(settings.data_dir / ACCOUNTS_FILE)
    reads = ReadLog(settings.data_dir / READS_FILE)
    travel = None
    try:
        world, folded = load_world(journal)
        log.info(
            "已恢复到第 %d 条记录(推演 %d 条) / recovered to event %d (%d folded)", world.seq, folded, world.seq, folded
        )
        roads, footways, degradation = load_roads(settings, ZoneInfo(catalogue.time_zone))
        travel = LiveTravel(_estimate(catalogue, settings), roads, degradation=degradation)
        service = assemble(
            catalogue=catalogue,
            gazetteer=Gazetteer(catalogue),
            travel=travel,
            journal=journal,
            world=world,
            clock=SystemClock(),
            settings=settings,
        )
        service.accounts, service.vault, service.reads = accounts, vault, reads
        engine, positions, places = service.engine, service.positions, service.places
        traffic = TrafficOnRoads(roads, travel, engine) if roads is not None else None
        service.roads, service.footways = traffic, footways
        if traffic is not None and world.traffic:
            await traffic.apply()

        async def adopt() -> None:
            await engine.execute(roster_of(catalogue), actor=ENGINE_ACTOR)
            if settings.posts is not None:
                await engine.execute(posts_of(catalogue, settings.posts), actor=ENGINE_ACTOR)
            await engine.note_travel_times()

        if isinstance(journal, PostgresJournal):
            service.seat = Seat(engine, journal, when_taken=adopt)
            service.peer_secret = own.secret if own else ""
            await service.seat.begin()
        else:
            await adopt()
        settle_memory()
        async with contextlib.AsyncExitStack() as running:
            if settings.actors:
                floor = Floor(engine=engine, travel=travel, positions=positions, catalogue=catalogue, places=places)
                floor.set_demo_calls(settings.demo_calls)
                service.floor = floor
                await running.enter_async_context(_running(floor.run(), "floor"))
            if service.seat is not None:
                await running.enter_async_context(_running(service.seat.run(), "seat"))
                await running.enter_async_context(_running(_fetch_positions(service, service.seat), "peer-positions"))
                if settings.redis_url is not None:
                    linked = link(settings, settings.redis_url.get_secret_value(), service, service.seat)
                    await running.enter_async_context(_running(linked, "redis"))
            await running.enter_async_context(_running(fire_timers(engine), "timers"))
            await running.enter_async_context(_running(keep_up_with_erasures(engine, vault.keys), "erasures"))
            if traffic is not None:
                await running.enter_async_context(_running(keep_up_with_traffic(traffic), "traffic"))
            await running.enter_async_context(_running(_tick_positions(service), "positions"))
            await running.enter_async_context(_running(_beat(service), "heartbeat"))
            yield service
        await engine.settle()
        if engine.is_writing and engine.failure is None and engine.world.seq:
            await journal.save_snapshot(Snapshot(world=engine.world))
    finally:
        if travel is not None:
            travel.close()
        for kept in (accounts, reads, journal, vault.keys):
            kept.close()


def open_journal(settings: Settings, own: Writer | None, vault: Vault) -> SqlJournal | PostgresJournal:
    """The journal of the settings: in a database, where other processes may have it too, or in a file that is this process's alone."""
    if settings.database_url is None:
        return SqlJournal(settings.journal_path, vault=vault)
    return PostgresJournal(settings.database_url.get_secret_value(), writer=own, vault=vault)


def _estimate(catalogue: Catalogue, settings: Settings) -> EstimateTravelTimes:
    """The estimate with the constants of the road network's directory; damaged ones are said, and the shipped ones hold."""
    try:
        return estimate_of(catalogue, settings.roads_directory)
    except ConstantsError as error:
        log.error("估算改用内置常数:%s / the estimate goes on with its shipped constants: %s", error.zh, error.en)
        return estimate_of(catalogue)


def load_roads(
    settings: Settings, zone: ZoneInfo
) -> tuple[RoadTravelTimes | None, WalkingRoadTimes | None, Degradation | None]:
    """The road network of the settings to drive and, if it has footways, to walk on.

    What cannot be used is None, and why is said: the service then goes on with the estimate.
    """
    directory = settings.roads_directory
    if directory is None:
        return None, None, None
    try:
        roads = RoadTravelTimes.load(directory, zone=zone)
    except NetworkError as error:
        log.error("行程时间降级为估算:%s / travel times fall back to the estimate: %s", error.zh, error.en)
        return None, None, Degradation(code="roads_not_loaded", text_zh=error.zh, text_en=error.en)
    log.info("道路网络 %s 来自 %s / road network %s from %s", roads.source, directory, roads.source, directory)
    try:
        return roads, WalkingRoadTimes.load(directory), None
    except NetworkError as error:
        log.error("步行时间降级为估算:%s / times on foot fall back to the estimate: %s", error.zh, error.en)
        return roads, None, Degradation(code="footways_not_loaded", text_zh=error.zh, text_en=error.en)


def assemble(
    *,
    catalogue: Catalogue,
    gazetteer: Gazetteer,
    travel: Travel,
    journal: Journal,
    world: World,
    clock: Clock,
    settings: Settings,
) -> Service:
    """The service over a recovered `world`: engine, hub and what the routes are given. Nothing runs yet."""
    positions, places = PositionBook(), CellBook()
    aeds = AedsNear(city_maps(catalogue).lookup, settings.rules, time_zone=catalogue.time_zone)
    arrests = Arrests(positions, travel, aeds=aeds, places=places)
    engine = Engine(
        realm=LIVE,
        world=world,
        journal=journal,
        clock=clock,
        ids=Ulids(LIVE, clock),
        travel=travel,
        positions=positions,
        rules=settings.rules,
        policy=POLICIES[settings.policy],
        coverage=None if settings.posts is None else residents_coverage(catalogue, travel),
        arrests=arrests,
    )
    hub = Hub(world)
    engine.subscribe(hub.tell)
    return Service(
        engine=engine,
        journal=journal,
        positions=positions,
        places=places,
        arrests=arrests,
        travel=travel,
        catalogue=catalogue,
        gazetteer=gazetteer,
        hub=hub,
        is_development=settings.dev,
        allowed_origins=settings.allowed_origins,
        records=_records_peer(settings),
    )


def _records_peer(settings: Settings) -> FhirPeer | None:
    token = settings.fhir_token
    if settings.fhir_peer is None:
        return None
    return FhirPeer(
        settings.fhir_peer, token=token.get_secret_value() if token else None, timeout_s=settings.fhir_timeout_s
    )


def settle_memory() -> None:
    """Set what is loaded for good (city, world) aside from garbage collection, whose pauses would otherwise fall into decisions."""
    gc.collect()
    gc.freeze()


@contextlib.asynccontextmanager
async def _running(coroutine: object, name: str) -> AsyncIterator[None]:
    """A task for as long as the context lasts; its failure is logged, and stops nothing else."""
    task: asyncio.Task[None] = asyncio.create_task(coroutine, name=name)  # type: ignore[arg-type]
    task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical(
            "后台任务 %s 停止 / background task %s stopped", task.get_name(), task.get_name(), exc_info=task.exception()
        )


async def fire_timers(engine: Engine) -> None:
    """Fire deadlines as they fall due; one that cannot be carried out, even by a fault of ours, does not stop the others."""
    while engine.failure is None or engine.can_recover:
        due_at = engine.timers.next_due_at()
        soon = engine.clock.now() + TIMER_STEP
        await engine.clock.wait_until(soon if due_at is None else min(due_at, soon))
        try:
            if engine.is_writing and engine.failure is None:
                await engine.fire_due()
        except Exception:  # a page, an escalation may hang on the next one
            log.exception("定时事项未能执行 / a deadline could not be carried out")


async def keep_up_with_traffic(traffic: TrafficOnRoads) -> None:
    """Work traffic into the travel times as it is told; a fault of ours with one report does not stop the next."""
    while True:
        try:
            await traffic.keep_up()
        except Exception:  # the next report may close a road
            log.exception("路况未能处理 / traffic could not be dealt with")


def link(settings: Settings, url: str, service: Service, seat: Seat) -> Coroutine[None, None, None]:
    """Bind this process to the others by Redis: doorbell, positions, presence."""
    made = RedisLink(
        connect(url, sentinels=settings.redis_sentinel),
        service.engine.realm,
        secrets.token_hex(4),
        when_rung=seat.ring,
        report=partial(take_position, service),
    )

    def tell(_: Told) -> None:
        if service.engine.is_writing:
            made.ring()

    service.engine.subscribe(tell)
    seat.when_left = made.ring
    service.link = made
    return made.run(lambda: {"writes": service.engine.is_writing, "streams": service.hub.n_clients})


async def _fetch_positions(service: Service, seat: Seat) -> None:
    """A follower that Redis does not tell where units are asks the writer."""
    while True:
        await asyncio.sleep(FETCH_POSITIONS_EVERY_S)
        if not service.engine.is_writing and not (service.link is not None and service.link.is_connected):
            await fetch_positions(service, seat)


async def _tick_positions(service: Service) -> None:
    while True:
        await asyncio.sleep(POSITIONS_EVERY_S)
        changed = service.positions.drain_changed()
        if changed and service.link is not None and service.engine.is_writing:
            service.link.publish(changed)
        service.hub.tell_positions(changed, service.positions.fixes(), service.engine.clock.now())


async def _beat(service: Service) -> None:
    while True:
        service.hub.beat(service.engine.clock.now(), degraded_codes(service))
        if not service.is_stopping and service.engine.is_writing and service.engine.failure is None:
            with contextlib.suppress(DependencyFailed):  # the engine has said so
                await service.engine.note_travel_times()
        await asyncio.sleep(HEARTBEAT_EVERY_S)


def web_server(service: Service) -> uvicorn.Server:
    """One worker; no compression on sockets: it costs more processor than it saves wire (docs/benchmarks.md)."""
    config = uvicorn.Config(
        create_app(service),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=20.0,
        ws_max_size=MAX_SAID_BYTES,
        server_header=False,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=int(STOP_WITHIN_S),
    )
    return _Server(config)


class _Server(uvicorn.Server):
    """Signals are ours to handle: sockets are closed with 1001 before the server goes."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
