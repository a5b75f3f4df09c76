"""A dispatcher at the interface: the calls and steps that the tests of the interface need again and again, in a line each."""

from typing import Any

import httpx

from dispatch.api.wiring import Service
from dispatch.domain import commands as cmd
from dispatch.domain import events as ev
from dispatch.domain.incident import Location
from dispatch.domain.vocabulary import Complaint
from routing.geo import Wgs84

Wire = dict[str, Any]

# Futian: the place and its GCJ-02 twin that everybody can check by hand.
FUTIAN = {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84"}
FUTIAN_GCJ02 = {"lat": 22.540383, "lon": 114.063014, "datum": "gcj02"}
STROKE: Wire = {"location": FUTIAN, "complaint": "stroke"}


class ControlRoom:
    """Posts to `/api/v1` and insists on the expected status; every answer comes back as decoded JSON."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        answer = await self.http.get(f"/api/v1{path}", params=params)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def post(self, path: str, body: Any, status: int = 200, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.http.post(f"/api/v1{path}", json=body, headers=named)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def call(self, status: int = 201, **fields: Any) -> Wire:
        """Take a call; a stroke in Futian unless `fields` say otherwise (a field that is None is left out)."""
        body = {name: value for name, value in {**STROKE, **fields}.items() if value is not None}
        taken: Wire = await self.post("/calls", body, status)
        return taken

    async def incident(self, incident_id: str) -> Wire:
        found: Wire = await self.get(f"/incidents/{incident_id}")
        return found

    async def change(self, incident_id: str, how: str, body: Any, status: int = 200) -> Wire:
        """`triage`, `location`, `notes`, `findings`, `join`, `close` or `cancel`."""
        changed: Wire = await self.post(f"/incidents/{incident_id}/{how}", body, status)
        return changed

    async def assign(self, incident_id: str, unit_id: str, status: int = 201, **fields: Any) -> Wire:
        assigned: Wire = await self.post(
            f"/incidents/{incident_id}/assignments", {"unit_id": unit_id, **fields}, status
        )
        return assigned

    async def step(self, assignment_id: str, to: str, status: int = 200, **fields: Any) -> Wire:
        stepped: Wire = await self.post(f"/assignments/{assignment_id}/status", {"status": to, **fields}, status)
        return stepped

    async def sent_out(self, **fields: Any) -> tuple[str, str, str]:
        """Take a call and commit the recommended unit: (incident_id, assignment_id, unit_id)."""
        taken = await self.call(**fields)
        incident_id = taken["incident"]["incident_id"]
        unit_id = taken["recommendation"]["units"][0]["unit_id"]
        return incident_id, (await self.assign(incident_id, unit_id))["assignment_id"], unit_id


def idle_units(units: Wire, n: int) -> list[str]:
    """The first `n` units of a `GET /units` answer that are free for anything."""
    return [
        unit["unit_id"] for unit in units["items"] if unit["status"] == "standby" and unit["kind"] in {"als", "bls"}
    ][:n]


def words(reasons: list[Wire]) -> set[str]:
    """The codes of reasons, once each is known to speak both languages."""
    assert all(reason["text"] and reason["text_en"] for reason in reasons)
    return {reason["code"] for reason in reasons}


async def no_more_than_a_question(service: Service) -> None:
    """A call that needs nobody, taken and closed at once."""
    elsewhere = Location(point=Wgs84(lat_deg=22.7, lon_deg=114.3), accuracy_m=50.0, source="caller", cell="")
    question = cmd.ReceiveCall(
        received_at=service.engine.clock.now(),
        complaint=Complaint.NON_MEDICAL,
        location=elsewhere,
        is_ambulance_needed=False,
    )
    taken = await service.engine.execute(question, actor="dev")
    opened = taken.entries[0].event
    assert isinstance(opened, ev.IncidentOpened)
    await service.engine.execute(cmd.CloseIncident(incident_id=opened.incident_id, reason="咨询"), actor="dev")
