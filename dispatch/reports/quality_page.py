"""The quality report as JSON, as CSV, and as a page for a browser.

The page fetches nothing, is Chinese first, and says what is simulated before any number.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from dispatch.projections.care_targets import Edition
from dispatch.projections.quality import Kept, Place, QualityReport, Scope, Tally
from dispatch.reports.pictures import picture

CSV_COLUMNS: Final = (
    *("month", "scope", "id", "name_zh", "name_en", "interval", "n_patients", "n_measured", "n_not_done"),
    *("n_without_end", "n_without_start", "n_contradictory", "n_disputed", "median_s", "p90_s"),
    *(
        "target_s",
        "target_share",
        "target_is_transferred",
        "target_n",
        "target_n_met",
        "share_met",
        "is_reached",
        "edition",
    ),
)
PLOTTED: Final = ("door_to_needle", "door_to_groin", "door_to_balloon", "fmc_to_device")
"""The intervals that are drawn, where anybody was measured."""

_CSS: Final = """
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1c2730;
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
.simulated { border-left: .4rem solid #b3261e; background: #fbeceb; padding: .6rem 1rem }
table { border-collapse: collapse; font-size: .9rem }
td, th { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #d8dee3 }
td:first-child, th:first-child { text-align: left } td { white-space: nowrap }
.en { color: #5a6a76 } .missed { color: #b3261e } figure { margin: 1rem 0 } svg { width: 100%; height: auto }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How the month, districts and hospitals are called; what is not listed is shown by its id."""

    month: str
    city: tuple[str, str]
    districts: dict[str, tuple[str, str]]
    hospitals: dict[str, tuple[str, str]]

    def of(self, place: Place) -> tuple[str, str]:
        """Chinese and English."""
        scope, subject = place
        if scope is Scope.CITY:
            return self.city
        if subject is None:
            return "区外或未知", "outside all districts, or unknown"
        known = self.districts if scope is Scope.DISTRICT else self.hospitals
        return known.get(subject, (subject, subject))


def as_json(report: QualityReport, names: Names) -> dict[str, Any]:
    """The whole report as plain values."""
    editions = {kept.target.edition for _, tally in report.rows() for kept in tally.kept()}
    return {
        "month": names.month,
        "from_at": report.from_at.isoformat(),
        "to_at": report.to_at.isoformat(),
        "n_patients": report.n_patients,
        "n_simulated": report.n_simulated,
        "n_corrections": report.n_corrections,
        "rows": [_row(place, tally, names) for place, tally in report.rows()],
        "editions": [_edition(edition) for edition in sorted(editions, key=lambda edition: edition.code)],
    }


def _row(place: Place, tally: Tally, names: Names) -> dict[str, Any]:
    name_zh, name_en = names.of(place)
    return {
        "scope": place[0],
        "id": place[1],
        "name_zh": name_zh,
        "name_en": name_en,
        "interval": tally.interval.code,
        "text_zh": tally.interval.text_zh,
        "text_en": tally.interval.text_en,
        "n_patients": tally.n_patients,
        "n_measured": tally.n_measured,
        "n_not_done": tally.n_not_done,
        "n_without_end": tally.n_without_end,
        "n_without_start": tally.n_without_start,
        "n_contradictory": tally.n_contradictory,
        "n_disputed": tally.n_disputed,
        "median_s": tally.quantile_s(0.5),
        "p90_s": tally.quantile_s(0.9),
        "targets": [_kept(kept) for kept in tally.kept()],
    }


def _kept(kept: Kept) -> dict[str, Any]:
    return {
        "within_s": kept.target.within_s,
        "share": kept.target.share,
        "is_transferred": kept.target.is_transferred,
        "edition": kept.target.edition.code,
        "n_measured": kept.n_measured,
        "n_met": kept.n_met,
        "share_met": kept.share_met,
        "is_reached": kept.is_reached,
    }


def _edition(edition: Edition) -> dict[str, Any]:
    return {
        "code": edition.code,
        "text_zh": edition.text_zh,
        "text_en": edition.text_en,
        "reference": edition.reference,
        "is_read": edition.is_read,
    }


def as_csv(report: QualityReport, names: Names) -> str:
    """A line for each place, interval and target; absence is an empty cell. A byte-order mark makes spreadsheets read Chinese."""
    stream = io.StringIO()
    stream.write("\ufeff")
    lines = csv.DictWriter(stream, CSV_COLUMNS, extrasaction="ignore")
    lines.writeheader()
    for place, tally in report.rows():
        row = {"month": names.month, **_row(place, tally, names)}
        for kept in row["targets"] or [None]:
            lines.writerow(row | (_target_cells(kept) if kept else {}))
    return stream.getvalue()


def _target_cells(kept: dict[str, Any]) -> dict[str, Any]:
    return {
        "target_s": kept["within_s"],
        "target_share": kept["share"],
        "target_is_transferred": kept["is_transferred"],
        "target_n": kept["n_measured"],
        "target_n_met": kept["n_met"],
        "share_met": kept["share_met"],
        "is_reached": kept["is_reached"],
        "edition": kept["edition"],
    }


def as_page(report: QualityReport, names: Names) -> str:
    """The report for people: a table for each interval, plots of the most important ones, and where the targets are from."""
    city_zh, city_en = names.city
    parts = [
        f"<h1>救治时间质量月报 {names.month} · {escape(city_zh)} <span class=en>Quality of care times, {escape(city_en)}</span></h1>",
        *_simulated(report),
        f"<p>患者 {report.n_patients} 名,时间更正 {report.n_corrections} 次。达标比例只计算已测得者,其余列出原因,不作估计。"
        f" <span class=en>{report.n_patients} patients, {report.n_corrections} corrections. Shares are of those measured; the "
        "others are listed by why, and not estimated.</span></p>",
        *_sections(report, names),
        "<h2>目标的依据 <span class=en>Where the targets are from</span></h2>",
        *(
            f"<p>{escape(e['text_zh'])} <span class=en>{escape(e['text_en'])} · {escape(e['reference'])}"
            f"{'' if e['is_read'] else ' · from a summary'}</span></p>"
            for e in as_json(report, names)["editions"]
        ),
    ]
    head = f"<meta charset=utf-8><title>质量月报 {names.month}</title><style>{_CSS}</style>"
    return "\n".join(["<!doctype html>", f"<html lang=zh-CN>{head}", *parts, "</html>", ""])


def _simulated(report: QualityReport) -> Iterator[str]:
    if report.n_simulated:
        yield (
            f"<div class=simulated>{report.n_patients} 名患者中 {report.n_simulated} 名为模拟。"
            f" <span class=en>{report.n_simulated} of {report.n_patients} patients are SIMULATED.</span></div>"
        )


def _sections(report: QualityReport, names: Names) -> Iterator[str]:
    by_interval: dict[str, list[tuple[Place, Tally]]] = {}
    for place, tally in report.rows():
        by_interval.setdefault(tally.interval.code, []).append((place, tally))
    for code, rows in by_interval.items():
        interval = rows[0][1].interval
        yield f"<h2>{interval.text_zh} <span class=en>{interval.text_en}</span></h2>"
        if code in PLOTTED and rows[0][1].lengths_s:
            yield _figure(rows, names)
        yield _table(rows, names)


def _table(rows: list[tuple[Place, Tally]], names: Names) -> str:
    head = (
        "<tr><th>范围<th>患者<br>patients<th>测得<br>measured<th>未做<br>not done<th>无终点<br>no end<th>无起点<br>no start"
        "<th>矛盾<br>contradictory<th>有争议<br>disputed<th>中位(分)<br>median, min<th>P90(分)<br>P90, min<th>达标<br>targets kept"
    )
    lines = []
    for place, tally in rows:
        zh, en = names.of(place)
        counts = (tally.n_patients, tally.n_measured, tally.n_not_done, tally.n_without_end, tally.n_without_start)
        cells = (
            *counts,
            tally.n_contradictory,
            tally.n_disputed,
            _minutes(tally.quantile_s(0.5)),
            _minutes(tally.quantile_s(0.9)),
        )
        kept = "<br>".join(_in_words(one) for one in tally.kept()) or "–"
        lines.append(
            f"<tr><td>{escape(zh)} <span class=en>{escape(en)}</span>"
            + "".join(f"<td>{cell}" for cell in cells)
            + f"<td>{kept}"
        )
    return f"<table>{head}{''.join(lines)}</table>"


def _in_words(kept: Kept) -> str:
    """`≤ 60 min: 3/4 = 75 % (≥ 75 %)`, in red where the asked share was not reached."""
    aim = f"≤ {kept.target.within_s / 60:.0f} min"
    if kept.target.is_transferred is not None:
        aim += " 转诊 transferred" if kept.target.is_transferred else " 直达 direct"
    share = "–" if kept.share_met is None else f"{kept.n_met}/{kept.n_measured} = {kept.share_met * 100:.0f} %"
    asked = "" if kept.target.share is None else f" (≥ {kept.target.share * 100:.0f} %)"
    text = f"{aim}: {share}{asked}"
    return f"<span class=missed>{text}</span>" if kept.is_reached is False else text


def _minutes(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds / 60:.1f}"


def _figure(rows: list[tuple[Place, Tally]], names: Names) -> str:
    """Each place's patients as points, its median as a bar, targets as lines; places by their id, which the table names."""
    drawn = [(place, tally) for place, tally in rows if tally.lengths_s]

    def draw(axes: Any) -> None:
        for row, (_, tally) in enumerate(drawn):
            lengths_min = [length_s / 60 for length_s in tally.lengths_s]
            axes.plot(lengths_min, [row] * len(lengths_min), "o", color="#5b7f95", alpha=0.6, markersize=4)
            middle_min = (tally.quantile_s(0.5) or 0.0) / 60
            axes.plot([middle_min, middle_min], [row - 0.3, row + 0.3], color="#1c2730", linewidth=2)
        for target in drawn[0][1].interval.targets:
            axes.axvline(target.within_s / 60, color="#b3261e", linewidth=0.8)
        axes.set_yticks(range(len(drawn)), [f"{place[0]} {place[1] or ''}".strip() for place, _ in drawn])
        axes.invert_yaxis()
        axes.set(xlabel="min", xlim=(0, None))

    places = ";".join(f"{place[1]} {names.of(place)[0]}" for place, _ in drawn if place[1])
    caption = "点为患者,竖线为中位数,红线为目标 <span class=en>points: patients; bars: medians; red: targets</span>"
    return (
        f"<figure><figcaption>{caption} <small>{escape(places)}</small></figcaption>"
        f"{picture(draw, height_in=0.8 + 0.3 * len(drawn))}</figure>"
    )
