"""Pre-hospital scales with their items and scores as published, and what a score says: stroke, a large-vessel occlusion (LVO).

| scale | published in |
|---|---|
| CPSS | Kothari 1999, Ann Emerg Med 33:373, doi:10.1016/S0196-0644(99)70299-4 |
| BE-FAST | Aroor 2017, Stroke 48:479, doi:10.1161/STROKEAHA.116.015169 (balance and eyes added to FAST; T is the time to call) |
| LAMS | Llanes 2004, Prehosp Emerg Care 8:46, doi:10.1080/312703002806; LVO from 4: Nazliel 2008, Stroke 39:2264 |
| RACE | Pérez de la Ossa 2014, Stroke 45:87, doi:10.1161/STROKEAHA.113.003071 (LVO from 5: sensitivity .85, specificity .68) |
| FAST-ED | Lima 2016, Stroke 47:1997, doi:10.1161/STROKEAHA.116.013301 (LVO from 4) |
| GCS | Teasdale & Jennett 1974, Lancet 2:81, doi:10.1016/S0140-6736(74)91639-0 |

A low score does not rule out a stroke that a doctor suspects, nor an LVO: it only gives no reason to pass a hospital by.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from dispatch.domain.patient import Finding, FindingKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """`items`: each part's highest score. `stroke_from`, `lvo_from`: the lowest score that says so; None: says nothing of it."""

    name: str
    items: Mapping[str, int]
    lowest: int = 0
    stroke_from: int | None = None
    lvo_from: int | None = None

    @property
    def highest(self) -> int:
        return sum(self.items.values())


SCALES: Final = {
    scale.name: scale
    for scale in (
        Scale(name="cpss", items={"face": 1, "arm": 1, "speech": 1}, stroke_from=1),
        Scale(name="be_fast", items={"balance": 1, "eyes": 1, "face": 1, "arm": 1, "speech": 1}, stroke_from=1),
        Scale(name="lams", items={"face": 1, "arm": 2, "grip": 2}, lvo_from=4),
        Scale(name="race", items={"face": 2, "arm": 2, "leg": 2, "gaze": 1, "agnosia_aphasia": 2}, lvo_from=5),
        Scale(name="fast_ed", items={"face": 1, "arm": 2, "speech": 2, "eyes": 2, "denial_neglect": 2}, lvo_from=4),
        Scale(name="gcs", items={"eyes": 4, "verbal": 5, "motor": 6}, lowest=3),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A score that was taken and what it says; None where its scale says nothing of it."""

    scale: Scale
    score: float

    @property
    def is_stroke_suspected(self) -> bool | None:
        """LVO is a stroke; below its LVO score a severity scale leaves open whether there is one."""
        if self.scale.stroke_from is not None:
            return self.score >= self.scale.stroke_from
        return True if self.is_lvo_suspected else None

    @property
    def is_lvo_suspected(self) -> bool | None:
        return None if self.scale.lvo_from is None else self.score >= self.scale.lvo_from


def reading(finding: Finding) -> Reading | None:
    """What a finding says, if it is a known scale with a score."""
    scale, score = SCALES.get(str(finding.part("name"))), finding.part("score")
    if finding.kind is not FindingKind.SCALE or scale is None or not isinstance(score, int | float):
        return None
    return Reading(scale=scale, score=score)


def latest_readings(findings: Iterable[Finding]) -> tuple[tuple[Finding, Reading], ...]:
    """Of each scale the latest score, in the order in which they were taken."""
    latest: dict[str, tuple[Finding, Reading]] = {}
    for finding in sorted(findings, key=lambda each: each.observed_at):
        said = reading(finding)
        if said is not None:
            latest.pop(said.scale.name, None)
            latest[said.scale.name] = finding, said
    return tuple(latest.values())


def fault_of(name: str, score: float, items: Mapping[str, float] | None) -> str | None:
    """Why a score cannot be one of this scale; None when it can. Items under names of one's own are taken as they come."""
    scale = SCALES[name]
    if not scale.lowest <= score <= scale.highest or score != int(score):
        return f"{name} is a whole number from {scale.lowest} to {scale.highest}"
    known = {item: value for item, value in (items or {}).items() if item in scale.items}
    for item, value in known.items():
        if value > scale.items[item]:
            return f"{item} of {name} is {scale.items[item]} at most"
    if len(known) == len(scale.items) and sum(known.values()) != score:
        return f"the items of {name} add up to {sum(known.values()):g}, not to {score:g}"
    return None
