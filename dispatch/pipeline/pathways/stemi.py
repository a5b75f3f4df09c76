"""Where an infarction with ST elevation is taken: to the catheter laboratory that has the device across first.

By the guideline (ACC/AHA 2025): first medical contact to device within 90 min, 120 when it takes a transfer; where that cannot be
kept, lysis within 30 min and then on to a laboratory. So, once a 12-lead ECG has been read as STEMI:

- of the hospitals of the STEMI map that are known to do PCI, the one with the earliest device is preferred, its wait counted;
- a hospital of the map that is not known to do PCI is as late as its transfer makes it;
- an ECG that was transmitted has the laboratory made ready, so that the patient passes the emergency department by;
- if nobody can be in time (120 min), the nearest hospital of the map lyses, and the patient goes on from there.

Before the ECG a chest pain goes to the nearest hospital of the STEMI map, and the answer asks for the ECG.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from dispatch.domain.choice import ModelledOutcome, Reason, Way, WayOption
from dispatch.domain.facts import Weighing
from dispatch.domain.patient import FindingKind
from dispatch.domain.vocabulary import Capability
from dispatch.pipeline.pathways import journey as stages
from dispatch.pipeline.pathways.houses import known_by
from dispatch.pipeline.pathways.journey import Column, Journey, in_hospital, minus, minutes, plus, total_s
from dispatch.pipeline.pathways.profile import of_need
from routing.geo import FloatArray
from routing.optimise import destination
from routing.optimise.destination import Stage

DIRECT_WITHIN_S = 5400
DEVICE_WITHIN_S = 7200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Option:
    way: Way
    row: int
    then_row: int | None
    to_device: tuple[Stage, ...]


def weigh(journey: Journey, _: datetime, *, is_explained: bool) -> tuple[Weighing | None, FloatArray | None]:
    """What is modelled, where that is to be explained and any hospital suits, and the delay by transfer of hospitals without PCI,
    float64[h] (None: none)."""
    if not journey.may_take.any():
        return None, None
    nearest = int(np.argmin(np.where(journey.may_take, journey.price_s, np.inf)))
    if not of_need(journey.need).has_stemi:
        outcome = ModelledOutcome(measure="mortality", rule="ecg_missing", since=None, options=(), n_worlds=0)
        return Weighing(outcome=outcome, reasons={nearest: (minus("ecg_missing"),)}), None
    case = _Case(journey, nearest)
    rule, row = case.decided()
    penalty_s = case.transfer_delay_s() if rule != "lysis_first" else None
    if not is_explained:
        return None, penalty_s
    return Weighing(outcome=case.outcome(rule), reasons={row: tuple(case.reasons(rule, row))}), penalty_s


class _Case:
    def __init__(self, journey: Journey, nearest: int) -> None:
        self.journey, self.nearest = journey, nearest
        self.has_pci = journey.angiography.is_known & journey.may_take
        self.wait_s = journey.angiography.wait_s
        found = [each for p in journey.need.patients for each in p.findings if each.kind is FindingKind.ECG_12_LEAD]
        self.is_sent = any(each.part("transmitted_at") for each in found if each.part("stemi") is True)
        self.door_s = stages.KNOWN_DOOR_S if self.is_sent else stages.DOOR_TO_DEVICE_S
        by_price = np.argsort(np.where(self.has_pci, journey.price_s, np.inf), kind="stable").tolist()
        self.laboratories = [int(row) for row in by_price if self.has_pci[row]]

    def decided(self) -> tuple[str, int]:
        """The rule and the hospital."""
        best = self.laboratories[0] if self.laboratories else None
        if best is None:
            return "pci_unknown", self.nearest
        device_s = total_s(self._direct(best).to_device)
        if device_s > DEVICE_WITHIN_S:
            return "lysis_first", self.nearest
        return ("pci_within_90" if device_s <= DIRECT_WITHIN_S else "pci_within_120"), best

    def transfer_delay_s(self) -> FloatArray | None:
        """How much later than on the spot the device is across where a transfer is needed."""
        if not self.laboratories:
            return None
        onward_s = np.min(np.where(self.has_pci, self.journey.transfer_s + self.wait_s, np.inf), axis=1)
        extra_s = stages.DOOR_IN_DOOR_OUT_S + onward_s + stages.KNOWN_DOOR_S - self.door_s
        return np.where(self.has_pci, 0.0, np.minimum(np.maximum(extra_s, 0.0), DEVICE_WITHIN_S))

    def outcome(self, rule: str) -> ModelledOutcome:
        """The ways side by side, at most three."""
        ways = [self._direct(row) for row in self.laboratories[: stages.MAX_OPTIONS - 1]]
        if not self.has_pci[self.nearest] and self.laboratories:
            ways.append(self._transferred(self.nearest))
        if not ways:
            return ModelledOutcome(measure="mortality", rule=rule, since=None, options=(), n_worlds=0)
        found = destination.weigh_devices([each.to_device for each in ways])
        ids = self.journey.hospitals.hospital_ids
        options = [
            WayOption(
                way=each.way,
                hospital_id=ids[each.row],
                then_hospital_id=None if each.then_row is None else ids[each.then_row],
                unit_id=None,
                needle_s=None,
                reperfusion_s=round(device_s),
                p_outcome=None if (percent := destination.mortality_percent(device_s)) is None else percent / 100,
                n_best=n,
            )
            for each, device_s, n in zip(ways, found.stated, found.n_best, strict=True)
        ]
        return ModelledOutcome(
            measure="mortality",
            rule=rule,
            since="first_medical_contact",
            options=tuple(options),
            n_worlds=found.n_worlds,
        )

    def _to_door(self, row: int) -> list[Stage]:
        """First medical contact → the hospital's door."""
        journey = self.journey
        at_scene_s = max(0.0, journey.leaves_s) - journey.met_s
        is_other = row != self.nearest
        return [Stage(max(0.0, at_scene_s), stages.SCENE_SIGMA, Column.SCENE), journey.drive(row, is_other=is_other)]

    def _direct(self, row: int) -> _Option:
        laboratory = in_hospital(self.door_s + float(self.wait_s[row]), Column.TREATMENT)
        return _Option(way=Way.DIRECT, row=row, then_row=None, to_device=(*self._to_door(row), laboratory))

    def _transferred(self, row: int) -> _Option:
        then = int(np.argmin(np.where(self.has_pci, self.journey.transfer_s[row] + self.wait_s, np.inf)))
        laboratory = in_hospital(stages.KNOWN_DOOR_S + float(self.wait_s[then]), Column.TREATMENT)
        way = (*self._to_door(row), *self.journey.transfer(row, then), laboratory)
        return _Option(way=Way.TRANSFER, row=row, then_row=then, to_device=way)

    def reasons(self, rule: str, row: int) -> list[Reason]:
        """As a cardiologist would give them: ECG, time to the device, what was passed by and why."""
        journey = self.journey
        said = [plus("stemi_on_ecg"), plus("ecg_transmitted") if self.is_sent else minus("ecg_not_transmitted")]
        if rule == "pci_unknown":
            return [*said, minus(rule)]
        device_min = minutes(total_s(self._direct(self.laboratories[0]).to_device))
        if rule == "lysis_first":
            return [*said, minus(rule, device_min=device_min)]
        said.append(plus(rule, device_min=device_min))
        said.append(plus("does_pci", grade=known_by(journey.hospitals.hospitals[row], Capability.CATH_LAB)))
        drive_s = np.where(journey.may_take, journey.drive_s, np.inf)
        passed = [each for each in np.argsort(drive_s, kind="stable").tolist() if drive_s[each] < drive_s[row]]
        busy = [each for each in passed if self.wait_s[each] > 0]
        without = [each for each in passed if not self.has_pci[each]]
        said += [plus("passes_busy_laboratory", n=len(busy))] if busy else []
        return [*said, *([plus("passes_no_pci", n=len(without))] if without else [])]
