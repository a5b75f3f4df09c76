"""Resources as plain JSON, checked against the models of FHIR R4B.

The models load in half a second and only when a resource is first checked, so a service without a FHIR peer never loads them. They
know structure and types; of coded values they accept any, so who reads a code looks at its system.
"""

from collections.abc import Iterator
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

Resource = dict[str, Any]
MEDIA_TYPE: Final = "application/fhir+json"

# Our own code systems and identifier systems, as URNs: nothing is registered under them elsewhere.
MILESTONE: Final = "urn:lifemap120:milestone"
CAPABILITY: Final = "urn:lifemap120:capability"
CAPABILITY_STATE: Final = "urn:lifemap120:capability-state"
HOSPITAL: Final = "urn:lifemap120:hospital"
INCIDENT: Final = "urn:lifemap120:incident"
PATIENT: Final = "urn:lifemap120:patient"
OBSERVATION: Final = "urn:lifemap120:observation"
NOTICE: Final = "urn:lifemap120:notice"
COMMUNICATION: Final = "urn:lifemap120:communication"
LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"


class NotFhir(ValueError):
    """What came is no such resource; the message says where."""


def check(resource: Any, *kinds: str) -> Resource:
    """The resource, if it is one of FHIR R4B and of one of these kinds (any, when none is named); `NotFhir` otherwise."""
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(kind, str) or (kinds and kind not in kinds):
        raise NotFhir(f"resourceType is {kind!r}" + (f", not {' or '.join(kinds)}" if kinds else ""))
    try:
        get_fhir_model_class(kind).model_validate(resource)
    except KeyError:
        raise NotFhir(f"there is no resource {kind!r} in FHIR R4B") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise NotFhir(f"{kind}.{place}: {first['msg']}") from None
    return dict(resource)


def entries_of(bundle: Resource) -> Iterator[Resource]:
    """The resources in a bundle, without outcomes of the search itself."""
    for entry in bundle.get("entry", []):
        resource = entry.get("resource")
        if resource is not None and resource.get("resourceType") != "OperationOutcome":
            yield resource


def codes_of(concept: Any) -> Iterator[tuple[str | None, str]]:
    """(system, code) of a CodeableConcept."""
    for coding in (concept or {}).get("coding", []):
        if coding.get("code") is not None:
            yield coding.get("system"), coding["code"]


def text_of(concept: Any) -> str | None:
    """What a CodeableConcept says to people: its text, else the display of a coding, else a code."""
    concept = concept or {}
    displays = [coding.get("display") or coding.get("code") for coding in concept.get("coding", [])]
    return concept.get("text") or next((display for display in displays if display), None)


def urn_of(kind: str, subject: str) -> str:
    """The same `urn:uuid:` for the same thing, whenever it is asked for."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'urn:lifemap120:{kind}:{subject}')}"
