"""The command `maps-data`: generate, show and validate a city, import AEDs. Chinese first, English beside it."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maps_data import cli_aeds, cli_hospitals, cli_posts, cli_roads
from maps_data.cli_sentences import sentences

if TYPE_CHECKING:
    from maps_data.catalogue import Catalogue

app = typer.Typer(no_args_is_help=True, add_completion=False, help="城市数据 / The city's data")
catalogue_app = typer.Typer(no_args_is_help=True, help="查看与检查城市数据 / Show and check a city's data")
app.add_typer(catalogue_app, name="catalogue")
app.add_typer(cli_aeds.app, name="aeds")
app.add_typer(cli_hospitals.app, name="hospitals")
app.add_typer(cli_roads.app, name="roads")
app.add_typer(cli_posts.app, name="posts")


City = Annotated[
    Path | None, typer.Option("--city", help="城市数据目录，默认内置深圳 / city data set; default: embedded Shenzhen")
]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="服务的数据目录 / the service's data directory")]


@app.command()
def generate(
    out: Annotated[Path, typer.Option("--out", help="输出目录 / output directory")],
    seed: Annotated[int, typer.Option("--seed", help="随机种子 / seed")] = 120,
    city: City = None,
) -> None:
    """生成模拟车队、模拟 AED 与各区轮廓。/ Generate the simulated fleet and AEDs and the district outlines."""
    from maps_data.generate import generated_files, write_generated

    with sentences():
        paths = write_generated(generated_files(city, seed=seed), out)
    for path in paths:
        typer.echo(f"已写入 {path}（{path.stat().st_size:,} 字节） / wrote {path} ({path.stat().st_size:,} bytes)")


@catalogue_app.command()
def show(city: City = None, data_dir: DataDir = None) -> None:
    """数据版本、各类数量、AED 覆盖（实测）。/ Data version, counts, and the measured reach of the AEDs."""
    from maps_data.placement import reach

    catalogue = _load(city, data_dir)
    typer.echo(f"{catalogue.name_zh} {catalogue.data_version}")
    typer.echo(f"生效 {catalogue.valid_from} / valid from {catalogue.valid_from}")
    for zh, en, count in _counts(catalogue):
        typer.echo(f"{zh} {count:,} / {en}: {count:,}")
    for measured in reach(catalogue.population_cells, catalogue.aeds):
        cells, residents = f"{measured.share_of_cells:.1%}", f"{measured.share_of_residents:.1%}"
        typer.echo(
            f"直线 {measured.radius_m:.0f} 米内有 AED：网格 {cells}，居民 {residents}"
            f" / AED within {measured.radius_m:.0f} m in a straight line: {cells} of cells, {residents} of residents"
        )


@catalogue_app.command()
def validate(city: City = None, data_dir: DataDir = None) -> None:
    """检查一份城市数据；有错则指出文件、行、列。/ Check a city's data; errors name file, row and column."""
    catalogue = _load(city, data_dir)
    typer.echo(f"{catalogue.data_version} 完好 / is sound")


def _counts(catalogue: "Catalogue") -> list[tuple[str, str, int]]:
    kinds = Counter(d.kind.value for hospital in catalogue.hospitals for d in hospital.designations)
    return [
        ("医院", "hospitals", len(catalogue.hospitals)),
        ("其中卒中地图", "of them on the stroke map", kinds["stroke"]),
        ("其中胸痛（STEMI）地图", "of them on the STEMI map", kinds["stemi"]),
        ("急救站", "ambulance bases", len(catalogue.bases)),
        ("救护单元（模拟）", "units (simulated)", len(catalogue.units)),
        ("其中负压", "of them negative-pressure", sum(unit.negative_pressure for unit in catalogue.units)),
        ("地铁站", "metro stations", len(catalogue.metro_stations)),
        ("区", "districts", len(catalogue.districts)),
        ("人口网格（估计）", "population cells (estimated)", len(catalogue.population_cells)),
        ("AED", "AEDs", len(catalogue.aeds)),
        ("其中模拟", "of them simulated", sum(aed.record_class.value == "simulated" for aed in catalogue.aeds)),
        ("阻隔线", "barriers", len(catalogue.barriers)),
    ]


def _load(city: Path | None, data_dir: Path | None) -> "Catalogue":
    from maps_data.catalogue import load_catalogue

    with sentences():
        return load_catalogue(city, data_dir=data_dir)
