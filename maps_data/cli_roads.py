"""`maps-data roads`: bring an OpenStreetMap extract, build the street network that travel times come from."""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from maps_data import cli_roads_fit
from maps_data.progress import stages

if TYPE_CHECKING:
    from maps_data.roads.build import Summary
    from maps_data.roads.extract import Box

app = typer.Typer(no_args_is_help=True, help="道路网络 / Street network")
cli_roads_fit.register(app)


@app.command()
def build(
    pbf: Annotated[Path, typer.Argument(help="OpenStreetMap 数据 .osm.pbf / an OpenStreetMap extract")],
    out: Annotated[
        Path, typer.Option("--out", help="道路网络目录，旧网络会被替换 / directory; replaces a network there")
    ],
    bbox: Annotated[
        str | None,
        typer.Option("--bbox", help="只取此范围：西,南,东,北（WGS-84 度） / only this box: W,S,E,N in WGS-84 degrees"),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", help="数据来自何处，只作记录，不会访问 / where the file is from; recorded, never called"),
    ] = None,
) -> None:
    """由 OSM 数据生成行车与步行网络。/ Build the networks to drive and to walk from an OSM extract."""
    from maps_data.roads.build import build as build_network

    box = _box(bbox)
    started_s = time.perf_counter()
    with _refusals(), stages() as on_stage:
        summary = build_network(pbf, out, box=box, url=url, on_stage=on_stage)
    for zh, en in _told(summary, time.perf_counter() - started_s):
        typer.echo(f"{zh} / {en}")
    typer.echo(f"已写入 {out} / wrote {out}")


@app.command()
def download(
    url: Annotated[str, typer.Argument(help="数据网址 / address of an extract")],
    out: Annotated[Path, typer.Option("--out", help="保存为 / file to write")],
) -> None:
    """下载一份 OSM 数据，检查它是完整的 PBF。/ Fetch an OSM extract and check that it is a whole PBF."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    from maps_data.roads.download import download as fetch

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with _refusals(), Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("下载 downloading", total=None)
        n_bytes = fetch(url, out, on_bytes=lambda done, total: bar.update(task, completed=done, total=total))
    typer.echo(f"已写入 {out}（{n_bytes:,} 字节） / wrote {out} ({n_bytes:,} bytes)")


def _told(summary: "Summary", wall_s: float) -> Iterator[tuple[str, str]]:
    """The build in sentences, Chinese and English."""
    s = summary
    yield f"道路网络 {s.version}", f"street network {s.version}"
    yield (
        f"行车：{s.n_edges:,} 条有向路段（{s.drive_km:,.0f} 公里），{s.n_turns:,} 个允许的转向，{s.n_junctions:,} 个路口；"
        f"{s.main_share:.1%} 的路段互相可达",
        f"to drive: {s.n_edges:,} directed edges ({s.drive_km:,.0f} km), {s.n_turns:,} permitted turns, {s.n_junctions:,}"
        f" junctions; {s.main_share:.1%} of the edges reach each other",
    )
    yield from _restrictions_told(s)
    if s.n_walk_edges is None or s.walk_main_share is None:
        yield "没有人行道，步行时间仍用估计", "no footways: times on foot remain estimates"
    else:
        yield (
            f"步行：{s.n_walk_edges:,} 条有向路段，其中人行道等 {s.n_footways:,} 条道路；{s.walk_main_share:.1%} 的路段互相可达",
            f"to walk: {s.n_walk_edges:,} directed edges, {s.n_footways:,} ways made for walking;"
            f" {s.walk_main_share:.1%} of the edges reach each other",
        )
    if s.n_missing_nodes:
        yield (
            f"{s.n_missing_nodes:,} 个路点不在文件中，道路在此截断",
            f"{s.n_missing_nodes:,} points of streets are not in the file; the streets end there",
        )
    usage = resource.getrusage(resource.RUSAGE_SELF)
    most_mb = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    cpu_s = usage.ru_utime + usage.ru_stime
    yield (
        f"用时 {wall_s:.1f} 秒（处理器 {cpu_s:.1f} 秒），内存最多 {most_mb:,.0f} MB",
        f"took {wall_s:.1f} s ({cpu_s:.1f} s of processor), at most {most_mb:,.0f} MB of memory",
    )


def _restrictions_told(s: "Summary") -> Iterator[tuple[str, str]]:
    from maps_data.roads.restrictions import REASONS

    yield (
        f"转向限制 {s.n_restrictions:,} 条：经路口 {s.n_by_node:,}，经道路 {s.n_by_ways:,}（{s.n_doubles:,} 条路段因此成双），"
        f"本就无法那样转 {s.n_impossible:,}",
        f"{s.n_restrictions:,} turn restrictions: {s.n_by_node:,} at a node, {s.n_by_ways:,} over ways ({s.n_doubles:,} edges"
        f" doubled for them), {s.n_impossible:,} whose turn is impossible anyway",
    )
    for reason, count in s.unused.items():
        zh, en = REASONS[reason]
        yield f"未采用 {count:,} 条：{zh}", f"{count:,} not applied: {en}"


def _box(text: str | None) -> "Box | None":
    from maps_data.roads.extract import Box

    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
        return Box(west_deg=west, south_deg=south, east_deg=east, north_deg=north)
    except ValueError:
        _refuse(
            f"--bbox {text} 不是一个范围，应为 西,南,东,北 四个度数，如 113.75,22.40,114.65,22.87",
            f"--bbox {text} is not a box: give west,south,east,north in degrees, like 113.75,22.40,114.65,22.87",
        )


@contextmanager
def _refusals() -> Iterator[None]:
    """Say what is wrong in one sentence, in Chinese and in English, and end with code 2."""
    from maps_data.roads.pbf import SourceError

    try:
        yield
    except SourceError as error:
        _refuse(error.zh, error.en)
    except FileExistsError as error:
        _refuse(*str(error).split(" / ", 1))
    except OSError as error:
        _refuse(f"无法写入：{error}", f"cannot write: {error}")


def _refuse(zh: str, en: str = "") -> NoReturn:
    typer.echo(zh, err=True)
    if en:
        typer.echo(en, err=True)
    raise typer.Exit(2)
