"""What hospitals and those who bring patients do to each other, for the machine that plays everybody at once."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from dispatch.domain import commands_reception as cmd
from dispatch.domain.ids import HospitalId, PatientId
from dispatch.domain.reception import SlotState, TransferRequest, TransferState
from dispatch.domain.vocabulary import Capability
from tests.fakes.machine_city import N_HOSPITALS

hospitals = st.integers(0, N_HOSPITALS).map(lambda i: HospitalId(f"H{i}"))  # one of them does not exist
capabilities = st.sampled_from([Capability.CT, Capability.CATH_LAB])


class ReceptionRules:
    """Mixed into a machine that has an `engine` and a `_do`."""

    engine: Any
    _do: Any

    def _somebody(self, which: int) -> PatientId:
        known = sorted(self.engine.world.patients)
        return known[which % len(known)] if known else PatientId("pat-none")

    @rule(which=st.integers(0, 99), hospital=hospitals, capability=capabilities)
    def reserve(self, which: int, hospital: HospitalId, capability: Capability) -> None:
        patient_id = self._somebody(which)
        self._do(cmd.ReserveSlot(hospital_id=hospital, capability=capability, patient_id=patient_id))

    @rule(which=st.integers(0, 99), how=st.sampled_from([cmd.ConfirmSlot, cmd.ReleaseSlot]))
    def settle_slot(self, which: int, how: Any) -> None:
        kept = [(h.hospital_id, slot) for h in self.engine.world.hospitals.values() for slot in h.slots]
        if kept:
            hospital_id, slot = kept[which % len(kept)]
            self._do(how(hospital_id=hospital_id, capability=slot.capability, patient_id=slot.patient_id))

    @rule(which=st.integers(0, 99))
    def alert(self, which: int) -> None:
        self._do(cmd.SendPrealert(patient_id=self._somebody(which)))

    @rule(which=st.integers(0, 99), hospital=hospitals, takes=st.booleans())
    def answer_alert(self, which: int, hospital: HospitalId, takes: bool) -> None:
        patient_id = self._somebody(which)
        if takes:
            self._do(cmd.AcknowledgePrealert(hospital_id=hospital, patient_id=patient_id))
        else:
            self._do(cmd.TurnPatientAway(hospital_id=hospital, patient_id=patient_id, reason="full"))

    @rule(hospital=hospitals, other=hospitals)
    def ask_transfer(self, hospital: HospitalId, other: HospitalId) -> None:
        self._do(cmd.AskTransfer(hospital_id=hospital, to_hospital_id=other, request=TransferRequest(reason="lvo")))

    @rule(hospital=hospitals, accepts=st.booleans())
    def answer_transfer(self, hospital: HospitalId, accepts: bool) -> None:
        for transfer in self.engine.world.transfers.values():
            if transfer.state is TransferState.ASKED:
                answer = cmd.AnswerTransfer(
                    transfer_id=transfer.transfer_id, hospital_id=hospital, accepts=accepts, answer="ok"
                )
                self._do(answer)
                return

    @invariant()
    def no_place_is_kept_for_nobody(self) -> None:
        """Who has a place is a patient of an open incident, or lies in it."""
        world = self.engine.world
        for hospital in world.hospitals.values():
            for slot in hospital.slots:
                assert slot.state is SlotState.IN_USE or slot.incident_id in world.open_ids
