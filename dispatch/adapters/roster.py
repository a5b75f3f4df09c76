"""The city's catalogue as the roster that a realm adopts."""

from dispatch.domain.commands import AdoptCatalogue
from dispatch.domain.hospital import Designation, HospitalRecord
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.unit import UnitRecord
from dispatch.domain.vocabulary import Capability
from maps_data.catalogue import Catalogue
from maps_data.records import AmbulanceUnit, Hospital
from maps_data.vocabulary import HospitalCapability, Known

_STANDING = {
    HospitalCapability.THROMBECTOMY: Capability.THROMBECTOMY,
    HospitalCapability.PCI_24H: Capability.CATH_LAB,
}


def roster_of(catalogue: Catalogue) -> AdoptCatalogue:
    """Units with their bases' positions, hospitals with their designations and standing capabilities."""
    return AdoptCatalogue(
        data_version=catalogue.data_version,
        units=tuple(_unit(unit, catalogue) for unit in catalogue.units),
        hospitals=tuple(_hospital(hospital) for hospital in catalogue.hospitals),
    )


def _unit(unit: AmbulanceUnit, catalogue: Catalogue) -> UnitRecord:
    return UnitRecord(
        unit_id=UnitId(unit.unit_id),
        call_sign=unit.call_sign,
        kind=unit.kind,
        negative_pressure=unit.negative_pressure,
        home_station_id=unit.home_station_id,
        home=catalogue.bases_by_id[unit.home_station_id].point,
        record_class=str(unit.record_class),
    )


def _hospital(hospital: Hospital) -> HospitalRecord:
    return HospitalRecord(
        hospital_id=HospitalId(hospital.hospital_id),
        name_zh=hospital.name_zh,
        name_en=hospital.name_en,
        level_zh=hospital.level_zh,
        point=hospital.point,
        coord_quality=str(hospital.coord_quality),
        designations=tuple(
            Designation(kind=str(d.kind), grade=str(d.grade), evidence=d.evidence.text, since=d.since, until=d.until)
            for d in hospital.designations
        ),
        standing=tuple((_STANDING[c.kind], str(c.grade)) for c in hospital.capabilities if c.state is Known.YES),
        specialties=frozenset(map(str, hospital.specialties)),
        is_general=hospital.general_emergency,
    )
