"""`maps-data aeds`: import of AED registries, the versions that there are, and the way back."""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from maps_data.cli_sentences import refuse, sentences

if TYPE_CHECKING:
    from maps_data.cli_live import RunningService
    from maps_data.importers.aed_diff import Diff
    from maps_data.importers.aeds import Plan

app = typer.Typer(no_args_is_help=True, help="AED 登记 / AED registry")

DATA_DIR_VARIABLE: Final = "DISPATCH_DATA_DIR"
DEFAULT_DATA_DIR: Final = "var"
CHANGES_SHOWN: Final = 10
DIFF: Final = "last-diff.csv"
IN_FORCE: Final = ("已在运行的服务中生效", "in force in the running service")
AT_NEXT_START: Final = ("重启服务后生效", "in use when the service starts next")

ServiceUrl = Annotated[
    str | None,
    typer.Option(
        "--service",
        help="运行中的服务，立即换用；它须用同一数据目录 / a running service on this data directory, which takes it up at once",
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", help="令牌文件，缺省 DISPATCH_TOKEN / file of the token; default: DISPATCH_TOKEN"),
]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="服务的数据目录 / the service's data directory")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="登记表文件 / registry file")],
    file_format: Annotated[str, typer.Option("--format", help="csv | geojson | osm（.pbf、.osm 或 Overpass JSON）")],
    datum: Annotated[str | None, typer.Option("--datum", help="wgs84 | gcj02 | bd09")] = None,
    data_dir: DataDir = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            help="登记来源名；只替换该来源，与其他来源的同一设备合并。缺省：此文件即全部 AED"
            " / name of the registry: replaces only its own, merged with the others; default: the file is all AEDs",
        ),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help='TOML：本项目列名 = "登记表列名" / our column = "theirs"')
    ] = None,
    dated: Annotated[
        datetime | None,
        typer.Option("--dated", formats=["%Y-%m-%d"], help="登记表日期，默认文件日期 / the registry's own day"),
    ] = None,
    city: Annotated[Path | None, typer.Option("--city", help="城市数据目录，默认内置深圳 / city data set")] = None,
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只显示差异，不导入 / show the difference only")
    ] = False,
    may_remove: Annotated[
        bool, typer.Option("--allow-removals", help="允许一次移除很多设备 / let many devices be removed at once")
    ] = False,
    trust_datum: Annotated[
        bool, typer.Option("--trust-datum", help="不核对坐标系 / do not check the datum against known places")
    ] = False,
    service: ServiceUrl = None,
    token_file: TokenFile = None,
) -> None:
    """检查登记表，显示差异，再替换；旧版保留。/ Check a registry, show the difference, swap it in; the old one is kept."""
    from maps_data.importers.aed_formats import AedFormat
    from maps_data.importers.aeds import plan_import
    from routing.datum import Datum

    if file_format.lower() not in set(AedFormat):
        refuse(
            f"不认识的格式 {file_format}，应为 csv、geojson 或 osm",
            f"unknown format {file_format}: use csv, geojson or osm",
        )
    if datum is None:
        refuse(
            "必须用 --datum 说明坐标系：wgs84、gcj02（高德、腾讯）或 bd09（百度）；不说明会偏差数百米",
            "say with --datum which coordinates these are: wgs84, gcj02 (Amap, Tencent) or bd09 (Baidu);"
            " a guess would be off by hundreds of metres",
        )
    if datum.lower() not in set(Datum):
        refuse(f"不认识的坐标系 {datum}，应为 wgs84、gcj02 或 bd09", f"unknown datum {datum}: use wgs84, gcj02 or bd09")
    directory = _directory(data_dir)
    running, seen = _running(service, token_file)
    with sentences():
        plan = plan_import(
            file,
            kind=AedFormat(file_format.lower()),
            datum=Datum.parse(datum),
            data_dir=directory,
            registry=source,
            dated=dated.date() if dated else None,
            city=city,
            mapping_path=mapping,
            is_datum_certain=trust_datum,
        )
        _tell(plan, directory)
        if is_dry_run:
            typer.echo("未导入（--dry-run） / nothing was imported (--dry-run)")
            return
        if plan.diff.removes_many and not may_remove:
            refuse(
                f"此文件会移除 {len(plan.diff.removed):,} 台，可能不完整，未导入；确认无误请加 --allow-removals",
                f"this would remove {len(plan.diff.removed):,} AEDs, as if the file were incomplete; nothing was imported."
                " Add --allow-removals if it is right",
                code=1,
            )
        version = plan.keep() if running else plan.swap_in().version
    if running:
        # The difference was looked at here, and its removals allowed.
        running.order(version, file.name, instead_of=seen, allow_removals=True)
    when_zh, when_en = IN_FORCE if running else AT_NEXT_START
    typer.echo(
        f"已导入 {plan.n_imported:,} 台，版本 {version}，{when_zh}；退回用 maps-data aeds rollback"
        f" / imported {plan.n_imported:,} AEDs; {when_en}; `maps-data aeds rollback` goes back"
    )


@app.command()
def rollback(
    data_dir: DataDir = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", help="版本，own 为城市自带，缺省为前一版 / version, own: the city's; default: the one before"
        ),
    ] = None,
    service: ServiceUrl = None,
    token_file: TokenFile = None,
) -> None:
    """退回前一版（再执行一次即撤销退回）。/ Go back to the version before; once more undoes it."""
    from maps_data.imported import OWN, roll_back, version_before

    directory = _directory(data_dir)
    running, seen = _running(service, token_file)
    with sentences():
        if running:
            version = version_before(directory, to)
            running.order(version, f"退回 / back to {version or OWN}", instead_of=seen, allow_removals=True)
        else:
            version = roll_back(directory, to).version
    when_zh, when_en = IN_FORCE if running else AT_NEXT_START
    typer.echo(f"版本 {version or OWN}，{when_zh} / version {version or OWN}: {when_en}")


@app.command()
def versions(data_dir: DataDir = None) -> None:
    """列出已有版本，最近写入的在前，* 为现用。/ The versions that there are, the latest first; * is in force."""
    from maps_data.imported import current_pointer
    from maps_data.imported import versions as on_disk

    directory = _directory(data_dir)
    with sentences():
        pointer = current_pointer(directory)
    for version in on_disk(directory):
        typer.echo(f"{'*' if pointer and pointer.version == version else ' '} {version}")


def _running(url: str | None, token_file: Path | None) -> tuple["RunningService | None", int]:
    """The service that is to take the data up, if one is named, and the number of the order that is in force there."""
    from maps_data.cli_live import service_at

    if url is None:
        return None, 0
    running = service_at(url, token_file)
    order = running.state()["order"]
    return running, order["seq"] if order else 0


def _directory(data_dir: Path | None) -> Path:
    return data_dir or Path(os.environ.get(DATA_DIR_VARIABLE, DEFAULT_DATA_DIR))


def _tell(plan: "Plan", data_dir: Path) -> None:
    from maps_data.imported import aeds_directory, write_durably

    diff = plan.diff
    typer.echo(
        f"新增 {len(diff.added):,}，变更 {len(diff.changed):,}，移除 {len(diff.removed):,}，未变 {diff.n_unchanged:,}，"
        f"共 {plan.n_devices:,} 台"
        f" / added {len(diff.added):,}, changed {len(diff.changed):,}, removed {len(diff.removed):,},"
        f" unchanged {diff.n_unchanged:,}, {plan.n_devices:,} in all"
    )
    _tell_changes(diff)
    path = aeds_directory(data_dir) / DIFF
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, diff.csv())
    typer.echo(f"全部差异见 {path} / the whole difference is in {path}")
    if plan.n_merged:
        typer.echo(f"{plan.n_merged:,} 台与其他来源合并 / {plan.n_merged:,} merged with other registries")
    if plan.n_repeated:
        typer.echo(f"{plan.n_repeated:,} 行重复，只计一次 / {plan.n_repeated:,} repeated rows count once")
    if plan.rejected:
        typer.echo(
            f"{len(plan.rejected):,} 行未导入，原因见 {plan.quarantine_path}"
            f" / {len(plan.rejected):,} rows set aside; reasons in {plan.quarantine_path}"
        )
    if plan.n_hours_unreadable:
        typer.echo(
            f"{plan.n_hours_unreadable:,} 台的开放时间无法解读，将显示“未知”"
            f" / hours of {plan.n_hours_unreadable:,} AEDs cannot be read and will be shown as unknown"
        )


def _tell_changes(diff: "Diff") -> None:
    for sign, ids in (("+", diff.added), ("-", diff.removed)):
        for aed_id in ids[:CHANGES_SHOWN]:
            typer.echo(f"  {sign} {aed_id}")
        if len(ids) > CHANGES_SHOWN:
            typer.echo(f"  {sign} … {len(ids) - CHANGES_SHOWN:,} 台未列出 / more")
    for change in diff.changes[:CHANGES_SHOWN]:
        typer.echo(f"  ~ {change.aed_id} {change.column}: {change.before or '∅'} → {change.after or '∅'}")
    if len(diff.changes) > CHANGES_SHOWN:
        typer.echo(f"  ~ … {len(diff.changes) - CHANGES_SHOWN:,} 项未列出 / more")
