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
from collections.abc import AsyncIterator, Coroutine
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from dispatch import trail
from dispatch.adapters.accounts import FILE as ACCOUNTS_FILE
from dispatch.adapters.accounts import AccountBook
from dispatch.adapters.aeds_near import AedsNear
from dispatch.adapters.courier import Courier
from dispatch.adapters.erasing import keep_up_with_erasures
from dispatch.adapters.fhir_peer import FhirPeer
from dispatch.adapters.identifiers import Ulids
from dispatch.adapters.journal_postgres import PostgresJournal
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.journal_sql import SqlJournal
from dispatch.adapters.oidc import OidcProvider
from dispatch.adapters.personal_keys import PersonalKeys
from dispatch.adapters.pictures import DIRECTORY as PICTURES
from dispatch.adapters.pictures import Pictures
from dispatch.adapters.positions import CellBook, PositionBook
from dispatch.adapters.post_coverage import coverage_of
from dispatch.adapters.posts import demand_of, posts_of
from dispatch.adapters.read_log import READS_FILE, ReadLog
from dispatch.adapters.redis_link import RedisLink, connect
from dispatch.adapters.retention import Retention
from dispatch.adapters.roster import roster_of
from dispatch.adapters.traffic import TrafficOnRoads
from dispatch.adapters.travel import estimate_of
from dispatch.adapters.travel_live import LiveTravel
from dispatch.adapters.vault import Vault
from dispatch.aed_data import AedDataInForce, known_at_start
from dispatch.api.forwarding import fetch_positions, take_position
from dispatch.api.hub import Hub
from dispatch.api.map_layers import city_maps
from dispatch.api.stream import part_from_streams
from dispatch.api.wiring import Service, Traces
from dispatch.domain.ids import LIVE
from dispatch.domain.roads import Degradation
from dispatch.domain.world import World
from dispatch.drills.floor import Floor
from dispatch.engine.arrest import Arrests
from dispatch.engine.clocks import SystemClock
from dispatch.engine.commits import Told
from dispatch.engine.engine import ENGINE_ACTOR, Engine
from dispatch.engine.ports import Clock, Journal, Snapshot, Travel, Writer
from dispatch.engine.seat import Seat
from dispatch.listening import accept_no_more, listen, say_ready, when_left_alone
from dispatch.pipeline.policies import POLICIES
from dispatch.settings import Settings
from dispatch.ticking import running_task, ticking
from dispatch.web import web_server
from maps_data.catalogue import Catalogue, load_catalogue
from maps_data.landmarks import Gazetteer
from routing.roads.network import NetworkError
from routing.travel_time.estimate import EstimateTravelTimes
from routing.travel_time.estimate_constants import ConstantsError
from routing.travel_time.road import RoadTravelTimes
from routing.travel_time.walking_roads import WalkingRoadTimes

log = logging.getLogger(__name__)

TIMER_STEP = timedelta(milliseconds=200)
FETCH_POSITIONS_EVERY_S = 1.0


async def serve(settings: Settings) -> None:
    """Run the service until it is told to stop. OSError when its address is taken."""
    with listen(settings) as listening:
        if settings.database_url is None:
            await serve_on([listening], compose(settings))
            return
        with socket.create_server((settings.peer_host, 0), backlog=2048) as peers:
            # Whoever can read the journal's database may speak as a peer: the word is told nowhere else, and new with each start.
            address = f"http://{settings.peer_host}:{peers.getsockname()[1]}"
            own = Writer(address=address, secret=secrets.token_urlsafe())
            await serve_on([listening, peers], compose(settings, own))


async def serve_on(sockets: list[socket.socket], composed: contextlib.AbstractAsyncContextManager[Service]) -> None:
    """Run a composed service on `sockets` until it is told to stop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    when_left_alone(stopping.set)
    async with composed as service:
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
    city = load_catalogue(settings.city)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as kept:
        vault = Vault(kept.enter_context(PersonalKeys(settings.keys_directory, settings.master)))
        journal = kept.enter_context(contextlib.closing(open_journal(settings, own, vault)))
        accounts = kept.enter_context(contextlib.closing(AccountBook(settings.data_dir / ACCOUNTS_FILE)))
        reads = kept.enter_context(contextlib.closing(ReadLog(settings.data_dir / READS_FILE)))
        world, folded = load_world(journal)
        log.info(
            "已恢复到第 %d 条记录(推演 %d 条) / recovered to event %d (%d folded)", world.seq, folded, world.seq, folded
        )
        catalogue, version, is_missing = known_at_start(city, settings.data_dir, world)
        roads, footways, degradation = load_roads(settings, ZoneInfo(catalogue.time_zone))
        travel = LiveTravel(_estimate(catalogue, settings), roads, degradation=degradation)
        kept.callback(travel.close)
        service = assemble(
            catalogue=catalogue,
            gazetteer=Gazetteer(catalogue),
            travel=travel,
            journal=journal,
            world=world,
            clock=SystemClock(),
            settings=settings,
        )
        service.hub.later = asyncio.get_running_loop().call_soon
        service.accounts, service.vault, service.reads = accounts, vault, reads
        service.aed_data = aed_data = AedDataInForce(
            service, settings.data_dir, version=version, is_missing=is_missing, city=settings.city
        )
        if (client := settings.oidc) is not None:
            service.sign_on = kept.enter_context(contextlib.closing(OidcProvider(client)))
        service.pictures = pictures = Pictures(settings.data_dir / PICTURES, vault)
        engine, positions, places = service.engine, service.positions, service.places
        engine.subscribe(pictures.tell)
        engine.subscribe(aed_data.tell)
        traffic = TrafficOnRoads(roads, travel, engine) if roads is not None else None
        service.roads, service.footways = traffic, footways
        if traffic is not None and world.traffic:
            await traffic.apply()

        async def adopt() -> None:
            await engine.execute(roster_of(service.catalogue), actor=ENGINE_ACTOR)
            await aed_data.adopt()
            if settings.posts is not None:
                await engine.execute(posts_of(catalogue, settings.posts), actor=ENGINE_ACTOR)
            await engine.note_travel_times()

        if isinstance(journal, PostgresJournal):
            service.seat = Seat(engine, journal, when_taken=adopt)
            service.peer_secret = own.secret if own else ""
            await service.seat.begin()
        else:
            await adopt()
        service.traces = kept.enter_context(_tracing(settings))
        kept.enter_context(trail.timed_by(service.durations))
        settle_memory()
        async with contextlib.AsyncExitStack() as running:
            if settings.actors:
                floor = Floor(engine=engine, travel=travel, positions=positions, catalogue=catalogue, places=places)
                floor.set_demo_calls(settings.demo_calls)
                service.floor = floor
                await running.enter_async_context(running_task(floor.run(), "floor"))
            if service.seat is not None:
                await running.enter_async_context(running_task(service.seat.run(), "seat"))
                await running.enter_async_context(
                    running_task(_fetch_positions(service, service.seat), "peer-positions")
                )
                if settings.redis_url is not None:
                    linked = link(settings, settings.redis_url.get_secret_value(), service, service.seat)
                    await running.enter_async_context(running_task(linked, "redis"))
            await running.enter_async_context(running_task(fire_timers(engine), "timers"))
            await running.enter_async_context(running_task(aed_data.run(), "aed-data"))
            retention = _retention(settings, vault.keys, ZoneInfo(catalogue.time_zone))
            erasures = keep_up_with_erasures(engine, vault.keys, journal, retention)
            await running.enter_async_context(running_task(erasures, "erasures"))
            if traffic is not None:
                await running.enter_async_context(running_task(keep_up_with_traffic(traffic), "traffic"))
            if service.records is not None:
                courier = Courier(engine, service.records, journal.read_incident)
                await running.enter_async_context(running_task(courier.run(), "courier"))
            await running.enter_async_context(ticking(service))
            yield service
        await engine.settle()
        if engine.is_writing and engine.failure is None and engine.world.seq:
            await journal.save_snapshot(Snapshot(world=engine.world))


def _tracing(settings: Settings) -> contextlib.AbstractContextManager[Traces | None]:
    """Traces where they are set; the library is loaded only then. OSError when their file cannot be written."""
    if settings.trace_endpoint is None and settings.trace_file is None:
        return contextlib.nullcontext()
    from dispatch.adapters.tracing import tracing

    return tracing(settings.trace_endpoint, settings.trace_file, settings.trace_ratio)


def _retention(settings: Settings, keys: PersonalKeys, zone: ZoneInfo) -> Retention | None:
    if settings.erase_after_days is None:
        return None
    return Retention(settings.journal_place, keys, zone, days=settings.erase_after_days)


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
    demand = demand_of(catalogue, settings.demand)
    aeds = AedsNear(lambda: service.maps.lookup, settings.rules, time_zone=catalogue.time_zone)
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
        coverage=None if settings.posts is None else coverage_of(catalogue, travel, demand),
        arrests=arrests,
    )
    hub = Hub(world)
    engine.subscribe(hub.tell)
    service = Service(
        engine=engine,
        journal=journal,
        positions=positions,
        places=places,
        arrests=arrests,
        travel=travel,
        maps=city_maps(catalogue),
        gazetteer=gazetteer,
        hub=hub,
        is_development=settings.dev,
        allowed_origins=settings.allowed_origins,
        records=_records_peer(settings),
        demand=demand,
    )
    return service


def _records_peer(settings: Settings) -> FhirPeer | None:
    if settings.fhir_peer is None:
        return None
    return FhirPeer(settings.fhir_peer, token=settings.bearer_token, timeout_s=settings.fhir_timeout_s)


def settle_memory() -> None:
    """Set what is loaded for good (city, world) aside from garbage collection, whose pauses would otherwise fall into decisions."""
    gc.collect()
    gc.freeze()


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
