"""Pages for a cardiac arrest in the engine: answered, declined, expired, stood down; nobody twice, nobody in two places."""

import pytest

from dispatch.domain import commands as cmd
from dispatch.domain.arrest import Bringer, RunStatus
from dispatch.domain.commands_arrest import (
    PageForArrests,
    SendForAed,
    SetArrestUnitDuty,
    SetRunStatus,
    WithdrawArrestUnit,
)
from dispatch.domain.invariants import contradictions
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.vocabulary import Complaint, Duty
from dispatch.pipeline.arrest_plan import P_OVERDUE
from routing.cells import cell_of
from tests.fakes.arrest_room import ArrestRoom, beside

DEVICE = beside(200)


@pytest.fixture
async def room() -> ArrestRoom:
    room = ArrestRoom([DEVICE])
    await room.open()
    return room


async def test_the_nearest_volunteer_is_paged_and_the_next_when_he_declines(room: ArrestRoom) -> None:
    near, next_ = await room.volunteer(beside(300)), await room.volunteer(beside(600))
    incident = await room.arrest()
    assert list(room.active(incident)) == [near]
    await room.step(room.active(incident)[near], RunStatus.DECLINED)
    assert list(room.active(incident)) == [next_]
    assert room.engine.world.arrest_units[near].run_id is None


async def test_a_page_that_is_not_answered_expires_and_the_next_is_asked(room: ArrestRoom) -> None:
    near, next_ = await room.volunteer(beside(300)), await room.volunteer(beside(600))
    incident = await room.arrest()
    await room.pass_s(44)
    assert list(room.active(incident)) == [near]
    await room.pass_s(2)
    assert [run.status for run in room.runs(incident)] == [RunStatus.EXPIRED, RunStatus.OFFERED]
    assert list(room.active(incident)) == [next_]


async def test_one_who_answers_is_not_timed_out_and_counts_from_then_on(room: ArrestRoom) -> None:
    near = await room.volunteer(beside(300))
    incident = await room.arrest()
    before = (await room.plan(incident)).expected_s
    await room.step(room.active(incident)[near], RunStatus.ACCEPTED)
    assert (await room.plan(incident)).expected_s < before
    await room.pass_s(60)
    assert room.active(incident)[near].status is RunStatus.ACCEPTED
    unit = room.engine.world.arrest_units[near]
    assert (unit.n_accepted, unit.n_answered) == (1, 1)


async def test_who_does_not_arrive_is_not_relied_upon_and_others_are_considered(room: ArrestRoom) -> None:
    near, other = await room.volunteer(beside(300), has_aed=True), await room.volunteer(beside(9_000), has_aed=True)
    incident = await room.arrest()
    run = room.active(incident)[near]
    await room.step(run, RunStatus.ACCEPTED)
    room.places.report(other, cell_of(beside(200), 9), room.clock.now())  # nobody is told of it
    await room.pass_s((run.arrives_at - room.clock.now()).total_seconds() + 119)
    assert list(room.active(incident)) == [near]
    await room.pass_s(2)
    assert list(room.active(incident)) == [near, other]
    assert {page.unit_id: page.p for page in (await room.plan(incident)).pages}[near] == P_OVERDUE


async def test_nobody_is_on_two_incidents(room: ArrestRoom) -> None:
    only = await room.volunteer(beside(300))
    first, second = await room.arrest(), await room.arrest(beside(100))
    assert list(room.active(first)) == [only]
    assert room.active(second) == {}
    await room.do(cmd.CancelIncident(incident_id=first, reason="no arrest"))
    assert list(room.active(second)) == [only]
    assert contradictions(room.engine.world) == []


async def test_the_others_stand_down_when_a_device_is_with_the_patient(room: ArrestRoom) -> None:
    await room.weather()
    near, drone = await room.volunteer(beside(300), has_aed=True), await room.drone(beside(3_000))
    incident = await room.arrest()
    assert set(room.active(incident)) == {near, drone}
    await room.step(room.active(incident)[drone], RunStatus.ACCEPTED)
    await room.step(room.active(incident)[near], RunStatus.AT_PATIENT)
    assert {run.unit_id: run.status for run in room.runs(incident)} == {
        near: RunStatus.AT_PATIENT,
        drone: RunStatus.STOOD_DOWN,
    }
    assert (await room.plan(incident)).is_served


async def test_what_turns_out_not_to_be_an_arrest_frees_everybody(room: ArrestRoom) -> None:
    near = await room.volunteer(beside(300))
    incident = await room.arrest()
    await room.do(cmd.Retriage(incident_id=incident, complaint=Complaint.SYNCOPE, reason="breathes"))
    assert room.active(incident) == {}
    assert room.engine.world.arrest_units[near].run_id is None


async def test_one_who_comes_near_later_is_paged_then(room: ArrestRoom) -> None:
    unit = await room.volunteer(beside(9_000))
    incident = await room.arrest()
    assert room.active(incident) == {}
    room.places.report(unit, cell_of(beside(250), 9), room.clock.now())
    await room.do(PageForArrests())
    assert list(room.active(incident)) == [unit]


async def test_who_goes_off_duty_is_not_paged_and_who_opts_out_is_gone(room: ArrestRoom) -> None:
    near, other = await room.volunteer(beside(300)), await room.volunteer(beside(400))
    await room.do(SetArrestUnitDuty(unit_id=near, duty=Duty.OUT_OF_SERVICE))
    incident = await room.arrest()
    assert list(room.active(incident)) == [other]
    await room.do(WithdrawArrestUnit(unit_id=other))
    assert room.active(incident) == {}
    assert list(room.engine.world.arrest_units) == [near]
    assert contradictions(room.engine.world) == []


async def test_weather_that_is_no_longer_known_keeps_a_drone_on_the_ground(room: ArrestRoom) -> None:
    drone = await room.drone(beside(3_000))
    await room.weather(minutes=10)
    await room.pass_s(601)
    incident = await room.arrest()
    assert room.active(incident) == {}
    await room.weather()
    assert list(room.active(incident)) == [drone]


async def test_a_bystander_who_was_sent_has_the_device_to_himself(room: ArrestRoom) -> None:
    incident = await room.arrest()
    sent = SendForAed(
        incident_id=incident, bringer=Bringer.BYSTANDER, aed_id="AED0", arrives_at=room.clock.now(), p=0.6
    )
    await room.do(sent)
    assert [run.status for run in room.runs(incident)] == [RunStatus.ACCEPTED]
    with pytest.raises(CommandRejected) as refused:
        await room.do(sent)
    assert refused.value.refusal is Refusal.AED_BEING_FETCHED
    await room.volunteer(beside(300))
    assert list(room.active(incident)) == [None]


async def test_steps_go_forward_only(room: ArrestRoom) -> None:
    near = await room.volunteer(beside(300))
    incident = await room.arrest()
    run = room.active(incident)[near]
    await room.step(run, RunStatus.HAS_DEVICE)
    with pytest.raises(CommandRejected) as refused:
        await room.do(SetRunStatus(run_id=run.run_id, status=RunStatus.ACCEPTED))
    assert refused.value.refusal is Refusal.ILLEGAL_TRANSITION


async def test_without_volunteers_the_journal_is_as_it_was() -> None:
    journals = []
    for with_arrests in (True, False):
        room = ArrestRoom([DEVICE], with_arrests=with_arrests)
        await room.open()
        incident = await room.arrest()
        await room.do(cmd.AssignUnit(incident_id=incident, unit_id=min(room.engine.world.units)))
        await room.do(cmd.CancelIncident(incident_id=incident, reason="no arrest"))
        journals.append(room.journal.entries)
    assert journals[0] == journals[1]
