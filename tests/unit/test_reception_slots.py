"""Places of a cath lab or scanner: kept for one patient, busy to all others, given up when he goes elsewhere."""

import pytest

from dispatch.domain import commands as cmd
from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.commands_reception import ConfirmSlot, ReleaseSlot, ReserveSlot
from dispatch.domain.ids import HospitalId, PatientId
from dispatch.domain.reception import SlotState
from dispatch.domain.rejections import CommandRejected
from dispatch.domain.vocabulary import Capability, CapabilityState
from tests.fakes.reception_room import H0, H1, ReceptionRoom

LAB = Capability.CATH_LAB
S = AssignmentStatus


@pytest.fixture
async def room() -> ReceptionRoom:
    return await ReceptionRoom().open()


def reserve(patient_id: PatientId, hospital_id: HospitalId = H0) -> ReserveSlot:
    return ReserveSlot(hospital_id=hospital_id, capability=LAB, patient_id=patient_id)


async def refusal(room: ReceptionRoom, command: cmd.Command) -> str:
    with pytest.raises(CommandRejected) as rejected:
        await room.do(command)
    return rejected.value.refusal.code


@pytest.mark.parametrize(
    ("state", "slots_free", "patients_kept"),
    [
        (None, None, 1),  # nothing said: one may be asked for, and the hospital has to confirm
        (CapabilityState.AVAILABLE, None, 1),
        (CapabilityState.AVAILABLE, 2, 2),
        (CapabilityState.AVAILABLE, 0, 0),
        (CapabilityState.BUSY, None, 0),
        (CapabilityState.CLOSED, None, 0),
    ],
)
async def test_as_many_are_kept_as_the_hospital_has(
    room: ReceptionRoom, state: CapabilityState | None, slots_free: int | None, patients_kept: int
) -> None:
    if state is not None:
        await room.report(H0, LAB, state, slots_free)
    for _ in range(patients_kept):
        await room.do(reserve(await room.call()))
    assert await refusal(room, reserve(await room.call())) == "no_slot_free"
    assert len(room.hospital(H0).slots) == patients_kept


async def test_asking_twice_keeps_one(room: ReceptionRoom) -> None:
    patient_id = await room.call()
    assert (await room.do(reserve(patient_id))).entries
    assert not (await room.do(reserve(patient_id))).entries


async def test_a_kept_place_makes_the_hospital_busy_to_others_and_not_to_its_patient(room: ReceptionRoom) -> None:
    """The nearest hospital keeps its only lab for the first patient: the second is sent elsewhere, the first is not."""
    for hospital_id in (H0, H1):
        await room.report(hospital_id, LAB, CapabilityState.AVAILABLE)
    first = await room.call()
    incident_id = room.patient(first).incident_id
    before = await room.engine.preview(incident_id)
    assert before is not None
    assert before.hospital_id is not None
    nearest = before.hospital_id
    await room.do(reserve(first, nearest))
    assert room.hospital(nearest).state_of(LAB) is CapabilityState.BUSY
    mine = await room.engine.preview(incident_id)
    assert mine is not None
    assert mine.hospital is not None
    assert (mine.hospital_id, "urgent_kept" in {reason.code for reason in mine.hospital.reasons}) == (nearest, True)
    second = await room.call()
    other = await room.engine.preview(room.patient(second).incident_id)
    assert other is not None
    assert other.hospital_id != nearest


async def test_reserved_confirmed_in_use_and_free_again_when_the_hospital_reports(room: ReceptionRoom) -> None:
    await room.report(H0, LAB, CapabilityState.AVAILABLE)
    patient_id = await room.call()
    await room.do(reserve(patient_id))
    await room.do(ConfirmSlot(hospital_id=H0, capability=LAB, patient_id=patient_id))
    assignment_id = await room.bring(patient_id, H0, "U1", S.LEFT_SCENE, S.AT_HOSPITAL)
    (slot,) = room.hospital(H0).slots
    assert slot.state is SlotState.CONFIRMED
    assert "SlotTaken" in room.types(await room.step(assignment_id, S.HANDED_OVER))
    await room.step(assignment_id, S.AVAILABLE)
    (slot,) = room.hospital(H0).slots
    assert slot.state is SlotState.IN_USE
    assert room.hospital(H0).state_of(LAB) is CapabilityState.BUSY
    await room.report(H0, LAB, CapabilityState.AVAILABLE)
    assert room.hospital(H0).slots == (), "what it says now includes whoever lies in it"
    assert room.hospital(H0).state_of(LAB) is CapabilityState.AVAILABLE


async def test_a_place_in_use_lapses_when_nobody_says_otherwise(room: ReceptionRoom) -> None:
    """Ninety minutes after the hand-over; the report of the lab itself holds for four hours."""
    await room.report(H0, LAB, CapabilityState.AVAILABLE)
    patient_id = await room.call()
    await room.do(reserve(patient_id))
    await room.bring(patient_id, H0, "U1", S.LEFT_SCENE, S.AT_HOSPITAL, S.HANDED_OVER)
    await room.wait(minutes=89)
    assert room.hospital(H0).state_of(LAB) is CapabilityState.BUSY
    await room.wait(minutes=1)
    assert room.hospital(H0).slots == ()
    assert room.hospital(H0).state_of(LAB) is CapabilityState.AVAILABLE


async def test_a_patient_who_goes_elsewhere_gives_his_place_up(room: ReceptionRoom) -> None:
    patient_id = await room.call()
    await room.do(reserve(patient_id))
    assignment_id = await room.bring(patient_id, H0, "U1", S.LEFT_SCENE)
    changed = await room.do(cmd.ChangeDestination(assignment_id=assignment_id, hospital_id=H1, reason="家属要求"))
    assert "SlotReleased" in room.types(changed)
    assert room.hospital(H0).slots == ()


async def test_a_place_may_be_kept_before_the_crew_is_sent_there(room: ReceptionRoom) -> None:
    patient_id = await room.call()
    assignment_id = await room.bring(patient_id, H0, "U1", S.EN_ROUTE)
    await room.do(reserve(patient_id, H1))
    await room.step(assignment_id, S.ON_SCENE)
    assert len(room.hospital(H1).slots) == 1, "the crew is still at the scene"
    await room.do(cmd.ChangeDestination(assignment_id=assignment_id, hospital_id=H1, reason="导管室已预留"))
    assert len(room.hospital(H1).slots) == 1


async def test_a_cancelled_incident_leaves_no_place_behind(room: ReceptionRoom) -> None:
    patient_id = await room.call()
    await room.do(reserve(patient_id))
    cancelled = await room.do(cmd.CancelIncident(incident_id=room.patient(patient_id).incident_id, reason="误报"))
    assert "SlotReleased" in room.types(cancelled)
    assert room.hospital(H0).slots == ()


async def test_what_is_not_kept_can_be_neither_confirmed_nor_released(room: ReceptionRoom) -> None:
    patient_id = await room.call()
    for command in (ConfirmSlot, ReleaseSlot):
        asked = command(hospital_id=H0, capability=LAB, patient_id=patient_id)
        assert await refusal(room, asked) == "slot_not_found"


async def test_silence_becomes_unknown(room: ReceptionRoom) -> None:
    """A report holds for four hours by the clock; then the hospital is neither free nor busy."""
    await room.report(H0, LAB, CapabilityState.CLOSED)
    await room.wait(hours=4, seconds=-1)
    assert room.hospital(H0).state_of(LAB) is CapabilityState.CLOSED
    await room.wait(seconds=1)
    assert room.hospital(H0).state_of(LAB) is CapabilityState.UNKNOWN
    assert room.journal.entries[-1].type == "HospitalStatusExpired"


@pytest.mark.parametrize(
    ("waits_min", "is_flagged"),
    [((31, 40, 55), True), ((31, 40), False), ((31, 29, 55), False), ((5, 31, 40, 55), True)],
)
async def test_crews_that_wait_at_the_door_contradict_a_claim(
    room: ReceptionRoom, waits_min: tuple[int, ...], is_flagged: bool
) -> None:
    """Three in a row for over half an hour: what the emergency department says of itself is no longer believed."""
    emergency = Capability.EMERGENCY
    await room.report(H0, emergency, CapabilityState.AVAILABLE)
    for wait_min in waits_min:
        assignment_id = await room.bring(await room.call(), H0, "U1", S.LEFT_SCENE, S.AT_HOSPITAL)
        await room.wait(minutes=wait_min)
        await room.step(assignment_id, S.HANDED_OVER)
        await room.step(assignment_id, S.AVAILABLE)
    found = room.hospital(H0).contradiction_of(emergency)
    assert (found is not None) == is_flagged
    if found is not None:
        assert (found.n_observed, found.observed_s) == (3, 2400.0)
        assert room.hospital(H0).state_of(emergency) is CapabilityState.UNKNOWN
        await room.report(H0, emergency, CapabilityState.BUSY)
        assert room.hospital(H0).contradiction_of(emergency) is None, "a new claim stands until it is contradicted"
