"""Findings: what each kind may say, and how they change priority, pathway and destination."""

from typing import Any

import pytest

from tests.fakes.control_room import ControlRoom, words

OBSERVED = {"observed_at": "2026-11-30T09:58:00+08:00", "observer": "U087"}


def finding(kind: str, value: Any, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "value": value, **OBSERVED, **fields}


async def test_a_positive_stroke_scale_opens_the_stroke_pathway_and_says_how(room: ControlRoom) -> None:
    before = await room.call(complaint="headache")
    incident_id = before["incident"]["incident_id"]
    answer = await room.change(incident_id, "findings", [finding("scale", {"name": "cpss", "score": 2})])
    assert answer["changed"]["priority"] == {"from": "yellow", "to": "red"}
    assert answer["changed"]["pathway"] == {"from": "general", "to": "stroke"}
    assert answer["changed"]["complaint"] == {"from": "headache", "to": "stroke"}
    # The destination was looked at again, under the rules of the new pathway.
    hospital = answer["recommendation"]["hospital"]
    assert "specialty_stroke" in words(hospital["reasons"])
    assert answer["changed"]["hospital_id"] == {
        "from": before["recommendation"]["hospital"]["hospital_id"],
        "to": hospital["hospital_id"],
    }


async def test_an_ecg_read_as_stemi_moves_a_unit_that_is_under_way(room: ControlRoom) -> None:
    """The crew has left for one house; what its ECG shows recommends another, and the dispatcher sees it in the answer."""
    incident_id, assignment_id, unit_id = await room.sent_out(complaint="respiratory")
    await room.step(assignment_id, "en_route")
    answer = await room.change(
        incident_id,
        "findings",
        [finding("ecg_12_lead", {"stemi": True, "transmitted_at": "2026-11-30T09:59:00+08:00"}, observer=unit_id)],
    )
    assert answer["changed"]["pathway"] == {"from": "general", "to": "stemi"}
    assert "specialty_stemi" in words(answer["recommendation"]["hospital"]["reasons"])
    assert answer["recommendation"]["units"] == []


@pytest.mark.parametrize(
    "negative",
    [
        finding("ecg_12_lead", {"stemi": False}),
        finding("ecg_12_lead", {"stemi": None}),
        finding("scale", {"name": "cpss", "score": 0}),
        finding("scale", {"name": "gcs", "score": 15}),
        finding("glucose_mmol_l", 2.1),
    ],
)
async def test_a_finding_that_implies_nothing_changes_nothing(room: ControlRoom, negative: dict[str, Any]) -> None:
    incident_id = (await room.call(complaint="headache"))["incident"]["incident_id"]
    answer = await room.change(incident_id, "findings", [negative])
    assert answer["changed"] == {}
    assert answer["recommendation"] is None


async def test_no_finding_lowers_a_priority(room: ControlRoom) -> None:
    incident_id = (await room.call(complaint="cardiac_arrest"))["incident"]["incident_id"]
    answer = await room.change(incident_id, "findings", [finding("scale", {"name": "cpss", "score": 3})])
    assert answer["changed"] == {}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("scale", {"name": "fast_ed", "score": 5, "items": {"face": 1, "arm": 2, "speech": 2}}),
        ("ecg_12_lead", {"stemi": None}),
        ("ecg_12_lead", {"stemi": True, "transmitted_at": "2026-11-30T01:59:00Z"}),
        ("vitals", {"heart_rate_bpm": 96, "avpu": "A"}),
        ("glucose_mmol_l", 6.2),
        ("triage_tag", "black"),
        ("injury", "左小腿开放性骨折"),
        ("injury", {"site": "左小腿", "open": True}),
        ("pregnancy_weeks", 39),
    ],
)
async def test_a_finding_reads_back_as_it_was_sent(room: ControlRoom, kind: str, value: Any) -> None:
    incident_id = (await room.call())["incident"]["incident_id"]
    answer = await room.change(incident_id, "findings", [finding(kind, value)])
    (kept,) = answer["incident"]["patients"][0]["findings"]
    assert kept == {"kind": kind, "value": value, "observed_at": "2026-11-30T01:58:00Z", "observer": "U087"}


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        (finding("scale", 7), "/0/value"),
        (finding("scale", {"name": "nihss", "score": 7}), "/0/value/name"),
        (finding("scale", {"name": "cpss"}), "/0/value/score"),
        (finding("scale", {"name": "cpss", "score": -1}), "/0/value/score"),
        (finding("scale", {"name": "cpss", "score": 1, "items": {"face": "yes"}}), "/0/value/items/face"),
        (finding("scale", {"name": "cpss", "score": 1, "scored_by": "x"}), "/0/value/scored_by"),
        (finding("ecg_12_lead", {"stemi": "maybe"}), "/0/value/stemi"),
        (finding("ecg_12_lead", {}), "/0/value/stemi"),
        (finding("vitals", {}), "/0/value"),
        (finding("glucose_mmol_l", "high"), "/0/value"),
        (finding("triage_tag", "purple"), "/0/value"),
        (finding("injury", ""), "/0/value"),
        (finding("pregnancy_weeks", 300), "/0/value"),
        (finding("smell", "smoke"), "/0"),
        (finding("triage_tag", "red", observer=""), "/0/observer"),
        (finding("triage_tag", "red", observed_at="2026-12-24T00:00:00Z"), "/0/observed_at"),
        (finding("triage_tag", "red", patient_id="pat-live-none"), "/0/patient_id"),
    ],
)
async def test_a_wrong_finding_is_refused_by_its_pointer(
    room: ControlRoom, wrong: dict[str, Any], pointer: str
) -> None:
    incident_id = (await room.call())["incident"]["incident_id"]
    refused = await room.change(incident_id, "findings", [wrong], 422)
    assert refused["code"] == "invalid_field"
    assert pointer in {error["pointer"] for error in refused["errors"]}
    assert (await room.incident(incident_id))["patients"][0]["findings"] == []


async def test_findings_belong_to_the_patient_they_name(room: ControlRoom) -> None:
    incident = (await room.call(complaint="trauma_traffic", n_patients=2))["incident"]
    second = incident["patients"][1]["patient_id"]
    answer = await room.change(
        incident["incident_id"], "findings", [finding("triage_tag", "yellow", patient_id=second)]
    )
    assert [len(patient["findings"]) for patient in answer["incident"]["patients"]] == [0, 1]


async def test_an_empty_list_and_an_ended_incident_are_refused(room: ControlRoom) -> None:
    incident_id = (await room.call())["incident"]["incident_id"]
    empty = await room.change(incident_id, "findings", [], 422)
    assert empty["errors"][0]["pointer"] == ""
    await room.change(incident_id, "cancel", {"reason": "误拨"})
    ended = await room.change(incident_id, "findings", [finding("triage_tag", "red")], 409)
    assert ended["code"] == "incident_not_open"
    unknown = await room.change("inc-live-none", "findings", [finding("triage_tag", "red")], 404)
    assert unknown["code"] == "incident_not_found"


async def test_findings_may_come_with_the_call(room: ControlRoom) -> None:
    taken = await room.call(complaint="abdominal", findings=[finding("ecg_12_lead", {"stemi": True})])
    assert (taken["incident"]["pathway"], taken["incident"]["priority"]) == ("stemi", "red")
    assert "specialty_stemi" in words(taken["recommendation"]["hospital"]["reasons"])


async def test_the_tag_that_a_crew_finds_is_the_patients_tag(room: ControlRoom) -> None:
    incident = (await room.call(n_patients=2))["incident"]
    first, second = (patient["patient_id"] for patient in incident["patients"])
    await room.change(incident["incident_id"], "findings", [finding("triage_tag", "red", patient_id=second)])
    answer = await room.change(
        incident["incident_id"], "findings", [finding("triage_tag", "yellow", patient_id=second)]
    )
    tags = {patient["patient_id"]: patient["triage_tag"] for patient in answer["incident"]["patients"]}
    assert tags == {first: None, second: "yellow"}
