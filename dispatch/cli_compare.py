"""`dispatch drill compare` and `dispatch drill bootstrap`: are two policies really different, and weeks to find it out on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import select

from dispatch.adapters.journal_chain import EventRow, recorded_of
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_sqlite import open_to_read
from dispatch.adapters.journal_tables import EVENTS
from dispatch.domain.events import RecommendationMade, Recorded
from dispatch.drills import compare_page
from dispatch.drills.bootstrap import resample, write_log
from dispatch.drills.compare import Run
from dispatch.drills.compare import compare as compare_runs
from maps_data.tables import DataError

_ROWS_AT_A_TIME = 500


def compare(
    directories: Annotated[
        list[str],
        typer.Argument(
            metavar="[名称 LABEL=]目录 DIR...",
            help="已完成的演练目录；同一策略的不同设置以 名称=目录 区分。 Finished drills; LABEL= tells set-ups of one policy apart.",
        ),
    ],
    baseline: Annotated[
        str | None,
        typer.Option("--baseline", help="与谁相比，默认 closest-idle。 What to compare with; default closest-idle."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="结果目录。 Directory for results.")] = Path("compare"),
) -> None:
    """逐对比较已完成的演练，给出置信区间；写出 compare.json 与 compare.html。 Compare finished drills pair by pair."""
    console = Console(stderr=True)
    try:
        runs = [
            _run(text) for text in track(directories, "演练 drills", console=console, disable=not console.is_terminal)
        ]
        comparison = compare_runs(runs, baseline)
    except (DataError, JournalDamaged) as error:
        _stop(error)
    out.mkdir(parents=True, exist_ok=True)
    written = json.dumps(comparison, ensure_ascii=False, indent=2, allow_nan=False)
    (out / "compare.json").write_text(written + "\n", encoding="utf-8")
    (out / "compare.html").write_text(compare_page.make_page(comparison), encoding="utf-8")
    _tell(comparison, out)


def bootstrap(
    calls: Annotated[Path, typer.Argument(help="呼叫日志 *.calls.csv[.gz]。 A call log.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option("--out", help="写入的文件 *.csv[.gz]。 File to write.")],
    seed: Annotated[int, typer.Option("--seed", help="随机种子。 The same seed gives the same log.")] = 1,
    weeks: Annotated[
        int,
        typer.Option(
            "--weeks", min=1, help="接连生成这么多份,种子依次加一。 So many one after another, each of the next seed."
        ),
    ] = 1,
) -> None:
    """由一份日志按小时重抽样，生成同格式的新日志。 Resample a log by the hour into another that might have been."""
    try:
        rows = resample(calls, seed, weeks)
        if not rows:
            raise DataError(f"{calls} 中没有来电", f"{calls} holds no call")
    except DataError as error:
        _stop(error)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_log(out, rows)
    typer.echo(
        f"{len(rows)} 行写入 {out}（重抽样，种子 {seed}，并非记录） {len(rows)} rows, RESAMPLED with seed {seed}, not a record"
    )


def _run(text: str) -> Run:
    """`DIR` or `LABEL=DIR`, measured."""
    label, _, named = text.rpartition("=")
    directory = Path(named)
    report = _report(directory)
    return Run.of(label or report["policy"], str(directory), report, entries_of(directory / "journal", report))


def _report(directory: Path) -> dict[str, Any]:
    """The report of a finished drill; `drill run` writes it last."""
    path = directory / "report.json"
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        report["policy"], report["seed"], report["journal_head_hash"], report["reassignments"]["per_day"]
        report["log"]["sha256"], report["log"]["resampled_rows"]
    except FileNotFoundError:
        raise DataError(
            f"{directory} 没有 report.json：不是演练目录，或演练未完成",
            f"{directory} has no report.json: it is no drill, or the drill did not finish",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} 不是演练报告：{error!r}，请重做这次演练",
            f"{path} is no drill's report ({error!r}); run the drill again",
        ) from None
    return report


def entries_of(path: Path, report: dict[str, Any]) -> Iterator[Recorded]:
    """A drill's journal without its recommendations, which are most of its bytes and say nothing of what happened."""
    kept = select(EVENTS).where(EVENTS.c.type != RecommendationMade.__name__).order_by(EVENTS.c.seq)
    try:
        with open_to_read(path) as connection:
            head = connection.scalar(select(EVENTS.c.hash).order_by(EVENTS.c.seq.desc()).limit(1))
            if head is None or head.hex() != report["journal_head_hash"]:
                raise DataError(
                    f"{path} 不是 report.json 所述的日志：演练中断或被另一次演练覆盖，请重做",
                    f"{path} is not the journal of its report.json: a drill broke off or wrote over it; run it again",
                )
            for stored in connection.execute(kept, execution_options={"yield_per": _ROWS_AT_A_TIME}):
                yield recorded_of(EventRow._make(stored[:-1]))
    except FileNotFoundError:
        raise DataError(f"{path} 不存在，请重做这次演练", f"{path} does not exist; run the drill again") from None


def _tell(comparison: dict[str, Any], out: Path) -> None:
    """A table per arm, what its intervals are, and where the rest is."""
    console = Console()
    for label in comparison["comparisons"]:
        table = Table(title=f"{label} ↔ {comparison['baseline']}  n = {comparison['n_pairs']}")
        for heading in ("", "> 8 min", "> 10", "> 12", "> 15", "mean", "p90"):
            table.add_column(heading, justify="right")
        for row in compare_page.terminal_rows(comparison, label):
            table.add_row(*row)
        console.print(table)
        totals = comparison["comparisons"][label]
        console.print(
            "  ".join(
                f"{zh} {en} {compare_page.change(totals[name])}" for name, (zh, en) in compare_page.TOTALS.items()
            )
        )
    for sentence in compare_page.INTERVALS[comparison["interval"]]:
        typer.echo(sentence)
    typer.echo(
        f"结果在 {out}/compare.html 与 compare.json；车组与行车均为模拟。 Results in {out}; crews and drives are simulated."
    )


def _stop(error: DataError | JournalDamaged) -> NoReturn:
    for sentence in (error.zh, error.en) if isinstance(error, DataError) else (str(error),):
        typer.echo(sentence, err=True)
    raise typer.Exit(2)
