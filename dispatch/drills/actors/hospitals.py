"""Hospitals that report, shift by shift, what they can do, and acknowledge pre-alerts. Simulated: that a house has a CT or a cath lab
open is inferred from its designations and standing capabilities, and every report says `simulated` as its source."""

from collections.abc import Callable
from datetime import timedelta

from dispatch.domain.commands import ReportHospitalStatus
from dispatch.domain.commands_reception import AcknowledgePrealert
from dispatch.domain.events_reception import PrealertSent
from dispatch.domain.hospital import HospitalRecord
from dispatch.domain.incident import Incident
from dispatch.domain.rejections import CommandRejected
from dispatch.domain.vocabulary import Capability, CapabilityState
from dispatch.drills.agenda import Agenda, Script
from dispatch.engine.commits import Told
from dispatch.engine.engine import Engine

SHIFT = timedelta(hours=12)
"""Length of validity of a report. Assumed: one report per shift and capability."""
RENEWAL = timedelta(hours=11)
"""After this long a report is renewed, an hour before it expires."""
ACKNOWLEDGES_AFTER = timedelta(seconds=30)
"""Pre-alert → acknowledged. Assumed."""
SOURCE = "simulated"

_BY_MAP = {"stroke": Capability.CT, "stemi": Capability.CATH_LAB}


def reported_capabilities(record: HospitalRecord) -> tuple[Capability, ...]:
    """What this hospital speaks of: its emergency department, what its place on a map implies, and its standing capabilities."""
    implied = {_BY_MAP[designation.kind] for designation in record.designations if designation.kind in _BY_MAP}
    standing = {capability for capability, _ in record.standing}
    return tuple(sorted({Capability.EMERGENCY} | implied | standing))


class Hospitals:
    """All hospitals of the world, each reporting its capabilities as available. They acknowledge pre-alerts of the incidents for which
    `handles` is true."""

    def __init__(self, engine: Engine, agenda: Agenda, handles: Callable[[Incident], bool]) -> None:
        self._engine, self._agenda, self._handles = engine, agenda, handles

    def begin(self) -> None:
        """Listen from now on."""
        self._engine.subscribe(self._hear)

    def _hear(self, told: Told) -> None:
        for recorded in told.entries:
            event = recorded.event
            if isinstance(event, PrealertSent) and self._handles(told.world.incidents[event.incident_id]):
                self._answer(AcknowledgePrealert(hospital_id=event.hospital_id, patient_id=event.patient_id))

    def _answer(self, command: AcknowledgePrealert) -> None:
        async def acknowledge() -> None:
            try:
                await self._engine.execute(command, actor=f"hospital:{command.hospital_id}")
            except CommandRejected:
                return  # the patient goes elsewhere by now

        self._agenda.once(self._engine.clock.now() + ACKNOWLEDGES_AFTER, acknowledge)

    async def script(self) -> Script:
        """One shift after another: report everything, then again before it expires."""
        while True:
            now = self._engine.clock.now()
            hospitals = self._engine.world.hospitals
            for hospital_id in sorted(hospitals):
                await self._report(hospitals[hospital_id].record)
            yield now + RENEWAL

    async def _report(self, record: HospitalRecord) -> None:
        for capability in reported_capabilities(record):
            command = ReportHospitalStatus(
                hospital_id=record.hospital_id,
                capability=capability,
                state=CapabilityState.AVAILABLE,
                source=SOURCE,
                expires_at=self._engine.clock.now() + SHIFT,
            )
            await self._engine.execute(command, actor=f"hospital:{record.hospital_id}")
