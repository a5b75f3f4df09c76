"""Which policy serves better: paired bootstrap weeks on the street network, every policy and set-up on the same weeks.

The transplanted week A is resampled by the hour into WEEKS weeks (`dispatch drill bootstrap`); each arm plays all of them with the
same luck (`dispatch drill run --seed`), and `dispatch drill compare` judges. That takes hours, so this benchmark only runs when it is
named (`--only policies`), and what has been played is kept: a run that was broken off goes on where it stood. The kept drills belong
to one version of the program; delete the folder when a policy has changed.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.bench.bound import least_s
from tests.bench.kept import Play, play_all, recon_roads, run
from tests.bench.measure import RESULTS, Findings, Limit, Table, Value, recorded_data, significant

WEEK: Final = "call_logs/transplant/sz-transplant-week-A.TRANSPLANTED.calls.csv.gz"
WEEKS: Final = 10
WEEKS_OF_PARTS: Final = 3
"""Of the arms that only tell parts, loads and posts apart."""
N_POSTS: Final = 60
BUSY_40, BUSY_55, BUSY_25 = 123, 95, 205
BUSY: Final = 0.42
"""Of 123 units with `closest-idle`; the posts are planned for it."""
KEPT: Final = RESULTS / "policies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A policy as it is set up: `baseline` is the arm it is compared with, `weeks` how many it plays.

    With `knows_demand` crews wait, or have their homes, by where the calls of week A came from; else by residents. `least` are the
    reductions promised of red calls later than 10 and than 12 minutes; `most_km` times the baseline's kilometres.
    """

    label: str
    name: str
    policy: str
    baseline: str = "base"
    units: int = BUSY_40
    has_posts: bool = False
    knows_demand: bool = True
    options: tuple[str, ...] = ()
    weeks: int = WEEKS_OF_PARTS
    least: tuple[float, float] | None = None
    most_km: float | None = None


SLOW: Final = ("--drive-factor", "1.2", "--drive-sigma", "0.4")
ARMS: Final = (
    Arm(label="base", name="closest-idle, 123", policy="closest-idle", knows_demand=False, weeks=WEEKS),
    Arm(label="homes", name="closest-idle, 按需求分驻 homes by demand", policy="closest-idle", weeks=WEEKS),
    Arm(label="full", name="full, 53 站 stations", policy="full", weeks=WEEKS, least=(0.38, 0.40), most_km=2.4),
    Arm(
        label="posts",
        name="full, + 60 候命点 posts",
        policy="full",
        has_posts=True,
        weeks=WEEKS,
        least=(0.52, 0.55),
        most_km=2.4,
    ),
    Arm(
        label="frugal",
        name="full, + 60 候命点 posts, 少跑 frugal",
        policy="full",
        has_posts=True,
        options=("--relocation", "frugal"),
        weeks=WEEKS,
        least=(0.52, 0.55),
        most_km=1.45,
    ),
    Arm(label="residents", name="full, 只知居民 knows residents only", policy="full", knows_demand=False),
    Arm(label="static", name="closest-idle, 驻候命点 homes at posts", policy="closest-idle", has_posts=True),
    Arm(label="station", name="station-only", policy="station-only", knows_demand=False),
    Arm(label="joint", name="joint", policy="joint", knows_demand=False),
    Arm(label="divert", name="joint+divert", policy="joint+divert", knows_demand=False),
    Arm(label="coverage", name="joint+coverage", policy="joint+coverage"),
    Arm(label="base95", name="closest-idle, 95", policy="closest-idle", units=BUSY_55, knows_demand=False),
    Arm(label="full95", name="full, 95", policy="full", units=BUSY_55, baseline="base95", least=(0.40, 0.48)),
    Arm(
        label="posts95",
        name="full, 95, + 60 候命点 posts",
        policy="full",
        units=BUSY_55,
        has_posts=True,
        baseline="base95",
        least=(0.40, 0.48),
    ),
    Arm(label="base205", name="closest-idle, 205", policy="closest-idle", units=BUSY_25, knows_demand=False),
    Arm(label="full205", name="full, 205", policy="full", units=BUSY_25, baseline="base205", least=(0.18, 0.18)),
    Arm(
        label="posts205",
        name="full, 205, + 60 候命点 posts",
        policy="full",
        units=BUSY_25,
        has_posts=True,
        baseline="base205",
        least=(0.18, 0.18),
    ),
    Arm(
        label="baseslow",
        name="closest-idle, 慢两成、噪声加倍 slower, noisier",
        policy="closest-idle",
        knows_demand=False,
        options=SLOW,
    ),
    Arm(
        label="fullslow",
        name="full, 慢两成、噪声加倍 slower, noisier",
        policy="full",
        options=SLOW,
        baseline="baseslow",
    ),
)

BASELINES: Final = frozenset(arm.baseline for arm in ARMS)
"""Arms that others are held against."""

BOUNDED: Final = frozenset({"full", "posts"})
"""Arms below which stands what is left when an idle unit is at each of their posts always."""

COLUMNS: Final = {
    "name": "策略 policy",
    "weeks": "周 weeks",
    "busy": "占用率 busy",
    "late_480": "红 red > 8 min %",
    "late_600": "> 10 %",
    "change_600": "Δ % [95 %]",
    "late_720": "> 12 %",
    "change_720": "Δ % [95 %]",
    "late_900": "> 15 %",
    "mean_min": "均值 mean min",
    "longest_min": "最长 longest min",
    "others_p90_min": "橙/黄/绿 P90 orange/yellow/green min",
    "km": "公里/车/日 km/unit/day",
    "reassignments": "改派/日 reassignments/day",
}


def measure(*, is_quick: bool) -> Findings:
    """All arms over their weeks; the shortened run plays two arms over one week."""
    findings = Findings(
        title="策略 · Policies",
        method=(
            "移植的一周 A 逐小时重抽样,配对、同一随机数;路网 shenzhen-recon;危重来电从来电到首车到场;Δ 为与同一负荷的 "
            "closest-idle 相比;候命点与需求按同一周的来电规划、估计。 "
            "Week A resampled by the hour, paired, common random numbers; streets of "
            "shenzhen-recon; red calls, call received to first unit on scene; Δ against closest-idle under the same load; posts "
            "planned, and demand estimated, on the calls of the same week. Crews are simulated, calls transplanted. "
            "地理界:每个站点始终有一辆空闲车。 Bound: an idle unit always at every post."
        ),
    )
    data = recorded_data()
    if data is None or not (data / WEEK).is_file():
        findings.missing.append(f"没有通话日志 no call log: {WEEK}")
        return findings
    arms = [arm for arm in ARMS if arm.label in {"base", "full"}] if is_quick else ARMS
    roads, posts = recon_roads(data), None
    if any(arm.has_posts for arm in arms):
        posts = _posts(data, roads)
    played = [(arm, week) for arm in arms for week in range(1, (1 if is_quick else arm.weeks) + 1)]
    logs = {week: _log(data, week) for week in sorted({week for _, week in played})}
    demand = _demand(data)
    plays = [_play(arm, week, logs[week], posts, demand) for arm, week in played]
    play_all(plays, roads)
    rows, limits = [], list[Limit]()
    for arm in arms:
        weeks = 1 if is_quick else arm.weeks
        compared = _compared(arm, weeks)
        rows.append(_row(arm, compared))
        if arm.label in BOUNDED:
            rows.append(_bound(arm, [logs[week] for week in range(1, weeks + 1)], roads, posts))
        limits += [] if is_quick else _limits(arm, compared)
    findings.tables.append(Table(title="配对周 · Paired weeks", columns=COLUMNS, rows=rows))
    findings.limits += limits
    return findings


# --- what is played ------------------------------------------------------------------------------------------------------


def _posts(data: Path, roads: Path) -> Path:
    out = KEPT / "planned"
    if not (out / "posts.csv").is_file():
        run(
            "maps-data",
            "posts",
            "plan",
            "--calls",
            str(data / WEEK),
            "--n",
            str(N_POSTS),
            "--units",
            str(BUSY_40),
            "--busy",
            str(BUSY),
            "--roads",
            str(roads),
            "--out",
            str(out),
        )
    return out / "posts.csv"


def _demand(data: Path) -> Path:
    out = KEPT / "demand.csv"
    if not out.is_file():
        run("maps-data", "posts", "demand", "--calls", str(data / WEEK), "--out", str(out))
    return out


def _log(data: Path, week: int) -> Path:
    out = KEPT / f"week-{week}.calls.csv.gz"
    if not out.is_file():
        run("dispatch", "drill", "bootstrap", str(data / WEEK), "--out", str(out), "--seed", str(week))
    return out


def _play(arm: Arm, week: int, log: Path, posts: Path | None, demand: Path) -> Play:
    options = ["--policy", arm.policy, "--fleet-size", str(arm.units), "--seed", str(week), *arm.options]
    options += ["--posts", str(posts)] if arm.has_posts else []
    options += ["--demand", str(demand)] if arm.knows_demand else []
    return Play(log=log, options=options, out=_folder(arm, week))


def _folder(arm: Arm, week: int) -> Path:
    return KEPT / arm.label / str(week)


# --- what came of it -----------------------------------------------------------------------------------------------------


def _compared(arm: Arm, weeks: int) -> dict[str, Any]:
    """The content of `compare.json` of an arm and its baseline, over the weeks that the arm played; of a baseline and the first arm
    that is held against it."""
    other = (
        arm
        if arm.label not in BASELINES
        else next(each for each in ARMS if each is not arm and each.baseline == arm.label)
    )
    out = KEPT / "compared" / arm.label
    folders = [
        f"{label}={KEPT / label / str(week)}" for label in (other.baseline, other.label) for week in range(1, weeks + 1)
    ]
    run("dispatch", "drill", "compare", *folders, "--baseline", other.baseline, "--out", str(out))
    found: dict[str, Any] = json.loads((out / "compare.json").read_text(encoding="utf-8"))
    return found


def _row(arm: Arm, compared: dict[str, Any]) -> dict[str, Value]:
    measures = compared["arms"][arm.label]["measures"]
    changes = compared["comparisons"].get(arm.label)

    def mean(name: str, scale: float) -> float:
        return significant(measures[name]["mean"] * scale)

    return {
        "name": arm.name,
        "weeks": compared["n_pairs"],
        "busy": mean("busy_fraction", 1.0),
        **{f"late_{limit_s}": mean(f"red.late_{limit_s}", 100.0) for limit_s in (480, 600, 720, 900)},
        "change_600": None if changes is None else _in_words(changes["red.late_600"]["relative"]),
        "change_720": None if changes is None else _in_words(changes["red.late_720"]["relative"]),
        "mean_min": mean("red.mean_s", 1 / 60),
        "longest_min": significant(measures["red.longest_s"]["greatest"] / 60),
        "others_p90_min": " / ".join(f"{mean(f'{p}.p90_s', 1 / 60):g}" for p in ("orange", "yellow", "green")),
        "km": mean("km_per_unit_day", 1.0),
        "reassignments": mean("reassignments_per_day", 1.0),
    }


def _bound(arm: Arm, logs: Sequence[Path], roads: Path, posts: Path | None) -> dict[str, Value]:
    """How far this arm's posts reach, over the same weeks."""
    where = posts if arm.has_posts else None
    least = np.concatenate([least_s(log, seed=week, roads=roads, posts=where) for week, log in enumerate(logs, 1)])
    return {
        "name": f"地理界 bound: {arm.name}",
        "weeks": len(logs),
        **{f"late_{limit_s}": significant(float((least > limit_s).mean() * 100)) for limit_s in (480, 600, 720, 900)},
        "mean_min": significant(float(least.mean() / 60)),
        "longest_min": significant(float(least.max() / 60)),
    }


def _in_words(estimate: dict[str, float | None]) -> str:
    numbers = [estimate[name] for name in ("value", "low", "high")]
    value, low, high = ("–" if number is None else f"{number * 100:+.1f}" for number in numbers)
    return f"{value} [{low}, {high}]"


def _limits(arm: Arm, compared: dict[str, Any]) -> Iterator[Limit]:
    """The promises are kept when the nearer end of the 95 % interval keeps them."""
    if arm.label not in compared["comparisons"]:
        return
    changes, measures = compared["comparisons"][arm.label], compared["arms"][arm.label]["measures"]
    base = compared["arms"][arm.baseline]["measures"]
    for limit_s, least in zip((600, 720), arm.least or (), strict=False):
        high = changes[f"red.late_{limit_s}"]["relative"]["high"]
        yield _at_most(f"{arm.name}: 红 red > {limit_s // 60} min, Δ", high, -least)
    if arm.most_km is not None:
        km = measures["km_per_unit_day"]["mean"] / base["km_per_unit_day"]["mean"]
        yield _at_most(f"{arm.name}: 公里 km ÷ closest-idle", km, arm.most_km)
        yield _at_most(f"{arm.name}: 改派/日 reassignments/day", measures["reassignments_per_day"]["mean"], 60.0)
        for priority in ("orange", "yellow", "green"):
            change = changes[f"{priority}.p90_s"]["relative"]["value"]
            yield _at_most(f"{arm.name}: {priority} P90 Δ", change, 0.0)
        longest = measures["red.longest_s"]["greatest"] / base["red.longest_s"]["greatest"]
        yield _at_most(f"{arm.name}: 最长等待 longest wait ÷ closest-idle", longest, 1.5)


def _at_most(promise: str, measured: float | None, bound: float) -> Limit:
    shown = None if measured is None else significant(measured)
    return Limit(
        promise=promise, measured=shown, bound=f"≤ {bound:g}", holds=measured is not None and measured <= bound
    )
