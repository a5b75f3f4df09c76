"""Pre-alert and hand-over as a FHIR transaction: patient, encounter, what was observed and when, and the message itself.

Every entry is a conditional update by an identifier of ours, so the same thing sent again, or the hand-over after the pre-alert,
updates what is there and doubles nothing. The patient has no name here; the hospital joins the identity at the door.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dispatch.domain.care import Stamp
from dispatch.domain.hospital import HospitalRecord
from dispatch.domain.ids import NoticeId
from dispatch.domain.incident import Incident
from dispatch.domain.notices import Notice
from dispatch.domain.patient import Finding, FindingKind, Patient
from dispatch.domain.records import HandoverKind
from dispatch.domain.vocabulary import Sex
from dispatch.domain.world import World
from dispatch.fhir import resources as fhir
from dispatch.fhir.resources import Resource
from dispatch.projections.archive import ReadIncident, entries_with_joined, world_of
from dispatch.projections.care_book import CareBook

_GENDER: Final = {Sex.MALE: "male", Sex.FEMALE: "female", Sex.UNKNOWN: "unknown", None: "unknown"}
# LOINC code, what it is called there, UCUM unit.
_MEASURED: Final = {
    "heart_rate_bpm": ("8867-4", "Heart rate", "/min"),
    "systolic_mmhg": ("8480-6", "Systolic blood pressure", "mm[Hg]"),
    "diastolic_mmhg": ("8462-4", "Diastolic blood pressure", "mm[Hg]"),
    "spo2_percent": ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", "%"),
    "respiratory_rate_bpm": ("9279-1", "Respiratory rate", "/min"),
    "temperature_c": ("8310-5", "Body temperature", "Cel"),
    "glucose_mmol_l": ("15074-8", "Glucose [Moles/volume] in Blood", "mmol/L"),
    "age_years": ("30525-0", "Age", "a"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What is told: the patient as known at `at`, bound for `hospital`, with the stamps of the clock."""

    kind: HandoverKind
    incident: Incident
    patient: Patient
    hospital: HospitalRecord
    stamps: tuple[Stamp, ...]
    at: datetime
    notice_id: NoticeId | None = None


def handover_of(read_incident: ReadIncident, notice: Notice, roster: World) -> Handover:
    """What a notice tells: what the journal says of its patient up to when it was issued, and so the same at every attempt.

    Hospitals are those of `roster`. It reads the journal, and blocks. `KeyError` when the hospital is no longer listed.
    """
    known = [each for each in entries_with_joined(read_incident, {notice.incident_id}) if each.seq <= notice.issued_seq]
    world = world_of(known, roster)
    return Handover(
        kind=notice.kind,
        incident=world.incidents[notice.incident_id],
        patient=world.patients[notice.patient_id],
        hospital=roster.hospitals[notice.hospital_id].record,
        stamps=CareBook(known).stamps_of(notice.incident_id, notice.patient_id),
        at=notice.issued_at,
        notice_id=notice.notice_id,
    )


def bundle_of(told: Handover) -> Resource:
    """The transaction, checked against the models of R4B."""
    entries = [_patient(told), _encounter(told), *_observations(told), _communication(told)]
    bundle: Resource = {
        "resourceType": "Bundle",
        "type": "transaction",
        "timestamp": _instant(told.at),
        "entry": entries,
    }
    if told.notice_id is not None:
        bundle["identifier"] = {"system": fhir.NOTICE, "value": told.notice_id}
    return fhir.check(bundle)


def _entry(kind: str, system: str, subject: str, resource: Resource) -> dict[str, Any]:
    return {
        "fullUrl": fhir.urn_of(kind, subject),
        "resource": {"resourceType": kind, **resource},
        "request": {"method": "PUT", "url": f"{kind}?identifier={system}|{subject}"},
    }


def _patient(told: Handover) -> dict[str, Any]:
    patient_id = told.patient.patient_id
    resource = {"identifier": _identifiers(fhir.PATIENT, patient_id), "gender": _GENDER[told.patient.sex]}
    return _entry("Patient", fhir.PATIENT, patient_id, resource)


def _encounter(told: Handover) -> dict[str, Any]:
    incident = told.incident
    subject = told.patient.patient_id
    resource = {
        "identifier": [*_identifiers(fhir.INCIDENT, incident.incident_id), *_identifiers(fhir.PATIENT, subject)],
        "status": "in-progress" if told.kind is HandoverKind.PRE_ALERT else "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"},
        "priority": {"text": incident.priority},
        "subject": _subject(told),
        "period": {"start": _instant(incident.received_at)},
        "reasonCode": [{"text": incident.complaint}],
        "hospitalization": {"destination": _hospital(told.hospital)},
    }
    return _entry("Encounter", fhir.PATIENT, subject, resource)


def _observations(told: Handover) -> Iterator[dict[str, Any]]:
    if told.patient.age_years is not None:
        yield _observation(told, "age", told.at, _measured("age_years", told.patient.age_years))
    for n, finding in enumerate(told.patient.findings):
        for name, value in _parts_of(finding):
            performer = [{"display": finding.observer}]
            yield _observation(told, f"finding-{n}-{name}", finding.observed_at, {**value, "performer": performer})
    for stamp in told.stamps:
        if stamp.at is not None:
            place = f"{stamp.milestone}-{stamp.source}-{stamp.hospital_id}"
            code = {"coding": [{"system": fhir.MILESTONE, "code": stamp.milestone}], "text": stamp.milestone}
            value = {"code": code, "valueDateTime": _instant(stamp.at), "performer": [{"display": stamp.source}]}
            yield _observation(told, f"stamp-{place}", stamp.at, value)


def _parts_of(finding: Finding) -> Iterator[tuple[str, dict[str, Any]]]:
    """A finding as one observation, or vitals as one for each measurement."""
    if finding.kind is FindingKind.VITALS:
        yield from ((name, _measured(name, value)) for name, value in finding.parts)
    elif finding.kind is FindingKind.GLUCOSE_MMOL_L:
        yield finding.kind, _measured(finding.kind, finding.value)
    elif finding.parts:
        components = [{"code": {"text": name}, **_value(value)} for name, value in finding.parts if value is not None]
        yield finding.kind, {"code": {"text": finding.kind}, "component": components}
    else:
        yield finding.kind, {"code": {"text": finding.kind}, **_value(finding.value)}


def _measured(name: str, value: Any) -> dict[str, Any]:
    known = _MEASURED.get(name)
    if known is None or not isinstance(value, int | float):
        return {"code": {"text": name}, **_value(value)}
    code, display, unit = known
    quantity = {"value": value, "unit": unit, "system": fhir.UCUM, "code": unit}
    return {
        "code": {"coding": [{"system": fhir.LOINC, "code": code, "display": display}], "text": name},
        "valueQuantity": quantity,
    }


def _value(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {"dataAbsentReason": {"text": "unknown"}}
        case bool():
            return {"valueBoolean": value}
        case int() | float():
            return {"valueQuantity": {"value": value}}
        case _:
            return {"valueString": str(value)}


def _observation(told: Handover, name: str, at: datetime, value: dict[str, Any]) -> dict[str, Any]:
    subject = f"{told.patient.patient_id}-{name}"
    resource = {
        "identifier": _identifiers(fhir.OBSERVATION, subject),
        "status": "preliminary" if told.kind is HandoverKind.PRE_ALERT else "final",
        "subject": _subject(told),
        "encounter": {"reference": fhir.urn_of("Encounter", told.patient.patient_id)},
        "effectiveDateTime": _instant(at),
        **value,
    }
    return _entry("Observation", fhir.OBSERVATION, subject, resource)


def _communication(told: Handover) -> dict[str, Any]:
    """The message: who is told of what."""
    subject = f"{told.patient.patient_id}-{told.kind}"
    resource = {
        "identifier": _identifiers(fhir.COMMUNICATION, subject),
        "status": "completed",
        "category": [{"text": told.kind}],
        "priority": "stat" if told.incident.priority.is_life_threatening else "urgent",
        "subject": _subject(told),
        "sent": _instant(told.at),
        "recipient": [_hospital(told.hospital)],
        "payload": [{"contentString": _in_words(told)}],
    }
    return _entry("Communication", fhir.COMMUNICATION, subject, resource)


def _in_words(told: Handover) -> str:
    incident, age = told.incident, told.patient.age_years
    years_zh, years_en = ("年龄不详", "age unknown") if age is None else (f"{age} 岁", f"{age} years")
    what = ("院前预警", "Pre-alert") if told.kind is HandoverKind.PRE_ALERT else ("交接", "Hand-over")
    return (
        f"{what[0]}:{incident.pathway},{incident.complaint},{years_zh}。 "
        f"{what[1]}: {incident.pathway}, {incident.complaint}, {years_en}."
    )


def _subject(told: Handover) -> dict[str, str]:
    return {"reference": fhir.urn_of("Patient", told.patient.patient_id)}


def _hospital(hospital: HospitalRecord) -> dict[str, Any]:
    return {
        "type": "Organization",
        "identifier": {"system": fhir.HOSPITAL, "value": hospital.hospital_id},
        "display": hospital.name_zh,
    }


def _identifiers(system: str, value: str) -> list[dict[str, str]]:
    return [{"system": system, "value": value}]


def _instant(at: datetime) -> str:
    return at.isoformat()
