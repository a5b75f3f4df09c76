"""How fast a fleet really drives: recorded drives against the network's times for the same ways.

Model: recorded time = F * network time * noise, where the network's time is that of a car in free flow at the hour's speeds, and the
noise is lognormal about 1. Learned from n drives with ratios r_i = recorded / network:

    F = median r,    sigma = 1.4826 * median |log r_i - log F|    (median absolute deviation, made that of a normal law),
    p90 factor = 90th percentile of r / F,    interval of F = 2.5th to 97.5th percentile of the medians of RESAMPLES resamples

(Efron & Tibshirani 1993, percentile bootstrap). The median is not moved by the few drives that took a wrong turn or whose button was
pressed late. F below 1 is what lights and siren gain over an ordinary car, and whatever else the fleet is faster or slower by: the two
cannot be told apart, and need not be.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import numpy as np

from maps_data.roads.drives import Drive, Drives
from maps_data.tables import DataError
from routing.geo import FloatArray, Wgs84
from routing.travel_time.calibration import FILE, UNCALIBRATED, Calibration
from routing.travel_time.road import RoadTravelTimes

LEAST_DRIVES: Final = 100
"""Fewer leave the median uncertain by more than some 6 % at a usual sigma of 0.25 (1.25 sigma / sqrt n, twice): a choice of ours."""

LEAST_IN_GROUP: Final = 30
LEAST_NETWORK_S: Final = 60.0
"""Ways that the network drives in less: where exactly the unit stood matters more than the streets."""

RESAMPLES: Final = 2_000
SEED: Final = 1
_BLOCK: Final = 50
"""Resamples taken at once: quick for a hundred drives, and within memory for a hundred thousand."""

PARTS_OF_DAY: Final = ((0, 7), (7, 10), (10, 17), (17, 20), (20, 24))
"""Local hours: night, morning peak, day, evening peak, evening."""


class Streets(Protocol):
    """The network without calibration: what an ordinary car takes at that hour."""

    def travel_time_s(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> float:
        """Seconds of one way, inf where there is none."""
        ...


class OrdinaryCar:
    """Implements `Streets` on the network in a directory: its hours, but nobody's calibration. Raises NetworkError."""

    def __init__(self, directory: Path, zone: ZoneInfo) -> None:
        self._times = RoadTravelTimes.load(directory, calibration=UNCALIBRATED, zone=zone)
        self.version = self._times.network.version

    def travel_time_s(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> float:
        """Seconds of one way, inf where there is none."""
        ends = ([origin.lat_deg], [origin.lon_deg], destination)
        return float(self._times.to_one(*ends, departing_at=departing_at).travel_time_s[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The factor of some of the drives, with its interval (95 %) and spread."""

    name_zh: str
    name_en: str
    n: int
    factor: float
    factor_low: float
    factor_high: float
    sigma: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What recorded drives say: `total` of all, `groups` by priority and part of the day; errors are of the calibrated time."""

    total: Group
    groups: tuple[Group, ...]
    p90_factor: float
    relative_error: float
    relative_error_before: float
    left_out: Mapping[str, int]


def learn(recorded: Drives, streets: Streets, zone: ZoneInfo) -> Learned:
    """The factor of the recorded drives. DataError when too few of them can be used."""
    network_s = np.array(
        [
            streets.travel_time_s(drive.origin, drive.destination, departing_at=drive.departed_at)
            for drive in recorded.drives
        ]
    )
    left_out = Counter({str(reason): n for reason, n in recorded.left_out.items()})
    left_out["off_network"] = int(np.isinf(network_s).sum())
    left_out["too_near"] = int((network_s < LEAST_NETWORK_S).sum())
    used = np.flatnonzero(np.isfinite(network_s) & (network_s >= LEAST_NETWORK_S))
    if len(used) < LEAST_DRIVES:
        raise DataError(
            f"只有 {len(used)} 次行车可用，少于 {LEAST_DRIVES} 次，不足以标定（未采用：{_told(left_out)}）",
            f"only {len(used)} drives can be used, fewer than {LEAST_DRIVES}: too few to learn from (left out: {_told(left_out)})",
        )
    drives = [recorded.drives[row] for row in used.tolist()]
    ratio = np.array([drive.took_s for drive in drives]) / network_s[used]
    total = _group("全部", "all", ratio)
    return Learned(
        total=total,
        groups=tuple(_groups(drives, ratio, zone)),
        p90_factor=float(np.quantile(ratio, 0.9)) / total.factor,
        relative_error=float(np.abs(total.factor / ratio - 1.0).mean()),
        relative_error_before=float(np.abs(1.0 / ratio - 1.0).mean()),
        left_out={reason: n for reason, n in left_out.items() if n},
    )


def keep(
    learned: Learned, directory: Path, *, fleet: str, network: str, logs: Sequence[Path], drives: Drives
) -> Calibration:
    """Write what was learned into the network's directory, in place of an older calibration, and return what will hold."""
    stamps = [f"{log.name} sha256:{hashlib.sha256(log.read_bytes()).hexdigest()[:12]}" for log in logs]
    calibration = Calibration(
        fleet=fleet,
        factor=round(learned.total.factor, 4),
        relative_error=round(learned.relative_error, 4),
        p90_factor=round(learned.p90_factor, 4),
        n_drives=learned.total.n,
        source=f"{', '.join(stamps)}; {network}; {drives.purpose}",
    )
    told: dict[str, Any] = {
        **asdict(calibration),
        "network": network,
        "purpose": drives.purpose,
        "total": asdict(learned.total),
        "groups": [asdict(group) for group in learned.groups],
        "relative_error_before": learned.relative_error_before,
        "left_out": dict(learned.left_out),
    }
    fresh = directory / f".{FILE}"
    fresh.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    fresh.replace(directory / FILE)
    return calibration


def _groups(drives: Sequence[Drive], ratio: FloatArray, zone: ZoneInfo) -> list[Group]:
    hours = np.array([drive.departed_at.astimezone(zone).hour for drive in drives])
    priorities = np.array([drive.priority or "" for drive in drives])
    parts = [(f"{low}–{high} 时", f"{low} to {high} h", (hours >= low) & (hours < high)) for low, high in PARTS_OF_DAY]
    kinds = [(name, name, priorities == name) for name in sorted(set(priorities.tolist()) - {""})]
    return [_group(zh, en, ratio[mask]) for zh, en, mask in (*kinds, *parts) if mask.sum() >= LEAST_IN_GROUP]


def _group(zh: str, en: str, ratio: FloatArray) -> Group:
    factor = float(np.median(ratio))
    chance = np.random.default_rng(SEED)
    blocks = (np.median(chance.choice(ratio, (_BLOCK, len(ratio))), axis=1) for _ in range(RESAMPLES // _BLOCK))
    low, high = np.quantile(np.concatenate(list(blocks)), [0.025, 0.975])
    return Group(
        name_zh=zh,
        name_en=en,
        n=len(ratio),
        factor=factor,
        factor_low=float(low),
        factor_high=float(high),
        sigma=float(1.4826 * np.median(np.abs(np.log(ratio / factor)))),
    )


def _told(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {n:,}" for reason, n in left_out.items() if n) or "–"
