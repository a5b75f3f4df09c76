"""`POST /calls`: what a call taker sends, what is kept of it, and the recommendation that comes back."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch.domain.vocabulary import Complaint
from dispatch.engine.clocks import VirtualClock
from routing.datum import wgs84_to_bd09
from routing.geo import Wgs84, distance_m
from tests.fakes.control_room import FUTIAN, FUTIAN_GCJ02, ControlRoom, words

HERE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)
BAIDU = wgs84_to_bd09(HERE)


async def test_a_stroke_is_given_the_nearest_suitable_unit_and_a_stroke_hospital(room: ControlRoom) -> None:
    taken = await room.call(age_years=68, sex="F", last_known_well_at="2026-11-30T09:10:00+08:00")

    incident, made = taken["incident"], taken["recommendation"]
    assert (incident["state"], incident["priority"], incident["pathway"]) == ("open", "red", "stroke")
    assert [call["call_id"] for call in incident["calls"]] == [taken["call_id"]]
    assert taken["possible_duplicates"] == []
    (unit,), hospital = made["units"], made["hospital"]
    stroke_hospitals = {
        item["hospital_id"]
        for item in (await room.get("/hospitals"))["items"]
        if "stroke" in {designation["kind"] for designation in item["designations"]}
    }
    assert hospital["hospital_id"] in stroke_hospitals
    # Nothing listed beside them would have been better.
    assert all(other["cost"] >= unit["cost"] for other in made["alternatives"])
    assert all(other["hospital_id"] in stroke_hospitals for other in made["hospital_alternatives"])
    assert all(other["regret"] >= 0 for other in made["alternatives"] + made["hospital_alternatives"])
    assert made["held"] is False


async def test_every_choice_is_explained(room: ControlRoom) -> None:
    made = (await room.call())["recommendation"]

    for unit in (*made["units"], *made["alternatives"]):
        assert {"near"} < words(unit["reasons"])
        assert unit["cost"] == sum(unit["cost_terms"].values())
        assert unit["travel_time_s"] > 0
        assert unit["eta_at"] > made["computed_at"]
    for hospital in (made["hospital"], *made["hospital_alternatives"]):
        # Near, urgent, specialty: the national rule's heads; nobody has reported live status yet, and that is said.
        assert {"near", "specialty_stroke", "urgent_unknown"} <= words(hospital["reasons"])
        assert hospital["cost"] == sum(hospital["cost_terms"].values())
    rules = {(entry["kind"], entry["rule"]) for entry in made["excluded"]}
    assert ("hospital", "not_stroke_designated") in rules
    assert ("unit", "neonatal_unit_kept") in rules
    assert all(entry["text"] and entry["text_en"] for entry in made["excluded"])
    assert made["policy_version"]
    assert made["data_version"] == (await room.get("/me"))["data_version"]
    assert made["travel_time_source"]
    assert made["relative_error"] > 0


async def test_every_unit_and_hospital_is_listed_ruled_out_or_counted(room: ControlRoom) -> None:
    made = (await room.call())["recommendation"]
    excluded = {kind: {e["id"] for e in made["excluded"] if e["kind"] == kind} for kind in ("unit", "hospital")}
    n_units = len((await room.get("/units"))["items"])
    listed = len(made["units"]) + len(made["alternatives"])
    assert n_units == 584
    assert listed + made["n_other_units"] + len(excluded["unit"]) == n_units
    shown = {made["hospital"]["hospital_id"], *(other["hospital_id"] for other in made["hospital_alternatives"])}
    assert not shown & excluded["hospital"]


@pytest.mark.parametrize(
    ("location", "within_m"),
    [
        pytest.param(FUTIAN_GCJ02, 1.0, id="gcj02"),
        pytest.param({**FUTIAN_GCJ02, "datum": "GCJ02"}, 1.0, id="upper case"),
        pytest.param({**FUTIAN, "datum": "WGS84"}, 0.02, id="wgs84"),
        pytest.param({"lat": BAIDU.lat_deg, "lon": BAIDU.lon_deg, "datum": "bd09"}, 1.0, id="bd09"),
    ],
)
async def test_a_place_in_any_datum_is_kept_in_wgs84(
    room: ControlRoom, location: dict[str, Any], within_m: float
) -> None:
    kept = (await room.call(location=location))["incident"]["location"]
    assert distance_m(HERE, Wgs84(lat_deg=kept["lat"], lon_deg=kept["lon"])) < within_m
    assert kept["source"] == "caller"


async def test_an_accuracy_is_kept_and_one_that_was_not_stated_is_not_taken_for_exact(room: ControlRoom) -> None:
    stated = await room.call(location={**FUTIAN, "accuracy_m": 12})
    unstated = await room.call()
    assert stated["incident"]["location"]["accuracy_m"] == 12
    assert unstated["incident"]["location"]["accuracy_m"] > 12


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("福田区会展中心地铁站D口", "metro_station"),
        ("福田区莲花街道某小区3栋", "subdistrict"),
        ("福田区,说不清在哪里", "district"),
        ("我不知道这是哪里", "city"),
    ],
)
async def test_an_address_alone_is_located_as_well_as_it_can_be(room: ControlRoom, address: str, source: str) -> None:
    """Never refused: a unit is recommended for the place the words name, or for the city, and the accuracy says which."""
    taken = await room.call(location=None, address_text=address)
    location = taken["incident"]["location"]
    assert location["source"] == source
    assert taken["incident"]["address_text"] == address
    assert len(taken["recommendation"]["units"]) == 1
    assert location["accuracy_m"] > 100


async def test_the_wider_the_place_the_larger_its_accuracy(room: ControlRoom) -> None:
    addresses = ("会展中心地铁站", "福田区莲花街道", "福田区", "某处")
    calls = [await room.call(location=None, address_text=address) for address in addresses]
    accuracies = [call["incident"]["location"]["accuracy_m"] for call in calls]
    assert accuracies == sorted(accuracies)
    assert len(set(accuracies)) == len(accuracies)


@pytest.mark.parametrize(
    ("code", "complaint", "priority"),
    [
        ("28C1", "stroke", "orange"),
        ("9E1", "cardiac_arrest", "red"),
        ("10-D-2", "acute_coronary", "red"),
        ("17A2", "trauma_fall", "green"),
        ("6b1", "respiratory", "yellow"),
    ],
)
async def test_a_determinant_names_the_complaint_and_its_level_the_priority(
    room: ControlRoom, code: str, complaint: str, priority: str
) -> None:
    incident = (await room.call(complaint=code))["incident"]
    assert (incident["complaint"], incident["priority"]) == (complaint, priority)
    assert incident["determinant"] == code


async def test_every_complaint_of_the_call_logs_is_taken(room: ControlRoom) -> None:
    for complaint in Complaint:
        incident = (await room.call(complaint=complaint))["incident"]
        assert incident["complaint"] == complaint


async def test_the_call_takers_priority_goes_before_the_table(room: ControlRoom) -> None:
    assert (await room.call(complaint="28C1", priority="red"))["incident"]["priority"] == "red"


async def test_several_patients_are_given_several_units(room: ControlRoom) -> None:
    taken = await room.call(complaint="trauma_traffic", n_patients=3, age_years=41, sex="m")
    incident, units = taken["incident"], taken["recommendation"]["units"]
    assert (incident["units_required"], incident["units_missing"]) == (3, 3)
    assert len({unit["unit_id"] for unit in units}) == 3
    # Age and sex are the first patient's; of the others nothing is known.
    assert [(p["age_years"], p["sex"]) for p in incident["patients"]] == [(41, "m"), (None, None), (None, None)]
    added = [item for item in (await room.get("/events", limit=1000))["items"] if item["type"] == "PatientAdded"]
    assert [item["data"]["sex"] for item in added] == ["m", None, None]


async def test_a_newborn_may_have_the_unit_that_is_kept_for_newborns(room: ControlRoom) -> None:
    rules = {
        entry["rule"] for entry in (await room.call(complaint="respiratory", age_years=0))["recommendation"]["excluded"]
    }
    assert "neonatal_unit_kept" not in rules


async def test_a_wish_for_a_hospital_is_weighed_and_said(room: ControlRoom) -> None:
    first = await room.call()
    wished = first["recommendation"]["hospital_alternatives"][0]["hospital_id"]
    made = (await room.call(preferred_hospital_id=wished))["recommendation"]
    candidates = [made["hospital"], *made["hospital_alternatives"]]
    (found,) = (candidate for candidate in candidates if candidate["hospital_id"] == wished)
    assert "wish" in words(found["reasons"])


async def test_onset_and_last_known_well_never_fill_each_other(room: ControlRoom) -> None:
    seen = (await room.call(onset_at="2026-11-30T09:30:00+08:00"))["incident"]
    found = (await room.call(last_known_well_at="2026-11-29T23:00:00+08:00"))["incident"]
    assert (seen["onset_at"], seen["last_known_well_at"]) == ("2026-11-30T01:30:00Z", None)
    assert (found["onset_at"], found["last_known_well_at"]) == (None, "2026-11-29T15:00:00Z")


async def test_what_the_caller_said_is_kept(room: ControlRoom) -> None:
    incident = (
        await room.call(
            caller_phone="+86 138-0013-8000",
            address_text="深南大道 2008 号",
            floor=-2,
            answers={"是否清醒": "是", "呼吸": "正常"},
        )
    )["incident"]
    assert incident["calls"][0]["caller_phone"] == "+86 138-0013-8000"
    assert incident["address_text"] == "深南大道 2008 号"
    assert incident["floor"] == -2
    assert incident["answers"] == {"是否清醒": "是", "呼吸": "正常"}


async def test_a_call_taken_down_later_keeps_its_hour(room: ControlRoom, clock: VirtualClock) -> None:
    minutes_ago = clock.now() - timedelta(minutes=3)
    incident = (await room.call(received_at=minutes_ago.isoformat()))["incident"]
    assert incident["received_at"] == minutes_ago.isoformat().replace("+00:00", "Z")


async def test_a_call_takers_clock_may_be_a_little_fast(room: ControlRoom, clock: VirtualClock) -> None:
    """No call is lost to a clock: a minute ahead counts as now; only what cannot be is refused."""
    soon, tomorrow = clock.now() + timedelta(minutes=1), clock.now() + timedelta(days=1)
    incident = (await room.call(received_at=soon.isoformat()))["incident"]
    assert incident["received_at"] == clock.now().isoformat().replace("+00:00", "Z")
    refused = await room.call(422, received_at=tomorrow.isoformat())
    assert refused["errors"][0]["pointer"] == "/received_at"
