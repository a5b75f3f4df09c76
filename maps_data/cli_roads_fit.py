"""`maps-data roads fit-estimate` and `maps-data roads calibrate`: what a street network and recorded drives teach."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

if TYPE_CHECKING:
    from maps_data.catalogue import Catalogue
    from maps_data.roads.calibrate import Group
    from maps_data.roads.fit import Fit

Roads = Annotated[Path, typer.Argument(help="道路网络目录 / directory of a street network")]
City = Annotated[
    Path | None, typer.Option("--city", help="城市数据目录，默认内置深圳 / city data set; default: embedded Shenzhen")
]


def register(app: typer.Typer) -> None:
    """Give `maps-data roads` these commands."""
    app.command("fit-estimate")(fit_estimate)
    app.command("calibrate")(calibrate)


def fit_estimate(
    roads: Roads,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="写入的文件，默认 DIR/estimate.json / file to write; default: DIR/estimate.json"),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="随机种子 / seed")] = 1,
    points: Annotated[int, typer.Option("--points", min=90, help="每端的点数 / points at each end")] = 650,
    draws: Annotated[
        int,
        typer.Option("--draws", min=1, help="测误差时抽取车组与现场的次数 / draws of units and scenes for the error"),
    ] = 20,
    city: City = None,
) -> None:
    """由道路网络拟合行车估算的常数，并测出误差。/ Fit the driving estimate to a street network, and measure its error."""
    from maps_data.roads.fit import facts_of, fit, rows_of
    from maps_data.roads.free_flow import FreeFlowStreets
    from routing.travel_time.barriers import Barrier
    from routing.travel_time.estimate_constants import FILE, write_constants

    with _refusals():
        catalogue, streets = _catalogue(city), FreeFlowStreets(roads)
        barriers = [Barrier(name_zh=b.name_zh, name_en=b.name_en, line=b.line) for b in catalogue.barriers]
        found = fit(streets, catalogue.population_cells, barriers, seed=seed, n_points=points, n_draws=draws)
        fitted_on = {
            "network": streets.network.version,
            "file": streets.network.source.get("file"),
            "sha256": streets.network.source.get("sha256"),
            "city": catalogue.data_version,
            "n_barriers": len(barriers),
            **facts_of(found),
        }
        path = out or roads / FILE
        write_constants(path, found.constants, fitted_on=fitted_on, errors=rows_of(found))
    for line in _fit_told(found, rows_of(found)):
        typer.echo(line)
    typer.echo(f"已写入 {path} / wrote {path}")


def calibrate(
    units: Annotated[Path, typer.Argument(help="车组记录 UNITS.csv / unit log")],
    calls: Annotated[Path, typer.Option("--calls", help="来电记录 CALLS.csv / call log")],
    roads: Annotated[Path, typer.Option("--roads", help="道路网络目录 / directory of a street network")],
    fleet: Annotated[
        str | None, typer.Option("--fleet", help="车队名称，默认文件名 / name of the fleet; default: the file's")
    ] = None,
    zone: Annotated[str, typer.Option("--zone", help="当地时区 / local time zone")] = "Asia/Shanghai",
) -> None:
    """由记录的行车学习本车队的行车系数。/ Learn from recorded drives how fast this fleet drives."""
    from maps_data.roads.calibrate import OrdinaryCar, keep, learn
    from maps_data.roads.drives import read_drives

    with _refusals():
        local = _zone(zone)
        drives = read_drives(units, calls)
        streets = OrdinaryCar(roads, local)
        learned = learn(drives, streets, local)
        name = fleet or units.name.split(".")[0]
        kept = keep(learned, roads, fleet=name, network=streets.version, logs=[units, calls], drives=drives)
    for group in (learned.total, *learned.groups):
        typer.echo(_group_told(group))
    error, before, p90 = (
        f"{learned.relative_error:.1%}",
        f"{learned.relative_error_before:.1%}",
        f"{kept.p90_factor:.2f}",
    )
    typer.echo(
        f"平均误差 {error}（未标定 {before}），p90 系数 {p90} / mean error {error} (uncalibrated {before}), p90 factor {p90}"
    )
    left_out = ", ".join(f"{reason} {n:,}" for reason, n in learned.left_out.items()) or "–"
    typer.echo(f"未采用 / left out: {left_out}")
    typer.echo(f"已写入 {roads}，重启服务后生效 / written into {roads}; holds from the service's next start")


def _zone(name: str) -> ZoneInfo:
    from maps_data.tables import DataError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise DataError(
            f"没有时区 {name}，例如 Asia/Shanghai", f"there is no time zone {name}; write one like Asia/Shanghai"
        ) from None


def _group_told(group: "Group") -> str:
    return (
        f"{group.name_zh} {group.name_en}: n {group.n:,}, 系数 factor {group.factor:.3f}"
        f" (95 % {group.factor_low:.3f}–{group.factor_high:.3f}), sigma {group.sigma:.2f}"
    )


def _fit_told(found: "Fit", rows: Any) -> Iterator[str]:
    constants, ranking = found.constants, found.ranking
    time, road = (
        f"{constants.a_s:g} + {constants.b_s:g} × km^{constants.c:g} s",
        f"{constants.d_m:g} + {constants.e:g} × m",
    )
    yield f"{constants.version}: {time}; {road}"
    yield (
        f"拟合 {found.n_legs:,} 段，测试另外 {found.n_tested:,} 段 / fitted to {found.n_legs:,} legs, tested on"
        f" {found.n_tested:,} others"
    )
    for row in rows:
        yield (
            f"  {row['legs_zh']} {row['legs_en']}: n {row['n']:,}, 平均误差 mean error {row['mean_error']:.1%}"
            f"（不计阻隔 without barriers {row['mean_error_without_barriers']:.1%}）, 中位比 median ratio {row['median_ratio']:.2f},"
            f" p90 {row['p90_ratio']:.2f}"
        )
    yield (
        f"路网上最近的车组也是估算最近的 {ranking.same_nearest:.0%}，在估算前五之内 {ranking.among_first_five:.0%}"
        f" / the network's nearest of {ranking.n_units} units is the estimate's nearest {ranking.same_nearest:.0%}, among its"
        f" first five {ranking.among_first_five:.0%}"
    )


def _catalogue(city: Path | None) -> "Catalogue":
    from maps_data.catalogue import load_catalogue

    return load_catalogue(city)


@contextmanager
def _refusals() -> Iterator[None]:
    """Say what is wrong in one sentence, in Chinese and in English, and end with code 2."""
    from maps_data.roads.fit import TooFewLegsError
    from maps_data.tables import DataError
    from routing.roads.network import NetworkError

    try:
        yield
    except (DataError, NetworkError, TooFewLegsError) as error:
        typer.echo(error.zh, err=True)
        typer.echo(error.en, err=True)
        raise typer.Exit(2) from None
