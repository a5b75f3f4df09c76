"""Examples of the events between hospitals and those who bring patients."""

from datetime import timedelta

from dispatch.domain.events_reception import (
    HospitalClaimContradicted,
    PatientTurnedAway,
    PrealertAcknowledged,
    PrealertReminded,
    PrealertSent,
    SlotConfirmed,
    SlotReleased,
    SlotReserved,
    SlotTaken,
    TransferAnswered,
    TransferAsked,
    TransferStarted,
    TransferWithdrawn,
)
from dispatch.domain.ids import PatientId, TransferId
from dispatch.domain.reception import SlotOutcome, TransferRequest
from dispatch.domain.vocabulary import Capability, Sex
from tests.fakes.example_recommendation import AT, HOSPITAL, INCIDENT, OTHER_HOSPITAL

PATIENT = PatientId("pat-test-01KJ0000000000000000000001")
TRANSFER = TransferId("trn-test-01KJ0000000000000000000001")

RECEPTION = (
    SlotReserved(hospital_id=HOSPITAL, capability=Capability.CATH_LAB, patient_id=PATIENT, incident_id=INCIDENT),
    SlotConfirmed(hospital_id=HOSPITAL, capability=Capability.CATH_LAB, patient_id=PATIENT, incident_id=INCIDENT),
    SlotTaken(
        hospital_id=HOSPITAL,
        capability=Capability.CATH_LAB,
        patient_id=PATIENT,
        incident_id=INCIDENT,
        until_at=AT + timedelta(minutes=90),
    ),
    SlotReleased(
        hospital_id=HOSPITAL,
        capability=Capability.CATH_LAB,
        patient_id=PATIENT,
        incident_id=INCIDENT,
        outcome=SlotOutcome.RELEASED,
        reason="改送他院",
    ),
    HospitalClaimContradicted(
        hospital_id=HOSPITAL, capability=Capability.EMERGENCY, observed_s=2460.5, expected_s=1800.0, n_observed=3
    ),
    PrealertSent(patient_id=PATIENT, incident_id=INCIDENT, hospital_id=HOSPITAL, text="右侧偏瘫 40 分钟"),
    PrealertReminded(patient_id=PATIENT, incident_id=INCIDENT, hospital_id=HOSPITAL, reminders=1),
    PrealertAcknowledged(patient_id=PATIENT, incident_id=INCIDENT, hospital_id=HOSPITAL),
    PatientTurnedAway(
        patient_id=PATIENT,
        incident_id=INCIDENT,
        hospital_id=HOSPITAL,
        reason="导管室设备故障",
        to_hospital_id=OTHER_HOSPITAL,
    ),
    TransferAsked(
        transfer_id=TRANSFER,
        hospital_id=HOSPITAL,
        to_hospital_id=OTHER_HOSPITAL,
        request=TransferRequest(
            reason="大血管闭塞,需取栓",
            capability=Capability.THROMBECTOMY,
            patient_id=PATIENT,
            age_years=68,
            sex=Sex.MALE,
        ),
    ),
    TransferAnswered(
        transfer_id=TRANSFER, hospital_id=HOSPITAL, to_hospital_id=OTHER_HOSPITAL, is_accepted=True, answer="导管室 2"
    ),
    TransferStarted(transfer_id=TRANSFER, incident_id=INCIDENT, hospital_id=HOSPITAL, to_hospital_id=OTHER_HOSPITAL),
    TransferWithdrawn(transfer_id=TRANSFER, hospital_id=HOSPITAL, to_hospital_id=OTHER_HOSPITAL, reason="已在本院取栓"),
)
