"""`dispatch drill`: play a call log through the live engine, or a recorded unit timeline through its projections.

This is where a drill is composed: the engine of the live service with a virtual (or paced) clock, seeded identifiers, an inline
journal, the city's data and simulated people.
"""

import asyncio
import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dispatch import cli_compare
from dispatch.adapters.identifiers import Ulids, seeded_bytes
from dispatch.adapters.journal_inline import InlineJournal
from dispatch.adapters.post_coverage import residents_coverage
from dispatch.adapters.posts import posts_of
from dispatch.adapters.roster import roster_of
from dispatch.adapters.travel import InlineTravel, estimate_of
from dispatch.domain.commands import AdoptCatalogue, AdoptPosts
from dispatch.domain.ids import Realm
from dispatch.domain.post import RelocationMode, RelocationRules
from dispatch.domain.rules import Rules
from dispatch.domain.vocabulary import Priority
from dispatch.domain.world import World
from dispatch.drills import fleet as fleets
from dispatch.drills import runner
from dispatch.drills import timeline as recorded_timeline
from dispatch.drills.call_log import CallLog, read_call_log
from dispatch.drills.draws import Draws
from dispatch.drills.movement import Movement, SimulatedPositions
from dispatch.drills.pace import StepClock
from dispatch.drills.report import Report, make_report
from dispatch.drills.report_page import make_page, travel_times_in_words
from dispatch.drills.sample import write_sample
from dispatch.drills.service_times import with_recorded_times
from dispatch.drills.shadow import Shadow
from dispatch.drills.unit_log import read_unit_log
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.engine import Engine
from dispatch.pipeline.policies import POLICIES
from maps_data.catalogue import Catalogue, load_catalogue
from maps_data.tables import DataError
from routing.roads.network import NetworkError
from routing.travel_time.estimate import EstimateTravelTimes
from routing.travel_time.estimate_constants import ConstantsError
from routing.travel_time.off_network import RoadProvider, WithOffNetwork
from routing.travel_time.road import RoadTravelTimes

app = typer.Typer(
    help="演练：呼叫日志与车组时间线的回放。 Drills: replay of call logs and unit timelines.", no_args_is_help=True
)
app.command()(cli_compare.compare)
app.command()(cli_compare.bootstrap)

Out = Annotated[
    Path,
    typer.Option("--out", help="结果目录，旧结果会被替换。 Directory for results; replaces earlier ones."),
]
City = Annotated[
    Path | None,
    typer.Option(
        "--city", help="城市数据目录，默认内置深圳。 A city's data set; default: the embedded one.", exists=True
    ),
]
Realms = {"run": Realm("drill"), "timeline": Realm("timeline")}


@app.command()
def run(
    calls: Annotated[Path, typer.Argument(help="呼叫日志 *.calls.csv[.gz]。 A call log.", exists=True, dir_okay=False)],
    units: Annotated[
        Path | None,
        typer.Option(
            "--units",
            help="同一日志的车组时间线，补全未记的时长。 Its unit timeline, for times it lacks.",
            exists=True,
        ),
    ] = None,
    policy: Annotated[str, typer.Option("--policy", help=f"派车策略。 Policy: {', '.join(POLICIES)}.")] = "joint",
    speed: Annotated[str, typer.Option("--speed", help="max，或实时的倍数。 max, or a multiple of real time.")] = "max",
    seed: Annotated[
        int, typer.Option("--seed", help="随机种子；同一种子重现同一日志。 The same seed gives the same journal.")
    ] = 1,
    fleet: Annotated[
        Path | None,
        typer.Option("--fleet", help="车队文件，格式同 units.csv。 A fleet as the city's units.csv.", exists=True),
    ] = None,
    fleet_size: Annotated[int | None, typer.Option("--fleet-size", help="车组数。 Number of units.", min=1)] = None,
    roads: Annotated[
        Path | None,
        typer.Option(
            "--roads", help="道路网络目录，代替估算的行车时间。 A road network, instead of estimated travel times."
        ),
    ] = None,
    posts: Annotated[
        Path | None,
        typer.Option(
            "--posts",
            help="待命点文件 posts.csv，默认各站点。 Posts where units wait; default: the stations.",
            exists=True,
        ),
    ] = None,
    city: City = None,
    out: Out = Path("drill"),
) -> None:
    """把呼叫日志送入真实引擎，由模拟人员应答；写出 report.json、report.html 与 journal。 Play a call log through the live engine."""
    if policy not in POLICIES:
        _stop(
            f"没有策略 {policy}；可用：{', '.join(POLICIES)}",
            f"There is no policy {policy}; choose one of {', '.join(POLICIES)}",
        )
    if fleet is not None and fleet_size is not None:
        _stop("--fleet 与 --fleet-size 只能用一个", "Give --fleet or --fleet-size, not both")
    factor = _speed(speed)
    try:
        log = read_call_log(calls)
        n_completed = 0
        if units is not None:
            log, n_completed = with_recorded_times(log, read_unit_log(units))
        if not log.calls:
            _stop(
                f"{calls} 中没有可回放的来电：{log.skipped}",
                f"{calls} holds no call that can be replayed: {log.skipped}",
            )
        catalogue = load_catalogue(city)
        roster = _roster(catalogue, fleet, fleet_size, city)
        estimate = estimate_of(catalogue, roads)
        waiting_at = posts_of(catalogue, posts) if posts is not None or POLICIES[policy].relocates else None
        network = None if roads is None else RoadTravelTimes.load(roads, zone=ZoneInfo(catalogue.time_zone))
    except (DataError, NetworkError, ConstantsError) as error:
        _stop(error.zh, error.en)
    _require_same_city(log, catalogue)
    out.mkdir(parents=True, exist_ok=True)
    report = asyncio.run(_play(log, roster, waiting_at, catalogue, estimate, network, policy, factor, seed, out))
    if units is not None:
        report["log"]["completed_from_units"] = n_completed
    (out / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _tell(report, out)


@app.command()
def timeline(
    units: Annotated[Path, typer.Argument(help="车组日志 *.units.csv[.gz]。 A unit log.", exists=True, dir_okay=False)],
    from_at: Annotated[str, typer.Option("--from", help="起始时刻，含偏移。 First instant, with offset.")],
    to_at: Annotated[str, typer.Option("--to", help="终止时刻（含）。 Last instant, included.")],
    out: Out = Path("drill"),
) -> None:
    """把记录的车组时间线作为事件回放，每 5 分钟统计忙碌车组。 Replay a recorded timeline as events; count busy units."""
    first_at, last_at = _instant("--from", from_at), _instant("--to", to_at)
    if last_at < first_at:
        _stop(f"--to {to_at} 早于 --from {from_at}", f"--to {to_at} lies before --from {from_at}")
    try:
        responses = read_unit_log(units)
    except DataError as error:
        _stop(error.zh, error.en)
    at = recorded_timeline.instants(first_at, last_at)
    counts, report = recorded_timeline.replay(responses, at, Realms["timeline"])
    out.mkdir(parents=True, exist_ok=True)
    recorded_timeline.write_concurrency(out / "concurrency_5min.csv", at, counts)
    recorded_timeline.write_report(out / "timeline.json", report)
    left_out = report.rows - report.replayed
    typer.echo(
        f"{report.rows} 行，回放 {report.replayed}，未计入 {left_out}；{report.breaking_rules} 次出车与本系统规则不符；"
        f"{len(at)} 个时刻写入 {out}/concurrency_5min.csv"
    )
    typer.echo(
        f"{report.rows} rows, {report.replayed} replayed, {left_out} left out; {report.breaking_rules} responses break rules of this "
        f"system; {len(at)} instants written to {out}/concurrency_5min.csv"
    )


@app.command()
def sample(
    out: Out = Path("sample"),
    n_calls: Annotated[int, typer.Option("--calls", help="来电数。 Number of calls.", min=2)] = 60,
    seed: Annotated[int, typer.Option("--seed", help="随机种子。 Seed.")] = 1,
    city: City = None,
) -> None:
    """写出一份小型合成日志，供试用以上命令。 Write a small synthetic log to try the other commands on."""
    try:
        catalogue = load_catalogue(city)
    except DataError as error:
        _stop(error.zh, error.en)
    out.mkdir(parents=True, exist_ok=True)
    start_at = datetime(2026, 11, 30, 8, tzinfo=ZoneInfo(catalogue.time_zone))
    written = write_sample(out, centre=catalogue.bases[0].point, start_at=start_at, n_calls=n_calls, seed=seed)
    for path in written:
        typer.echo(f"{path}（合成 synthetic）")


def _roster(catalogue: Catalogue, fleet: Path | None, fleet_size: int | None, city: Path | None) -> AdoptCatalogue:
    if fleet is not None:
        return roster_of(fleets.from_file(fleet, catalogue, city))
    roster = roster_of(catalogue)
    return roster if fleet_size is None else fleets.of_size(roster, fleet_size)


def _require_same_city(log: CallLog, catalogue: Catalogue) -> None:
    """A drill needs calls of this city: units cannot drive to another continent."""
    n_outside = sum(not catalogue.bounds.holds(call.point) for call in log.calls)
    if n_outside > len(log.calls) / 2:
        _stop(
            f"{log.path} 有 {n_outside}/{len(log.calls)} 个来电不在{catalogue.name_zh}范围内，请换用本市日志或用 --city 指定城市",
            f"{n_outside}/{len(log.calls)} calls of {log.path} lie outside {catalogue.name_en}; use a log of this city, or --city",
        )


async def _play(
    log: CallLog,
    roster: AdoptCatalogue,
    posts: AdoptPosts | None,
    catalogue: Catalogue,
    estimate: EstimateTravelTimes,
    network: RoadProvider | None,
    policy: str,
    factor: float | None,
    seed: int,
    out: Path,
) -> Report:
    """Compose the engine, play the log, and write the page; the report comes back."""
    shadow = None if network is None else Shadow(POLICIES[policy], estimate)
    journal = _fresh_journal(out / "journal")
    try:
        start_at = runner.starts_at(log)
        clock = VirtualClock(start_at) if factor is None else StepClock(start_at, factor)
        travel = InlineTravel(estimate if network is None else WithOffNetwork(network, estimate))
        movement = Movement()
        engine = Engine(
            realm=Realms["run"],
            world=World(),
            journal=journal,
            clock=clock,
            ids=Ulids(Realms["run"], clock, seeded_bytes(seed)),
            travel=travel,
            positions=SimulatedPositions(movement, clock),
            rules=Rules(
                auto_assign=frozenset(Priority),
                relocation=RelocationRules(
                    mode=RelocationMode.AUTOMATIC if POLICIES[policy].relocates else RelocationMode.OFF
                ),
            ),
            policy=POLICIES[policy] if shadow is None else shadow.policy,
            coverage=None if posts is None else residents_coverage(catalogue, travel),
        )
        if shadow is not None:
            engine.subscribe(shadow.hear)
        await engine.note_travel_times()
        drill = runner.Drill(
            engine=engine, travel=travel, movement=movement, log=log, roster=roster, draws=Draws(seed), posts=posts
        )
        gc.collect()
        gc.freeze()  # the city and the log stay for good: collections need not look at them again
        with _progress(len(log.calls)) as on_progress:
            played = await drill.run(on_progress)
        report = make_report(played, journal.head_hash.hex())
        if shadow is not None:
            report["estimate_comparison"] = shadow.report()
    finally:
        journal.close()
    page = make_page(played, report, ZoneInfo(catalogue.time_zone))
    (out / "report.html").write_text(page, encoding="utf-8")
    return report


def _fresh_journal(path: Path) -> InlineJournal:
    """A drill starts from nothing; an earlier drill's journal at this path can be made again from its seed."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return InlineJournal(path)


@contextmanager
def _progress(n_calls: int) -> Iterator[runner.OnProgress]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("来电 calls", total=n_calls)
        shown = 0

        def on_progress(progress: runner.Progress) -> None:
            nonlocal shown
            if progress.calls != shown:
                shown = progress.calls
                bar.update(task, completed=shown)

        yield on_progress


def _tell(report: Report, out: Path) -> None:
    """The result in two lines; the rest is in the report."""
    red = report["call_to_scene_time_s"]["by_priority"]["red"]["p90"]
    red_min = "–" if red is None else f"{red / 60:.1f}"
    wall = f"{report['wall_s']:.1f}"
    zh, en = travel_times_in_words(report)
    typer.echo(
        f"{report['calls']} 个来电，{report['incidents']} 起事件，无车到达 {report['unserved']}；"
        f"危重从来电到首车到场 P90 {red_min} 分；用时 {wall} 秒；结果在 {out}（车组为模拟；{zh}）"
    )
    typer.echo(
        f"{report['calls']} calls, {report['incidents']} incidents, {report['unserved']} unserved; red call to scene p90 {red_min} "
        f"min; {wall} s; results in {out} (crews are simulated; {en})"
    )
    other = report.get("estimate_comparison")
    if other is not None and other["all"]["n"]:
        _tell_comparison(other["all"])


def _tell_comparison(compared: dict[str, Any]) -> None:
    share = f"{compared['share_other'] * 100:.1f} %"
    mean = "–" if compared["cost_s"]["mean"] is None else f"{compared['cost_s']['mean']:.0f}"
    typer.echo(f"若用估算行程，{share} 的首次派车会选其他车组，按道路网络平均晚到 {mean} 秒")
    typer.echo(
        f"On estimated travel times {share} of the first assignments would have gone to another unit, {mean} s later on the network"
    )


def _speed(text: str) -> float | None:
    """None for as fast as possible."""
    if text == "max":
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0.0 < factor < float("inf"):
        _stop(f"--speed {text} 应为 max 或正数", f"--speed {text} must be max or a number above 0")
    return factor


def _instant(option: str, text: str) -> datetime:
    """An aware instant from the command line."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        _stop(f"{option} {text} 不是 ISO 8601 时间", f"{option} {text} is not an ISO 8601 instant")
    if at.tzinfo is None:
        _stop(f"{option} {text} 缺少时区偏移，例如 +08:00", f"{option} {text} has no offset; add one such as +08:00")
    return at


def _stop(zh: str, en: str) -> NoReturn:
    """One sentence in each language, and a failing exit."""
    typer.echo(zh, err=True)
    typer.echo(en, err=True)
    raise typer.Exit(2)
