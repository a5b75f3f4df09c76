"""`dispatch report`: reports made from a journal, beside the live service or without it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection, select

from dispatch.adapters.journal_chain import EventRow, recorded_of
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_places import open_to_read
from dispatch.adapters.journal_tables import EVENT_INCIDENTS, EVENTS
from dispatch.domain.choice import Recommendation
from dispatch.domain.events import IncidentOpened, LocationCorrected, RecommendationMade, Recorded
from dispatch.projections.quality import month_book, quality_report
from dispatch.reports.decision_picture import decision_svg
from dispatch.reports.quality_page import as_csv, as_json, as_page
from dispatch.reports.quality_places import district_finder, month_bounds, names_of
from maps_data.catalogue import load_catalogue
from maps_data.tables import DataError
from routing.geo import Wgs84

app = typer.Typer(help="报告。 Reports.", no_args_is_help=True)
_ROWS_AT_A_TIME = 500


@app.callback()
def report() -> None:
    """报告。 Reports."""


@app.command()
def quality(
    journal: Annotated[
        str,
        typer.Argument(metavar="JOURNAL", help="日志文件或 postgresql:// 地址。 A journal file or postgresql:// URL."),
    ],
    month: Annotated[str, typer.Option("--month", help="月份,如 2026-10(当地时间)。 The month, local time.")],
    out: Annotated[Path, typer.Option("--out", help="结果目录。 Directory for results.")] = Path("quality"),
    city: Annotated[Path | None, typer.Option("--city", help="城市数据集,默认内置深圳。 City data set.")] = None,
) -> None:
    """救治时间质量月报:quality.html、quality.csv、quality.json。 The month's care times against their targets."""
    try:
        catalogue = load_catalogue(city)
        from_at, to_at = month_bounds(month, ZoneInfo(catalogue.time_zone))
    except DataError as error:
        _stop(f"{error.zh} {error.en}")
    except ValueError:
        _stop(f"{month} 不是月份,请写成 2026-10。 {month} is no month; write it like 2026-10.")
    try:
        with open_to_read(journal) as connection:
            book = month_book(_entries(connection), from_at, to_at)
    except (FileNotFoundError, JournalDamaged, ValueError) as error:
        _stop(str(error))
    district_of = district_finder(catalogue.population_cells)
    made = quality_report(book, from_at=from_at, to_at=to_at, district_of=district_of)
    names = names_of(catalogue, month)
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_json(made, names), ensure_ascii=False, indent=2)
    (out / "quality.json").write_text(text + "\n", encoding="utf-8")
    (out / "quality.csv").write_text(as_csv(made, names), encoding="utf-8", newline="")
    (out / "quality.html").write_text(as_page(made, names), encoding="utf-8")
    typer.echo(f"{made.n_patients} 名患者,写入 {out}。 {made.n_patients} patients; written to {out}.")


@app.command()
def decision(
    journal: Annotated[
        str,
        typer.Argument(metavar="JOURNAL", help="日志文件或 postgresql:// 地址。 A journal file or postgresql:// URL."),
    ],
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="事件的 incident_id。 The incident's id.")],
    seq: Annotated[
        int | None, typer.Option("--seq", help="记录序号,默认第一次。 Which record; the first one if not given.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="结果文件。 The file to write.")] = Path("decision.svg"),
) -> None:
    """一次派车决定的图:各候选的位置、时间与代价。 A decision as a picture: where the candidates were and what each would cost."""
    try:
        with open_to_read(journal) as connection:
            made, scene = _decided(connection, incident, seq)
    except (FileNotFoundError, JournalDamaged, ValueError) as error:
        _stop(str(error))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(decision_svg(made, scene), encoding="utf-8")
    typer.echo(f"{made.computed_at:%Y-%m-%d %H:%M:%S} UTC,写入 {out}。 Written to {out}.")


def _decided(connection: Connection, incident: str, seq: int | None) -> tuple[Recommendation, Wgs84]:
    """The recommendation for an incident (the one at `seq`, else the first), and where it was."""
    columns = [EVENTS.c[name] for name in EventRow._fields]
    concerned = select(EVENT_INCIDENTS.c.seq).where(EVENT_INCIDENTS.c.incident_id == incident)
    query = select(*columns).where(EVENTS.c.seq.in_(concerned))
    scene: Wgs84 | None = None
    for row in connection.execute(query.order_by(EVENTS.c.seq)):
        recorded = recorded_of(EventRow._make(row))
        match recorded.event:
            case IncidentOpened(location=location) | LocationCorrected(location=location):
                scene = location.point
            case RecommendationMade(recommendation=made) if scene is not None and seq in {None, recorded.seq}:
                return made, scene
    raise ValueError(
        f"日志中没有事件 {incident} 的这次推荐。 The journal holds no such recommendation for incident {incident}."
    )


def _entries(connection: Connection) -> Iterator[Recorded]:
    """Without recommendations, which are most of a journal's bytes and say nothing of what happened."""
    columns = [EVENTS.c[name] for name in EventRow._fields]
    query = select(*columns).where(EVENTS.c.type != RecommendationMade.__name__).order_by(EVENTS.c.seq)
    for row in connection.execute(query, execution_options={"yield_per": _ROWS_AT_A_TIME}):
        yield recorded_of(EventRow._make(row))


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
