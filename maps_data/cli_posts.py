"""`maps-data posts`: where units wait, and a plan of new places for them."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer

from maps_data.progress import stages

if TYPE_CHECKING:
    from maps_data.catalogue import Catalogue
    from maps_data.post_plan.plan import Late, Plan, Question
    from routing.roads.network import RoadNetwork
    from routing.travel_time.port import TravelTimeProvider

app = typer.Typer(no_args_is_help=True, help="候命点 / Posts where units wait")


@app.callback()
def _group() -> None:
    """候命点 / Posts where units wait."""


@app.command()
def plan(
    calls: Annotated[Path, typer.Option("--calls", help="呼救记录 *.calls.csv[.gz] / call log")],
    out: Annotated[Path, typer.Option("--out", help="输出目录 / output directory")],
    n: Annotated[int, typer.Option("--n", help="新增候命点数 / new posts")] = 60,
    roads: Annotated[
        Path | None, typer.Option("--roads", help="道路网络目录，默认用估计 / street network; default: the estimate")
    ] = None,
    thresholds_s: Annotated[
        list[float] | None,
        typer.Option("--threshold-s", help="自来电起的时限，可多个，默认 480 600 720 / from the call; may be repeated"),
    ] = None,
    before_s: Annotated[
        float, typer.Option("--before-s", help="来电到发车 / from the call to the first metre: call taking and turnout")
    ] = 120.0,
    units: Annotated[
        int | None,
        typer.Option("--units", help="车数；给出则求期望覆盖 / units; then the expected covering is planned"),
    ] = None,
    busy: Annotated[float, typer.Option("--busy", help="单元忙碌比例 / share of a unit's time that it is busy")] = 0.4,
    city: Annotated[Path | None, typer.Option("--city", help="城市数据目录，默认内置深圳 / city data set")] = None,
) -> None:
    """在车站之外选出最好的 N 个路边候命点，说明各自带来什么。/ Propose the best N kerbside posts and what each would bring."""
    from maps_data.catalogue import load_catalogue
    from maps_data.post_plan.demand import read_calls
    from maps_data.post_plan.pages import plan_files
    from maps_data.post_plan.plan import make_plan

    question = _question(n, thresholds_s or [480.0, 600.0, 720.0], before_s, units, busy)
    with _refusals(), stages() as on_stage:
        catalogue = load_catalogue(city)
        provider, network = _travel_times(catalogue, roads)
        log = read_calls(calls, catalogue.population_cells, ZoneInfo(catalogue.time_zone))
        made = make_plan(catalogue, log, provider, network, question, on_stage=on_stage)
        digest = hashlib.sha256(calls.read_bytes()).hexdigest()
        files = plan_files(catalogue, log, made, log_name=calls.name, log_sha256=digest)
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (out / name).write_text(content, encoding="utf-8")
    for zh, en in _told(made):
        typer.echo(f"{zh} / {en}")
    typer.echo(f"已写入 {out} / wrote {out}: {', '.join(files)}")


@app.command()
def demand(
    calls: Annotated[Path, typer.Option("--calls", help="呼救记录 *.calls.csv[.gz] / call log")],
    out: Annotated[Path, typer.Option("--out", help="输出文件 demand.csv / file to write")],
    city: Annotated[Path | None, typer.Option("--city", help="城市数据目录，默认内置深圳 / city data set")] = None,
) -> None:
    """由呼救记录估计各网格的红色呼救占比，供移驻权衡。/ Where red calls come from, for those who decide where units wait."""
    import numpy as np

    from maps_data.catalogue import load_catalogue
    from maps_data.demand_file import demand_csv
    from maps_data.post_plan.demand import all_day_demand, read_calls

    with _refusals():
        catalogue = load_catalogue(city)
        cells = catalogue.population_cells
        log = read_calls(calls, cells, ZoneInfo(catalogue.time_zone))
        red = all_day_demand(log, np.array([cell.population_estimate for cell in cells]))
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(demand_csv(cells, red, log.said_of_it), encoding="utf-8")
    n_red, n_cells, record_class = int(log.is_red.sum()), len(cells), log.said_of_it
    typer.echo(
        f"{n_red:,} 个红色呼救，{n_cells:,} 个网格，性质 {record_class}；已写入 {out}"
        f" / {n_red:,} red calls, {n_cells:,} cells, {record_class}; wrote {out}"
    )


def _told(made: "Plan") -> Iterator[tuple[str, str]]:
    """The plan in sentences, Chinese and English."""
    n, n_stations = len(made.new), len(made.stations)
    yield (
        f"{made.n_candidates:,} 处候选中选出 {n} 处，行程时间来自 {made.source}",
        f"{n} of {made.n_candidates:,} candidates, travel times from {made.source}",
    )
    yield (
        f"需求覆盖 {made.covered_before:.1%} → {made.covered:.1%}，任何 {n} 处都不超过 {made.bound:.1%}",
        f"demand covered {made.covered_before:.1%} → {made.covered:.1%}; no {n} posts cover more than {made.bound:.1%}",
    )
    after = made.new[-1].late if made.new else made.late_before
    yield from _late_told(
        f"每处总有空车时，{n_stations} 个车站 → 加新点",
        f"a unit always free, {n_stations} stations → with the new",
        made.late_before,
        after,
    )
    if made.held_out is not None:
        yield from _late_told("未参与规划的日子", "on days not planned on", *made.held_out)


def _late_told(zh: str, en: str, before: "Late", after: "Late") -> Iterator[tuple[str, str]]:
    shares = ", ".join(
        f"> {limit} min {b:.1%} → {a:.1%}"
        for limit, b, a in zip((8, 10, 12, 15), before.later_than, after.later_than, strict=True)
    )
    yield f"红色呼救，{zh}：{shares}", f"red calls, {en}: {shares}"


def _question(n: int, thresholds_s: list[float], before_s: float, units: int | None, busy: float) -> "Question":
    from maps_data.post_plan.plan import Question

    try:
        return Question(
            n=n,
            thresholds_s=tuple(sorted(set(thresholds_s))),
            before_s=before_s,
            units=units,
            busy=busy if units is not None else 0.0,
        )
    except ValueError as error:
        _refuse("选项不成立：--n 至少 1，--before-s 须小于时限，--busy 在 0 与 1 之间", str(error))


def _travel_times(catalogue: "Catalogue", roads: Path | None) -> "tuple[TravelTimeProvider, RoadNetwork | None]":
    from routing.travel_time.barriers import Barrier
    from routing.travel_time.estimate import EstimateTravelTimes
    from routing.travel_time.off_network import WithOffNetwork
    from routing.travel_time.road import RoadTravelTimes

    zone = ZoneInfo(catalogue.time_zone)
    barriers = [Barrier(name_zh=b.name_zh, name_en=b.name_en, line=b.line) for b in catalogue.barriers]
    estimate = EstimateTravelTimes(barriers, zone=zone)
    if roads is None:
        return estimate, None
    network = RoadTravelTimes.load(roads, zone=zone)
    return WithOffNetwork(network, estimate), network.network


@contextmanager
def _refusals() -> Iterator[None]:
    """Say what is wrong with the data, in Chinese and in English, and end with code 1."""
    from maps_data.post_plan.plan import TooFewCandidates
    from maps_data.tables import DataError
    from routing.roads.network import NetworkError

    try:
        yield
    except (DataError, NetworkError, TooFewCandidates) as error:
        typer.echo(error.zh, err=True)
        typer.echo(error.en, err=True)
        raise typer.Exit(1) from None


def _refuse(zh: str, en: str) -> NoReturn:
    typer.echo(zh, err=True)
    typer.echo(en, err=True)
    raise typer.Exit(2)
