"""Where a stroke is taken: the nearest hospital of the stroke map, unless a large-vessel occlusion (LVO) is suspected by a scale.

Then a hospital that is known to do thrombectomy may be better, and is preferred when all of this holds:

- onset or last known well is known, and within 24 h (DAWN, doi:10.1056/NEJMoa1706442; DEFUSE 3, doi:10.1056/NEJMoa1713973);
- the whole drive to it is below 30 min (AHA: bypass to thrombectomy);
- in six of ten sampled worlds the curves expect more of it than of lysis in the nearest hospital and transfer; or no lysis is possible
  there any more (needle later than 4.5 h), so that nothing is lost by passing it.

Between equals the nearest goes (RACECAT found none better: doi:10.1001/jama.2022.4404). A probability without a positive scale,
however high, passes no hospital by. Onset counts where it is known, else last known well, and it is said which.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from dispatch.domain.choice import ModelledOutcome, Reason, Way, WayOption
from dispatch.domain.facts import Weighing
from dispatch.domain.vocabulary import Capability
from dispatch.pipeline.pathways import journey as stages
from dispatch.pipeline.pathways.houses import known_by
from dispatch.pipeline.pathways.journey import Column, Journey, in_hospital, minus, minutes, plus, total_s
from dispatch.pipeline.pathways.profile import moment_of, severity_of
from routing.geo import BoolArray, FloatArray
from routing.optimise import destination
from routing.optimise.destination import Stage, StrokeWay

BYPASS_WITHIN_S = 1800
LYSIS_WITHIN_S = 16200
REPERFUSION_WITHIN_S = 86400
P_LVO_UNSCORED = 0.21
P_LVO_POSITIVE = 0.42
P_LVO_NEGATIVE = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class _Option:
    way: Way
    row: int
    then_row: int | None
    stroke_way: StrokeWay


def weigh(journey: Journey, now: datetime, *, is_explained: bool) -> tuple[Weighing | None, FloatArray | None]:
    """What is modelled, where that is to be explained and any hospital suits, and what passing nearer hospitals by is worth,
    float64[h] (None: nothing)."""
    if not journey.may_take.any():
        return None, None
    case = _Case(journey, now)
    rule, direct = case.decided()
    penalty_s = (
        None if direct is None else np.where(case.may_bypass_to, case.angiography_wait_s, float(BYPASS_WITHIN_S))
    )
    if not is_explained:
        return None, penalty_s
    goal = case.nearest if direct is None else direct
    weighing = Weighing(outcome=case.outcome(rule), reasons={goal: tuple(case.reasons(rule, goal))})
    return weighing, penalty_s


class _Case:
    """One stroke: the nearest hospital, those with thrombectomy, and what is known of time and vessel."""

    def __init__(self, journey: Journey, now: datetime) -> None:
        self.journey, self.said = journey, severity_of(journey.need)
        self.moment = moment_of(journey.need)
        self.age_s = None if self.moment is None else max(0.0, (now - self.moment.at).total_seconds())
        may_take, price_s = journey.may_take, journey.price_s
        self.nearest = _cheapest(may_take, price_s)
        self.has_thrombectomy: BoolArray = journey.angiography.is_known & may_take
        self.angiography_wait_s = journey.angiography.wait_s
        self.may_bypass_to: BoolArray = self.has_thrombectomy & (journey.drive_s < BYPASS_WITHIN_S)
        self.best_within = (
            _cheapest(self.may_bypass_to, price_s + self.angiography_wait_s) if self.may_bypass_to.any() else None
        )

    def decided(self) -> tuple[str, int | None]:
        """The rule, and the hospital that is preferred to the nearest; None: the nearest."""
        if self.said is None:
            return "lvo_not_scored", None
        if not self.said.is_lvo_suspected:
            return "lvo_not_suspected", None
        if self.age_s is None:
            return "time_unknown", None
        if self.age_s > REPERFUSION_WITHIN_S:
            return "beyond_reperfusion", None
        if self.has_thrombectomy[self.nearest] and self.best_within in {self.nearest, None}:
            return "nearest_is_capable", None
        if self.best_within is None:
            return "lvo_too_far", None
        if self._needle_s(self.nearest) > LYSIS_WITHIN_S:
            return "lvo_past_lysis", self.best_within
        near, direct = self._first(), self._direct(self.best_within)
        found = destination.weigh_strokes([near.stroke_way, direct.stroke_way], self.p_lvo)
        is_sure = found.n_best[1] >= stages.SURE_SHARE * found.n_worlds
        return ("lvo_direct", self.best_within) if is_sure else ("lvo_equivalent", None)

    @property
    def p_lvo(self) -> float:
        """RACE has a published curve; of other scales only which side of its limit the score is on counts, at RACE's own predictive
        values (Pérez de la Ossa 2014: .42 and 1 − .94; 76 of 357 had an LVO)."""
        if self.said is None:
            return P_LVO_UNSCORED
        if self.said.scale.name == "race":
            return destination.p_lvo_by_race(self.said.score)
        return P_LVO_POSITIVE if self.said.is_lvo_suspected else P_LVO_NEGATIVE

    # --- ways -----------------------------------------------------------------------------------------------------------

    def outcome(self, rule: str) -> ModelledOutcome:
        """The ways side by side; none where no time is known."""
        if self.moment is None:
            return ModelledOutcome(measure="no_disability", rule=rule, since=None, options=(), n_worlds=0)
        ways = [self._first()]
        if self.best_within not in {None, self.nearest}:
            ways.append(self._direct(self.best_within))
        met = self._rendezvous()
        ways = [*ways, *([met] if met else [])][: stages.MAX_OPTIONS]
        found = destination.weigh_strokes([each.stroke_way for each in ways], self.p_lvo)
        return ModelledOutcome(
            measure="no_disability",
            rule=rule,
            since=self.moment.kind,
            options=tuple(self._shown(each, p, n) for each, p, n in zip(ways, found.stated, found.n_best, strict=True)),
            n_worlds=found.n_worlds,
        )

    def _shown(self, option: _Option, p: float, n_best: int) -> WayOption:
        ids, way = self.journey.hospitals.hospital_ids, option.stroke_way
        needle_s = None if way.to_needle is None else total_s(way.to_needle)
        return WayOption(
            way=option.way,
            hospital_id=ids[option.row],
            then_hospital_id=None if option.then_row is None else ids[option.then_row],
            unit_id=self.journey.msu[0] if self.journey.msu and option.way is Way.RENDEZVOUS else None,
            needle_s=None if needle_s is None or needle_s > LYSIS_WITHIN_S else round(needle_s),
            reperfusion_s=None if way.to_groin is None else round(total_s(way.to_groin)),
            p_outcome=round(p, 4),
            n_best=n_best,
        )

    def _first(self) -> _Option:
        """The nearest hospital, and where it has to transfer to."""
        row = self.nearest
        if self.has_thrombectomy[row]:
            return self._direct(row)
        then = self._transfer_from(row)
        arrival = [*self._until_left(), self.journey.drive(row)]
        groin = None
        if then is not None:
            groin = [*arrival, *self.journey.transfer(row, then), *self._to_groin(then, stages.KNOWN_DOOR_S)]
        way = StrokeWay(to_needle=[*arrival, in_hospital(stages.DOOR_TO_NEEDLE_S, Column.NEEDLE)], to_groin=groin)
        return _Option(way=Way.TRANSFER if groin else Way.DIRECT, row=row, then_row=then, stroke_way=way)

    def _direct(self, row: int) -> _Option:
        arrival = [*self._until_left(), self.journey.drive(row, is_other=row != self.nearest)]
        way = StrokeWay(
            to_needle=[*arrival, in_hospital(stages.DOOR_TO_NEEDLE_S, Column.NEEDLE)],
            to_groin=[*arrival, *self._to_groin(row, stages.DOOR_TO_GROIN_S)],
        )
        return _Option(way=Way.DIRECT, row=row, then_row=None, stroke_way=way)

    def _rendezvous(self) -> _Option | None:
        """A mobile stroke unit at the scene, or half-way between the crew and where it comes from; not when the hospital is nearer."""
        journey = self.journey
        if journey.msu is None or self.age_s is None:
            return None
        there_s, leaves_s = journey.msu[1], max(0.0, journey.leaves_s)
        meets_s = max(journey.met_s, there_s, 0.0) if there_s <= leaves_s else (there_s + leaves_s) / 2
        if meets_s >= leaves_s + journey.drive_s[self.nearest]:
            return None
        is_suspected = self.said is not None and self.said.is_lvo_suspected
        row = self.best_within if is_suspected and self.best_within is not None else self.nearest
        lysed = [self._since(), Stage(meets_s + stages.MSU_TO_NEEDLE_S, stages.HOSPITAL_SIGMA, Column.SCENE)]
        groin = None
        if self.has_thrombectomy[row]:
            groin = [
                *lysed,
                journey.drive(row, is_other=row != self.nearest),
                *self._to_groin(row, stages.KNOWN_DOOR_S),
            ]
        return _Option(
            way=Way.RENDEZVOUS, row=row, then_row=None, stroke_way=StrokeWay(to_needle=lysed, to_groin=groin)
        )

    def _to_groin(self, row: int, door_s: float) -> list[Stage]:
        wait_s = float(self.angiography_wait_s[row])
        return [in_hospital(door_s + wait_s, Column.TREATMENT)]

    def _since(self) -> Stage:
        assert self.age_s is not None
        assert self.moment is not None
        return Stage(self.age_s, 0.0 if self.moment.is_exact else stages.ESTIMATED_SIGMA, Column.ONSET)

    def _until_left(self) -> list[Stage]:
        return [self._since(), *self.journey.until_left()]

    def _needle_s(self, row: int) -> float:
        return total_s([*self._until_left(), self.journey.drive(row)]) + stages.DOOR_TO_NEEDLE_S

    def _transfer_from(self, row: int) -> int | None:
        """Where the patient would be in the angiography room first."""
        is_other = self.has_thrombectomy & np.isfinite(self.journey.transfer_s[row])
        is_other[row] = False
        return _cheapest(is_other, self.journey.transfer_s[row] + self.angiography_wait_s) if is_other.any() else None

    # --- reasons ---------------------------------------------------------------------------------------------------------

    def reasons(self, rule: str, row: int) -> list[Reason]:
        """As a neurologist would give them: vessel, time, way."""
        said = [*self._of_vessel(), *self._of_time(row), *self._of_way(rule, row)]
        if self.has_thrombectomy[row]:
            grade = known_by(self.journey.hospitals.hospitals[row], Capability.THROMBECTOMY)
            said.append(plus("does_thrombectomy", grade=grade))
        return said

    def _of_vessel(self) -> list[Reason]:
        if self.said is None:
            return [minus("lvo_not_scored")]
        code = "lvo_suspected" if self.said.is_lvo_suspected else "lvo_not_suspected"
        return [plus(code, scale=self.said.scale.name, score=int(self.said.score), highest=self.said.scale.highest)]

    def _of_time(self, row: int) -> list[Reason]:
        if self.age_s is None or self.moment is None:
            return [minus("stroke_time_unknown")]
        needle_s = self._needle_s(row)
        params: dict[str, str | float] = {
            "since": self.moment.kind,
            "certainty": "exact" if self.moment.is_exact else "estimated",
            "age_min": minutes(self.age_s),
            "needle_min": minutes(needle_s),
        }
        return [plus("lysis_in_time", **params) if needle_s <= LYSIS_WITHIN_S else minus("lysis_too_late", **params)]

    def _of_way(self, rule: str, row: int) -> list[Reason]:
        drive_min = minutes(float(self.journey.drive_s[row]))
        extra_min = drive_min - minutes(float(self.journey.drive_s[self.nearest]))
        if rule in {"lvo_direct", "lvo_past_lysis"}:
            return [plus(rule, drive_min=drive_min, extra_min=extra_min)]
        if rule == "nearest_is_capable":
            return [plus(rule)]
        if rule in {"lvo_too_far", "lvo_equivalent", "beyond_reperfusion"}:
            return [minus(rule)]
        return []


def _cheapest(eligible: BoolArray, price_s: FloatArray) -> int:
    """The cheapest eligible row; ties to the first."""
    return int(np.argmin(np.where(eligible, price_s, np.inf)))
