"""What a plan is written as: `posts.csv`, `posts.geojson`, `table.csv`, `plan.json`, and `plan.html` to read, Chinese first.

What is simulated or inferred is said before any number.
"""

import json
from collections.abc import Sequence
from html import escape
from typing import Any, Final

from maps_data.catalogue import Catalogue
from maps_data.post_plan.demand import Calls
from maps_data.post_plan.plan import LIMITS_S, Late, Plan
from maps_data.post_plan.post_map import plan_map
from maps_data.posts import Post, posts_csv
from maps_data.tables import write_table

FORMAT: Final = "post-plan-1"

_LOG_CLASSES: Final = {
    "real": ("真实记录", "real records"),
    "real_subsample": ("真实记录的一部分", "part of a city's real records"),
    "transplanted": (
        "移植数据：时刻来自国外真实日志，地点与优先级为合成，不是深圳的真实呼救",
        "TRANSPLANTED: times are real ones from abroad, places and priorities synthetic; these are not calls of this city",
    ),
    "injected_synthetic": ("人为加入的合成事件", "SYNTHETIC incidents put in by hand"),
}

_CSS: Final = """
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1c2730;
  max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
.simulated { border-left: .4rem solid #b3261e; background: #fbeceb; padding: .6rem 1rem }
.en { color: #5a6a76 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
td, th { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #d8dee3 }
.name { text-align: left }
svg { width: 100%; height: auto } svg text { text-anchor: middle; font-size: 9px }
.district { fill: #43525e; font-size: 14px !important; opacity: .8 }
.station { fill: #fff; stroke: #1c2730; stroke-width: 1.5 }
.new { fill: #b3261e } .rank { fill: #fff }
"""


def plan_files(catalogue: Catalogue, calls: Calls, plan: Plan, *, log_name: str, log_sha256: str) -> dict[str, str]:
    """The files of a plan by name."""
    told = _json(catalogue, calls, plan, log_name, log_sha256)
    return {
        "posts.csv": posts_csv(plan.posts),
        "posts.geojson": json.dumps(_geojson(plan), ensure_ascii=False, indent=1) + "\n",
        "table.csv": write_table(_TABLE, _table(plan)),
        "plan.json": json.dumps(told, ensure_ascii=False, indent=1) + "\n",
        "plan.html": _page(catalogue, calls, plan, log_name),
    }


_TABLE: Final = (
    "rank", "post_id", "name", "lat", "lon", "demand_added", "demand_covered", "red_within_480_s", "red_within_600_s",
    "red_later_than_720_s", "red_later_than_900_s", "units",
)  # fmt: skip


def _table(plan: Plan) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    covered = plan.covered_before
    for rank, new in enumerate(plan.new, start=1):
        covered += new.demand_added
        p, (over_8, over_10, over_12, over_15) = new.post, new.late.later_than
        shares = (new.demand_added, covered if new.units is None else None, 1 - over_8, 1 - over_10, over_12, over_15)
        figures = ("" if share is None else f"{share:.5f}" for share in shares)
        rows.append((rank, p.post_id, p.name, f"{p.point.lat_deg:.6f}", f"{p.point.lon_deg:.6f}", *figures, new.units))
    return rows


def _geojson(plan: Plan) -> dict[str, Any]:
    rank = {new.post.post_id: row for row, new in enumerate(plan.new, start=1)}

    def feature(post: Post) -> dict[str, Any]:
        return {
            "type": "Feature",
            "id": post.post_id,
            "geometry": {"type": "Point", "coordinates": [round(post.point.lon_deg, 6), round(post.point.lat_deg, 6)]},
            "properties": {
                "kind": post.kind,
                "name": post.name,
                "record_class": post.record_class,
                "evidence": post.evidence,
                "rank": rank.get(post.post_id),
            },
        }

    return {"type": "FeatureCollection", "features": [feature(post) for post in plan.posts]}


def _late(late: Late) -> dict[str, Any]:
    later = {f"{limit_s:.0f}": round(share, 5) for limit_s, share in zip(LIMITS_S, late.later_than, strict=True)}
    return {"n_red_calls": late.n_calls, "mean_s": round(late.mean_s, 1), "later_than_s": later}


def _json(catalogue: Catalogue, calls: Calls, plan: Plan, log_name: str, log_sha256: str) -> dict[str, Any]:
    question, after = plan.question, plan.new[-1].late if plan.new else plan.late_before
    return {
        "format": FORMAT,
        "data_version": catalogue.data_version,
        "log": {
            "file": log_name,
            "sha256": log_sha256,
            "n_calls": len(calls.day),
            "n_red": int(calls.is_red.sum()),
            "left_out": calls.left_out,
            "record_classes": calls.record_classes,
        },
        "travel_times": plan.source,
        "question": {
            "n": question.n,
            "thresholds_s": list(question.thresholds_s),
            "worths": list(question.worths.values()),
            "before_s": question.before_s,
            "units": question.units,
            "busy": question.busy if question.units is not None else None,
        },
        "hours_of_like_traffic": [list(hours) for hours in plan.periods],
        "n_candidates": plan.n_candidates,
        "demand_covered": {
            "stations": round(plan.covered_before, 6),
            "with_new": round(plan.covered, 6),
            "no_plan_covers_more_than": round(plan.bound, 6),
        },
        "a_unit_always_free_at_every_post": {"stations": _late(plan.late_before), "with_new": _late(after)},
        "same_on_days_not_planned_on": None
        if plan.held_out is None
        else {"stations": _late(plan.held_out[0]), "with_new": _late(plan.held_out[1])},
        "share_of_red_calls_with_a_way": round(plan.share_with_way, 5),
        "posts": [
            {
                "rank": rank,
                "post_id": new.post.post_id,
                "demand_added": round(new.demand_added, 6),
                "units": new.units,
                "with_all_up_to_it": _late(new.late),
            }
            for rank, new in enumerate(plan.new, start=1)
        ],
    }


def _page(catalogue: Catalogue, calls: Calls, plan: Plan, log_name: str) -> str:
    title = "候命点规划 <span class=en>Plan of posts</span>"
    parts = [
        f"<h1>{title} · {escape(catalogue.name_zh)} <span class=en>{escape(catalogue.name_en)}</span></h1>",
        _provenance(calls, plan, log_name),
        "<h2>总体 <span class=en>Overall</span></h2>",
        _overall(plan),
        "<h2>地图 <span class=en>Map</span></h2>",
        "<p>方块为车站，红圈为新点（按入选次序），底色为红色呼救需求"
        " <span class=en>squares: stations; red: new posts in order of choice; shade: red demand</span></p>",
        plan_map(catalogue, plan),
        "<h2>逐点 <span class=en>Post by post</span></h2>",
        _posts(plan),
    ]
    head = f'<meta charset="utf-8"><title>候命点规划 Plan of posts</title><style>{_CSS}</style>'
    return f'<!doctype html>\n<html lang="zh-CN"><head>{head}</head><body>\n' + "\n".join(parts) + "\n</body></html>\n"


def _provenance(calls: Calls, plan: Plan, log_name: str) -> str:
    kinds = [(_LOG_CLASSES.get(kind, (kind, kind)), count) for kind, count in calls.record_classes.items()]
    zh = "；".join(f"{names[0]}（{count:,} 行）" for names, count in kinds)
    en = "; ".join(f"{names[1]} ({count:,} rows)" for names, count in kinds)
    left_out = sum(calls.left_out.values())
    return (
        f'<div class="simulated"><p>需求来自 {escape(log_name)}：{zh}；略去 {left_out:,} 行，按居民（估计）平滑。行程时间：'
        f"{escape(plan.source)}。候命点是建议：未经现场查看，能否停车未知。</p>"
        f'<p class="en">Demand from {escape(log_name)}: {en}; {left_out:,} rows left out; smoothed by residents (estimated).'
        f" Travel times: {escape(plan.source)}. The posts are proposals: nobody has looked whether one may stop there.</p></div>"
    )


def _overall(plan: Plan) -> str:
    after = plan.new[-1].late if plan.new else plan.late_before
    rows = [
        ("仅车站", "stations only", plan.late_before),
        (f"加 {len(plan.new)} 个新点", f"with {len(plan.new)} new posts", after),
    ]
    if plan.held_out is not None:
        rows.append(("同上，未参与规划的日子", "same, on days not planned on", plan.held_out[1]))
    body = "".join(
        f"<tr><td class=name>{zh} <span class=en>{en}</span></td>{_shares(late)}<td>{late.mean_s / 60:.2f}</td></tr>"
        for zh, en, late in rows
    )
    limits = "".join(f"<th>&gt; {limit_s / 60:.0f} min</th>" for limit_s in LIMITS_S)
    q = plan.question
    covered = f"{plan.covered_before:.1%} → {plan.covered:.1%}"
    way = (
        "每个候命点总有一辆空车（地理上限）"
        if q.units is None
        else f"{q.units} 辆车、忙碌 {q.busy:.0%} 的期望覆盖；下表仍按每点总有空车"
    )
    way_en = (
        "a unit is always free at every post (what geography allows)"
        if q.units is None
        else f"expected covering of {q.units} units, {q.busy:.0%} busy; the table still has a unit free at every post"
    )
    assumed = (
        f"<p>假定：{way}；来电到发车 {q.before_s:.0f} 秒。"
        f"<span class=en>Assumed: {way_en}; {q.before_s:.0f} s from the call to the first metre.</span></p>"
    )
    bound = (
        f"<p>需求覆盖（按时限加权）{covered}，任何同样多的点都不超过 {plan.bound:.1%}。<span class=en>Demand covered, weighted by"
        f" threshold: {covered}; no choice of as many posts covers more than {plan.bound:.1%}.</span></p>"
    )
    heads = f"<th class=name>红色呼救晚到比例 <span class=en>red calls reached later than</span></th>{limits}"
    mean = "<th>平均分钟 <span class=en>mean, min</span></th>"
    return f"{assumed}{bound}<table><tr>{heads}{mean}</tr>{body}</table>"


def _posts(plan: Plan) -> str:
    has_units = plan.question.units is not None
    body = "".join(
        f"<tr><td>{rank}</td><td class=name>{escape(new.post.name)}</td><td>{new.demand_added:.2%}</td>"
        f"<td>{1 - new.late.later_than[0]:.1%}</td><td>{1 - new.late.later_than[1]:.1%}</td>{_shares(new.late, first=2)}"
        f"{f'<td>{new.units}</td>' if has_units else ''}</tr>"
        for rank, new in enumerate(plan.new, start=1)
    )
    units = "<th>车数 <span class=en>units</span></th>" if has_units else ""
    heads = (
        "<th></th><th class=name>候命点 <span class=en>post</span></th><th>增加的需求 <span class=en>demand added</span></th>"
        "<th>累计 8 分钟内 <span class=en>so far within 8 min</span></th><th>10 分钟内 <span class=en>10 min</span></th>"
    )
    return f"<table><tr>{heads}<th>&gt; 12 min</th><th>&gt; 15 min</th>{units}</tr>{body}</table>"


def _shares(late: Late, *, first: int = 0) -> str:
    shares: Sequence[float] = late.later_than[first:]
    return "".join(f"<td>{share:.1%}</td>" for share in shares)
