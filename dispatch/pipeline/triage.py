"""From what the caller says to priority, pathway and the number of units.

The table is the service's stated default, used when no call taker has set a priority. Its levels follow the dispatch levels that MPDS
gives the same chief complaints (Echo/Delta → red, Charlie → orange, Bravo → yellow, Alpha/Omega → green); a city's medical director
is expected to replace it.
"""

import re
from collections.abc import Iterable, Iterator

from dispatch.domain import events as ev
from dispatch.domain.commands import RecordFindings, Retriage
from dispatch.domain.ids import PatientId
from dispatch.domain.incident import Incident, Triage
from dispatch.domain.patient import Finding, FindingKind
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.scales import reading
from dispatch.domain.vocabulary import Complaint, Pathway, Priority
from dispatch.domain.world import World
from dispatch.pipeline.questions import raised_by

R, O, Y, G = Priority.RED, Priority.ORANGE, Priority.YELLOW, Priority.GREEN  # noqa: E741

DEFAULTS: dict[Complaint, tuple[Priority, Pathway]] = {
    Complaint.STROKE: (R, Pathway.STROKE),
    Complaint.ACUTE_CORONARY: (R, Pathway.STEMI),
    Complaint.ACUTE_CORONARY_OR_ARRHYTHMIA: (R, Pathway.STEMI),
    Complaint.ARRHYTHMIA_HEART: (O, Pathway.STEMI),
    Complaint.CARDIAC_ARREST: (R, Pathway.OHCA),
    Complaint.RESPIRATORY: (O, Pathway.GENERAL),
    Complaint.TRAUMA_TRAFFIC: (O, Pathway.TRAUMA),
    Complaint.TRAUMA_FALL: (Y, Pathway.TRAUMA),
    Complaint.TRAUMA_HEAD: (O, Pathway.TRAUMA),
    Complaint.TRAUMA_MAJOR: (R, Pathway.TRAUMA),
    Complaint.TRAUMA_PENETRATING: (R, Pathway.TRAUMA),
    Complaint.TRAUMA_ASSAULT: (Y, Pathway.TRAUMA),
    Complaint.TRAUMA_BURN: (O, Pathway.BURN),
    Complaint.TRAUMA_OTHER: (Y, Pathway.TRAUMA),
    Complaint.TRAUMA_MINOR: (G, Pathway.TRAUMA),
    Complaint.OVERDOSE_POISONING: (O, Pathway.POISONING),
    Complaint.SEIZURE: (O, Pathway.GENERAL),
    Complaint.SYNCOPE: (O, Pathway.GENERAL),
    Complaint.UNCONSCIOUS: (R, Pathway.GENERAL),
    Complaint.ALTERED_MENTAL_STATUS: (O, Pathway.GENERAL),
    Complaint.DIABETIC: (O, Pathway.GENERAL),
    Complaint.ABDOMINAL: (Y, Pathway.GENERAL),
    Complaint.HEMORRHAGE: (O, Pathway.GENERAL),
    Complaint.OBSTETRIC: (O, Pathway.OBSTETRIC),
    Complaint.PSYCHIATRIC: (Y, Pathway.PSYCHIATRIC),
    Complaint.ALLERGY: (O, Pathway.GENERAL),
    Complaint.CHOKING: (R, Pathway.GENERAL),
    Complaint.DROWNING: (R, Pathway.GENERAL),
    Complaint.ENVIRONMENTAL: (Y, Pathway.GENERAL),
    Complaint.INFECTION_FEVER: (Y, Pathway.GENERAL),
    Complaint.CO_HAZMAT: (R, Pathway.POISONING),
    Complaint.PAIN_BACK: (G, Pathway.GENERAL),
    Complaint.HEADACHE: (Y, Pathway.GENERAL),
    Complaint.MEDICAL_OTHER: (Y, Pathway.GENERAL),
    Complaint.MEDICAL_UNSPECIFIED: (Y, Pathway.GENERAL),
    Complaint.TRANSFER: (G, Pathway.GENERAL),
    Complaint.FIRE_STANDBY: (G, Pathway.GENERAL),
    Complaint.NON_MEDICAL: (G, Pathway.GENERAL),
    # What nobody can name yet is treated as urgent until it is known to be less.
    Complaint.UNKNOWN: (O, Pathway.GENERAL),
    Complaint.DECEASED: (G, Pathway.GENERAL),
}

# MPDS chief complaint cards by number (the numbering is public; the protocol's questions are not used here).
MPDS_CARDS: dict[int, Complaint] = {
    1: Complaint.ABDOMINAL,
    2: Complaint.ALLERGY,
    3: Complaint.TRAUMA_OTHER,
    4: Complaint.TRAUMA_ASSAULT,
    5: Complaint.PAIN_BACK,
    6: Complaint.RESPIRATORY,
    7: Complaint.TRAUMA_BURN,
    8: Complaint.CO_HAZMAT,
    9: Complaint.CARDIAC_ARREST,
    10: Complaint.ACUTE_CORONARY,
    11: Complaint.CHOKING,
    12: Complaint.SEIZURE,
    13: Complaint.DIABETIC,
    14: Complaint.DROWNING,
    15: Complaint.TRAUMA_OTHER,
    16: Complaint.MEDICAL_OTHER,
    17: Complaint.TRAUMA_FALL,
    18: Complaint.HEADACHE,
    19: Complaint.ARRHYTHMIA_HEART,
    20: Complaint.ENVIRONMENTAL,
    21: Complaint.HEMORRHAGE,
    22: Complaint.TRAUMA_MAJOR,
    23: Complaint.OVERDOSE_POISONING,
    24: Complaint.OBSTETRIC,
    25: Complaint.PSYCHIATRIC,
    26: Complaint.MEDICAL_OTHER,
    27: Complaint.TRAUMA_PENETRATING,
    28: Complaint.STROKE,
    29: Complaint.TRAUMA_TRAFFIC,
    30: Complaint.TRAUMA_OTHER,
    31: Complaint.UNCONSCIOUS,
    32: Complaint.UNKNOWN,
    33: Complaint.TRANSFER,
}
MPDS_LEVELS: dict[str, Priority] = {"E": R, "D": R, "C": O, "B": Y, "A": G, "O": G, "Ω": G}
_DETERMINANT = re.compile(r"^(?P<card>\d{1,2})-?(?P<level>[A-EOΩ])-?\d{0,2}[A-Z]?$", re.IGNORECASE)


def read_determinant(code: str) -> tuple[Complaint, Priority] | None:
    """Complaint and priority of an MPDS determinant such as `28C1` or `9-E-1`; None when it is not one that we know."""
    match = _DETERMINANT.match(code.strip())
    if not match or int(match["card"]) not in MPDS_CARDS:
        return None
    return MPDS_CARDS[int(match["card"])], MPDS_LEVELS[match["level"].upper()]


def assess(
    complaint: Complaint,
    *,
    determinant: str | None = None,
    priority: Priority | None = None,
    answers: Iterable[tuple[str, str]] = (),
) -> Triage:
    """Priority and pathway: the call taker's priority first, then the determinant's level, then the complaint's default.

    An answer may make the last two more urgent (`questions.py`), never less.
    """
    default_priority, pathway = DEFAULTS[complaint]
    read = read_determinant(determinant) if determinant else None
    stated = read[1] if read else default_priority
    return Triage(
        complaint=complaint,
        determinant=determinant,
        priority=priority or min((stated, *raised_by(complaint, answers)), key=lambda level: level.rank),
        pathway=pathway,
    )


def retriage(world: World, command: Retriage, _: Context) -> Iterator[ev.Event]:
    """Correct what was taken; unspecified parts stay, and a changed complaint brings its own default priority."""
    incident = world.open_incident(command.incident_id, command.expected_version)
    complaint = command.complaint or incident.complaint
    determinant = command.determinant or (incident.determinant if complaint is incident.complaint else None)
    is_reclassified = complaint is not incident.complaint or determinant != incident.determinant
    kept = None if is_reclassified else incident.priority
    triage = assess(complaint, determinant=determinant, priority=command.priority or kept)
    yield ev.IncidentRetriaged(
        incident_id=incident.incident_id,
        priority=triage.priority,
        pathway=triage.pathway if is_reclassified else incident.pathway,
        complaint=complaint,
        determinant=determinant,
        units_required=incident.units_required if command.units_required is None else command.units_required,
        reason=command.reason,
    )


def record_findings(world: World, command: RecordFindings, _: Context) -> Iterator[ev.Event]:
    """Write findings down and follow what they imply for priority and pathway."""
    incident = world.open_incident(command.incident_id)
    for patient_id, finding in command.findings:
        subject = _subject(incident, patient_id)
        yield ev.FindingRecorded(incident_id=incident.incident_id, patient_id=subject, finding=finding)
    implied = implied_by(incident, [finding for _, finding in command.findings])
    if implied:
        yield implied


def _subject(incident: Incident, patient_id: PatientId | None) -> PatientId:
    if patient_id is None and incident.patient_ids:
        return incident.patient_ids[0]
    if patient_id not in incident.patient_ids:
        raise CommandRejected(Refusal.PATIENT_NOT_IN_INCIDENT)
    return patient_id


_NOT_A_STROKE = {Pathway.STEMI, Pathway.OHCA}
"""An arrest, or an infarction on the ECG, comes first."""


def implied_by(incident: Incident | ev.IncidentOpened, findings: list[Finding]) -> ev.IncidentRetriaged | None:
    """The re-triage that findings bring about, or None.

    A 12-lead ECG read as STEMI opens the STEMI pathway at red. A scale by which a stroke or a large-vessel occlusion is suspected
    (`dispatch.domain.scales`) opens the stroke pathway at red. Nothing here lowers a priority.
    """
    pathway, complaint, why = incident.pathway, incident.complaint, None
    for finding in findings:
        if finding.kind is FindingKind.ECG_12_LEAD and finding.part("stemi") is True:
            pathway, complaint, why = Pathway.STEMI, Complaint.ACUTE_CORONARY, "ecg_12_lead: stemi"
        said = reading(finding)
        if said is not None and said.is_stroke_suspected and pathway not in _NOT_A_STROKE:
            pathway, complaint, why = Pathway.STROKE, Complaint.STROKE, f"{said.scale.name}: {said.score}"
    if why is None or (pathway is incident.pathway and incident.priority is Priority.RED):
        return None
    return ev.IncidentRetriaged(
        incident_id=incident.incident_id,
        priority=Priority.RED,
        pathway=pathway,
        complaint=complaint,
        determinant=incident.determinant,
        units_required=incident.units_required,
        reason=why,
    )
