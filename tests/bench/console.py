"""The console in a real Chromium: how soon it shows what was committed, how smoothly units move, how light it loads, what it keeps.

*Painted*: a call's row stands on one console, a frame drawn, while 119 other clients are fed the same; from the instant that the
journal gives the event (its decision had yet to begin), so the commit is in it. The floor is the bare broadcast of `stream`. *Moving*:
600 positions a second for a minute; a long task is one that the browser itself reports, over 50 ms. *Loading*: a profile that has
never seen the page. *Scrolling*: a day of 5,000 incidents, by wheel to its beginning and by key back. *Memory*: what is left after
collecting garbage, minute by minute of a drill at sixty times real time.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
from playwright.sync_api import Browser, CDPSession, Page, Response, sync_playwright

from maps_data.catalogue import load_catalogue
from routing.cells import centre
from tests.bench.measure import (
    SEED,
    Findings,
    Limit,
    Table,
    Value,
    below,
    equal,
    percentile_ms,
    ratio,
    recorded_data,
    significant,
)
from tests.bench.stream import LONGEST_PAUSE_S, STREAM, clients, floor_of, positions
from tests.browser.conftest import CHROMIUM_ARGS, find_chromium
from tests.fakes.live_service import LiveService, ServedDrill
from tests.fakes.long_day import write_long_day

DAY: Final = "call_logs/transplant/sz-transplant-week-A.TRANSPLANTED.calls.csv.gz"
PAINTED_LIMIT_MS: Final = 150.0
LONG_TASK_LIMIT_MS: Final = 200.0
SCRIPT_LIMIT_KB: Final = 400.0
INTERACTIVE_LIMIT_S: Final = 2.0
BYSTANDER_LIMIT_KB: Final = 40.0
GROWTH_LIMIT: Final = 1.25
"""What counts as flat: the last three minutes against minutes 3 to 5, when the first hours' incidents have ended. A choice."""
SPEED: Final = 60
LONG_DAY: Final = 5_000
WHEEL_PX: Final = 2_000
MOST_ROWS_LIMIT: Final = 60.0
SIZE: Final = {"width": 1920, "height": 1080}

WATCH_ROWS: Final = """
window.painted = {};
new MutationObserver(() => {
  for (const row of document.querySelectorAll('[data-incident]')) {
    const id = row.dataset.incident;
    if (id in window.painted) continue;
    window.painted[id] = null;
    requestAnimationFrame(() => setTimeout(() => { window.painted[id] = performance.timeOrigin + performance.now(); }));
  }
}).observe(document.body, { subtree: true, childList: true });
"""
WATCH_TASKS: Final = """
window.tasks = [];
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((entry) => entry.duration)))
  .observe({ entryTypes: ['longtask'] });
"""


def measure(*, is_quick: bool) -> Findings:
    """Painting and moving on one live service, loading from it, memory on a drill."""
    turns, moving_s, minutes = (20, 10, 2) if is_quick else (200, 60, 10)
    tables, limits, missing = list[Table](), list[Limit](), list[str]()
    with sync_playwright() as playwright, _browser(playwright) as browser:
        with tempfile.TemporaryDirectory() as place, LiveService(Path(place)) as live:
            for table, promises in (
                _loading(browser, live),
                _painting(browser, live, turns),
                _moving(browser, live, moving_s),
            ):
                tables.append(table)
                limits += promises
        table, promises = _scrolling(browser)
        tables.append(table)
        limits += promises
        data = recorded_data()
        if data is None:
            missing.append("内存:没有通话日志 memory: no call log")
        else:
            table, promises = _keeping(browser, data / DAY, minutes)
            tables.append(table)
            limits += promises
    return Findings(
        title="控制台 · Console",
        method=(
            "真实 Chromium(软件绘制,1920×1080)对真实服务;“绘出”自日志所记时刻起,至来电行画完一帧止,另有 119 个客户端同时收。"
            " A real Chromium (drawing in software, 1920×1080) on the real service; “painted” is from the instant in the journal to a "
            "frame with the call's row, with 119 other clients fed at the same time."
        ),
        tables=tables,
        limits=limits,
        missing=missing,
    )


@contextmanager
def _browser(playwright: Any) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def _console(browser: Browser, url: str, *scripts: str) -> Iterator[Page]:
    """A console that has the world; `scripts` run in it from then on."""
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#count-open", timeout=60_000)
    for script in scripts:
        page.evaluate(script)
    try:
        yield page
    finally:
        context.close()


# --- loading -----------------------------------------------------------------------------------------------------------


def _loading(browser: Browser, live: LiveService) -> tuple[Table, list[Limit]]:
    console, aed = (
        _loaded(browser, live.url, ready="#count-open", key="n", then="#intake"),
        _loaded(browser, f"{live.url}/aed"),
    )
    columns = {"page": "页面 page", "scripts": "脚本 scripts", "kb": "压缩后 KB gz", "interactive_s": "可用 usable s"}
    return Table(
        title="首次打开 · First load", columns=columns, rows=[{"page": "/", **console}, {"page": "/aed", **aed}]
    ), [
        below("控制台脚本 script of the console, KB gz", float(console["kb"] or 0), SCRIPT_LIMIT_KB, "KB"),
        below("控制台可用 console usable after", float(console["interactive_s"] or 0), INTERACTIVE_LIMIT_S, "s"),
        below("AED 页脚本 script of the AED page, KB gz", float(aed["kb"] or 0), BYSTANDER_LIMIT_KB, "KB"),
    ]


def _loaded(browser: Browser, url: str, *, ready: str = "main", key: str = "", then: str = "") -> dict[str, Value]:
    """Bytes of script on the wire; usable once `then` answers `key`."""
    context = browser.new_context(viewport=SIZE)
    page, scripts = context.new_page(), list[Response]()
    context.on("response", lambda answer: scripts.append(answer) if answer.request.resource_type == "script" else None)
    began_s = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(ready, timeout=60_000)
    if key:
        page.keyboard.press(key)
        page.wait_for_selector(then, timeout=60_000)
    took_s = time.perf_counter() - began_s
    page.wait_for_load_state("networkidle")
    size = sum(answer.request.sizes()["responseBodySize"] for answer in scripts)
    context.close()
    return {"scripts": len(scripts), "kb": significant(size / 1000), "interactive_s": significant(took_s)}


# --- painting and moving -----------------------------------------------------------------------------------------------


def _painting(browser: Browser, live: LiveService, turns: int) -> tuple[Table, list[Limit]]:
    chance, cells = Random(SEED), load_catalogue().population_cells
    with clients(live.port, STREAM, 119) as heard, _console(browser, live.url, WATCH_ROWS) as page:
        opened = []
        for _ in range(turns):
            page.wait_for_timeout(chance.uniform(0.0, LONGEST_PAUSE_S) * 1e3)
            place = centre(chance.choice(cells).cell)
            where = {"lat": place.lat_deg, "lon": place.lon_deg, "datum": "wgs84"}
            taken = live.post("/calls", {"complaint": "stroke", "location": where}).raise_for_status().json()
            opened.append(taken["incident"]["incident_id"])
            page.wait_for_function("id => window.painted[id]", arg=opened[-1], timeout=30_000)
            order = {"unit_id": taken["recommendation"]["units"][0]["unit_id"]}
            live.post(f"/incidents/{opened[-1]}/assignments", order).raise_for_status()
            live.post(f"/incidents/{opened[-1]}/cancel", {"reason": "measured"}).raise_for_status()
        painted = page.evaluate("window.painted")
    recorded_s = _recorded_s(live.http)
    delays_s = [painted[incident_id] / 1e3 - recorded_s[incident_id] for incident_id in opened]
    floor = floor_of(heard[0].sample, turns)
    p50, p99 = percentile_ms(delays_s, 50), percentile_ms(delays_s, 99)
    rows: list[dict[str, Value]] = [
        {
            "what": "日志 journal → 画面 painted",
            "n": turns,
            "p50_ms": significant(p50),
            "p99_ms": significant(p99),
            "ratio": ratio(p50, float(floor["last_p50_ms"] or 1)),
        },
        {
            "what": str(floor["what"]),
            "n": turns,
            "p50_ms": floor["last_p50_ms"],
            "p99_ms": floor["last_p99_ms"],
            "ratio": 1.0,
        },
    ]
    columns = {"what": "从…到… from … to", "n": "n", "p50_ms": "p50 ms", "p99_ms": "p99 ms", "ratio": "p50 ÷ floor"}
    return Table(title="120 屏之一 · One of 120 consoles", columns=columns, rows=rows), [
        below("提交→画面 committed → painted on a console among 120, p99", p99, PAINTED_LIMIT_MS, "ms")
    ]


def _recorded_s(http: httpx.Client) -> dict[str, float]:
    """When each incident was opened, by the journal, in seconds since the epoch."""
    items, after = list[dict[str, Any]](), 0
    while True:
        page = http.get("/api/v1/events", params={"after": after, "limit": 5000}).raise_for_status().json()["items"]
        if not page:
            break
        items += page
        after = page[-1]["seq"]
    return {
        item["incident_id"]: datetime.fromisoformat(item["recorded_at"]).timestamp()
        for item in items
        if item["type"] == "IncidentOpened"
    }


def _moving(browser: Browser, live: LiveService, seconds: int) -> tuple[Table, list[Limit]]:
    with _console(browser, live.url, WATCH_TASKS) as page, positions(live) as refused:
        page.wait_for_timeout(3_000)  # the page settles
        page.evaluate("window.tasks.length = 0")
        frames = page.evaluate(
            """seconds => new Promise((done) => {
              let frames = 0; const until = performance.now() + seconds * 1e3;
              const next = () => { frames += 1; performance.now() < until ? requestAnimationFrame(next) : done(frames); };
              requestAnimationFrame(next);
            })""",
            seconds,
        )
        tasks = page.evaluate("window.tasks")
    longest_ms = max(tasks, default=0.0)
    rows: list[dict[str, Value]] = [
        {
            "seconds": seconds,
            "fps": significant(frames / seconds),
            "tasks": len(tasks),
            "longest_ms": significant(longest_ms),
            "refused": len(refused),
        }
    ]
    columns = {
        "seconds": "秒 s",
        "fps": "帧/秒 frames/s",
        "tasks": "长任务 long tasks",
        "longest_ms": "最长 longest ms",
        "refused": "被拒位置 refused positions",
    }
    return Table(title="600 车移动 · 600 units moving", columns=columns, rows=rows), [
        below("600 车移动:最长任务 longest task", longest_ms, LONG_TASK_LIMIT_MS, "ms"),
        equal("600 车移动:被拒位置 refused positions", len(refused), 0),
    ]


# --- a long day --------------------------------------------------------------------------------------------------------


def _scrolling(browser: Browser) -> tuple[Table, list[Limit]]:
    """The whole of a day's list past the eye, and back; the first look at it reads the day from the journal."""
    with tempfile.TemporaryDirectory() as place:
        write_long_day(Path(place) / "journal.sqlite3", LONG_DAY)
        with LiveService(Path(place)) as live, _console(browser, live.url, WATCH_TASKS) as page:
            page.wait_for_timeout(3_000)  # the page settles
            page.evaluate("window.tasks.length = 0")
            began_s = time.perf_counter()
            page.keyboard.press("d")
            page.wait_for_selector(f"[data-day='{LONG_DAY}']", timeout=60_000)
            opened_s = time.perf_counter() - began_s
            page.hover("#day")
            most, wheels, first = 0, 0, page.locator("[data-day='1']")
            while first.count() == 0 and wheels < LONG_DAY:
                page.mouse.wheel(0, WHEEL_PX)
                wheels += 1
                most = max(most, page.locator("#day [role='option']").count())
            page.focus("#day")
            page.keyboard.press("Home")
            page.wait_for_selector(f"[data-day='{LONG_DAY}']", timeout=60_000)
            tasks = page.evaluate("window.tasks")
    longest_ms = max(tasks, default=0.0)
    rows: list[dict[str, Value]] = [
        {
            "incidents": LONG_DAY,
            "opened_s": significant(opened_s),
            "wheels": wheels,
            "rows": most,
            "tasks": len(tasks),
            "longest_ms": significant(longest_ms),
        }
    ]
    columns = {
        "incidents": "事件 incidents",
        "opened_s": "首次列出 first listed s",
        "wheels": "滚轮 turns of the wheel",
        "rows": "行数上限 most rows",
        "tasks": "长任务 long tasks",
        "longest_ms": "最长 longest ms",
    }
    return Table(title="一天 5,000 起 · A day of 5,000 incidents", columns=columns, rows=rows), [
        below("滚完全天:最长任务 longest task, the day scrolled", longest_ms, LONG_TASK_LIMIT_MS, "ms"),
        below("滚完全天:页中行数 rows in the page", float(most), MOST_ROWS_LIMIT, ""),
    ]


# --- memory ------------------------------------------------------------------------------------------------------------


def _keeping(browser: Browser, log: Path, minutes: int) -> tuple[Table, list[Limit]]:
    """The heap of a console through `minutes` of a drill at `SPEED` times real time."""
    with tempfile.TemporaryDirectory() as place, ServedDrill(Path(place), str(log), "--speed", str(SPEED)) as drill:
        drill.post("/drill/run", {}).raise_for_status()
        with _console(browser, drill.url) as page:
            devtools = page.context.new_cdp_session(page)
            heaps = [_heap_mb(devtools)]
            for _ in range(minutes):
                page.wait_for_timeout(60_000)
                heaps.append(_heap_mb(devtools))
        led = drill.http.get("/api/v1/drill").raise_for_status().json()
    rows: list[dict[str, Value]] = [
        {"minute": minute, "heap_mb": significant(heap)} for minute, heap in enumerate(heaps)
    ]
    hours = (datetime.fromisoformat(led["at"]) - datetime.fromisoformat(led["started_at"])).total_seconds() / 3600
    table = Table(
        title=f"{SPEED} 倍速演练,走过 {hours:.1f} 小时 · A drill at {SPEED}×, {hours:.1f} hours of it",
        columns={"minute": "分钟 minute", "heap_mb": "堆 heap MB"},
        rows=rows,
    )
    if minutes < 8:  # too short to tell
        return table, []
    early, late = sum(heaps[3:6]) / 3, sum(heaps[-3:]) / 3
    return table, [below("控制台内存 console's heap, last 3 minutes ÷ minutes 3–5", late / early, GROWTH_LIMIT, "×")]


def _heap_mb(devtools: CDPSession) -> float:
    devtools.send("HeapProfiler.collectGarbage")
    return float(devtools.send("Runtime.getHeapUsage")["usedSize"]) / 1e6
