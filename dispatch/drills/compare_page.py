"""A comparison of drills for people: one page for a browser with nothing to fetch, and rows for a terminal. Chinese first."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Final

from dispatch.domain.vocabulary import Priority
from dispatch.drills.report_page import rows_in_words
from dispatch.drills.report_plots import COLOURS, NAMES
from dispatch.reports.pictures import picture

Comparison = Mapping[str, Any]

SHARES: Final = frozenset({"late_480", "late_600", "late_720", "late_900", "busy_fraction"})
MEASURES: Final = {
    "late_480": ("> 8 分", "> 8 min"),
    "late_600": ("> 10 分", "> 10 min"),
    "late_720": ("> 12 分", "> 12 min"),
    "late_900": ("> 15 分", "> 15 min"),
    "mean_s": ("平均到场", "mean to scene"),
    "p90_s": ("P90 到场", "p90 to scene"),
    "longest_s": ("最长等待", "longest wait"),
    "hospital_mean_s": ("平均到院", "mean to hospital"),
    "hospital_p90_s": ("P90 到院", "p90 to hospital"),
}
TOTALS: Final = {
    "km_per_unit_day": ("每车每日公里", "km per unit and day"),
    "busy_fraction": ("占用率", "busy fraction"),
    "unserved": ("无车到达", "unserved"),
    "reassignments_per_day": ("每日改派", "reassignments a day"),
}
PRIORITIES: Final = {
    Priority.RED: "P1 濒危",
    Priority.ORANGE: "P2 危重",
    Priority.YELLOW: "P3 急症",
    Priority.GREEN: "P4 非急",
}
INTERVALS: Final = {
    "student-t-and-fieller": (
        "区间为 95 %：差值用配对 t 分布，相对变化用均值之比的 Fieller 区间；各次演练按日志与种子配对，共用随机数",
        "Intervals are 95 %: Student's t over pairs for differences, Fieller's for the ratio of means; drills are paired by "
        "log and seed and share their random numbers",
    ),
    "bootstrap-over-incidents": (
        "只有一对演练：区间为对事件的自助重抽样（95 %），把事件当作互不相关，因此偏窄，也不说明其他各周；建议至少十对",
        "One pair only: intervals resample its incidents (bootstrap, 95 %) as if they were independent. They are too narrow and say "
        "nothing of other weeks; run at least ten pairs",
    ),
}
_LIMITS_MIN: Final = {"late_480": 8, "late_600": 10, "late_720": 12, "late_900": 15}
_COLOURS: Final = ("#2f6f9f", "#b3782f", "#7b5ea7", "#3f7f6b", "#5a6a76", "#8f7a00", "#a04a6f", "#1c2730")
_CSS: Final = """
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1c2730;
  max-width: 86rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.4rem } h3 { font-size: 1rem }
.simulated { border-left: .4rem solid #b3261e; background: #fbeceb; padding: .6rem 1rem }
.scroll { overflow-x: auto } table { border-collapse: collapse }
td, th { padding: .2rem .5rem; text-align: right; border-bottom: 1px solid #d8dee3; white-space: nowrap }
td:first-child, th:first-child { text-align: left }
.en { color: #5a6a76 } .better { color: #1d6b3f } .worse { color: #b3261e }
figure { margin: 1rem 0 } svg { width: 100%; height: auto }
"""


def make_page(comparison: Comparison) -> str:
    """`compare.html`."""
    parts = [
        "<h1>演练比较 <span class=en>Drills compared</span></h1>",
        _provenance(comparison),
        _arms(comparison),
        _figure("P1 濒危迟到比例的相对变化", "Late red calls, relative change", _late_plot(comparison)),
        _figure("每一对演练：P1 濒危超过 10 分的比例", "Red later than 10 min, pair by pair", _pairs_plot(comparison)),
        *(_compared(comparison, label) for label in comparison["comparisons"]),
    ]
    body = "\n".join(parts)
    return f"<!doctype html>\n<html lang=zh-CN><meta charset=utf-8><title>演练比较</title><style>{_CSS}</style>\n{body}\n</html>\n"


def terminal_rows(comparison: Comparison, label: str) -> list[tuple[str, ...]]:
    """For one arm a row per priority: its name, then how each time measure changed, with its interval."""
    measured = comparison["comparisons"][label]
    return [
        (NAMES[priority], *(change(measured[f"{priority}.{name}"]) for name in (*_LIMITS_MIN, "mean_s", "p90_s")))
        for priority in Priority
    ]


def change(compared: Mapping[str, Any]) -> str:
    """The relative change in words short enough for a cell: `-43.1 % [-45.0, -41.2]`."""
    estimate = compared["relative"]
    if estimate["value"] is None:
        return "–"
    bounds = "" if estimate["low"] is None else f" [{estimate['low'] * 100:+.1f}, {estimate['high'] * 100:+.1f}]"
    return f"{estimate['value'] * 100:+.1f} %{bounds}"


def _provenance(comparison: Comparison) -> str:
    lines = rows_in_words(comparison["record_classes"], comparison["resampled_rows"])
    lines.append("车组、医院与行车均为模拟 <span class=en>Crews, hospitals and drives are SIMULATED</span>")
    zh, en = INTERVALS[comparison["interval"]]
    lines.append(
        f"{comparison['n_pairs']} 对演练。{zh} <span class=en>{comparison['n_pairs']} pairs. {escape(en)}</span>"
    )
    return f"<div class=simulated>{'<br>'.join(lines)}</div>"


def _arms(comparison: Comparison) -> str:
    head = (
        "<tr><th>图中 in pictures<th>组 <span class=en>arm</span><th>策略 policy<th>车组 units"
        "<th>行车时间 travel times<th>数据 data"
    )
    rows = "".join(
        f"<tr><td>{mark}<td>{escape(label)}{' <b>基线 baseline</b>' if label == comparison['baseline'] else ''}"
        f"<td>{escape(arm['policy_version'])}<td>{arm['units']}<td>{escape(_travel(arm['travel_times']))}"
        f"<td>{escape(arm['data_version'][:16])}"
        for (label, arm), mark in zip(comparison["arms"].items(), _marks(comparison).values(), strict=True)
    )
    return f"<h2>各组 <span class=en>Arms</span></h2><div class=scroll><table>{head}{rows}</table></div>"


def _marks(comparison: Comparison) -> dict[str, str]:
    """Arms as pictures name them: Latin, so that no font has to travel along."""
    return {label: f"arm {number}" for number, label in enumerate(comparison["arms"], start=1)}


def _drawn(comparison: Comparison, label: str) -> dict[str, Any]:
    """How an arm is drawn and called in every picture; the baseline is red."""
    colours = dict(zip(comparison["comparisons"], itertools.cycle(_COLOURS), strict=False))
    return {"color": colours.get(label, COLOURS[Priority.RED]), "label": _marks(comparison)[label]}


def _travel(times: Mapping[str, Any] | None) -> str:
    return "–" if times is None else f"{times['source']}, {times['grade']}, ±{times['relative_error'] * 100:.0f} %"


def _compared(comparison: Comparison, label: str) -> str:
    measured, baseline = comparison["comparisons"][label], comparison["baseline"]
    title = f"<h2>{escape(label)} <span class=en>相对 against</span> {escape(baseline)}</h2>"
    tables = [
        f"<h3>{PRIORITIES[priority]}</h3>"
        + _table(comparison, label, {f"{priority}.{name}": texts for name, texts in MEASURES.items()})
        for priority in Priority
        if measured[f"{priority}.late_600"]["value"] is not None
    ]
    whole = "<h3>总体 <span class=en>Overall</span></h3>" + _table(comparison, label, TOTALS)
    return title + "".join(tables) + whole


def _table(comparison: Comparison, label: str, names: Mapping[str, tuple[str, str]]) -> str:
    head = (
        "<tr><th><th>基线 baseline<th>本组 this arm<th>差 difference<th>95 %<th>相对变化 relative<th>95 %"
        "<th>最大（各对） greatest of any pair"
    )
    rows = "".join(_row(comparison, label, name, *texts) for name, texts in names.items())
    return f"<div class=scroll><table>{head}{rows}</table></div>"


def _row(comparison: Comparison, label: str, name: str, zh: str, en: str) -> str:
    compared = comparison["comparisons"][label][name]
    show = _shown(name)
    difference, relative = compared["difference"], compared["relative"]
    greatest = [comparison["arms"][arm]["measures"][name]["greatest"] for arm in (comparison["baseline"], label)]
    return (
        f"<tr><td>{zh} <span class=en>{en}</span><td>{show(compared['baseline'])}<td>{show(compared['value'])}"
        f"<td class={_tone(difference)}>{show(difference['value'])}<td>{_bounds(difference, show)}"
        f"<td class={_tone(relative)}>{_percent(relative['value'])}<td>{_bounds(relative, _percent)}"
        f"<td>{show(greatest[0])} → {show(greatest[1])}"
    )


def _shown(name: str) -> Callable[[float | None], str]:
    """Shares in per cent, seconds as minutes, the rest as it is."""
    measured = name.rpartition(".")[2]
    if measured in SHARES:
        return lambda share: "–" if share is None else f"{share * 100:.2f} %"
    if measured.endswith("_s"):
        return lambda seconds: "–" if seconds is None else f"{seconds / 60:.2f} min"
    return lambda value: "–" if value is None else f"{value:.2f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:+.1f} %"


def _bounds(estimate: Mapping[str, float | None], show: Callable[[float | None], str]) -> str:
    return "–" if estimate["low"] is None else f"{show(estimate['low'])} … {show(estimate['high'])}"


def _tone(estimate: Mapping[str, float | None]) -> str:
    """Better or worse only where the interval leaves no doubt of it; lower is better."""
    low, high = estimate["low"], estimate["high"]
    if low is None or high is None or low <= 0.0 <= high:
        return "open"
    return "better" if high < 0.0 else "worse"


def _figure(zh: str, en: str, svg: str) -> str:
    return f"<figure><figcaption><b>{zh}</b> <span class=en>{en}</span></figcaption>{svg}</figure>"


def _late_plot(comparison: Comparison) -> str:
    """Relative change of late red calls by threshold, a group of points with bars per arm."""

    def draw(axes: Any) -> None:
        for place, (label, measured) in enumerate(comparison["comparisons"].items()):
            shown = [(limit, measured[f"red.{name}"]["relative"]) for name, limit in _LIMITS_MIN.items()]
            shown = [(limit, estimate) for limit, estimate in shown if estimate["value"] is not None]
            x = [limit + 0.25 * (place - (len(comparison["comparisons"]) - 1) / 2) for limit, _ in shown]
            y = [estimate["value"] * 100.0 for _, estimate in shown]
            axes.errorbar(
                x, y, yerr=_error_bars([e for _, e in shown]), fmt="o", capsize=3, **_drawn(comparison, label)
            )
        axes.axhline(0.0, color="#999999", linewidth=0.8)
        axes.set(xlabel="min", ylabel="%", xticks=list(_LIMITS_MIN.values()))
        axes.legend(frameon=False)

    return picture(draw)


def _error_bars(estimates: Sequence[Mapping[str, float | None]]) -> list[list[float]]:
    """Lengths below and above each value, in per cent; 0 where there is no interval."""
    below, above = [], []
    for estimate in estimates:
        value, low, high = estimate["value"], estimate["low"], estimate["high"]
        has_bounds = value is not None and low is not None and high is not None
        below.append((value - low) * 100.0 if has_bounds else 0.0)  # type: ignore[operator]
        above.append((high - value) * 100.0 if has_bounds else 0.0)  # type: ignore[operator]
    return [below, above]


def _pairs_plot(comparison: Comparison) -> str:
    """A line per arm over the pairs, so that it shows whether the arms rise and fall together."""

    def draw(axes: Any) -> None:
        for label, arm in comparison["arms"].items():
            shares = [(share or 0.0) * 100.0 for share in arm["measures"]["red.late_600"]["by_pair"]]
            axes.plot(range(1, len(shares) + 1), shares, marker="o", markersize=3, **_drawn(comparison, label))
        axes.set(xlabel="pair", ylabel="%", ylim=(0, None), xticks=range(1, comparison["n_pairs"] + 1))
        axes.legend(frameon=False)

    return picture(draw)
