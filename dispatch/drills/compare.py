"""Which policy serves better: finished drills, compared pair by pair.

Drills over the same call log with the same seed form a pair: every call has the same luck in both. An *arm* is a policy as it was set
up (with its fleet, its posts, its roads), and bears a label. Each arm must have played the same pairs, or nothing is compared.

Measures are computed anew from the journals, by the priority at which an incident was opened, over incidents that need an ambulance:

- `late_480 …`: share whose first unit came later than that after the call, or never;
- `mean_s`, `p90_s`: call received → first unit on scene, of those that were reached;
- `longest_s`: the longest wait; for an incident that nobody reached, as far as the drill went;
- `hospital_mean_s`, `hospital_p90_s`: call received → first patient at a hospital.

What concerns the whole stands in the drills' own reports: kilometres, the share of time committed, and `reassignments_per_day`, the
crews that were sent to another incident before they arrived, or relieved by a unit that was there sooner. An assignment that is
called off and made again is none. Lower is better in every one.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.events import Recorded
from dispatch.domain.vocabulary import Priority
from dispatch.drills.compare_statistics import Estimate, Statistic, over_incidents, paired_difference, relative_change
from dispatch.projections.intervals import IncidentTimes, Intervals
from maps_data.tables import DataError
from routing.geo import FloatArray

LATE_AFTER_S: Final = (480, 600, 720, 900)
BASELINE: Final = "closest-idle"
FIXED: Final = ("policy_version", "units", "data_version", "travel_times", "set_up")
"""What the runs of one arm must have in common; between arms it may differ, and is shown."""

_NOTHING: Final = np.array(math.nan)

Pair = tuple[str, int]
"""SHA-256 of a call log, and a seed."""
Key = tuple[datetime, Priority, int]
"""An incident across runs: when it was known, at which priority, and the how-manieth of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds of one incident; None for what never happened. `waited_s` is as long as it was unreached at least."""

    to_scene_s: float | None
    waited_s: float
    to_hospital_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One finished drill: its report, what it measured of each incident, and of the whole."""

    label: str
    directory: str
    report: Mapping[str, Any]
    incidents: Mapping[Key, Times]
    totals: Mapping[str, float]

    @property
    def pair(self) -> Pair:
        return self.report["log"]["sha256"], self.report["seed"]

    @classmethod
    def of(cls, label: str, directory: str, report: Mapping[str, Any], entries: Iterable[Recorded]) -> "Run":
        """Measure a drill from its report and the entries of its journal."""
        intervals = Intervals()
        for recorded in entries:
            intervals.apply(recorded)
        needing = [i for i in intervals.incidents.values() if i.joined_into is None and i.units_required > 0]
        ended_at, seen = datetime.fromisoformat(report["ended_at"]), Counter[tuple[datetime, Priority]]()
        incidents: dict[Key, Times] = {}
        for incident in needing:
            known = incident.received_at, incident.priority
            incidents[*known, seen[known]] = _times(intervals, incident, ended_at)
            seen[known] += 1
        totals = {
            "km_per_unit_day": report["km_per_unit"],
            "busy_fraction": report["busy_fraction"],
            "unserved": report["unserved"],
            "reassignments_per_day": report["reassignments"]["per_day"],
        }
        return cls(label=label, directory=directory, report=report, incidents=incidents, totals=totals)


def _times(intervals: Intervals, incident: IncidentTimes, ended_at: datetime) -> Times:
    arrivals = (r.steps.get(AssignmentStatus.AT_HOSPITAL) for r in intervals.responses_of(incident))
    at_hospital = min((at for at in arrivals if at is not None), default=None)
    to_scene_s = incident.call_to_scene_time_s
    return Times(
        to_scene_s=to_scene_s,
        waited_s=(ended_at - incident.received_at).total_seconds() if to_scene_s is None else to_scene_s,
        to_hospital_s=None if at_hospital is None else (at_hospital - incident.received_at).total_seconds(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number of one priority: `of` picks an incident's seconds (NaN: does not count), `statistic` sums many up (NaN: nothing to
    sum up).
    """

    name: str
    of: Callable[[Times], float]
    statistic: Statistic


def _late(limit_s: float) -> Statistic:
    return lambda seconds: np.mean(seconds > limit_s, axis=-1) if seconds.size else _NOTHING


def _mean(seconds: FloatArray) -> FloatArray:
    counted = np.isfinite(seconds)
    n = counted.sum(axis=-1)
    total = np.where(counted, seconds, 0.0).sum(axis=-1)
    return np.where(n > 0, total / np.maximum(n, 1), math.nan)


def _p90(seconds: FloatArray) -> FloatArray:
    """Linear between order statistics, of what is finite: what is not, sorts to the end."""
    n = np.isfinite(seconds).sum(axis=-1, keepdims=True)
    if not n.all():
        return np.full(seconds.shape[:-1], math.nan)
    place = 0.9 * (n - 1)
    below = place.astype(np.int64)
    ordered = np.sort(seconds, axis=-1)
    low, high = (np.take_along_axis(ordered, at, axis=-1) for at in (below, np.minimum(below + 1, n - 1)))
    found: FloatArray = (low + (place - below) * (high - low))[..., 0]
    return found


def _longest(seconds: FloatArray) -> FloatArray:
    return np.asarray(seconds.max(axis=-1)) if seconds.size else _NOTHING


def _to_scene(times: Times) -> float:
    return np.inf if times.to_scene_s is None else times.to_scene_s


def _to_hospital(times: Times) -> float:
    return np.nan if times.to_hospital_s is None else times.to_hospital_s


MEASURES: Final = (
    *(Measure(name=f"late_{limit_s}", of=_to_scene, statistic=_late(limit_s)) for limit_s in LATE_AFTER_S),
    Measure(name="mean_s", of=_to_scene, statistic=_mean),
    Measure(name="p90_s", of=_to_scene, statistic=_p90),
    Measure(name="longest_s", of=lambda times: times.waited_s, statistic=_longest),
    Measure(name="hospital_mean_s", of=_to_hospital, statistic=_mean),
    Measure(name="hospital_p90_s", of=_to_hospital, statistic=_p90),
)


def compare(runs: Sequence[Run], baseline: str | None = None) -> dict[str, Any]:
    """The content of `compare.json`. `baseline` is a label; without it `closest-idle`, or else the first run's.

    Raises `DataError` when the runs cannot be compared.
    """
    arms = _arms(runs)
    if baseline is None:
        baseline = BASELINE if BASELINE in arms else runs[0].label
    if baseline not in arms:
        known = ", ".join(arms)
        raise DataError(f"没有名为 {baseline} 的组；有：{known}", f"There is no arm {baseline}; there are: {known}")
    pairs = sorted(arms[baseline])
    values = {label: {name: _per_pair(by_pair, pairs, name) for name in _names()} for label, by_pair in arms.items()}
    others = [label for label in arms if label != baseline]
    return {
        "baseline": baseline,
        "n_pairs": len(pairs),
        "pairs": [{"log_sha256": sha256, "log": _file(arms[baseline][sha256, seed]), "seed": seed} for sha256, seed in pairs],
        "interval": "student-t-and-fieller" if len(pairs) > 1 else "bootstrap-over-incidents",
        "record_classes": _record_classes(arms[baseline].values()),
        "resampled_rows": sum(run.report["log"]["resampled_rows"] for run in arms[baseline].values()),
        "arms": {label: _described(list(by_pair.values()), values[label]) for label, by_pair in arms.items()},
        "comparisons": {
            label: {
                name: _compared(arms, values, pairs, baseline, label, name)
                for name in _names()
            }
            for label in others
        },
    }  # fmt: skip


def _names() -> list[str]:
    """Of every measure: those of a priority are named `red.late_600`."""
    named = [f"{priority}.{measure.name}" for priority in Priority for measure in MEASURES]
    return [*named, "km_per_unit_day", "busy_fraction", "unserved", "reassignments_per_day"]


def _arms(runs: Sequence[Run]) -> dict[str, dict[Pair, Run]]:
    """Runs by label and pair, in the order given."""
    arms: defaultdict[str, dict[Pair, Run]] = defaultdict(dict)
    for run in runs:
        twin = arms[run.label].setdefault(run.pair, run)
        if twin is not run:
            raise DataError(
                f"{twin.directory} 与 {run.directory} 同为 {run.label}、同一日志、同一种子；"
                "若设置不同，请以 名称=目录 区分",
                f"{twin.directory} and {run.directory} are both {run.label} with one log and seed; if they differ, "
                "tell them apart as LABEL=DIR",
            )
    if len(arms) < 2:
        raise DataError(
            "比较至少需要两组（两种策略，或以 名称=目录 区分的两种设置）",
            "A comparison needs two arms: two policies, or two set-ups told apart as LABEL=DIR",
        )
    _require_same_pairs(arms)
    for by_pair in arms.values():
        _require_same_set_up(list(by_pair.values()))
    return {label: dict(sorted(by_pair.items())) for label, by_pair in arms.items()}


def _require_same_pairs(arms: Mapping[str, Mapping[Pair, Run]]) -> None:
    known = {pair: run for by_pair in arms.values() for pair, run in by_pair.items()}
    for label, by_pair in arms.items():
        missing = next((known[pair] for pair in known if pair not in by_pair), None)
        if missing is not None:
            log, seed = _file(missing), missing.report["seed"]
            raise DataError(
                f"{label} 没有与 {missing.directory} 成对的演练（日志 {log}，种子 {seed}），请补做，或将其从比较中去掉",
                f"{label} has no drill that pairs with {missing.directory} (log {log}, seed {seed}); run it, or leave "
                f"{missing.directory} out",
            )


def _require_same_set_up(runs: Sequence[Run]) -> None:
    first, *others = runs
    for run in others:
        for field in FIXED:
            if run.report[field] != first.report[field]:
                raise DataError(
                    f"{first.directory} 与 {run.directory} 同为 {run.label}，但 {field} 不同；请以 名称=目录 区分",
                    f"{first.directory} and {run.directory} are both {run.label} but differ in {field}; tell them "
                    "apart as LABEL=DIR",
                )


def _per_pair(by_pair: Mapping[Pair, Run], pairs: Sequence[Pair], name: str) -> FloatArray:
    """The measure `name` of each pair's run: float64[n]."""
    priority, _, measured = name.rpartition(".")
    if not priority:
        return np.array([by_pair[pair].totals[name] for pair in pairs], dtype=np.float64)
    measure = next(measure for measure in MEASURES if measure.name == measured)
    return np.array([
        float(measure.statistic(_seconds(run.incidents, measure, [key for key in run.incidents if key[1] == priority])))
        for run in (by_pair[pair] for pair in pairs)
    ])  # fmt: skip


def _seconds(incidents: Mapping[Key, Times], measure: Measure, keys: Sequence[Key]) -> FloatArray:
    return np.fromiter((measure.of(incidents[key]) for key in keys), dtype=np.float64, count=len(keys))


def _compared(
    arms: Mapping[str, Mapping[Pair, Run]],
    values: Mapping[str, Mapping[str, FloatArray]],
    pairs: Sequence[Pair],
    baseline: str,
    label: str,
    name: str,
) -> dict[str, Any]:
    """One measure of one arm against the baseline."""
    a, b = values[label][name], values[baseline][name]
    priority, _, measured = name.rpartition(".")
    if len(pairs) == 1 and priority:
        measure = next(measure for measure in MEASURES if measure.name == measured)
        run_a, run_b = arms[label][pairs[0]], arms[baseline][pairs[0]]
        keys = [key for key in run_a.incidents if key[1] == priority and key in run_b.incidents]
        if keys:
            of_a, of_b = (_seconds(run.incidents, measure, keys) for run in (run_a, run_b))
            difference, relative = over_incidents(of_a, of_b, measure.statistic)
        else:
            difference = relative = Estimate(value=None)
    else:
        difference, relative = paired_difference(a, b), relative_change(a, b)
    return {
        "baseline": _known(float(b.mean())),
        "value": _known(float(a.mean())),
        "difference": asdict(difference),
        "relative": asdict(relative),
    }


def _described(runs: Sequence[Run], values: Mapping[str, FloatArray]) -> dict[str, Any]:
    """What an arm is, and each measure: its mean over the pairs, the greatest, and every pair's."""
    return {
        "policy": runs[0].report["policy"],
        **{field: runs[0].report[field] for field in FIXED},
        "incidents": [len(run.incidents) for run in runs],
        "measures": {
            name: {
                "mean": _known(float(v.mean())),
                "greatest": _known(float(v.max())),
                "by_pair": [_known(each) for each in v.tolist()],
            }
            for name, v in values.items()
        },
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _record_classes(runs: Iterable[Run]) -> dict[str, int]:
    """How real the rows of all logs are."""
    classes: Counter[str] = Counter()
    for run in runs:
        classes.update(run.report["log"]["record_classes"])
    return dict(sorted(classes.items()))


def _file(run: Run) -> str:
    return str(run.report["log"]["file"])
