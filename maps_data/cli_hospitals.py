"""`maps-data hospitals`: a new list of hospitals, as a data set for `--city`."""

from pathlib import Path
from typing import Annotated

import typer

from maps_data.cli_sentences import refuse, sentences

app = typer.Typer(no_args_is_help=True, help="医院名单 / Hospitals")


@app.callback()
def hospitals() -> None:
    """医院名单 / Hospitals"""


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="完整的医院名单，列同 hospitals.csv / the whole list, columns as in hospitals.csv")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="新的城市数据目录，交给 --city / the new data set, for --city")
    ] = None,
    city: Annotated[
        Path | None, typer.Option("--city", help="现有城市数据，默认内置深圳 / the city to start from")
    ] = None,
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只检查并显示差异 / only check and show the difference")
    ] = False,
) -> None:
    """换医院名单：连同全市数据一起检查，写成新的城市数据。/ Exchange the hospitals, checked with all of the city; a new data set."""
    from maps_data.importers.hospitals import import_hospitals

    if out is None and not is_dry_run:
        refuse(
            "必须用 --out 指明新目录，或用 --dry-run 只检查",
            "name the new directory with --out, or only check with --dry-run",
        )
    with sentences():
        changes = import_hospitals(file, None if is_dry_run else out, city=city)
    typer.echo(
        f"新增 {len(changes.added)}，变更 {len(changes.changed)}，移除 {len(changes.removed)}，共 {changes.n_hospitals} 家"
        f" / added {len(changes.added)}, changed {len(changes.changed)}, removed {len(changes.removed)}, {changes.n_hospitals} in all"
    )
    for mark, names in (("+", changes.added), ("~", changes.changed), ("-", changes.removed)):
        for name in names:
            typer.echo(f"  {mark} {name}")
    if is_dry_run:
        typer.echo("未写入（--dry-run） / nothing was written (--dry-run)")
        return
    typer.echo(
        f"已写入 {out}，版本 {changes.data_version}；以 dispatch serve --city {out} 启动后生效"
        f" / written to {out}, version {changes.data_version}; in use with dispatch serve --city {out}"
    )
