"""From a patient's resources to the summary that an emergency needs. What cannot be told apart is shown, never dropped in silence."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from dispatch.domain.records import RecordItem, RecordSummary, Section
from dispatch.fhir.resources import Resource, codes_of, text_of

KINDS: Final = {
    Section.ALLERGIES: "AllergyIntolerance",
    Section.ANTICOAGULANTS: "MedicationStatement",
    Section.IMPLANTS: "Device",
    Section.PRIOR_STROKES: "Condition",
    Section.PRIOR_STENTS: "Procedure",
}
"""Which resources a section is read from."""

# ATC groups of anticoagulants (WHO): vitamin K antagonists, heparins, direct thrombin inhibitors, direct factor Xa inhibitors.
# Antiplatelets (B01AC) are none.
ATC: Final = "http://www.whocc.no/atc"
_ANTICOAGULANT_ATC: Final = ("B01AA", "B01AB", "B01AE", "B01AF")
_ANTICOAGULANT_NAMES: Final = (
    *("warfarin", "heparin", "enoxaparin", "nadroparin", "fondaparinux", "dabigatran", "argatroban", "bivalirudin"),
    *("rivaroxaban", "apixaban", "edoxaban", "华法林", "肝素", "磺达肝癸钠", "达比加群", "阿加曲班", "比伐芦定"),
    *("利伐沙班", "阿哌沙班", "艾多沙班"),
)
# ICD-10: intracranial haemorrhage, infarction, stroke not specified, and their sequelae.
_ICD10: Final = ("http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm")
_STROKE_ICD10: Final = ("I60", "I61", "I62", "I63", "I64", "I69")
_STROKE_NAMES: Final = (
    "stroke",
    "cerebral infarction",
    "intracerebral haemorrhage",
    "卒中",
    "脑梗",
    "脑出血",
    "蛛网膜下腔出血",
)
_STENT_NAMES: Final = ("stent", "支架")
_OVER: Final = frozenset({"entered-in-error", "refuted", "inactive", "resolved", "not-taken", "not-done", "stopped"})


def summary_of(sections: Iterable[Section], resources: Iterable[Resource], *, is_complete: bool) -> RecordSummary:
    """The summary of one patient's resources, for the sections that were asked for.

    Entries that their record calls refuted, ended or erroneous are left out, except history (strokes, stents), which ending does not
    undo.
    """
    found: dict[Section, list[RecordItem]] = {section: [] for section in sections}
    n_other_medications = 0
    for resource in resources:
        section = next((s for s in found if KINDS[s] == resource["resourceType"]), None)
        if section is None or _is_over(section, resource):
            continue
        if not _belongs(section, resource):
            n_other_medications += section is Section.ANTICOAGULANTS
            continue
        found[section].append(_item(section, resource))
    return RecordSummary(
        sections={section: tuple(items) for section, items in found.items()},
        n_other_medications=n_other_medications,
        is_complete=is_complete,
    )


def _is_over(section: Section, resource: Resource) -> bool:
    statuses = {resource.get("status")}
    for member in ("verificationStatus", "clinicalStatus"):
        statuses |= {code for _, code in codes_of(resource.get(member))}
    if section in {Section.PRIOR_STROKES, Section.PRIOR_STENTS}:
        statuses -= {"inactive", "resolved", "stopped"}
    return bool(statuses & _OVER)


def _belongs(section: Section, resource: Resource) -> bool:
    """Whether a resource is what its section is about; allergies and devices all are."""
    names = " ".join(_names(section, resource)).lower()
    codes = list(codes_of(_concept(section, resource)))
    match section:
        case Section.ANTICOAGULANTS:
            by_code = any(system == ATC and code.startswith(_ANTICOAGULANT_ATC) for system, code in codes)
            return by_code or any(name in names for name in _ANTICOAGULANT_NAMES)
        case Section.PRIOR_STROKES:
            by_code = any(system in _ICD10 and code.startswith(_STROKE_ICD10) for system, code in codes)
            return by_code or any(name in names for name in _STROKE_NAMES)
        case Section.PRIOR_STENTS:
            return any(name in names for name in _STENT_NAMES)
        case _:
            return True


def _concept(section: Section, resource: Resource) -> Any:
    member = {Section.ANTICOAGULANTS: "medicationCodeableConcept", Section.IMPLANTS: "type"}.get(section, "code")
    return resource.get(member)


def _names(section: Section, resource: Resource) -> Iterator[str]:
    """Everything that a resource is called."""
    concept = _concept(section, resource) or {}
    yield from (name for name in (concept.get("text"),) if name)
    yield from (coding["display"] for coding in concept.get("coding", []) if coding.get("display"))
    yield from (name["name"] for name in resource.get("deviceName", []) if name.get("name"))


def _item(section: Section, resource: Resource) -> RecordItem:
    named = next(_names(section, resource), None) or text_of(_concept(section, resource))
    code = next((code for _, code in codes_of(_concept(section, resource))), None)
    return RecordItem(text=named or "未命名 unnamed", code=code, since=_since(resource))


def _since(resource: Resource) -> date | None:
    """The day of the entry, where it is told to the day."""
    members = (
        "onsetDateTime",
        "performedDateTime",
        "manufactureDate",
        "recordedDate",
        "dateAsserted",
        "effectiveDateTime",
    )
    periods = ("onsetPeriod", "performedPeriod", "effectivePeriod")
    told = [resource.get(member) for member in members] + [(resource.get(p) or {}).get("start") for p in periods]
    days = [str(value)[:10] for value in told if value is not None and len(str(value)) >= len("2026-11-22")]
    return date.fromisoformat(days[0]) if days else None
