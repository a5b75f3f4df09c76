"""The report of a drill as one page for a browser: nothing to fetch, Chinese first, and what is simulated said before any number."""

from collections.abc import Mapping
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.domain.vocabulary import Priority
from dispatch.drills import report_plots
from dispatch.drills.runner import Played

RECORD_CLASSES = {
    "real": ("真实记录", "real records"),
    "real_subsample": ("真实记录的一部分", "part of a city's real records"),
    "transplanted": (
        "移植数据：时刻与主诉类型来自国外真实日志，地点、优先级、年龄、性别为合成",
        "TRANSPLANTED: times and complaint types are real ones from abroad; places, priorities, ages and sexes are synthetic",
    ),
    "injected_synthetic": ("人为加入的合成事件", "SYNTHETIC incidents put in by hand"),
}
RESAMPLED = (
    "重抽样：由另一份日志按小时重新抽取，这样的一周并未发生过",
    "RESAMPLED by the hour from another log: no such week ever was",
)
PATHWAYS = {
    "stroke": "卒中",
    "stemi": "急性心梗",
    "ohca": "院外心脏骤停",
    "trauma": "创伤",
    "obstetric": "产科",
    "burn": "烧伤",
    "poisoning": "中毒",
    "psychiatric": "精神",
    "newborn": "新生儿",
    "general": "一般",
}
TOP_HOSPITALS = 12
MAX_NAMED = 5

_CSS = """
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1c2730;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem } h3 { font-size: 1rem }
.simulated { border-left: .4rem solid #b3261e; background: #fbeceb; padding: .6rem 1rem }
table { border-collapse: collapse }
td, th { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #d8dee3 }
td:first-child, th:first-child { text-align: left }
.bars td { white-space: nowrap; text-align: left }
.en { color: #5a6a76 }
figure { margin: 1rem 0 } svg { width: 100%; height: auto }
.bar { display: inline-block; height: .7rem; background: #5b7f95; margin-right: .4rem }
"""


def make_page(played: Played, report: dict[str, Any], zone: ZoneInfo) -> str:
    """`report.html`."""
    hospital_names = {str(h.hospital_id): (h.name_zh, h.name_en) for h in played.roster.hospitals}
    parts = (
        f"<h1>演练报告 <span class=en>Drill report</span> · {escape(report['log']['file'])}</h1>",
        _provenance(report),
        _overview(report),
        _times(report),
        _figure(
            "来电至首车到场：各优先级累计比例",
            "Call received → first unit on scene",
            report_plots.call_to_scene(played),
        ),
        _figure(
            "迟到比例（从来电算起，未到达计为迟到）", "Late, never reached counts as late", report_plots.late(report)
        ),
        _figure(f"执行任务的车组数（{zone.key}）", f"Busy units by step, {zone.key}", report_plots.busy(played, zone)),
        _comparison(report.get("estimate_comparison")),
        _destinations(report["destinations"]),
        _hospitals(report["hospital"], hospital_names),
        f"<p class=en>journal head {report['journal_head_hash']} · seed {report['seed']}</p>",
    )
    body = "\n".join(parts)
    return f"<!doctype html>\n<html lang=zh-CN><meta charset=utf-8><title>演练报告</title><style>{_CSS}</style>\n{body}\n</html>\n"


def _provenance(report: dict[str, Any]) -> str:
    lines = rows_in_words(report["log"]["record_classes"], report["log"]["resampled_rows"])
    fleet = ", ".join(f"{escape(name)} {n}" for name, n in report["fleet_record_classes"].items())
    lines.append(
        f"车组、医院状态与车组行为均为模拟（{fleet}） <span class=en>Fleet, hospital status and crews are SIMULATED</span>"
    )
    zh, en = travel_times_in_words(report)
    lines.append(f"{escape(zh)} <span class=en>{escape(en)}</span>")
    lines.extend(
        f"跳过 {n} 行：{escape(reason)} <span class=en>rows left out</span>"
        for reason, n in report["log"]["skipped_rows"].items()
    )
    return f"<div class=simulated>{'<br>'.join(lines)}</div>"


def rows_in_words(record_classes: Mapping[str, int], n_resampled: int) -> list[str]:
    """How real the rows of one log or more are, a line of HTML each."""
    kinds = [(*RECORD_CLASSES[name], n) for name, n in record_classes.items()]
    if n_resampled:
        kinds.append((*RESAMPLED, n_resampled))
    return [f"{zh}：{n} 行 <span class=en>{escape(en)}: {n} rows</span>" for zh, en, n in kinds]


def travel_times_in_words(report: dict[str, Any]) -> tuple[str, str]:
    """Which travel times the drill ran on, in Chinese and English."""
    travel = report["travel_times"]
    if travel is None:
        return "未用到行车时间", "no travel times were needed"
    zh, en = {
        "network": ("按道路网络计算", "computed on a road network"),
        "estimate": ("为估算", "ESTIMATED"),
    }[travel["grade"]]
    stated = f"{travel['source']}, ±{travel['relative_error'] * 100:.0f} %"
    return f"行车时间{zh}（{stated}）", f"travel times are {en} ({stated})"


def _comparison(compared: dict[str, Any] | None) -> str:
    """What the estimate would have done instead, for drills on a road network."""
    if compared is None:
        return ""
    rows = {"全部 all": compared["all"]} | {
        f"{report_plots.NAMES[priority]} {priority}": compared["by_priority"][priority] for priority in Priority
    }
    cells = "".join(
        f"<tr><td>{name}<td>{row['n']}<td>{_percent(row['share_other'])}"
        + "".join(f"<td>{_number(row['cost_s'][key])}" for key in ("mean", "p50", "p90", "max"))
        for name, row in rows.items()
    )
    return (
        "<h2>若用估算行程 <span class=en>On estimated travel times instead</span></h2>"
        f"<p>同一决策改用 {escape(compared['source'])}：首次派车选了其他车组的比例，以及按道路网络首车晚到的秒数（负为早到）。"
        "<span class=en>The same decisions: share of first assignments that would have gone to another unit, and by how many seconds "
        "the first unit would have been later on the network (negative: earlier).</span></p>"
        f"<table><tr><th><th>n<th>另选 other<th>mean<th>p50<th>p90<th>max{cells}</table>"
    )


def _overview(report: dict[str, Any]) -> str:
    rows = (
        ("来电", "calls", report["calls"]),
        ("事件", "incidents", report["incidents"]),
        ("并入的重复来电", "duplicates joined", report["duplicates_joined"]),
        ("系统另行提示的疑似重复", "further joins proposed", report["joins_proposed"]),
        ("无车到达", "unserved", report["unserved"]),
        ("候派", "held", report["held"]),
        ("升级", "escalations", report["escalations"]),
        ("重发派车", "re-offers", report["reoffers"]),
        ("途中改派", "diverted on the way", report["reassignments"]["diverts"]),
        ("途中接替", "relieved on the way", report["reassignments"]["reliefs"]),
        ("策略", "policy", report["policy_version"]),
        ("车组", "units", report["units"]),
        ("占用率", "busy fraction", _percent(report["busy_fraction"])),
        ("每车每日公里", "km per unit and day", _number(report["km_per_unit"])),
        ("模拟时长（小时）", "simulated hours", _number(report["simulated_s"] / 3600.0)),
        ("实际用时（秒）", "wall seconds", _number(report["wall_s"])),
        ("日志事件数", "journal events", report["events"]),
    )
    cells = "".join(f"<tr><td>{zh} <span class=en>{en}</span><td>{escape(str(value))}" for zh, en, value in rows)
    return f"<h2>概况 <span class=en>Overview</span></h2><table>{cells}</table>"


def _times(report: dict[str, Any]) -> str:
    blocks = (
        ("来电至到场（分）", "call → scene, min", report["call_to_scene_time_s"], 60.0),
        ("响应：派车至到场（分）", "response: notified → scene, min", report["response_time_s"], 60.0),
        ("决策（毫秒）", "decision, ms", report["decision_ms"], 1.0),
    )
    head = "<tr><th><th>n<th>mean<th>p50<th>p90<th>p99"
    tables = []
    for zh, en, block, unit in blocks:
        named = {"全部 all": block["all"]} | {
            f"{report_plots.NAMES[priority]} {priority}": block["by_priority"][priority] for priority in Priority
        }
        rows = "".join(_time_row(name, values, unit) for name, values in named.items())
        tables.append(f"<h2>{zh} <span class=en>{en}</span></h2><table>{head}{rows}</table>")
    return "".join(tables)


def _time_row(name: str, values: Mapping[str, float | None], unit: float) -> str:
    cells = "".join(
        f"<td>{'–' if (value := values[key]) is None else f'{value / unit:.1f}'}"
        for key in ("mean", "p50", "p90", "p99")
    )
    return f"<tr><td>{name}<td>{values['n']}{cells}"


def _destinations(groups: dict[str, dict[str, Any]]) -> str:
    """Whether each pathway's patients ended where its rules say, or which rule was not kept."""
    rows = "".join(
        f"<tr><td>{PATHWAYS[name]} <span class=en>{name}</span><td>{group['incidents']}<td>{group['arrived']}<td>{group['suitable']}"
        f"<td>{_unmet(group['unmet'])}<td>{_otherwise(group)}"
        for name, group in groups.items()
    )
    return (
        "<h2>各专科路径的去向 <span class=en>Where each pathway ended</span></h2>"
        "<p>到达时按规则核对医院；未送医院的按结局计数。<span class=en>Hospitals are judged by the rules on arrival; "
        "who was not brought to one is counted by how it ended.</span></p>"
        "<table><tr><th><th>事件<br>incidents<th>送达<br>arrived<th>合规则<br>suitable<th>未满足的规则<br>rules not kept"
        f"<th>其他结局<br>otherwise{rows}</table>"
    )


def _otherwise(group: dict[str, Any]) -> str:
    if not group["incidents"]:
        return "日志中没有 <span class=en>none in the log</span>"
    return ", ".join(f"{escape(how)} {n}" for how, n in group["otherwise"].items())


def _unmet(rules: dict[str, dict[str, Any]]) -> str:
    shown = (
        f"{escape(rule)} {found['n']} (#{', #'.join(map(str, found['incidents'][:MAX_NAMED]))})"
        for rule, found in rules.items()
    )
    return "; ".join(shown) or "–"


def _hospitals(choices: dict[str, dict[str, int]], names: Mapping[str, tuple[str, str]]) -> str:
    parts = ["<h2>送达医院 <span class=en>Hospitals, by pathway</span></h2>"]
    for pathway, counts in choices.items():
        most = max(counts.values())
        rows = "".join(
            f"<tr><td>{escape(names[hospital_id][0])} <span class=en>{escape(names[hospital_id][1])}</span>"
            f"<td><span class=bar style='width:{12 * n / most:.1f}rem'></span>{n}"
            for hospital_id, n in list(counts.items())[:TOP_HOSPITALS]
        )
        others = f"<tr><td class=en>+ {len(counts) - TOP_HOSPITALS}<td>" if len(counts) > TOP_HOSPITALS else ""
        parts.append(
            f"<h3>{PATHWAYS[pathway]} <span class=en>{pathway}</span></h3><table class=bars>{rows}{others}</table>"
        )
    return "".join(parts)


def _figure(zh: str, en: str, svg: str) -> str:
    return f"<figure><figcaption><b>{zh}</b> <span class=en>{en}</span></figcaption>{svg}</figure>"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
