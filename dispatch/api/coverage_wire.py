"""Coverage on the wire: a row a cell, totals over residents, and what each figure rests on, in words."""

from typing import Any, Final

import numpy as np

from dispatch.api.coverage import KINDS, Arrivals
from dispatch.api.coverage_out import COLUMNS
from dispatch.api.first_aed import FirstAed
from dispatch.pipeline.policies.costs import TURNOUT_S
from routing.geo import FloatArray
from routing.optimise.coverage import share_of_residents
from routing.travel_time.port import Grade

Wire = dict[str, Any]

SHARE_DIGITS: Final = 3
SECOND_DIGITS: Final = 1

_ALWAYS: Final = (
    {
        "zh": "居民数为估计:区普查总数分摊到网格;网格内按陆地均匀分布计。",
        "en": "Residents are estimates: the census of each district spread over cells, and evenly over a cell's land.",
    },
    {
        "zh": f"时间自受理起,含出车 {TURNOUT_S:.0f} 秒(假定);只计此刻空闲、在岗、定位可用的高级与基本生命支持车组。",
        "en": f"Times count from the call and include {TURNOUT_S:.0f} s of turnout (assumed); only advanced and basic life support"
        " units count that are free, on duty and where a usable position says.",
    },
)
_ESTIMATE: Final = {
    "zh": "行程时间为估算,没有道路网络。",
    "en": "Travel times are estimates: there is no road network.",
}
_OFF_NETWORK: Final = {
    "zh": "路网未及的网格(off_network)按估算。",
    "en": "Cells that the road network does not reach (off_network) have the estimate.",
}
_AED: Final = {
    "zh": "AED 只计公众可取用者,单程步行,不论此刻是否开放。",
    "en": "AEDs count where the public may take them, one way on foot, whether or not they are open now.",
}
_SIMULATED_AEDS: Final = {"zh": "AED 为模拟数据。", "en": "The AEDs are simulated."}


def coverage_wire(arrivals: Arrivals, threshold_s: float, data_version: str) -> Wire:
    """What is reached within `threshold_s` of the call."""
    ground = arrivals.ground
    points, residents = ground.points, ground.residents
    shares = {name: points.share_within(arrivals.drive_s[name] + TURNOUT_S, threshold_s) for name in KINDS}
    drive_s = {name: arrivals.drive_s[name][points.middle] for name in KINDS}
    columns = {
        "cell": ground.cells,
        "residents": np.rint(residents).astype(np.int64).tolist(),
        **{f"{name}_share": np.round(share, SHARE_DIGITS).tolist() for name, share in shares.items()},
        **{f"{name}_s": _seconds(times_s) for name, times_s in drive_s.items()},
        "aed_walk_s": _seconds(ground.first_aed.walk_s),
    }
    return {
        "computed_at": arrivals.computed_at,
        "at": arrivals.departing_at,
        "threshold_s": threshold_s,
        "turnout_s": TURNOUT_S,
        "data_version": data_version,
        "travel_time": _travel_time(arrivals),
        "units": arrivals.n_units,
        "totals": {
            "residents": round(residents.sum()),
            **{name: _reached(share, residents) for name, share in shares.items()},
            "aed_walk": _spread(ground.first_aed.walk_s, residents),
        },
        "aeds": _aeds_wire(ground.first_aed),
        "notes": _notes(arrivals),
        "columns": COLUMNS,
        "off_network": [cell for cell, is_off in zip(ground.cells, arrivals.is_off_network, strict=True) if is_off],
        "cells": list(zip(*(columns[name] for name in COLUMNS), strict=True)),
    }


def _aeds_wire(first_aed: FirstAed) -> Wire:
    return {
        "source": first_aed.source,
        "grade": first_aed.grade,
        "network_share": round(first_aed.network_share, SHARE_DIGITS),
        "n_devices": first_aed.n_devices,
        "is_simulated": first_aed.is_simulated,
    }


def _travel_time(arrivals: Arrivals) -> Wire:
    stated, residents = arrivals.stated, arrivals.ground.residents
    off = float(residents[arrivals.is_off_network].sum() / residents.sum())
    return {
        "source": stated.source,
        "grade": stated.grade,
        "relative_error": stated.relative_error,
        "off_network_share": round(off, SHARE_DIGITS),
    }


def _notes(arrivals: Arrivals) -> list[dict[str, str]]:
    """What a reader has to know of these very figures."""
    is_estimate = arrivals.stated.grade is Grade.ESTIMATE
    conditional = (
        (_ESTIMATE, is_estimate),
        (_OFF_NETWORK, bool(arrivals.is_off_network.any())),
        (_AED, True),
        (_SIMULATED_AEDS, arrivals.ground.first_aed.is_simulated),
    )
    return [*_ALWAYS, *(note for note, is_so in conditional if is_so)]


def _reached(share: FloatArray, residents: FloatArray) -> Wire:
    of_all = share_of_residents(share, residents)
    return {"share": round(of_all, SHARE_DIGITS), "residents": round(of_all * float(residents.sum()))}


def _spread(walk_s: FloatArray, residents: FloatArray) -> Wire:
    """The times that half and nine tenths of the residents do not exceed."""
    order = np.argsort(walk_s, kind="stable")
    up_to = np.cumsum(residents[order]) / residents.sum()
    at = {name: walk_s[order[np.searchsorted(up_to, part)]] for name, part in (("median_s", 0.5), ("p90_s", 0.9))}
    return {name: _seconds(np.array([time_s]))[0] for name, time_s in at.items()}


def _seconds(times_s: FloatArray) -> list[float | None]:
    """Rounded; None where nobody arrives."""
    return [time_s if np.isfinite(time_s) else None for time_s in np.round(times_s, SECOND_DIGITS).tolist()]
