"""`dispatch drill`: play a call log through the live engine, or a recorded unit timeline through its projections."""

import asyncio
import gc
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn
from zoneinfo import ZoneInfo

import typer

from dispatch import cli_audit, cli_compare, cli_lead, cli_replay
from dispatch.adapters.journal_inline import InlineJournal
from dispatch.cli_progress import calls_played
from dispatch.domain.ids import Realm
from dispatch.domain.post import RelocationEffort
from dispatch.drills import timeline as recorded_timeline
from dispatch.drills.draws import DRIVE_FACTOR
from dispatch.drills.report import Report, make_report
from dispatch.drills.report_page import make_page, travel_times_in_words
from dispatch.drills.sample import write_sample
from dispatch.drills.shadow import Shadow
from dispatch.drills.unit_log import read_unit_log
from dispatch.pipeline.policies import POLICIES
from dispatch.playing import Prepared, Recipe, play, prepare
from maps_data.catalogue import load_catalogue
from maps_data.tables import DataError
from routing.roads.network import NetworkError
from routing.travel_time.estimate_constants import ConstantsError

app = typer.Typer(
    help="演练：呼叫日志与车组时间线的回放。 Drills: replay of call logs and unit timelines.", no_args_is_help=True
)
app.command()(cli_compare.compare)
app.command()(cli_compare.bootstrap)
app.command()(cli_replay.replay)
app.command()(cli_audit.audit)
app.command()(cli_lead.serve)

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
TIMELINE = Realm("timeline")


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
            help="候命点文件 posts.csv，默认各站点；不移驻的策略按需求分驻其上。 Posts where units wait; default: the stations. "
            "With a policy that sends nobody elsewhere they are the units' homes, shared by demand.",
            exists=True,
        ),
    ] = None,
    demand: Annotated[
        Path | None,
        typer.Option(
            "--demand",
            help="呼救需求文件 demand.csv，移驻与分驻按它权衡；默认按居民数。 "
            "Where calls come from, for relocation and homes; default: residents",
            exists=True,
        ),
    ] = None,
    relocation: Annotated[
        RelocationEffort,
        typer.Option(
            "--relocation",
            help="策略 full 的移驻力度：frugal 少跑，full 多覆盖。 With policy full, how much is driven for coverage.",
        ),
    ] = RelocationEffort.FULL,
    drive_factor: Annotated[
        float,
        typer.Option("--drive-factor", help="实际行车 ÷ 预计的中位数。 Actual ÷ expected drive, the median.", min=0.1),
    ] = DRIVE_FACTOR.median,
    drive_sigma: Annotated[
        float,
        typer.Option("--drive-sigma", help="其对数的标准差。 Standard deviation of its logarithm.", min=0.0),
    ] = DRIVE_FACTOR.sigma,
    compares_estimate: Annotated[
        bool,
        typer.Option(
            "--compare-estimate/--no-compare-estimate",
            help="有路网时，同时看估算会怎么选。 With roads, see what the estimate would have chosen.",
        ),
    ] = True,
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
    recipe = Recipe(
        calls=calls,
        policy=policy,
        seed=seed,
        units=units,
        fleet=fleet,
        fleet_size=fleet_size,
        roads=roads,
        posts=posts,
        demand=demand,
        relocation=relocation,
        drive_factor=drive_factor,
        drive_sigma=drive_sigma,
        city=city,
    )
    try:
        prepared = prepare(recipe)
    except (DataError, NetworkError, ConstantsError) as error:
        _stop(error.zh, error.en)
    out.mkdir(parents=True, exist_ok=True)
    report = asyncio.run(_play(prepared, factor, out, compares_estimate=compares_estimate))
    if units is not None:
        report["log"]["completed_from_units"] = prepared.n_completed
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
    counts, report = recorded_timeline.replay(responses, at, TIMELINE)
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


SELDOM: Final = (50_000, 50, 100)
"""Objects before the collector looks at the young, and how often at the older: a drill leaves few cycles behind, and looking for them
as often as usual takes a tenth of its time."""


async def _play(prepared: Prepared, factor: float | None, out: Path, *, compares_estimate: bool) -> Report:
    """Play the log, and write the page; the report comes back."""
    own = POLICIES[prepared.recipe.policy]
    shadow = Shadow(own, prepared.estimate) if prepared.network is not None and compares_estimate else None
    journal = _fresh_journal(out / "journal", prepared)
    try:
        gc.collect()
        gc.freeze()  # the city and the log stay for good: collections need not look at them again
        gc.set_threshold(*SELDOM)
        with calls_played(len(prepared.log.calls)) as on_progress:
            played = await play(
                prepared,
                journal,
                policy=own if shadow is None else shadow.policy,
                speed=factor,
                hear=None if shadow is None else shadow.hear,
                on_progress=on_progress,
            )
        report = make_report(played, journal.head_hash.hex())
        report["set_up"] = prepared.set_up
        if shadow is not None:
            report["estimate_comparison"] = shadow.report()
    finally:
        journal.close()
    (out / "report.html").write_text(make_page(played, report, prepared.zone), encoding="utf-8")
    return report


def _fresh_journal(path: Path, prepared: Prepared) -> InlineJournal:
    """A drill starts from nothing; an earlier drill's journal at this path can be made again from its seed."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return InlineJournal(path, recipe=prepared.recipe_as_read.as_text())


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
