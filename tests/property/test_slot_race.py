"""Two patients, one cath lab: whoever asks first has it, and nobody else, however the requests fall."""

import asyncio
import random

import pytest

from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.commands_reception import ReleaseSlot, ReserveSlot
from dispatch.domain.ids import PatientId
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.vocabulary import Capability, CapabilityState
from tests.fakes.reception_room import H0, ReceptionRoom

TRIES = 10_000
LAB = Capability.CATH_LAB


@pytest.mark.slow
async def test_two_requests_for_one_slot_are_never_both_granted() -> None:
    """Ten thousand tries with the requests in either order and delayed by chance, some on a journal that is slow to answer."""
    room, chance = await ReceptionRoom().open(), random.Random(120)
    patients = [await room.call(), await room.call()]
    for number, patient_id in enumerate(
        patients
    ):  # their crews are on the way, so that no unit has to be chosen any more
        await room.bring(patient_id, H0, f"U{number}", AssignmentStatus.EN_ROUTE)
    await room.report(H0, LAB, CapabilityState.AVAILABLE, slots_free=1)

    refusals: set[Refusal] = set()

    async def ask(patient_id: PatientId) -> PatientId | None:
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)
        try:
            await room.do(ReserveSlot(hospital_id=H0, capability=LAB, patient_id=patient_id))
        except CommandRejected as rejected:
            refusals.add(rejected.refusal)
            return None
        return patient_id

    async def slow_disk() -> None:
        """In one try of three nothing is durable before everybody has asked."""
        if chance.randrange(3) == 0:
            room.journal.hold()
            for _ in range(6):
                await asyncio.sleep(0)
            room.journal.release()

    wins = dict.fromkeys(patients, 0)
    for _ in range(TRIES):
        chance.shuffle(patients)
        answers = await asyncio.gather(*map(ask, patients), slow_disk())
        (winner,) = [patient_id for patient_id in answers if patient_id is not None]
        assert [slot.patient_id for slot in room.hospital(H0).slots] == [winner]
        wins[winner] += 1
        await room.do(ReleaseSlot(hospital_id=H0, capability=LAB, patient_id=winner))
    assert refusals == {Refusal.NO_SLOT_FREE}
    assert sum(wins.values()) == TRIES
    assert min(wins.values()) > TRIES / 3, "both orders were tried"
