"""Forgetting on time: who has been at rest for as long as was set is erased early in the morning, and nobody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from dispatch.adapters.erasing import look_for_erasures
from dispatch.adapters.identifiers import Ulids, instant_of
from dispatch.adapters.journal_places import Place
from dispatch.adapters.journal_postgres import PostgresJournal
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.journal_sql import SqlJournal
from dispatch.adapters.journal_sqlite import LIVE_FILE
from dispatch.adapters.personal_keys import PersonalKeys
from dispatch.adapters.positions import PositionBook
from dispatch.adapters.retention import ORDERED_BY, Retention, expired
from dispatch.adapters.vault import Vault
from dispatch.adapters.verify import verify
from dispatch.cli import app
from dispatch.domain.commands import CancelIncident, JoinIncident, ReceiveCall
from dispatch.domain.commands_premises import WarnOfPremises
from dispatch.domain.events import IncidentOpened
from dispatch.domain.ids import LIVE, IncidentId
from dispatch.domain.incident import Location
from dispatch.domain.premises import PremisesKind
from dispatch.domain.rules import Rules
from dispatch.domain.vocabulary import Complaint
from dispatch.domain.world import World
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.engine import Engine
from dispatch.pipeline.policies import POLICIES
from routing.geo import Wgs84
from tests.fakes.ascii_city import GridTravel

BEGAN = datetime(2024, 11, 1, 1, 0, tzinfo=UTC)  # nine in the morning in Shenzhen
DAY = timedelta(days=1)
PHONE = "13877319028"
PLACE = Location(point=Wgs84(lat_deg=22.5431, lon_deg=114.0579), accuracy_m=20.0, source="caller", cell="")


class Room:
    """An engine on a real journal, sealed, and a clock that a test moves."""

    def __init__(
        self, directory: Path, where: Place, keys: PersonalKeys, journal: SqlJournal | PostgresJournal
    ) -> None:
        self.directory, self.where, self.keys, self.journal = directory, where, keys, journal
        self.clock = VirtualClock(BEGAN)
        self.engine = Engine(
            realm=LIVE,
            world=World(),
            journal=journal,
            clock=self.clock,
            ids=Ulids(LIVE, self.clock),
            travel=GridTravel(),
            positions=PositionBook(),
            rules=Rules(),
            policy=POLICIES["closest-idle"],
        )

    async def call(self) -> IncidentId:
        command = ReceiveCall(
            received_at=self.clock.now(), complaint=Complaint.STROKE, location=PLACE, caller_phone=PHONE
        )
        opened = (await self.engine.execute(command, actor="li")).entries[0].event
        assert isinstance(opened, IncidentOpened)
        return opened.incident_id

    async def cancel(self, incident_id: IncidentId) -> None:
        await self.engine.execute(CancelIncident(incident_id=incident_id, reason="误报"), actor="li")

    async def live_through(self, retention: Retention | None, days: float) -> None:
        """Let time pass by the hour, with the service's look at each."""
        for _ in range(int(days * 24)):
            await look_for_erasures(self.engine, self.keys, self.journal, retention)
            self.clock.advance_to(self.clock.now() + timedelta(hours=1))

    @property
    def options(self) -> list[str]:
        """By which a command finds this journal and its keys."""
        database = ["--database-url", self.where] if isinstance(self.where, str) else []
        return ["--data-dir", str(self.directory), *database]

    def erased(self) -> dict[str, datetime]:
        return {each.incident_id: each.at for each in self.keys.erasures()}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
async def room(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    """On both journals: what is due is read where the journal is."""
    with PersonalKeys(tmp_path / "keys") as keys, ExitStack() as stack:
        if request.param == "sqlite":
            where: Place = tmp_path / LIVE_FILE
            journal: SqlJournal | PostgresJournal = stack.enter_context(SqlJournal(where, vault=Vault(keys)))
        else:
            where = request.getfixturevalue("postgres").url()
            journal = shared = stack.enter_context(PostgresJournal(where, vault=Vault(keys)))
            assert shared.take()
        room = Room(tmp_path, where, keys, journal)
        yield room
        await room.engine.settle()


def retention(room: Room, days: int) -> Retention:
    return Retention(room.where, room.keys, ZoneInfo("Asia/Shanghai"), days=days)


async def test_the_person_goes_at_four_in_the_morning_after_that_many_days_and_the_rest_stays(room: Room) -> None:
    """The chain verifies, the audit names who ordered it, and a restart begins with a snapshot of the world as it is then."""
    incident_id = await room.call()
    await room.cancel(incident_id)
    await room.live_through(retention(room, 3), 3)
    assert room.erased() == {}
    await room.live_through(None, 0.5)
    policy = retention(room, 3)
    await room.live_through(policy, 1)
    assert room.erased() == {incident_id: datetime(2024, 11, 4, 20, tzinfo=UTC)}
    entries = room.journal.read_incident(incident_id)
    assert (entries[-1].type, entries[-1].actor) == ("IncidentErased", ORDERED_BY)
    assert PHONE not in repr(entries)
    assert "误报" not in repr(entries)
    assert entries[0].type == "IncidentOpened"
    await room.engine.settle()
    world, n_folded = load_world(room.journal)
    assert (world, n_folded) == (room.engine.world, 0)
    report = await asyncio.to_thread(verify, room.where, vault=Vault(room.keys))
    assert report.is_sound


async def test_who_is_not_at_rest_stays(room: Room) -> None:
    """An open incident; one of which something was recorded later; both of two that were joined, until the later is old enough."""
    open_id, told_id, joined_id, into_id, other_id = [await room.call() for _ in range(5)]
    for incident_id in (told_id, other_id):
        await room.cancel(incident_id)
    await room.engine.execute(JoinIncident(incident_id=joined_id, into_incident_id=into_id), actor="li")
    room.clock.advance_to(BEGAN + 5 * DAY)
    await room.cancel(into_id)
    now = room.clock.now()

    def due(before: datetime) -> set[str]:
        return {each.incident_id for each in expired(room.where, room.keys, before, now)}

    assert due(BEGAN) == set()
    assert due(BEGAN + DAY) == {told_id, other_id}
    assert due(now + DAY) == {told_id, other_id, joined_id, into_id}
    assert open_id in room.keys.incidents()


async def test_only_the_process_that_writes_erases_and_a_new_writer_waits_for_the_morning(room: Room) -> None:
    incident_id = await room.call()
    await room.cancel(incident_id)
    policy = retention(room, 1)
    room.engine.is_writing = False
    await room.live_through(policy, 4)
    assert room.erased() == {}
    room.engine.is_writing = True
    await room.live_through(policy, 0.5)
    assert room.erased() == {}
    await room.live_through(policy, 0.5)
    assert list(room.erased()) == [incident_id]


async def test_the_command_lists_first_and_erases_then(room: Room) -> None:
    """On the machine, by its own clock: what the one of this test wrote is years old."""
    incident_id = await room.call()
    await room.cancel(incident_id)
    await room.engine.settle()
    await asyncio.to_thread(room.keys.keep)

    def expire(*options: str) -> str:
        arguments = ["privacy", "expire", "--older-than", "1", *options, *room.options]
        told = CliRunner().invoke(app, arguments)
        assert told.exit_code == 0, told.stderr
        return told.stdout

    listed = await asyncio.to_thread(expire, "--dry-run")
    assert room.erased() == {}
    done = await asyncio.to_thread(expire)
    assert listed.replace("将抹除 / would be erased", "已抹除 / erased") == done
    assert incident_id in done
    assert list(room.erased()) == [incident_id]
    assert (await asyncio.to_thread(expire)).splitlines() == ["0 个事件 / incidents"]


def test_an_identifier_says_when_it_was_given() -> None:
    ids = Ulids(LIVE, VirtualClock(BEGAN))
    assert instant_of(ids.incident()) == BEGAN


async def test_one_warning_of_premises_is_erased_alone(room: Room) -> None:
    """By the same command as an incident; it holds no more, and what it said cannot be read again."""
    incident_id = await room.call()
    warned = WarnOfPremises(
        kind=PremisesKind.DOG, text="姓王的业主养犬", reason="旧报告", expires_at=BEGAN + 300 * DAY, location=PLACE
    )
    await room.engine.execute(warned, actor="li")
    (warning_id,) = room.engine.world.premises
    options = ["--reason", "已搬走", *room.options]
    unknown = CliRunner().invoke(app, ["privacy", "erase", "wrn-live-none", *options])
    assert (unknown.exit_code, "wrn-live-none" in unknown.output) == (1, True)
    assert CliRunner().invoke(app, ["privacy", "erase", warning_id, *options]).exit_code == 0
    room.keys.forget()
    await look_for_erasures(room.engine, room.keys, room.journal, None)
    assert warning_id not in room.engine.world.premises
    told = [recorded.event for recorded in room.journal.read()]
    assert "姓王" not in repr(told)
    assert PHONE in repr(told)  # of the incident nothing was erased
    assert incident_id in room.engine.world.incidents
    assert load_world(room.journal)[0] == room.engine.world
    assert not verify(room.where, Vault(room.keys)).problems
