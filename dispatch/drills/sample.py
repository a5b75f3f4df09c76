"""Writes a small synthetic log of the interchange format, so that drills can be tried and tested without any recorded data.

Every row says `injected_synthetic`. The numbers are plausible and mean nothing: what matters is that each kind of row is there (calls,
a second caller, a mass-casualty incident, a row without a time of day, a call that needs no ambulance, a unit sent before it was
available).
"""

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from routing.geo import Wgs84, destination

CALL_COLUMNS = (
    "schema_version", "call_id", "dataset_id", "record_class", "source_incident_id", "call_received_at", "call_entered_at",
    "first_dispatch_at", "iana_tz", "time_precision_s", "lat", "lon", "datum", "loc_precision", "loc_uncertainty_m", "place_text",
    "admin_area", "complaint_source_system", "complaint_source", "determinant_code", "complaint_nemsis", "complaint_sz120",
    "suspected_condition", "field_impression", "priority_source", "priority_mpds", "priority_nemsis", "priority_color",
    "priority_basis", "age_years", "sex", "demographics_basis", "n_patients", "mci_id", "triage_tag", "event_role", "duplicate_of",
    "ambulance_needed", "transport", "transport_emergency", "disposition_source", "on_scene_s", "transport_s", "hospital_s",
    "service_basis", "donor_ref",
)  # fmt: skip
UNIT_COLUMNS = (
    "schema_version", "dataset_id", "call_id", "response_id", "unit_id", "unit_type_source", "unit_class", "transport_capable",
    "als", "seq", "dispatched_at", "enroute_at", "on_scene_at", "at_patient_at", "left_scene_at", "at_hospital_at", "available_at",
    "turnout_s", "travel_s", "scene_s", "transport_s", "hospital_s", "busy_s", "time_precision_s", "quality_flags",
)  # fmt: skip

DATASET = "sample"
RADIUS_M = 6_000.0
COMPLAINTS = (
    ("acute_coronary", "red"), ("stroke", "red"), ("cardiac_arrest", "red"), ("respiratory", "orange"), ("seizure", "orange"),
    ("trauma_fall", "yellow"), ("trauma_traffic", "orange"), ("abdominal", "yellow"), ("pain_back", "green"), ("unknown", "green"),
)  # fmt: skip
STEPS = ("dispatched_at", "enroute_at", "on_scene_at", "left_scene_at", "at_hospital_at", "available_at")
STEPS_S = ((30, 120), (120, 900), (300, 1500), (300, 1500), (900, 2700))
MCI_TAGS = ("red", "yellow", "green", "black")

Cells = dict[str, Any]


def write_sample(directory: Path, *, centre: Wgs84, start_at: datetime, n_calls: int, seed: int) -> tuple[Path, Path]:
    """Write `sample.calls.csv.gz` and `sample.units.csv.gz` around `centre`, some six calls an hour from `start_at` (aware) on."""
    chance = Random(seed)
    calls = _calls(centre, start_at, n_calls, chance)
    calls_path, units_path = directory / "sample.calls.csv.gz", directory / "sample.units.csv.gz"
    _write(calls_path, CALL_COLUMNS, calls)
    _write(units_path, UNIT_COLUMNS, _responses(calls, chance))
    return calls_path, units_path


def _calls(centre: Wgs84, start_at: datetime, n_calls: int, chance: Random) -> list[Cells]:
    at, calls = start_at, []
    for number in range(n_calls):
        at += timedelta(seconds=round(chance.expovariate(1 / 600)))
        point = destination(centre, chance.uniform(0, 360), RADIUS_M * chance.random() ** 0.5)
        complaint, priority = chance.choice(COMPLAINTS)
        is_transported = chance.random() < 0.75
        calls.append(
            _call(f"{number:04}", at, point)
            | {
                "suspected_condition": complaint,
                "priority_color": priority,
                "age_years": chance.randint(1, 95),
                "sex": chance.choice("MF"),
                "n_patients": 1,
                "transport": int(is_transported),
                "on_scene_s": chance.randint(300, 1800),
                "hospital_s": chance.randint(900, 2700) if is_transported else None,
                "field_impression": "STEMI" if complaint == "acute_coronary" and number % 2 else None,
            }
        )
    first = calls[len(calls) // 2]
    again = {
        "call_id": f"{first['call_id']}-B",
        "event_role": "duplicate_call",
        "duplicate_of": first["call_id"],
        "call_received_at": first["call_received_at"] + timedelta(seconds=40),
        "ambulance_needed": 0,
    }
    nobody = {"suspected_condition": "non_medical", "ambulance_needed": 0}
    undated = {"suspected_condition": "unknown", "call_received_at": at.date().isoformat()}
    calls += [
        first | again,
        _call("nobody", at + timedelta(minutes=5), centre) | nobody,
        _call("undated", at, centre) | undated,
    ]
    return calls + _mass_casualty(centre, at + timedelta(minutes=10), chance)


def _mass_casualty(centre: Wgs84, at: datetime, chance: Random) -> list[Cells]:
    """A first caller who cannot count, then one row per patient."""
    first = _call("mci", at, centre) | {
        "suspected_condition": "trauma_traffic",
        "priority_color": "red",
        "mci_id": "M1",
    }
    patients = [
        _call(f"mci-{number}", at + timedelta(minutes=3 + number), centre)
        | {
            "suspected_condition": "deceased" if tag == "black" else "trauma_other",
            "priority_color": tag,
            "triage_tag": tag,
            "mci_id": "M1",
            "event_role": "mci_patient",
            "n_patients": 1,
            "ambulance_needed": int(tag in {"red", "yellow"}),
            "transport": int(tag != "black"),
            "on_scene_s": chance.randint(300, 1200),
            "hospital_s": chance.randint(900, 1800),
        }
        for number, tag in enumerate(MCI_TAGS)
    ]
    return [first, *patients]


def _call(name: str, at: datetime, point: Wgs84) -> Cells:
    return {
        "schema_version": "1.0",
        "call_id": f"{DATASET}-{name}",
        "dataset_id": DATASET,
        "record_class": "injected_synthetic",
        "call_received_at": at,
        "time_precision_s": 1,
        "lat": f"{point.lat_deg:.6f}",
        "lon": f"{point.lon_deg:.6f}",
        "datum": "WGS84",
        "loc_precision": "scenario_point",
        "event_role": "call",
        "ambulance_needed": 1,
        "priority_basis": "assumed:sample",
        "service_basis": "assumed:sample",
    }


def _responses(calls: Sequence[Cells], chance: Random) -> list[Cells]:
    """One response per call that needs an ambulance; every fifth is by the unit before, sent before it was available."""
    rows: list[Cells] = []
    needing = [call for call in calls if call["ambulance_needed"] and isinstance(call["call_received_at"], datetime)]
    for number, call in enumerate(needing):
        unit_id, dispatched_at = f"A{number}", call["call_received_at"] + timedelta(seconds=90)
        if number % 5 == 4:
            unit_id, dispatched_at = rows[-1]["unit_id"], rows[-1]["available_at"] - timedelta(seconds=5)
        steps_s = (0, *(chance.randint(*limits) for limits in STEPS_S))
        times = [dispatched_at + timedelta(seconds=after_s) for after_s in accumulate(steps_s)]
        rows.append(_response(call["call_id"], unit_id) | dict(zip(STEPS, times, strict=True)))
    return rows


def _response(call_id: str, unit_id: str) -> Cells:
    return {
        "schema_version": "1.0",
        "dataset_id": DATASET,
        "call_id": call_id,
        "response_id": f"{call_id}-{unit_id}",
        "unit_id": unit_id,
        "unit_class": "ambulance_als",
        "transport_capable": 1,
        "als": 1,
        "seq": 1,
        "time_precision_s": 1,
    }


def _write(path: Path, columns: Sequence[str], rows: Iterable[Cells]) -> None:
    """Deterministic gzip: the same rows give the same bytes."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()}
        )
    path.write_bytes(gzip.compress(text.getvalue().encode("utf-8"), mtime=0))
