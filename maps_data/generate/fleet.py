"""The simulated fleet: one ambulance per 30,000 residents, shared among the bases by the residents they serve.

Residents count for the base nearest to their cell. Each base then has, of its share, the special units that
its hospital would keep, and of the rest 60 % (rounded up) advanced and the others basic life support; 40 %
(rounded up) of the rest are negative-pressure vehicles. None of this is the city's real fleet.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from maps_data.catalogue import Facts
from maps_data.generate.apportion import apportion
from maps_data.records import Hospital, Station
from maps_data.tables import write_table
from maps_data.vocabulary import (
    DesignationKind,
    HospitalCapability,
    Known,
    RecordClass,
    Specialty,
    UnitCapability,
    UnitKind,
)
from routing.cells import centre
from routing.geo import distance_m, distance_matrix_m

RESIDENTS_PER_UNIT: Final = 30_000
"""National target to 2025: one ambulance per 30,000 residents (国卫医发〔2020〕19号; PMC8796719, table 1)."""
NEGATIVE_PRESSURE_SHARE: Final = 0.40
"""National target to 2025: at least 40 % negative-pressure ambulances (same source)."""
ALS_SHARE: Final = 0.60
"""Assumption: no figure for the city was found."""
STROKE_UNITS: Final = 4
STEMI_UNITS: Final = 6
"""Assumption: a few, one at most per district, at tertiary hospitals able to treat what the unit finds."""
NEONATAL_UNITS_TERTIARY: Final = 3
NEONATAL_UNITS_OTHER: Final = 1
"""Assumption: newborn units at each children's or maternity hospital by its level."""
LEAST_AT_BASE: Final = 2
"""A base keeps at least so many units for general calls beside special ones."""

_ADVANCED: Final = frozenset(
    {
        UnitCapability.AED,
        UnitCapability.DOCTOR,
        UnitCapability.MONITOR_DEFIBRILLATOR,
        UnitCapability.VENTILATOR,
    }
)
_ECG: Final = UnitCapability.ECG_12_LEAD
CAPABILITIES: Final[dict[UnitKind, frozenset[UnitCapability]]] = {
    UnitKind.ALS: _ADVANCED | {_ECG},
    UnitKind.BLS: frozenset({UnitCapability.AED}),
    UnitKind.NEONATAL: _ADVANCED | {UnitCapability.INCUBATOR},
    UnitKind.MSU: _ADVANCED | {_ECG, UnitCapability.CT, UnitCapability.THROMBOLYSIS},
    UnitKind.MSTEMI: _ADVANCED
    | {_ECG, UnitCapability.ECG_TRANSMISSION, UnitCapability.THROMBOLYSIS, UnitCapability.MECHANICAL_CPR},
}

HEADER: Final = (
    "unit_id",
    "call_sign",
    "kind",
    "capabilities",
    "negative_pressure",
    "home_station_id",
    "crew_hospital_id",
    "record_class",
)

Posting = tuple[UnitKind, str | None]
"""A unit's kind and the hospital whose team rides on it."""


def fleet_csv(facts: Facts) -> str:
    """units.csv for a city: bases in the order of their file, call signs counted through."""
    seats = apportion(residents_served(facts), fleet_size(facts), minimum=1)
    special = _special_units(facts, seats)
    rows: list[tuple[object, ...]] = []
    for base, n_units in zip(facts.bases, seats, strict=True):
        postings = _general_units(base, n_units - len(special[base.station_id])) + special[base.station_id]
        n_general = sum(kind in {UnitKind.ALS, UnitKind.BLS} for kind, _ in postings)
        n_negative = math.ceil(NEGATIVE_PRESSURE_SHARE * n_units)
        for index, (kind, crew) in enumerate(postings):
            number = len(rows) + 1
            rows.append(
                (
                    f"U{number:03}",
                    f"救{number:03}",
                    kind,
                    "|".join(sorted(CAPABILITIES[kind])),
                    "yes" if index < min(n_negative, n_general) else "no",
                    base.station_id,
                    crew,
                    RecordClass.SIMULATED,
                )
            )
    return write_table(HEADER, rows)


def fleet_size(facts: Facts) -> int:
    """Residents of the census divided by `RESIDENTS_PER_UNIT`, rounded up."""
    return math.ceil(sum(district.population_2020 for district in facts.districts) / RESIDENTS_PER_UNIT)


def residents_served(facts: Facts) -> list[float]:
    """Estimated residents whose nearest base is each base, in the order of the bases."""
    centres = [centre(cell.cell) for cell in facts.population_cells]
    distances = distance_matrix_m(
        [point.lat_deg for point in centres],
        [point.lon_deg for point in centres],
        [base.point.lat_deg for base in facts.bases],
        [base.point.lon_deg for base in facts.bases],
    )
    residents = [cell.population_estimate for cell in facts.population_cells]
    nearest = np.argmin(distances, axis=1)
    return [float(n) for n in np.bincount(nearest, weights=residents, minlength=len(facts.bases))]


def _general_units(base: Station, n_units: int) -> list[Posting]:
    n_als = math.ceil(ALS_SHARE * n_units)
    kinds = [UnitKind.ALS] * n_als + [UnitKind.BLS] * (n_units - n_als)
    return [(kind, base.host_hospital_id) for kind in kinds]


def _special_units(facts: Facts, seats: Sequence[int]) -> dict[str, list[Posting]]:
    """The special units of each base, within what it can spare."""
    spare = {base.station_id: n - LEAST_AT_BASE for base, n in zip(facts.bases, seats, strict=True)}
    postings: dict[str, list[Posting]] = {base.station_id: [] for base in facts.bases}

    def post(base: Station, kind: UnitKind, hospital: Hospital, n_units: int) -> None:
        n_posted = max(0, min(n_units, spare[base.station_id]))
        spare[base.station_id] -= n_posted
        postings[base.station_id] += [(kind, hospital.hospital_id)] * n_posted

    for hospital in facts.hospitals:
        if Specialty.CHILDREN in hospital.specialties:
            n_units = NEONATAL_UNITS_TERTIARY if _is_tertiary(hospital) else NEONATAL_UNITS_OTHER
            post(_base_of(hospital, facts.bases), UnitKind.NEONATAL, hospital, n_units)
    stroke = (DesignationKind.STROKE, HospitalCapability.THROMBECTOMY)
    stemi = (DesignationKind.STEMI, HospitalCapability.PCI_24H)
    for hospital in _leading(facts, *stroke)[:STROKE_UNITS]:
        post(_base_of(hospital, facts.bases), UnitKind.MSU, hospital, 1)
    for hospital in _leading(facts, *stemi)[:STEMI_UNITS]:
        post(_base_of(hospital, facts.bases), UnitKind.MSTEMI, hospital, 1)
    return postings


def _leading(facts: Facts, kind: DesignationKind, capability: HospitalCapability) -> list[Hospital]:
    """Tertiary hospitals on map `kind` with `capability` and a base: the first of each district, districts by residents."""
    with_base = {base.host_hospital_id for base in facts.bases}
    able = [
        hospital
        for hospital in facts.hospitals
        if any(d.kind is kind for d in hospital.designations)
        and hospital.capability(capability) is Known.YES
        and _is_tertiary(hospital)
        and hospital.hospital_id in with_base
    ]
    first = {hospital.district_zh: hospital for hospital in reversed(able)}
    districts = sorted(facts.districts, key=lambda district: -district.population_2020)
    return [first[district.name_zh] for district in districts if district.name_zh in first]


def _base_of(hospital: Hospital, bases: Sequence[Station]) -> Station:
    """The hospital's own base, else the nearest one."""
    own = (base for base in bases if base.host_hospital_id == hospital.hospital_id)
    return next(own, None) or min(bases, key=lambda base: distance_m(base.point, hospital.point))


def _is_tertiary(hospital: Hospital) -> bool:
    return (hospital.level_zh or "").startswith("三级")
