"""A photograph of an ECG over HTTP: from the crew to the desk and the hospital, and to nobody else."""

import base64
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from dispatch.adapters.personal_keys import Erasure, PersonalKeys
from dispatch.adapters.pictures import Pictures
from dispatch.adapters.vault import Vault
from dispatch.api.wiring import Service
from dispatch.domain.commands_privacy import EraseIncident
from dispatch.domain.ids import IncidentId
from dispatch.domain.patient import MOST_PICTURES

POINT = {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84", "accuracy_m": 10}
TAKEN_AT = "2026-11-30T09:58:00+08:00"
Wire = dict[str, Any]


def ecg(grey: int = 128) -> Wire:
    shown = io.BytesIO()
    Image.new("L", (40, 30), grey).save(shown, "JPEG")
    jpeg = base64.b64encode(shown.getvalue()).decode()
    return {"kind": "ecg_12_lead", "taken_at": TAKEN_AT, "jpeg": jpeg}


@pytest.fixture
def keys(service: Service, tmp_path: Path) -> Iterator[PersonalKeys]:
    """The service keeps pictures, with these keys."""
    with PersonalKeys(tmp_path / "keys") as keys:
        service.pictures = pictures = Pictures(tmp_path / "pictures", Vault(keys))
        service.engine.subscribe(pictures.tell)
        yield keys


async def of_patient(client: httpx.AsyncClient) -> str:
    call = {"complaint": "acute_coronary", "location": POINT}
    incident = (await client.post("/api/v1/calls", json=call)).json()["incident"]
    return f"/api/v1/incidents/{incident['incident_id']}/patients/{incident['patients'][0]['patient_id']}/pictures"


@pytest.mark.usefixtures("keys")
async def test_what_the_crew_took_is_shown_and_the_journal_has_only_that_it_is_there(
    client: httpx.AsyncClient, service: Service
) -> None:
    path = await of_patient(client)
    kept = await client.post(path, json=ecg())
    assert kept.status_code == 201
    again = await client.post(path, json=ecg())
    assert again.json()["picture_id"] == kept.json()["picture_id"]
    shown = await client.get(f"{path}/{kept.json()['picture_id']}")
    assert (shown.headers["content-type"], shown.headers["cache-control"]) == ("image/jpeg", "private, no-store")
    with Image.open(io.BytesIO(shown.content)) as picture:
        assert picture.size == (40, 30)
    (patient,) = service.engine.world.patients.values()
    assert len(patient.pictures) == 1
    assert (await client.get(f"{path}/{'0' * 32}")).json()["code"] == "picture_not_found"


@pytest.mark.usefixtures("keys")
async def test_what_is_no_photograph_too_many_of_them_and_one_of_tomorrow_are_refused(
    client: httpx.AsyncClient,
) -> None:
    path = await of_patient(client)
    broken = base64.b64encode(b"no photograph").decode()
    assert (await client.post(path, json=ecg() | {"jpeg": broken})).json()["errors"][0]["pointer"] == "/jpeg"
    tomorrow = await client.post(path, json=ecg() | {"taken_at": "2026-12-01T10:00:00+08:00"})
    assert tomorrow.json()["errors"][0]["code"] == "in_future"
    for grey in range(MOST_PICTURES):
        assert (await client.post(path, json=ecg(40 * grey))).status_code == 201
    assert (await client.post(path, json=ecg(250))).json()["code"] == "too_many_pictures"


async def test_it_is_erased_with_its_patient(
    client: httpx.AsyncClient, service: Service, keys: PersonalKeys, tmp_path: Path
) -> None:
    path = await of_patient(client)
    picture_id = (await client.post(path, json=ecg())).json()["picture_id"]
    (incident_id,) = service.engine.world.incidents
    await client.post(f"/api/v1/incidents/{incident_id}/cancel", json={"reason": "误报"})
    at = datetime(2026, 11, 30, tzinfo=UTC)
    keys.erase(Erasure(incident_id=incident_id, transfer_ids=(), reason="asked for", ordered_by="admin", at=at))
    assert (await client.get(f"{path}/{picture_id}")).json()["code"] == "picture_not_found"
    erase = EraseIncident(incident_id=IncidentId(incident_id), transfer_ids=(), reason="asked for")
    await service.engine.execute(erase, actor="admin")
    assert list((tmp_path / "pictures").iterdir()) == []


async def test_a_service_that_keeps_none_says_so(client: httpx.AsyncClient) -> None:
    path = await of_patient(client)
    assert (await client.post(path, json=ecg())).json()["code"] == "no_pictures"
