"""Calls and incidents: taking, looking at, correcting, ending."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response

from dispatch.api import intake
from dispatch.api.access import CONTROL_ROOM, AnyStaff, ControlRoom, CrewOrControlRoom, User, Watching
from dispatch.api.answers import answer, carry_out, first
from dispatch.api.problems import DATUM_REQUIRED, Kind, documented, invalid_field
from dispatch.api.reads import note_reads, purpose_of
from dispatch.api.recommendations import recommendation_wire
from dispatch.api.wire_in import (
    FINDINGS_EXAMPLE,
    CallIn,
    CorrectedLocationIn,
    EndIn,
    FindingIn,
    JoinIn,
    NoteIn,
    TriageIn,
)
from dispatch.api.wire_out import CallOut, ChangedOut, EventsOut, IncidentOut, IncidentsOut, RecommendationOut
from dispatch.api.wiring import Service, service_of
from dispatch.domain import commands as cmd
from dispatch.domain import events as ev
from dispatch.domain.ids import HospitalId, IncidentId, PatientId, TransferId
from dispatch.domain.incident import IncidentState
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.world import World
from dispatch.engine.commits import Committed
from dispatch.projections.archive import world_of_incident
from dispatch.projections.board import Wire, incident_wire
from dispatch.projections.journal_wire import event_wire, is_confidential
from dispatch.projections.sight import sight_of

router = APIRouter(prefix="/api/v1", tags=["incidents"])
Limit = Annotated[int, Query(ge=1, le=1000)]
Findings = Annotated[list[FindingIn], Body(min_length=1, max_length=200, examples=[FINDINGS_EXAMPLE])]


@router.post(
    "/calls",
    status_code=201,
    summary="Take a call",
    response_model=CallOut,
    responses=documented(
        *(400, 401, 403, 422, 503),
        *(DATUM_REQUIRED, Refusal.INCIDENT_NOT_FOUND, Refusal.HOSPITAL_NOT_FOUND),
        *(Refusal.INCIDENT_NOT_OPEN, Refusal.IDEMPOTENCY_KEY_REUSED),
        *(Refusal.TRANSFER_NOT_FOUND, Refusal.TRANSFER_NOT_ACCEPTED, Refusal.TRANSFER_UNDERWAY),
    ),
)
async def take_call(request: Request, call: CallIn, user: ControlRoom) -> Response:
    """Open an incident (or join `incident_id`) and recommend a unit and a hospital."""
    service = service_of(request)
    now = service.engine.clock.now()
    complaint, determinant = intake.complaint_of(call.complaint)
    for pointer, at in intake.instants_of(call):
        intake.refuse_future(pointer, at, now)
    command = cmd.ReceiveCall(
        received_at=min(call.received_at or now, now),
        complaint=complaint,
        determinant=determinant,
        priority=call.priority,
        location=intake.place_of(call, service.engine.world, service.gazetteer),
        address_text=call.address_text,
        floor=call.floor,
        caller_phone=call.caller_phone,
        patients=intake.patients_of(call),
        onset_at=call.onset_at,
        last_known_well_at=call.last_known_well_at,
        preferred_hospital_id=HospitalId(call.preferred_hospital_id) if call.preferred_hospital_id else None,
        transfer_id=TransferId(call.transfer_id) if call.transfer_id else None,
        answers=tuple(sorted((call.answers or {}).items())),
        findings=tuple(intake.finding_of(finding) for finding in call.findings),
        incident_id=IncidentId(call.incident_id) if call.incident_id else None,
    )

    def render(committed: Committed) -> Wire:
        taken = _call_taken(committed)
        note_reads(request, user, [taken["incident"]["incident_id"]], purpose_of(request))
        return taken

    return await carry_out(request, command, user, render, status=201)


def _call_taken(committed: Committed) -> Wire:
    received = first(committed.entries, ev.CallReceived)
    assert received is not None
    incident = incident_wire(committed.world, committed.world.incidents[received.incident_id])
    return {
        "call_id": received.call_id,
        "incident": incident,
        "recommendation": _recommended(committed, received.incident_id),
        "possible_duplicates": incident["possible_duplicates"],
    }


def _recommended(committed: Committed, incident_id: IncidentId) -> Wire | None:
    for recorded in reversed(committed.entries):
        if isinstance(recorded.event, ev.RecommendationMade) and recorded.event.incident_id == incident_id:
            return recommendation_wire(committed.world, recorded.event.recommendation, seq=recorded.seq)
    return None


@router.get("/incidents", response_model=IncidentsOut, responses=documented(401, 403, 422))
async def list_incidents(
    request: Request,
    user: AnyStaff,
    state: IncidentState | None = None,
    limit: Limit = 100,
    after: str | None = None,
) -> Response:
    """Incidents of the world by id (which is by age): the open ones and the most recently ended."""
    world, sight = service_of(request).engine.world, sight_of(user)
    found = sorted(
        incident_id
        for incident_id, incident in world.incidents.items()
        if (state is None or incident.state is state) and sight.is_own_incident(world, incident_id)
    )
    page = [incident_id for incident_id in found if after is None or incident_id > after]
    items = [sight.incident(world, world.incidents[incident_id]) for incident_id in page[:limit]]
    note_reads(request, user, page[:limit], purpose_of(request))
    return answer({"items": items, "next": page[limit - 1] if len(page) > limit else None})


@router.get(
    "/incidents/{incident_id}", response_model=IncidentOut, responses=documented(401, 403, Refusal.INCIDENT_NOT_FOUND)
)
async def get_incident(request: Request, incident_id: str, user: AnyStaff) -> Response:
    """One incident, however old."""
    world = await _world_with(service_of(request), IncidentId(incident_id))
    return answer(sight_of(user).incident(world, world.incidents[IncidentId(incident_id)]))


async def _world_with(service: Service, incident_id: IncidentId) -> World:
    world = service.engine.world
    if incident_id in world.incidents:
        return world
    archived = await asyncio.to_thread(world_of_incident, service.journal.read_incident, incident_id, world)
    if archived is None:
        raise CommandRejected(Refusal.INCIDENT_NOT_FOUND)
    return archived


@router.get(
    "/incidents/{incident_id}/timeline",
    response_model=EventsOut,
    responses=documented(401, 403, Refusal.INCIDENT_NOT_FOUND),
)
async def get_timeline(request: Request, incident_id: str, user: Watching) -> Response:
    """Everything that happened to the incident, in order; who was paged to bring a defibrillator is for the control room alone."""
    entries = await asyncio.to_thread(service_of(request).journal.read_incident, IncidentId(incident_id))
    if not entries:
        raise CommandRejected(Refusal.INCIDENT_NOT_FOUND)
    sees_all = bool(user.roles & CONTROL_ROOM)
    seen = [event_wire(recorded) for recorded in entries if sees_all or not is_confidential(recorded)]
    return answer({"items": seen, "next": None})


@router.get(
    "/incidents/{incident_id}/recommendation",
    response_model=RecommendationOut,
    responses=documented(401, 403, Refusal.INCIDENT_NOT_FOUND, Refusal.NO_RECOMMENDATION),
)
async def get_recommendation(request: Request, incident_id: str, _: Watching) -> Response:
    """What is best now, with travel times of now; for an incident that misses nobody, the last recorded recommendation."""
    service = service_of(request)
    world = await _world_with(service, IncidentId(incident_id))
    incident = world.incidents[IncidentId(incident_id)]
    if world.units_missing(incident):
        made = await service.engine.preview(incident.incident_id)
        if made is not None:
            return answer(recommendation_wire(world, made, seq=None))
    for recorded in reversed(await asyncio.to_thread(service.journal.read_incident, incident.incident_id)):
        if isinstance(recorded.event, ev.RecommendationMade):
            return answer(recommendation_wire(world, recorded.event.recommendation, seq=recorded.seq))
    raise CommandRejected(Refusal.NO_RECOMMENDATION)


# --- corrections ------------------------------------------------------------------------------------------------------


def _correction(summary: str, *known: Refusal | Kind) -> dict[str, Any]:
    """What the routes that correct an incident have in common; `known` is what else each may refuse."""
    refusals = (Refusal.INCIDENT_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED)
    return {
        "summary": summary,
        "response_model": ChangedOut,
        "responses": documented(400, 401, 403, 422, 503, *refusals, *known),
    }


def _changed(incident_id: str, user: User) -> Callable[[Committed], Wire]:
    """Render an incident after a command, and what moved; who sees their own only is recommended nothing."""
    sight = sight_of(user)

    def render(committed: Committed) -> Wire:
        before = committed.before.incidents[IncidentId(incident_id)]
        after = committed.world.incidents[IncidentId(incident_id)]
        moved = {
            name: {"from": getattr(before, name), "to": getattr(after, name)}
            for name in ("priority", "pathway", "complaint", "state", "units_required")
            if getattr(before, name) != getattr(after, name)
        }
        recommendation = None if sight.is_confined else _recommended(committed, after.incident_id)
        if recommendation is not None:
            moved["hospital_id"] = {
                "from": before.recommendation.hospital_id if before.recommendation else None,
                "to": recommendation["hospital"] and recommendation["hospital"]["hospital_id"],
            }
        return {
            "incident": sight.incident(committed.world, after),
            "changed": moved,
            "recommendation": recommendation,
        }

    return render


@router.post(
    "/incidents/{incident_id}/triage",
    **_correction("Correct priority, complaint or need", Refusal.INCIDENT_NOT_OPEN, Refusal.VERSION_CONFLICT),
)
async def retriage(request: Request, incident_id: str, body: TriageIn, user: ControlRoom) -> Response:
    """A new assessment; also what a held call needs before it may be closed."""
    named = intake.determinant_of(body.determinant) if body.determinant else None
    command = cmd.Retriage(
        incident_id=IncidentId(incident_id),
        complaint=body.complaint or named,
        determinant=body.determinant,
        priority=body.priority,
        units_required=body.units_required,
        reason=body.reason,
        expected_version=body.expected_version,
    )
    return await carry_out(request, command, user, _changed(incident_id, user))


@router.post(
    "/incidents/{incident_id}/location",
    **_correction("Correct where it is", DATUM_REQUIRED, Refusal.INCIDENT_NOT_OPEN, Refusal.VERSION_CONFLICT),
)
async def correct_location(
    request: Request, incident_id: str, body: CorrectedLocationIn, user: ControlRoom
) -> Response:
    """Move the incident; the choice of units and hospital is looked at again."""
    service = service_of(request)
    command = cmd.CorrectLocation(
        incident_id=IncidentId(incident_id),
        location=intake.location_of(body.location, body.address_text, service.gazetteer),
        address_text=body.address_text,
        floor=body.floor,
        expected_version=body.expected_version,
    )
    return await carry_out(request, command, user, _changed(incident_id, user))


@router.post("/incidents/{incident_id}/notes", **_correction("Write a note"))
async def add_note(request: Request, incident_id: str, body: NoteIn, user: CrewOrControlRoom) -> Response:
    """A remark for everyone who works on the incident."""
    command = cmd.AddNote(incident_id=IncidentId(incident_id), text=body.text)
    return await carry_out(request, command, user, _changed(incident_id, user))


@router.post(
    "/incidents/{incident_id}/findings",
    **_correction("Record findings", Refusal.INCIDENT_NOT_OPEN),
)
async def record_findings(request: Request, incident_id: str, body: Findings, user: CrewOrControlRoom) -> Response:
    """Findings can change priority, pathway and destination; `changed` says how."""
    service = service_of(request)
    incident = service.engine.world.incident(IncidentId(incident_id))
    for index, finding in enumerate(body):
        intake.refuse_future(f"/{index}/observed_at", finding.observed_at, service.engine.clock.now())
        if finding.patient_id is not None and finding.patient_id not in incident.patient_ids:
            stranger = Refusal.PATIENT_NOT_IN_INCIDENT
            raise invalid_field(f"/{index}/patient_id", stranger.code, stranger.text_zh, stranger.text_en)
    command = cmd.RecordFindings(
        incident_id=IncidentId(incident_id),
        findings=tuple(
            (PatientId(finding.patient_id) if finding.patient_id else None, intake.finding_of(finding))
            for finding in body
        ),
    )
    return await carry_out(request, command, user, _changed(incident_id, user))


@router.post(
    "/incidents/{incident_id}/join",
    **_correction(
        "Confirm a duplicate",
        *(Refusal.INCIDENT_NOT_OPEN, Refusal.CANNOT_JOIN_ITSELF, Refusal.INCIDENT_HAS_ACTIVE_UNITS),
    ),
)
async def join(request: Request, incident_id: str, body: JoinIn, user: ControlRoom) -> Response:
    """Move this incident's calls into another one: they are the same happening."""
    command = cmd.JoinIncident(incident_id=IncidentId(incident_id), into_incident_id=IncidentId(body.into_incident_id))
    return await carry_out(request, command, user, _changed(incident_id, user))


@router.post(
    "/incidents/{incident_id}/close",
    **_correction(
        "Close",
        *(Refusal.INCIDENT_NOT_OPEN, Refusal.INCIDENT_HAS_ACTIVE_UNITS, Refusal.RETRIAGE_REQUIRED),
        Refusal.VERSION_CONFLICT,
    ),
)
async def close(request: Request, incident_id: str, body: EndIn, user: ControlRoom) -> Response:
    """End an incident whose units are done."""
    command = cmd.CloseIncident(
        incident_id=IncidentId(incident_id), reason=body.reason, expected_version=body.expected_version
    )
    return await carry_out(request, command, user, _changed(incident_id, user))


@router.post(
    "/incidents/{incident_id}/cancel", **_correction("Cancel", Refusal.INCIDENT_NOT_OPEN, Refusal.VERSION_CONFLICT)
)
async def cancel(request: Request, incident_id: str, body: EndIn, user: ControlRoom) -> Response:
    """Call everything off; its units become free."""
    command = cmd.CancelIncident(
        incident_id=IncidentId(incident_id), reason=body.reason, expected_version=body.expected_version
    )
    return await carry_out(request, command, user, _changed(incident_id, user))
