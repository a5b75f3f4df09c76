"""Pathways at the interface: what a scale says, onset and last known well, ways as modelled, and who else is told."""

import re
from pathlib import Path
from typing import Any

import pytest

from dispatch.api import texts
from dispatch.api.texts_pathways import HANDOVERS
from dispatch.domain.vocabulary import Capability
from dispatch.pipeline import pathways
from tests.fakes.control_room import ControlRoom, words

OBSERVED = {"observed_at": "2026-11-30T09:58:00+08:00", "observer": "U087"}


def finding(kind: str, value: Any, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "value": value, **OBSERVED, **fields}


async def test_a_patient_carries_what_the_latest_scales_say(room: ControlRoom) -> None:
    incident_id = (await room.call(complaint="stroke"))["incident"]["incident_id"]
    taken = [finding("scale", {"name": "cpss", "score": 2}), finding("scale", {"name": "race", "score": 6})]
    answer = await room.change(incident_id, "findings", taken)
    said = {scale["name"]: scale for scale in answer["incident"]["patients"][0]["scales"]}
    assert (said["cpss"]["stroke_suspected"], said["cpss"]["lvo_suspected"]) == (True, None)
    assert (said["race"]["lvo_suspected"], said["race"]["highest"]) == (True, 9)


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"name": "cpss", "score": 4}, "/0/value/score"),
        ({"name": "lams", "score": 2.5}, "/0/value/score"),
        ({"name": "gcs", "score": 2}, "/0/value/score"),
        ({"name": "cpss", "score": 3, "items": {"face": 1, "arm": 1, "speech": 0}}, "/0/value/items"),
    ],
)
async def test_a_score_that_its_scale_does_not_have_is_refused(room: ControlRoom, value: Any, pointer: str) -> None:
    incident_id = (await room.call())["incident"]["incident_id"]
    refused = await room.change(incident_id, "findings", [finding("scale", value)], 422)
    assert [error["pointer"] for error in refused["errors"]] == [pointer]


async def test_onset_and_last_known_well_are_findings_with_their_certainty(room: ControlRoom) -> None:
    """The caller knows when she was last well; the crew finds somebody who saw it begin. Each stays what it is."""
    taken = await room.call(complaint="stroke", last_known_well_at="2026-11-30T04:00:00+08:00")
    assert taken["recommendation"]["outcome"]["since"] == "last_known_well"
    incident_id = taken["incident"]["incident_id"]
    onset = finding("onset", {"at": "2026-11-30T09:20:00+08:00", "certainty": "exact"})
    answer = await room.change(incident_id, "findings", [onset, finding("scale", {"name": "race", "score": 6})])
    (kept, _) = answer["incident"]["patients"][0]["findings"]
    assert kept["value"] == {"at": "2026-11-30T01:20:00Z", "certainty": "exact"}
    shown = await room.get(f"/incidents/{incident_id}/recommendation")
    assert shown["outcome"]["since"] == "onset"
    (said,) = [reason["text"] for reason in shown["hospital"]["reasons"] if reason["code"] == "lysis_in_time"]
    assert said.startswith("距发病 40 分钟(时刻确切)")


@pytest.mark.parametrize(
    "value", [{"at": None, "certainty": "exact"}, {"at": "2026-11-30T01:00:00Z", "certainty": "unknown"}]
)
async def test_a_moment_is_given_unless_it_is_unknown(room: ControlRoom, value: Any) -> None:
    incident_id = (await room.call(complaint="stroke"))["incident"]["incident_id"]
    refused = await room.change(incident_id, "findings", [finding("onset", value)], 422)
    assert refused["errors"][0]["pointer"] == "/0/value"


async def test_a_strokes_ways_are_at_most_three_and_say_that_they_are_modelled(room: ControlRoom) -> None:
    taken = await room.call(
        complaint="stroke",
        onset_at="2026-11-30T09:20:00+08:00",
        findings=[finding("scale", {"name": "race", "score": 7})],
    )
    outcome = taken["recommendation"]["outcome"]
    assert (outcome["modelled"], outcome["measure"], outcome["since"]) == (True, "no_disability", "onset")
    assert outcome["text"].startswith("模型估计")
    assert 1 <= len(outcome["options"]) <= 3
    assert sum(option["best_share"] for option in outcome["options"]) == pytest.approx(1, abs=0.002)
    chosen = taken["recommendation"]["hospital"]["hospital_id"]
    assert chosen in {option["hospital_id"] for option in outcome["options"]}


async def test_a_mobile_stroke_unit_is_an_option_of_its_own(room: ControlRoom) -> None:
    """Where one is near enough to meet the crew before the hospital is reached: here it waits a street away."""
    units = (await room.get("/units", limit=1000))["items"]
    msu = next(unit for unit in units if unit["kind"] == "msu")
    place = {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84", "fixed_at": "2026-11-30T01:59:50Z"}
    await room.post("/units/positions", [{"unit_id": msu["unit_id"], **place}], 202)
    taken = await room.call(complaint="stroke", onset_at="2026-11-30T09:20:00+08:00")
    by_way = {option["way"]: option for option in taken["recommendation"]["outcome"]["options"]}
    met = by_way.pop("rendezvous")
    assert met["unit_id"] == msu["unit_id"]
    assert met["needle_s"] < min(option["needle_s"] for option in by_way.values())


async def test_other_pathways_model_nothing(room: ControlRoom) -> None:
    taken = await room.call(complaint="trauma_traffic")
    assert taken["recommendation"]["outcome"] is None


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ({"complaint": "psychiatric"}, ["110 psychiatric_ask", "12356 psychiatric_support"]),
        ({"complaint": "psychiatric", "answers": {"danger_to_others": "是"}}, ["110 psychiatric_danger"]),
        ({"complaint": "psychiatric", "priority": "red"}, ["110 psychiatric_danger"]),
        (
            {"complaint": "psychiatric", "answers": {"danger_to_others": "否", "danger_to_self": "no"}},
            ["12356 psychiatric_support"],
        ),
        ({"complaint": "trauma_assault"}, ["110 assault"]),
        ({"complaint": "co_hazmat"}, ["119 hazardous_material"]),
        ({"complaint": "abdominal"}, []),
    ],
)
async def test_who_else_is_told(room: ControlRoom, call: dict[str, Any], told: list[str]) -> None:
    handovers = (await room.call(**call))["recommendation"]["handovers"]
    assert [f"{each['to']} {each['code']}" for each in handovers] == told
    assert all(each["text"] and each["text_en"] for each in handovers)


async def test_a_hospital_says_why_it_suits(room: ControlRoom) -> None:
    newborn = await room.call(complaint="respiratory", age_years=0)
    assert "specialty_children" in words(newborn["recommendation"]["hospital"]["reasons"])
    crash = await room.call(complaint="trauma_major")
    assert "grade_tertiary" in words(crash["recommendation"]["hospital"]["reasons"])


def test_every_reason_and_rule_of_the_pathways_has_its_words() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(pathways.__path__[0]).glob("*.py"))
    named = set(re.findall(r'(?:plus|minus)\("(\w+)"', source)) | set(
        re.findall(r'"(lvo_\w+|pci_\w+|lysis_\w+)"', source)
    )
    assert named - {"lvo_from"} - texts.REASONS.keys() == set()
    needed = {Capability(found.lower()) for found in re.findall(r"append\(Capability\.(\w+)", source)}
    assert {f"{capability}_closed" for capability in needed} - texts.RULES.keys() == set()
    assert all(zh and en for zh, en in HANDOVERS.values())
