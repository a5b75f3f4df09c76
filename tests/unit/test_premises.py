"""Warnings of premises: which calls come from there, how they end, and who is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.domain import commands as cmd
from dispatch.domain import events as ev
from dispatch.domain.commands_premises import EndPremisesWarning, ReviewPremisesWarning, WarnOfPremises
from dispatch.domain.events_premises import PremisesWarned
from dispatch.domain.ids import IncidentId, UnitId, WarningId
from dispatch.domain.incident import Location
from dispatch.domain.premises import PremisesKind, PremisesWarning
from dispatch.domain.rejections import CommandRejected
from dispatch.domain.vocabulary import Complaint
from dispatch.projections.board import board, board_patch
from dispatch.projections.sight import Breadth, Sight
from routing.geo import Wgs84
from tests.fakes.merge_patch import merge
from tests.fakes.reception_room import H0, SCENE, ReceptionRoom

AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
METRE_DEG = 1 / 111_195
DOG = WarnOfPremises(
    kind=PremisesKind.DOG, text="大型犬", reason="车组被咬", expires_at=AT + timedelta(days=180), location=SCENE
)


def away(metres: float, accuracy_m: float = 10.0) -> Location:
    """A place so far north of the scene."""
    point = Wgs84(lat_deg=SCENE.point.lat_deg + metres * METRE_DEG, lon_deg=SCENE.point.lon_deg)
    return replace(SCENE, point=point, accuracy_m=accuracy_m)


def warning(location: Location | None = None, address_text: str | None = None) -> PremisesWarning:
    return PremisesWarning(
        warning_id=WarningId("wrn-test-1"),
        kind=PremisesKind.DOG,
        text="大型犬",
        location=location,
        address_text=address_text,
        reason="车组被咬",
        entered_at=AT,
        entered_by="li",
        expires_at=AT + timedelta(days=180),
    )


@pytest.mark.parametrize(
    ("place", "holds"),
    [(away(0), True), (away(29), True), (away(31), False), (away(5, accuracy_m=500), False), (None, False)],
    ids=["there", "29 m", "31 m", "somewhere in the district", "no point"],
)
def test_a_call_from_within_thirty_metres_comes_from_there_if_its_place_is_exact(
    place: Location | None, holds: bool
) -> None:
    assert warning(location=SCENE).holds_at(place, None) is holds


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("福田区福中路 5 号", True),
        ("福田区福中路5号。", True),
        ("福田区福中路5号1202室", True),
        ("福田区福中路５号", True),
        ("福田区福中路 15 号", False),
        ("福中路 5 号", False),
        (None, False),
    ],
)
def test_the_text_of_an_address_is_the_same_without_its_dress(said: str | None, holds: bool) -> None:
    assert warning(address_text="福田区福中路5号").holds_at(None, said) is holds


def test_a_number_that_goes_on_is_another_one_and_a_few_letters_are_no_address() -> None:
    assert not warning(address_text="莲花北村 3").holds_at(None, "莲花北村 31 栋")
    assert not warning(address_text="福田区").holds_at(None, "福田区福中路 5 号")


@pytest.fixture
async def room() -> ReceptionRoom:
    return await ReceptionRoom().open()


async def warn(room: ReceptionRoom, command: WarnOfPremises = DOG) -> WarningId:
    entered = await room.do(command, actor="li")
    return next(r.event.warning_id for r in entered.entries if isinstance(r.event, PremisesWarned))


async def call(room: ReceptionRoom) -> IncidentId:
    taken = await room.do(
        cmd.ReceiveCall(received_at=room.clock.now(), complaint=Complaint.TRAUMA_FALL, location=away(12))
    )
    return next(r.event.incident_id for r in taken.entries if isinstance(r.event, ev.IncidentOpened))


async def test_it_ends_by_itself_on_its_day_and_is_ended_or_found_to_hold_by_a_person(room: ReceptionRoom) -> None:
    warning_id = await warn(room)
    await room.wait(days=179)
    later = AT + timedelta(days=300)
    await room.do(ReviewPremisesWarning(warning_id=warning_id, reason="狗还在", expires_at=later), actor="wang")
    await room.wait(days=100)
    assert room.engine.world.premises[warning_id].reviewed_by == "wang"
    await room.wait(days=30)
    assert warning_id not in room.engine.world.premises
    with pytest.raises(CommandRejected, match="warning_not_found"):
        await room.do(EndPremisesWarning(warning_id=warning_id, reason="已搬走"))


async def test_the_crew_is_told_while_its_incident_is_open_and_the_hospital_never(room: ReceptionRoom) -> None:
    await warn(room)
    incident_id = await call(room)
    patient_id = room.engine.world.incidents[incident_id].patient_ids[0]
    await room.bring(patient_id, H0, "U1")
    crew, ward = Sight(Breadth.OWN_INCIDENTS, unit_id=UnitId("U1")), Sight(Breadth.OWN_PATIENTS, hospital_id=H0)

    def told(sight: Sight) -> str:
        return str(sight.board(room.engine.world))

    assert "大型犬" in told(Sight())
    assert "大型犬" in told(crew)
    assert "大型犬" not in told(ward)
    assert "大型犬" not in told(Sight(Breadth.IMPERSONAL))
    await room.do(cmd.CancelIncident(incident_id=incident_id, reason="误报"))
    assert "大型犬" not in told(Sight())


async def test_a_warning_that_comes_later_reaches_the_screens_of_those_who_are_there_already(
    room: ReceptionRoom,
) -> None:
    incident_id = await call(room)
    screen = board(room.engine.world)
    for command in (DOG, None):
        before = room.engine.world
        if command is None:
            (warning_id,) = before.premises
            done = await room.do(EndPremisesWarning(warning_id=warning_id, reason="已搬走"))
        else:
            done = await room.do(command)
        screen = merge(screen, board_patch(before, done.world, done.entries))
        assert screen == board(done.world)
        assert bool(screen["incidents"][incident_id]["premises"]) is (command is not None)
