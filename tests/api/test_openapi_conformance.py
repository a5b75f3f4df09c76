"""The service keeps to its document: what a machine makes up from it is answered as it says, and nothing falls over.

Requests are drawn from the document's own schemas, right ones and wrong ones, with ids that exist, always the same ones.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dispatch.adapters.traffic import TrafficOnRoads
from dispatch.adapters.travel_live import LiveTravel
from dispatch.api.app import create_app
from dispatch.api.wiring import Service
from dispatch.domain import commands as cmd
from dispatch.domain import events as ev
from dispatch.domain.accounts import Role
from dispatch.domain.commands_premises import WarnOfPremises
from dispatch.domain.ids import UnitId
from dispatch.domain.incident import Location
from dispatch.domain.premises import PremisesKind
from dispatch.domain.roads import TrafficDetails
from dispatch.domain.vocabulary import Complaint
from dispatch.engine.clocks import VirtualClock
from routing.geo import Wgs84
from routing.travel_time.estimate import EstimateTravelTimes
from tests.api.conftest import NOW, City
from tests.fakes.memory_journal import MemoryJournal
from tests.fakes.people import People, account_book
from tests.fakes.river_roads import BRIDGE, RiverRoads

EXAMPLES_PER_OPERATION = 4
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@dataclass(frozen=True, slots=True)
class Known:
    """Ids that stand in the world of the service."""

    incident_id: str
    assignment_id: str
    patient_id: str
    traffic_id: str
    warning_id: str
    unit_id: str = "U001"
    hospital_id: str = "H011"
    aed_id: str = "AED-M001-1"
    transfer_id: str = "trn-live-none"
    desk_id: str = "desk-1"
    kind: str = "pre_alert"
    run_id: str = "run-live-none"
    picture_id: str = "0" * 32
    notice_id: str = "ntc-live-none"


@pytest.fixture(scope="module")
def busy_service(city: City) -> tuple[Service, Known]:
    """A service with one open incident, a unit on its way, and a closed bridge."""
    service = city.service(MemoryJournal(city.adopted), VirtualClock(NOW))
    roads = RiverRoads()
    service.roads = TrafficOnRoads(roads, LiveTravel(EstimateTravelTimes(), roads), service.engine)
    return service, asyncio.run(_open_one(service))


async def _open_one(service: Service) -> Known:
    place = Location(point=Wgs84(lat_deg=22.5431, lon_deg=114.0579), accuracy_m=20.0, source="caller", cell="c")
    call = cmd.ReceiveCall(received_at=NOW, complaint=Complaint.STROKE, location=place)
    taken = await service.engine.execute(call, actor="dev")
    (patient,) = (entry.event for entry in taken.entries if isinstance(entry.event, ev.PatientAdded))
    order = cmd.AssignUnit(incident_id=patient.incident_id, unit_id=UnitId("U001"))
    (assigned,) = (
        entry.event
        for entry in (await service.engine.execute(order, actor="dev")).entries
        if isinstance(entry.event, ev.UnitAssigned)
    )
    closed = TrafficDetails(
        way_ids=(BRIDGE,), area=None, speed_factor=None, is_closed=True, expires_at=NOW + timedelta(days=1), source="t"
    )
    await service.engine.execute(cmd.ReportTraffic(reports=(closed,)), actor="dev")
    (traffic_id,) = service.engine.world.traffic
    warned = WarnOfPremises(
        kind=PremisesKind.DOG, text="dog", reason="told", expires_at=NOW + timedelta(days=1), location=place
    )
    await service.engine.execute(warned, actor="dev")
    (warning_id,) = service.engine.world.premises
    return Known(patient.incident_id, assigned.assignment_id, patient.patient_id, traffic_id, warning_id)


@pytest.fixture(scope="module")
def document_of_the_service(busy_service: tuple[Service, Known]) -> schemathesis.BaseSchema:
    service, _ = busy_service
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(service))


@pytest.mark.slow
def test_an_answer_is_what_the_document_says(
    document_of_the_service: schemathesis.BaseSchema, busy_service: tuple[Service, Known], subtests: pytest.Subtests
) -> None:
    _, known = busy_service
    tried = 0
    for found in document_of_the_service.get_all_operations():
        operation = found.ok()
        takes_anything = bool(list(operation.body) or list(operation.query))
        for mode in GenerationMode if takes_anything else [GenerationMode.POSITIVE]:
            with subtests.test(f"{operation.label} {mode.value}"):
                _keeps_to_the_document(operation, mode, known)
        tried += 1
    assert tried > 30


@pytest.mark.slow
@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: role or "stranger")
def test_so_it_is_for_every_role(
    document_of_the_service: schemathesis.BaseSchema,
    busy_service: tuple[Service, Known],
    subtests: pytest.Subtests,
    tmp_path: Path,
    role: Role | None,
) -> None:
    """Let in or turned away, as the document says. The crew and the hospital are those of the open incident."""
    service, known = busy_service
    with account_book(tmp_path) as book:
        people = People(service, book)
        try:
            token = (
                people.token(role, unit_id=_unit_of(role, known), hospital_id=_ward_of(role, known)) if role else None
            )
            app_sessions = document_of_the_service.app.state.sessions
            document_of_the_service.app.state.sessions = people.app.state.sessions
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            for found in document_of_the_service.get_all_operations():
                operation = found.ok()
                with subtests.test(f"{operation.label}"):
                    _keeps_to_the_document(operation, GenerationMode.POSITIVE, known, headers, n_examples=1)
        finally:
            document_of_the_service.app.state.sessions = app_sessions
            service.is_development, service.accounts = True, None


def _unit_of(role: Role | None, known: Known) -> str | None:
    return known.unit_id if role in {Role.CREW, Role.RESPONDER} else None


def _ward_of(role: Role | None, known: Known) -> str | None:
    return known.hospital_id if role is Role.HOSPITAL else None


def _keeps_to_the_document(
    operation: schemathesis.APIOperation,
    mode: GenerationMode,
    known: Known,
    headers: dict[str, str] | None = None,
    n_examples: int = EXAMPLES_PER_OPERATION,
) -> None:
    @settings(
        max_examples=n_examples,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers(case: schemathesis.Case) -> None:
        case.path_parameters = {name: getattr(known, name) for name in case.path_parameters}
        case.call_and_validate(checks=CHECKS, headers=headers)

    answers()
