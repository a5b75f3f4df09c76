"""kill -9 while a hospital's system is being told: the next start tells it again, under the same name and in the same words."""

from pathlib import Path

import pytest

from tests.fakes.control_room import STROKE
from tests.fakes.live_service import LiveService
from tests.fakes.notice_peer import NoticePeer


def test_a_hand_over_survives_the_process_that_sent_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = NoticePeer()
    peer.is_held.set()
    with peer.running():
        monkeypatch.setenv("DISPATCH_FHIR_PEER", peer.url)
        monkeypatch.setenv("DISPATCH_FHIR_TIMEOUT_S", "30")
        with LiveService(tmp_path) as live:
            taken = live.post("/calls", STROKE).json()
            incident_id = taken["incident"]["incident_id"]
            unit_id = taken["recommendation"]["units"][0]["unit_id"]
            hospital_id = taken["recommendation"]["hospital"]["hospital_id"]
            assert live.post(
                f"/incidents/{incident_id}/assignments", {"unit_id": unit_id, "hospital_id": hospital_id}
            ).is_success
            patient_id = taken["incident"]["patients"][0]["patient_id"]
            path = f"/incidents/{incident_id}/patients/{patient_id}/handovers"
            notice_id = live.post(path, {"kind": "handover"}).json()["notice_id"]
            assert peer.heard.wait(timeout=60)
            live.kill()
            peer.is_held.clear()
            peer.released.set()
            peer.heard.clear()
            live.start()
            assert peer.heard.wait(timeout=60)
            for _ in range(1000):  # each look waits for an answer
                (notice,) = live.http.get(f"/api/v1/incidents/{incident_id}").json()["notices"]
                if notice["state"] != "pending":
                    break
            assert (notice["state"], notice["attempts"]) == ("acknowledged", 2)
            assert peer.keys == [notice_id, notice_id]
            assert peer.got[0] == peer.got[1]
            live.terminate()
            assert live.verify().returncode == 0
