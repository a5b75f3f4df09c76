"""The roster of a drill: the city's hospitals, and its whole fleet, part of it, or another fleet from a file."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dispatch.domain.commands import AdoptCatalogue
from dispatch.domain.hospital import Designation, HospitalRecord
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.unit import UnitRecord
from dispatch.domain.vocabulary import Capability, UnitKind
from maps_data import decode
from maps_data.catalogue import Catalogue, embedded_city
from maps_data.manifest import read_dataset, read_text
from maps_data.records import AmbulanceUnit, Hospital
from maps_data.tables import DataError
from maps_data.vocabulary import HospitalCapability, Known

UNGRADED_ZH = "未定级"

_STANDING = {
    HospitalCapability.THROMBECTOMY: Capability.THROMBECTOMY,
    HospitalCapability.PCI_24H: Capability.CATH_LAB,
}


def roster_of(catalogue: Catalogue) -> AdoptCatalogue:
    """The city as the engine is told about it."""
    return AdoptCatalogue(
        data_version=catalogue.data_version,
        units=tuple(_unit(unit, catalogue) for unit in catalogue.units),
        hospitals=tuple(_hospital(hospital) for hospital in catalogue.hospitals),
    )


def with_fleet_size(roster: AdoptCatalogue, n_units: int) -> AdoptCatalogue:
    """The same city with `n_units` units, evenly picked from the fleet's list (which runs base by base); a larger number
    adds copies, whose ids say so."""
    fleet = roster.units
    picked = (
        [fleet[n * len(fleet) // n_units] for n in range(n_units)] if n_units <= len(fleet) else _copies(fleet, n_units)
    )
    return replace(roster, units=tuple(picked), data_version=f"{roster.data_version}+fleet-{n_units}")


def with_fleet_file(roster: AdoptCatalogue, path: Path, catalogue: Catalogue, city: Path | None) -> AdoptCatalogue:
    """The same city with the fleet of a file in the format of the data set's `units.csv`. `DataError` for a broken one."""
    dataset = read_dataset(city or embedded_city())
    try:
        text = read_text(path)
        sources = decode.read_sources(replace(dataset, files={**dataset.files, "units.csv": text}))
        units = decode.read_units(sources, catalogue.bases_by_id, catalogue.hospitals_by_id)
    except OSError as error:
        raise DataError(f"无法读取 {path}：{error}", f"{path} cannot be read: {error}") from None
    except DataError as error:
        raise DataError(f"{path}：{error.zh}", f"{path}: {error.en}") from None
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return replace(
        roster,
        units=tuple(_unit(unit, catalogue) for unit in units),
        data_version=f"{roster.data_version}+fleet-{digest}",
    )


def _copies(fleet: Sequence[UnitRecord], n_units: int) -> list[UnitRecord]:
    rounds = -(-n_units // len(fleet))
    copies = [
        unit
        if turn == 0
        else replace(unit, unit_id=UnitId(f"{unit.unit_id}x{turn}"), call_sign=f"{unit.call_sign}x{turn}")
        for turn in range(rounds)
        for unit in fleet
    ]
    return copies[:n_units]


def _unit(unit: AmbulanceUnit, catalogue: Catalogue) -> UnitRecord:
    return UnitRecord(
        unit_id=UnitId(unit.unit_id),
        call_sign=unit.call_sign,
        kind=UnitKind(unit.kind),
        negative_pressure=unit.negative_pressure,
        home_station_id=unit.home_station_id,
        home=catalogue.bases_by_id[unit.home_station_id].point,
        record_class=unit.record_class,
    )


def _hospital(hospital: Hospital) -> HospitalRecord:
    return HospitalRecord(
        hospital_id=HospitalId(hospital.hospital_id),
        name_zh=hospital.name_zh,
        name_en=hospital.name_en,
        level_zh=hospital.level_zh or UNGRADED_ZH,
        point=hospital.point,
        coord_quality=hospital.coord_quality,
        designations=tuple(
            Designation(kind=d.kind, grade=d.grade, evidence=d.evidence.text, since=d.since, until=d.until)
            for d in hospital.designations
        ),
        standing=tuple(
            (_STANDING[ability.kind], str(ability.grade))
            for ability in hospital.capabilities
            if ability.state is Known.YES
        ),
        specialties=frozenset(str(specialty) for specialty in hospital.specialties),
        is_general=hospital.general_emergency,
    )
