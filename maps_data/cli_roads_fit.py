"""`maps-data roads fit-estimate` and `maps-data roads calibrate`: what a street network and recorded drives teach."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from maps_data.catalogue import Catalogue
    from maps_data.roads.fit import Fit

Roads = Annotated[Path, typer.Argument(help="道路网络目录 / directory of a street network")]
City = Annotated[
    Path | None, typer.Option("--city", help="城市数据目录，默认内置深圳 / city data set; default: embedded Shenzhen")
]


def register(app: typer.Typer) -> None:
    """Give `maps-data roads` these commands."""
    app.command("fit-estimate")(fit_estimate)


def fit_estimate(
    roads: Roads,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="写入的文件，默认 DIR/estimate.json / file to write; default: DIR/estimate.json"),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="随机种子 / seed")] = 1,
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
        found = fit(streets, catalogue.population_cells, barriers, seed=seed)
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
    from maps_data.tables import DataError
    from routing.roads.network import NetworkError

    try:
        yield
    except (DataError, NetworkError) as error:
        typer.echo(error.zh, err=True)
        typer.echo(error.en, err=True)
        raise typer.Exit(2) from None
