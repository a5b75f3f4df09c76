"""From what a caller's location says to a point: stated datum, or the landmark, sub-district or district that the address names."""

from dispatch.api.problems import invalid_field
from dispatch.api.wire_in import CallIn, FindingIn, LocationIn
from dispatch.domain.commands import PatientDetails
from dispatch.domain.incident import Location
from dispatch.domain.patient import Finding
from dispatch.domain.vocabulary import Complaint
from dispatch.pipeline.triage import read_determinant
from maps_data.landmarks import Gazetteer
from routing.cells import cell_of, cell_text
from routing.datum import to_wgs84

CELL_RESOLUTION = 9
# A map click or a phone's fix that states no accuracy: the 68 % radius of an urban phone fix is some tens of metres.
UNSTATED_ACCURACY_M = 50.0


def location_of(location: LocationIn | None, address_text: str | None, gazetteer: Gazetteer) -> Location:
    """Where help is needed; an address that names nothing we know is taken to be anywhere in the city, and says so."""
    if location is not None:
        point = to_wgs84(location.lat, location.lon, location.datum)
        accuracy_m = UNSTATED_ACCURACY_M if location.accuracy_m is None else location.accuracy_m
        source = "caller"
    elif address_text is not None:
        places = gazetteer.locate(address_text)
        place = places[0] if places else gazetteer.city
        point, accuracy_m, source = place.point, place.accuracy_m, str(place.kind)
    else:
        zh, en = "须有 location 或 address_text", "either location or address_text is needed"
        raise invalid_field("/location", "missing", zh, en)
    return Location(point=point, accuracy_m=accuracy_m, source=source, cell=cell_text(cell_of(point, CELL_RESOLUTION)))


def complaint_of(text: str) -> tuple[Complaint, str | None]:
    """(complaint, determinant) of a suspected condition such as `stroke` or an MPDS determinant such as `28C1`."""
    if text in set(Complaint):
        return Complaint(text), None
    read = read_determinant(text)
    if read is None:
        zh = "须为 suspected_condition 的取值或 MPDS 判定码"
        en = "must be a suspected condition or an MPDS determinant code"
        raise invalid_field("/complaint", "enum", zh, en)
    return read[0], text


def finding_of(finding: FindingIn) -> Finding:
    parts = tuple(sorted(finding.value.items())) if isinstance(finding.value, dict) else ()
    return Finding(
        kind=finding.kind,
        observed_at=finding.observed_at,
        observer=finding.observer,
        value=None if isinstance(finding.value, dict) else finding.value,
        parts=parts,
    )


def patients_of(call: CallIn) -> tuple[PatientDetails, ...]:
    """The first patient is the one whose age and sex the caller gave; of others nothing is known yet."""
    described = PatientDetails(age_years=call.age_years, sex=call.sex)
    return (described, *(PatientDetails() for _ in range(call.n_patients - 1)))
