"""What the routes between hospitals and those who bring patients are told, and answer."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from dispatch.api.wire_in import AnyCaseSex, Identifier, Strict, Text, example
from dispatch.api.wire_out import HospitalOut, Open
from dispatch.domain.vocabulary import Capability, Complaint, Pathway, Priority

_PATIENT = "pat-live-01M808TX00YTTPDQ6SWRF8S1DE"


class SlotIn(Strict):
    """A place of a capability for a patient."""

    model_config = example({"capability": "cath_lab", "patient_id": _PATIENT})
    capability: Capability
    patient_id: Identifier


class ReleaseIn(SlotIn):
    model_config = example({"capability": "cath_lab", "patient_id": _PATIENT, "reason": "患者改送他院"})
    reason: Text | None = None


class PrealertIn(Strict):
    model_config = example({"text": "右侧偏瘫 40 分钟,RACE 6 分"})
    text: Text | None = None


class TurnAwayIn(Strict):
    """Why, and where the patient should go instead, if the hospital knows."""

    model_config = example({"reason": "导管室设备故障", "to_hospital_id": "H002"})
    reason: Text
    to_hospital_id: Identifier | None = None


class TransferIn(Strict):
    """`patient_id` only for a patient who came here by an incident."""

    model_config = example(
        {"to_hospital_id": "H002", "reason": "大血管闭塞,需取栓", "capability": "thrombectomy", "age_years": 68}
    )
    to_hospital_id: Identifier
    reason: Text
    capability: Capability | None = None
    patient_id: Identifier | None = None
    age_years: Annotated[int, Field(ge=0, le=130)] | None = None
    sex: AnyCaseSex | None = None


class TransferAnswerIn(Strict):
    model_config = example({"accepts": True, "answer": "直送导管室"})
    accepts: bool
    answer: Text | None = None


class TransferWithdrawIn(Strict):
    model_config = example({"reason": "已在本院取栓"})
    reason: Text


class IncomingOut(Open):
    """A patient on the way. `eta_at` is only given once the crew has left the scene and its position is known; before, `drive_s` is
    the drive from the scene alone."""

    patient_id: str
    incident_id: str
    number: int
    priority: Priority
    pathway: Pathway
    complaint: Complaint
    status: str
    eta_at: datetime | None
    drive_s: float | None
    travel_time_grade: str
    fix_age_s: float | None
    prealert: dict[str, Any] | None
    slots: dict[str, str]


class ReceptionOut(Open):
    """A hospital's own view: how it stands, who comes, what it is asked. `hospitals` are the names of all. `pace`: seconds that pass
    here in one of the room, other than 1 in a drill that is led."""

    at: datetime
    realm: str
    pace: float
    hospital: HospitalOut
    incoming: list[IncomingOut]
    transfers: list[dict[str, Any]]
    hospitals: list[dict[str, str]]


class PatientToldOut(Open):
    patient_id: str
    hospital_id: str | None
    prealert: dict[str, Any] | None
    turned_away: list[dict[str, Any]]


class TransferOut(Open):
    transfer_id: str
    hospital_id: str
    to_hospital_id: str
    state: str
    reason: str
    capability: str | None
    answer: str | None


class SessionOut(Open):
    user: str
    hospital_id: str | None
