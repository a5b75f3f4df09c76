"""Pre-alerts that must be acknowledged, patients turned away, transfers asked for."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as cmd
from dispatch.domain import events as ev
from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.commands_reception import (
    AcknowledgePrealert,
    AnswerTransfer,
    AskTransfer,
    ReserveSlot,
    SendPrealert,
    TurnPatientAway,
    WithdrawTransfer,
)
from dispatch.domain.events_reception import TransferAsked, TransferStarted
from dispatch.domain.ids import TransferId
from dispatch.domain.reception import PrealertState, TransferRequest, TransferState
from dispatch.domain.rejections import CommandRejected
from dispatch.domain.rules import Rules
from dispatch.domain.vocabulary import Capability, Complaint, Priority
from tests.fakes.reception_room import H0, H1, H2, SCENE, ReceptionRoom

S = AssignmentStatus


@pytest.fixture
async def room() -> ReceptionRoom:
    return await ReceptionRoom().open()


async def refusal(room: ReceptionRoom, command: cmd.Command) -> str:
    with pytest.raises(CommandRejected) as rejected:
        await room.do(command)
    return rejected.value.refusal.code


async def test_word_is_sent_ahead_when_the_crew_leaves_with_a_patient_who_cannot_wait(room: ReceptionRoom) -> None:
    patient_id = await room.call(Complaint.STROKE)
    assignment_id = await room.bring(patient_id, H0, "U1", S.AT_PATIENT)
    assert room.patient(patient_id).prealert is None
    assert "PrealertSent" in room.types(await room.step(assignment_id, S.LEFT_SCENE))
    sent = room.patient(patient_id).prealert
    assert sent is not None
    assert (sent.hospital_id, sent.state) == (H0, PrealertState.SENT)


async def test_for_a_headache_nobody_is_alerted_unless_somebody_asks(room: ReceptionRoom) -> None:
    patient_id = await room.call(Complaint.PAIN_BACK)
    await room.bring(patient_id, H0, "U1", S.LEFT_SCENE)
    assert room.patient(patient_id).prealert is None
    await room.do(SendPrealert(patient_id=patient_id, text="血压 80/50"))
    sent = room.patient(patient_id).prealert
    assert sent is not None
    assert sent.text == "血压 80/50"


async def test_an_alert_nobody_acknowledges_is_repeated_three_times(room: ReceptionRoom) -> None:
    patient_id = await room.call(Complaint.STROKE)
    await room.bring(patient_id, H0, "U1", S.LEFT_SCENE)
    seen = []
    for _ in range(5):
        await room.wait(minutes=2)
        sent = room.patient(patient_id).prealert
        assert sent is not None
        seen.append(sent.reminders)
    assert seen == [1, 2, 3, 3, 3]


async def test_an_acknowledged_alert_is_not_repeated(room: ReceptionRoom) -> None:
    patient_id = await room.call(Complaint.STROKE)
    await room.bring(patient_id, H0, "U1", S.LEFT_SCENE)
    await room.do(AcknowledgePrealert(hospital_id=H0, patient_id=patient_id), actor="hospital:H0")
    again = await room.do(AcknowledgePrealert(hospital_id=H0, patient_id=patient_id))
    assert again.entries == ()
    await room.wait(minutes=10)
    sent = room.patient(patient_id).prealert
    assert sent is not None
    assert (sent.state, sent.answered_by, sent.reminders) == (PrealertState.ACKNOWLEDGED, "hospital:H0", 0)


async def test_another_destination_means_another_alert(room: ReceptionRoom) -> None:
    patient_id = await room.call(Complaint.STROKE)
    assignment_id = await room.bring(patient_id, H0, "U1", S.LEFT_SCENE)
    changed = await room.do(cmd.ChangeDestination(assignment_id=assignment_id, hospital_id=H1, reason="CT 故障"))
    assert "PrealertSent" in room.types(changed)
    assert await refusal(room, AcknowledgePrealert(hospital_id=H0, patient_id=patient_id)) == "patient_not_bound_here"
    await room.do(AcknowledgePrealert(hospital_id=H1, patient_id=patient_id))


async def test_who_is_turned_away_is_recommended_another_hospital_with_the_rule_that_says_why(
    room: ReceptionRoom,
) -> None:
    patient_id = await room.call(Complaint.STROKE)
    incident_id = room.patient(patient_id).incident_id
    first = room.engine.world.incidents[incident_id].recommendation
    assert first is not None
    assert first.hospital_id is not None
    nearest = first.hospital_id
    await room.bring(patient_id, nearest, "U1", S.LEFT_SCENE)
    await room.do(ReserveSlot(hospital_id=nearest, capability=Capability.CT, patient_id=patient_id))
    away = await room.do(
        TurnPatientAway(hospital_id=nearest, patient_id=patient_id, reason="CT 故障", to_hospital_id=H2)
    )
    assert room.types(away)[:3] == ["PatientTurnedAway", "SlotReleased", "RecommendationMade"]
    made = next(r.event.recommendation for r in away.entries if isinstance(r.event, ev.RecommendationMade))
    assert made.hospital_id not in {None, nearest}
    assert dict(made.excluded_hospitals)["patient_turned_away"] == (nearest,)
    (said,) = room.patient(patient_id).turned_away
    assert (said.reason, said.to_hospital_id) == ("CT 故障", H2)
    # The next patient may well go there.
    other = await room.engine.preview(room.patient(await room.call(Complaint.STROKE)).incident_id)
    assert other is not None
    assert other.hospital_id == nearest


async def test_where_the_engine_may_assign_it_redirects_the_crew_and_tells_the_other_hospital() -> None:
    room = await ReceptionRoom(Rules(auto_assign=frozenset(Priority))).open()
    patient_id = await room.call(Complaint.STROKE)
    bound_for = room.patient(patient_id).hospital_id
    (assignment,) = room.engine.world.assignments.values()
    assert bound_for is not None
    await room.step(assignment.assignment_id, S.LEFT_SCENE)
    away = await room.do(TurnPatientAway(hospital_id=bound_for, patient_id=patient_id, reason="停电"))
    assert room.types(away) == ["PatientTurnedAway", "RecommendationMade", "DestinationChanged", "PrealertSent"]
    assert room.patient(patient_id).hospital_id != bound_for


async def test_a_hospital_learns_nothing_of_patients_of_others_and_cannot_send_back_who_has_arrived(
    room: ReceptionRoom,
) -> None:
    patient_id = await room.call(Complaint.STROKE)
    assignment_id = await room.bring(patient_id, H0, "U1", S.LEFT_SCENE)
    away = TurnPatientAway(hospital_id=H1, patient_id=patient_id, reason="无床")
    assert await refusal(room, away) == "patient_not_bound_here"
    await room.step(assignment_id, S.AT_HOSPITAL)
    away = TurnPatientAway(hospital_id=H0, patient_id=patient_id, reason="无床")
    assert await refusal(room, away) == "patient_not_bound_here"


async def ask(room: ReceptionRoom) -> TransferId:
    request = TransferRequest(reason="大血管闭塞,需取栓", capability=Capability.THROMBECTOMY, age_years=68)
    asked = await room.do(AskTransfer(hospital_id=H0, to_hospital_id=H1, request=request), actor="hospital:H0")
    return next(r.event.transfer_id for r in asked.entries if isinstance(r.event, TransferAsked))


@pytest.mark.parametrize(
    ("accepts", "answer", "state"),
    [(True, None, TransferState.ACCEPTED), (False, "无导管室", TransferState.REFUSED)],
)
async def test_a_transfer_is_asked_for_and_answered_once(
    room: ReceptionRoom, accepts: bool, answer: str | None, state: TransferState
) -> None:
    transfer_id = await ask(room)
    reply = AnswerTransfer(transfer_id=transfer_id, hospital_id=H1, accepts=accepts, answer=answer)
    await room.do(reply, actor="hospital:H1")
    transfer = room.engine.world.transfers[transfer_id]
    assert (transfer.state, transfer.answer, transfer.answered_by) == (state, answer, "hospital:H1")
    assert await refusal(room, reply) == "transfer_ended"
    withdraw = WithdrawTransfer(transfer_id=transfer_id, hospital_id=H0, reason="好转")
    assert await refusal(room, withdraw) == "transfer_ended"


async def test_only_who_was_asked_answers_and_only_who_asked_withdraws(room: ReceptionRoom) -> None:
    transfer_id = await ask(room)
    answer = AnswerTransfer(transfer_id=transfer_id, hospital_id=H2, accepts=True)
    assert await refusal(room, answer) == "transfer_not_found"
    withdraw = WithdrawTransfer(transfer_id=transfer_id, hospital_id=H1, reason="不转")
    assert await refusal(room, withdraw) == "transfer_not_found"
    no = AnswerTransfer(transfer_id=transfer_id, hospital_id=H1, accepts=False)
    assert await refusal(room, no) == "answer_reason_required"
    await room.do(WithdrawTransfer(transfer_id=transfer_id, hospital_id=H0, reason="已在本院取栓"))
    assert room.engine.world.transfers[transfer_id].state is TransferState.WITHDRAWN


async def test_a_hospital_asks_for_its_own_patients_and_not_itself(room: ReceptionRoom) -> None:
    patient_id = await room.call(Complaint.STROKE)
    await room.bring(patient_id, H1, "U1", S.LEFT_SCENE)
    request = TransferRequest(reason="转", patient_id=patient_id)
    assert await refusal(room, AskTransfer(hospital_id=H0, to_hospital_id=H1, request=request)) == "patient_not_found"
    assert await refusal(room, AskTransfer(hospital_id=H1, to_hospital_id=H1, request=request)) == "transfer_to_itself"


async def test_a_transfer_that_is_agreed_on_gets_one_crew_and_another_only_when_that_call_was_called_off(
    room: ReceptionRoom,
) -> None:
    """A second desk that plans the same move is told; nobody sends two ambulances for one bed."""
    transfer_id = await ask(room)
    call = cmd.ReceiveCall(
        received_at=room.clock.now(), complaint=Complaint.TRANSFER, location=SCENE, transfer_id=transfer_id
    )
    assert await refusal(room, call) == "transfer_not_accepted"
    await room.do(AnswerTransfer(transfer_id=transfer_id, hospital_id=H1, accepts=True))
    taken = await room.do(replace(call, preferred_hospital_id=H1))
    made = next(r.event.recommendation for r in taken.entries if isinstance(r.event, ev.RecommendationMade))
    assert made.hospital_id == H1
    assert set(dict(made.excluded_hospitals)["transfer_agreed_elsewhere"]) == {H0, H2}
    started = next(r.event for r in taken.entries if isinstance(r.event, TransferStarted))
    assert room.engine.world.transfers[transfer_id].incident_id == started.incident_id
    assert await refusal(room, call) == "transfer_underway"
    await room.do(cmd.CancelIncident(incident_id=started.incident_id, reason="家属改变主意"))
    assert "TransferStarted" in room.types(await room.do(call))
