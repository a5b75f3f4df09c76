"""The command `maps-data`: generate, show and validate a city, import AEDs. Chinese first, English beside it."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from maps_data import cli_posts, cli_roads

if TYPE_CHECKING:
    from maps_data.catalogue import Catalogue
    from maps_data.importers.aeds import ImportReport

app = typer.Typer(no_args_is_help=True, add_completion=False, help="城市数据 / The city's data")
catalogue_app = typer.Typer(no_args_is_help=True, help="查看与检查城市数据 / Show and check a city's data")
aeds_app = typer.Typer(no_args_is_help=True, help="AED 登记 / AED registry")
app.add_typer(catalogue_app, name="catalogue")
app.add_typer(aeds_app, name="aeds")
app.add_typer(cli_roads.app, name="roads")
app.add_typer(cli_posts.app, name="posts")

DATA_DIR_VARIABLE: Final = "DISPATCH_DATA_DIR"
DEFAULT_DATA_DIR: Final = "var"

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

    with _sentences():
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


@aeds_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="登记表文件 / registry file")],
    file_format: Annotated[str, typer.Option("--format", help="csv | geojson")],
    datum: Annotated[str | None, typer.Option("--datum", help="wgs84 | gcj02 | bd09")] = None,
    data_dir: DataDir = None,
    dated: Annotated[
        datetime | None,
        typer.Option(
            "--dated",
            formats=["%Y-%m-%d"],
            help="登记的日期，默认文件修改日 / day of the registry; default: of the file",
        ),
    ] = None,
    city: City = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help='列名对照 TOML，如 id = "设备编号" / column names, TOML')
    ] = None,
) -> None:
    """导入 AED 登记，替换当前登记，旧版保留。/ Import an AED registry in place of the current one, which is kept."""
    from maps_data.importers.aed_formats import AedFormat
    from maps_data.importers.aeds import import_aeds
    from routing.datum import Datum

    if file_format.lower() == "osm":
        _refuse("OSM 格式尚不支持，请先导出为 GeoJSON", "OSM files are not supported yet; export GeoJSON first")
    if file_format.lower() not in set(AedFormat):
        _refuse(f"不认识的格式 {file_format}，应为 csv 或 geojson", f"unknown format {file_format}: use csv or geojson")
    if datum is None:
        _refuse(
            "必须用 --datum 说明坐标系：wgs84、gcj02（高德、腾讯）或 bd09（百度）；不说明会偏差数百米",
            "say with --datum which coordinates these are: wgs84, gcj02 (Amap, Tencent) or bd09 (Baidu);"
            " a guess would be off by hundreds of metres",
        )
    if datum.lower() not in set(Datum):
        _refuse(
            f"不认识的坐标系 {datum}，应为 wgs84、gcj02 或 bd09", f"unknown datum {datum}: use wgs84, gcj02 or bd09"
        )
    with _sentences():
        report = import_aeds(
            file,
            kind=AedFormat(file_format.lower()),
            datum=Datum.parse(datum),
            data_dir=data_dir or Path(os.environ.get(DATA_DIR_VARIABLE, DEFAULT_DATA_DIR)),
            dated=dated.date() if dated else None,
            city=city,
            mapping_path=mapping,
        )
    _tell(report)


def _tell(report: "ImportReport") -> None:
    diff = report.diff
    typer.echo(f"已导入 {report.n_imported:,} 台，版本 {report.pointer.version} / imported {report.n_imported:,} AEDs")
    typer.echo(
        f"新增 {len(diff.added):,}，变更 {len(diff.changed):,}，移除 {len(diff.removed):,}，未变 {diff.n_unchanged:,}"
        f" / added {len(diff.added):,}, changed {len(diff.changed):,}, removed {len(diff.removed):,},"
        f" unchanged {diff.n_unchanged:,}"
    )
    if report.rejected:
        typer.echo(
            f"{len(report.rejected):,} 行未导入，原因见 {report.quarantine_path}"
            f" / {len(report.rejected):,} rows set aside; reasons in {report.quarantine_path}"
        )
    if report.n_hours_unreadable:
        typer.echo(
            f"{report.n_hours_unreadable:,} 台的开放时间无法解读，将显示“未知”"
            f" / hours of {report.n_hours_unreadable:,} AEDs cannot be read and will be shown as unknown"
        )


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

    with _sentences():
        return load_catalogue(city, data_dir=data_dir)


@contextmanager
def _sentences() -> Iterator[None]:
    """Say what is wrong with the data in two sentences and end with code 1, without a traceback."""
    from maps_data.tables import DataError

    try:
        yield
    except DataError as error:
        typer.echo(error.zh, err=True)
        typer.echo(error.en, err=True)
        raise typer.Exit(1) from None


def _refuse(zh: str, en: str) -> NoReturn:
    """Refuse the command's options and end with code 2."""
    typer.echo(zh, err=True)
    typer.echo(en, err=True)
    raise typer.Exit(2)
