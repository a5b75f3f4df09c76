"""A service around one drill that a trainer leads: the same engine, routes and consoles as in the live city, on people's own time.

Everything of it is its own: realm, journal, clock, world, stream, accounts, and the directory that all of it is kept in. Nothing here
reaches another system: no records peer, no other processes.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from dispatch.adapters.accounts import FILE as ACCOUNTS_FILE
from dispatch.adapters.accounts import AccountBook
from dispatch.adapters.journal_sql import SqlJournal
from dispatch.adapters.journal_sqlite import Durability
from dispatch.adapters.positions import CellBook
from dispatch.adapters.read_log import READS_FILE, ReadLog
from dispatch.api.hub import Hub
from dispatch.api.map_layers import city_maps
from dispatch.api.wiring import Service, tell_condition
from dispatch.domain.ids import LIVE
from dispatch.drills.led import LedDrill
from dispatch.drills.report import Report, make_report
from dispatch.drills.report_page import make_page
from dispatch.drills.runner import Played
from dispatch.drills.stage import SAID
from dispatch.engine.clocks import SystemClock
from dispatch.listening import listen
from dispatch.main import serve_on, settle_memory
from dispatch.playing import Prepared
from dispatch.settings import Settings
from dispatch.staging import stage
from dispatch.ticking import log_failure, ticking
from maps_data.landmarks import Gazetteer

JOURNAL = "journal"


def as_led(prepared: Prepared, now: datetime) -> Prepared:
    """The same for a trainer to lead, in a realm that is named after `now`; without calls it begins then."""
    recipe = prepared.recipe
    start_at = recipe.start_at or (None if prepared.log.calls else now.replace(microsecond=0))
    realm = f"drill-{now:%Y%m%d-%H%M%S}"
    return replace(prepared, recipe=replace(recipe, led=True, start_at=start_at, realm=realm))


async def serve_drill(prepared: Prepared, settings: Settings, *, speed: float) -> None:
    """Play it on the settings' address until the process is told to stop. OSError when the address is taken."""
    with listen(settings) as listening:
        await serve_on([listening], compose_drill(prepared, settings, speed=speed))


def compose_drill(prepared: Prepared, settings: Settings, *, speed: float) -> AbstractAsyncContextManager[Service]:
    """The service without its web server, standing at the drill's beginning. At the end, the drill is ended if nobody has done so.

    All that it writes is in the directory of its realm, in the settings' data directory. ValueError for the live realm.
    """
    if prepared.recipe.realm == LIVE:
        raise ValueError("a drill is never the live realm")
    return _composed(prepared, settings, speed)


@contextlib.asynccontextmanager
async def _composed(prepared: Prepared, settings: Settings, speed: float) -> AsyncIterator[Service]:
    directory = settings.data_dir / prepared.recipe.realm
    directory.mkdir(parents=True)
    with contextlib.ExitStack() as kept:
        recipe = prepared.recipe_as_read.as_text()
        # What was said from outside makes it again: no word of it waits for the disk.
        path, durability = directory / JOURNAL, Durability.REPRODUCIBLE_ONLY
        journal = kept.enter_context(contextlib.closing(SqlJournal(path, durability=durability, recipe=recipe)))
        said = kept.enter_context((directory / SAID).open("w", encoding="utf-8", buffering=1))
        accounts = kept.enter_context(contextlib.closing(AccountBook(settings.data_dir / ACCOUNTS_FILE)))
        reads = kept.enter_context(contextlib.closing(ReadLog(settings.data_dir / READS_FILE)))
        staged = await stage(prepared, journal, said.write, speed=speed)
        led, engine = staged.led, staged.engine
        hub = Hub(engine.world)
        engine.subscribe(hub.tell)
        service = Service(
            engine=engine,
            journal=journal,
            positions=staged.positions,
            places=CellBook(),
            arrests=staged.arrests,
            travel=staged.travel,
            maps=city_maps(prepared.catalogue),
            gazetteer=Gazetteer(prepared.catalogue),
            hub=hub,
            is_development=settings.dev,
            allowed_origins=settings.allowed_origins,
            accounts=accounts,
            reads=reads,
            led=led,
            roads=staged.traffic,
            machine_clock=SystemClock(),
        )
        led.when_changed = lambda: tell_condition(service)
        settle_memory()
        leading = asyncio.create_task(_lead(led, journal, prepared, directory), name="drill")
        leading.add_done_callback(log_failure)
        async with ticking(service):
            try:
                yield service
            finally:
                led.end()
                await asyncio.wait({leading})


async def _lead(led: LedDrill, journal: SqlJournal, prepared: Prepared, directory: Path) -> None:
    """Until it has ended; then, if it has ever begun, its report, in memory and in `directory`."""
    await led.run()
    if led.played is not None and led.played.ended_at > led.played.started_at:
        made = await asyncio.to_thread(_report, led.played, journal.head_hash.hex(), prepared, directory)
        led.report, led.report_page = made
        led.when_changed()


def _report(played: Played, head_hash: str, prepared: Prepared, directory: Path) -> tuple[Report, str]:
    report = make_report(played, head_hash)
    report["set_up"] = prepared.set_up
    page = make_page(played, report, prepared.zone)
    (directory / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    (directory / "report.html").write_text(page, encoding="utf-8")
    return report, page
