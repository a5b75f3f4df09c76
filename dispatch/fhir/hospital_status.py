"""Hospital status as FHIR: one Observation for each capability, with value, source, since when and until when.

    subject              the hospital, by identifier
    code                 the capability (`urn:lifemap120:capability`)
    valueCodeableConcept its state (`urn:lifemap120:capability-state`: available, busy, closed)
    effectivePeriod      from the report to its expiry; both are needed
    performer            who says so
    component            slots free, where they are told

What a hospital has not reported is not there: silence is unknown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from dispatch.domain.commands import ReportHospitalStatus
from dispatch.domain.hospital import CapabilityStatus, Hospital
from dispatch.domain.ids import HospitalId
from dispatch.domain.vocabulary import Capability, CapabilityState
from dispatch.fhir import resources as fhir
from dispatch.fhir.resources import NotFhir, Resource

MAX_ENTRIES: Final = 1_000
_SLOTS: Final = "slots_free"
_TOLD: Final = {state.value: state for state in CapabilityState if state is not CapabilityState.UNKNOWN}
_STATUSES: Final = ("final", "amended", "corrected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An entry that is FHIR and yet cannot be taken: its place in the bundle and why."""

    index: int
    code: str


def status_bundle(hospitals: Iterable[Hospital], at: datetime) -> Resource:
    """Everything that is reported now."""
    entries = [
        {
            "fullUrl": fhir.urn_of("Observation", f"{hospital.hospital_id}-{name}"),
            "resource": _observation(hospital, name, status),
        }
        for hospital in hospitals
        for name, status in hospital.capabilities
    ]
    bundle: Resource = {"resourceType": "Bundle", "type": "collection", "timestamp": at.isoformat()}
    return fhir.check(bundle | ({"entry": entries} if entries else {}))


def _observation(hospital: Hospital, name: Capability, status: CapabilityStatus) -> Resource:
    record = hospital.record
    resource: Resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": fhir.CAPABILITY, "code": name}], "text": name},
        "subject": {
            "type": "Organization",
            "identifier": {"system": fhir.HOSPITAL, "value": hospital.hospital_id},
            "display": record.name_zh,
        },
        "effectivePeriod": {"start": status.updated_at.isoformat(), "end": status.expires_at.isoformat()},
        "performer": [{"display": status.source}],
        "valueCodeableConcept": {"coding": [{"system": fhir.CAPABILITY_STATE, "code": status.state}]},
    }
    if status.slots_free is not None:
        resource["component"] = [{"code": {"text": _SLOTS}, "valueInteger": status.slots_free}]
    return resource


def read_status_bundle(
    bundle: Any, known: Iterable[HospitalId], now: datetime
) -> list[ReportHospitalStatus | Rejected]:
    """The reports in a bundle, in order. `NotFhir` when it is no bundle of observations at all."""
    entries = fhir.check(bundle, "Bundle").get("entry", [])
    if len(entries) > MAX_ENTRIES:
        raise NotFhir(f"Bundle.entry: more than {MAX_ENTRIES}")
    hospital_ids = frozenset(known)
    found: list[ReportHospitalStatus | Rejected] = []
    for index, entry in enumerate(entries):
        resource = entry.get("resource") or {}
        if resource.get("resourceType") != "Observation":
            raise NotFhir(f"Bundle.entry.{index}: not an Observation")
        read = _read(resource, hospital_ids, now)
        found.append(Rejected(index=index, code=read) if isinstance(read, str) else read)
    return found


def _read(resource: Resource, hospital_ids: frozenset[HospitalId], now: datetime) -> ReportHospitalStatus | str:
    """The report, or the code of why it cannot be taken."""
    identifier = resource.get("subject", {}).get("identifier", {})
    hospital_id = HospitalId(str(identifier.get("value")))
    capability = dict(fhir.codes_of(resource.get("code"))).get(fhir.CAPABILITY)
    state = _TOLD.get(dict(fhir.codes_of(resource.get("valueCodeableConcept"))).get(fhir.CAPABILITY_STATE, ""))
    source = next((performer.get("display") for performer in resource.get("performer", [])), None)
    period = resource.get("effectivePeriod", {})
    start, end = _instant(period.get("start")), _instant(period.get("end"))
    if resource.get("status") not in _STATUSES:
        return "not_final"
    if identifier.get("system") != fhir.HOSPITAL or hospital_id not in hospital_ids:
        return "hospital_not_found"
    if capability not in set(Capability):
        return "capability_not_known"
    if state is None:
        return "state_not_known"
    if source is None:
        return "source_required"
    if start is None or start > now:
        return "start_required"
    if end is None or end <= now:
        return "expired_or_without_end"
    return ReportHospitalStatus(
        hospital_id=hospital_id,
        capability=Capability(capability),
        state=state,
        source=source,
        expires_at=end,
        slots_free=_slots(resource),
    )


def _instant(text: Any) -> datetime | None:
    """An instant with an offset; a day alone is none."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None


def _slots(resource: Resource) -> int | None:
    for component in resource.get("component", []):
        if component.get("code", {}).get("text") == _SLOTS and component.get("valueInteger", -1) >= 0:
            return int(component["valueInteger"])
    return None
