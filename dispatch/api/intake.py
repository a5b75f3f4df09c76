"""From what a caller's location says to a point: stated datum, or the landmark, sub-district or district that the address names."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from dispatch.api.problems import invalid_field
from dispatch.api.wire_in import CallIn, FindingIn, LocationIn
from dispatch.domain.commands import PatientDetails
from dispatch.domain.ids import IncidentId
from dispatch.domain.incident import Location
from dispatch.domain.patient import Finding, FindingScalar
from dispatch.domain.vocabulary import Complaint
from dispatch.domain.world import World
from dispatch.pipeline.triage import read_determinant
from maps_data.landmarks import Gazetteer
from routing.cells import cell_of, cell_text
from routing.datum import to_wgs84

CELL_RESOLUTION = 9
# A caller's or a call taker's clock may run ahead of ours by this much.
CLOCK_SKEW_S = 120.0
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


def place_of(call: CallIn, world: World, gazetteer: Gazetteer) -> Location:
    """Where a call wants help; one that joins an incident without naming a place means the incident's."""
    if call.incident_id is not None and call.location is None and call.address_text is None:
        return world.incident(IncidentId(call.incident_id)).location
    return location_of(call.location, call.address_text, gazetteer)


def instants_of(call: CallIn) -> Iterator[tuple[str, datetime]]:
    """The instants that a call states, each with its pointer."""
    stated = (
        ("/received_at", call.received_at),
        ("/onset_at", call.onset_at),
        ("/last_known_well_at", call.last_known_well_at),
        *((f"/findings/{index}/observed_at", finding.observed_at) for index, finding in enumerate(call.findings)),
    )
    return ((pointer, at) for pointer, at in stated if at is not None)


def refuse_future(pointer: str, at: datetime, now: datetime) -> None:
    """422 for something that is said to have happened, but has not."""
    if (at - now).total_seconds() > CLOCK_SKEW_S:
        raise invalid_field(pointer, "in_future", "时间不能在将来", "must not lie in the future")


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


def determinant_of(text: str) -> Complaint:
    """The complaint that an MPDS determinant stands for; 422 when it is none."""
    read = read_determinant(text)
    if read is None:
        raise invalid_field("/determinant", "determinant", "须为 MPDS 判定码", "must be an MPDS determinant code")
    return read[0]


def finding_of(finding: FindingIn) -> Finding:
    """The parts of a finding side by side; a scale's `items` carry its name (`items.face`)."""
    value = finding.model_dump(mode="json", exclude_unset=True)["value"]
    is_whole = not isinstance(value, dict)
    return Finding(
        kind=finding.kind,
        observed_at=finding.observed_at,
        observer=finding.observer,
        value=value if is_whole else None,
        parts=() if is_whole else tuple(sorted(_side_by_side(value))),
    )


def _side_by_side(value: dict[str, Any]) -> Iterator[tuple[str, FindingScalar]]:
    for name, part in value.items():
        if isinstance(part, dict):
            yield from ((f"{name}.{inner}", scalar) for inner, scalar in part.items())
        else:
            yield name, part


def patients_of(call: CallIn) -> tuple[PatientDetails, ...]:
    """The first patient is the one whose age and sex the caller gave; of others nothing is known yet."""
    described = PatientDetails(age_years=call.age_years, sex=call.sex)
    return (described, *(PatientDetails() for _ in range(call.n_patients - 1)))
