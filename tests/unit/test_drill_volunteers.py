"""Simulated volunteers of a demonstration: they opt in, are marked, answer their pages, and speak for nobody real."""

from datetime import timedelta
from random import Random

import pytest

from dispatch.domain.arrest import RUN_ENDED, RunStatus
from dispatch.domain.commands_arrest import RegisterArrestUnit
from dispatch.drills.actors import volunteers
from dispatch.drills.actors.volunteers import Volunteers
from dispatch.drills.agenda import Agenda
from maps_data.records import PopulationCell
from routing.cells import cell_of
from tests.fakes.arrest_room import SCENE, ArrestRoom, beside
from tests.fakes.embedded import embedded_catalogue


@pytest.fixture
def cells() -> list[PopulationCell]:
    """Everybody lives beside the scene."""
    nearest = cell_of(SCENE, 8)
    known = [cell for cell in embedded_catalogue().population_cells if cell.cell == nearest]
    return known or list(embedded_catalogue().population_cells[:1])


async def test_they_answer_and_end_what_they_began(
    cells: list[PopulationCell], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volunteers, "N_VOLUNTEERS", 12)
    room, agenda = ArrestRoom([beside(200), beside(-200)]), Agenda()
    await room.open()
    await room.do(RegisterArrestUnit(has_aed=False, drone=None, record_class="real"))
    (real,) = room.engine.world.arrest_units
    people = Volunteers(engine=room.engine, agenda=agenda, cells=cells, places=room.places, chance=Random(1))
    people.begin()
    for script in people.scripts():
        agenda.start(room.clock.now(), script)
    await until(room, agenda, minutes=1)
    units = room.engine.world.arrest_units
    assert len(units) == 12 + volunteers.N_DRONES + 1
    assert {unit.record.record_class for unit_id, unit in units.items() if unit_id != real} == {"simulated"}

    incident = await room.arrest()
    await until(room, agenda, minutes=30)
    await agenda.close()
    statuses = {run.status for run in room.runs(incident)}
    assert RunStatus.DONE in statuses
    assert statuses <= RUN_ENDED
    assert real not in room.places.fresh(room.clock.now())


async def until(room: ArrestRoom, agenda: Agenda, *, minutes: int) -> None:
    """Let the clock and everybody go on for a while."""
    end = room.clock.now() + timedelta(minutes=minutes)
    while (at := agenda.next_at()) is not None and at < end:
        room.clock.advance_to(max(at, room.clock.now()))
        await room.engine.fire_due()
        await agenda.step()
