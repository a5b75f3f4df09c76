"""One of each event about health records and hand-over to other systems."""

from dispatch.domain.events_records import (
    HandoverAnswered,
    HandoverAttempted,
    HandoverIssued,
    HandoverUrged,
    HandoverWithdrawn,
    PictureKept,
    RecordAnswered,
    RecordAsked,
)
from dispatch.domain.ids import NoticeId
from dispatch.domain.patient import PictureKind
from dispatch.domain.records import Consent, HandoverKind, PeerOutcome, Purpose, Section
from tests.fakes.example_reception import PATIENT
from tests.fakes.example_recommendation import AT, HOSPITAL, INCIDENT

NOTICE = NoticeId("ntc-test-01KJ0000000000000000000001")

RECORDS = (
    RecordAsked(
        incident_id=INCIDENT,
        patient_id=PATIENT,
        purpose=Purpose.BREAK_GLASS,
        consent=Consent.REFUSED,
        sections=(Section.ALLERGIES, Section.ANTICOAGULANTS),
        reason="昏迷",
    ),
    RecordAnswered(incident_id=INCIDENT, patient_id=PATIENT, outcome=PeerOutcome.NOT_FOUND),
    PictureKept(
        incident_id=INCIDENT, patient_id=PATIENT, picture_id="7f" * 16, kind=PictureKind.ECG_12_LEAD, taken_at=AT
    ),
    HandoverIssued(
        incident_id=INCIDENT,
        patient_id=PATIENT,
        hospital_id=HOSPITAL,
        kind=HandoverKind.PRE_ALERT,
        notice_id=NOTICE,
    ),
    HandoverAttempted(notice_id=NOTICE, incident_id=INCIDENT, patient_id=PATIENT, hospital_id=HOSPITAL, attempt=2),
    HandoverUrged(notice_id=NOTICE, incident_id=INCIDENT, patient_id=PATIENT, hospital_id=HOSPITAL),
    HandoverWithdrawn(
        notice_id=NOTICE, incident_id=INCIDENT, patient_id=PATIENT, hospital_id=HOSPITAL, reason="已电话告知急诊"
    ),
    HandoverAnswered(
        incident_id=INCIDENT,
        patient_id=PATIENT,
        hospital_id=HOSPITAL,
        kind=HandoverKind.HANDOVER,
        notice_id=NOTICE,
        outcome=PeerOutcome.UNAVAILABLE,
    ),
)
