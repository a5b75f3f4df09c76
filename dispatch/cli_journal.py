"""`dispatch journal`: check a journal, write it out for others, or move it. All may run beside the live service."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from dispatch.adapters.export import export as export_events
from dispatch.adapters.journal_copy import copy as copy_journal
from dispatch.adapters.journal_faults import JournalDamaged, JournalLocked
from dispatch.adapters.journal_places import Place, shown
from dispatch.adapters.journal_report import Report
from dispatch.adapters.journal_sqlite import LIVE_FILE
from dispatch.adapters.journal_until import Until, until_of
from dispatch.adapters.key_files import paths
from dispatch.adapters.personal_keys import KeysLocked, PersonalKeys
from dispatch.adapters.vault import Vault
from dispatch.adapters.verify import verify as verify_journal
from dispatch.engine.ports import DependencyFailed
from dispatch.settings import DEFAULT_DATA_DIR, Settings

app = typer.Typer(help="日志:校验、导出与复制。 The journal: verify, export and copy.", no_args_is_help=True)

DataDir = Annotated[
    Path,
    typer.Option("--data-dir", envvar="DISPATCH_DATA_DIR", help="服务的数据目录。 The service's data directory."),
]
JournalFile = Annotated[
    Path | None,
    typer.Option("--journal", help="日志文件,例如演练的 journal。 A journal file, such as a drill's `journal`."),
]

DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database-url", envvar="DISPATCH_DATABASE_URL", help="PostgreSQL 日志。 A journal on PostgreSQL."),
]

UntilText = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="SEQ|AT",
        help="只到第几条记录或某一时刻,如 2026-11-22T08:00:00+08:00。 Only up to an event's number or an instant.",
    ),
]

KeysDir = Annotated[
    Path | None,
    typer.Option(
        "--keys-dir",
        envvar="DISPATCH_KEYS_DIR",
        help="个人信息密钥的目录。 The directory of the keys of personal data.",
    ),
]
_FAULTS = (FileNotFoundError, JournalDamaged, KeysLocked, DependencyFailed, ValueError)


def opened_keys(data_dir: Path, keys_dir: Path | None) -> PersonalKeys:
    """The keys of a data directory, as the service opens them."""
    settings = Settings(data_dir=data_dir, keys_dir=keys_dir)
    return PersonalKeys(settings.keys_directory, settings.master)


@contextmanager
def _vault(data_dir: Path, keys_dir: Path | None, journal: Path | None) -> Iterator[Vault | None]:
    """What opens the live journal's personal data, if its keys are there; a file named by itself is read as everybody can."""
    place = keys_dir or Settings(data_dir=data_dir).keys_directory
    if journal is not None or not paths(place):
        yield None
        return
    with opened_keys(data_dir, keys_dir) as keys:
        yield Vault(keys)


@app.command()
def verify(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    journal: JournalFile = None,
    database_url: DatabaseUrl = None,
    keys_dir: KeysDir = None,
) -> None:
    """校验哈希链、事件顺序、推演与规则;全部成立才以 0 退出。 Verify chain, order, fold and rules; exit 0 only if all hold."""
    where = journal or database_url or data_dir / LIVE_FILE
    try:
        with _vault(data_dir, keys_dir, journal) as vault:
            report = verify_journal(where, vault)
    except _FAULTS as error:
        _stop(error)
    typer.echo(describe(where, report))
    raise typer.Exit(0 if report.is_sound else 1)


@app.command()
def export(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    journal: JournalFile = None,
    database_url: DatabaseUrl = None,
    keys_dir: KeysDir = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="写入的文件,默认标准输出。 File to write; else stdout.")
    ] = None,
) -> None:
    """逐行导出为 JSON。 Write the events as JSON lines."""
    where = journal or database_url or data_dir / LIVE_FILE
    try:
        with _vault(data_dir, keys_dir, journal) as vault:
            if out is None:
                count = export_events(where, sys.stdout.buffer, vault)
                sys.stdout.buffer.flush()
            else:
                with out.open("wb") as file:
                    count = export_events(where, file, vault)
    except _FAULTS as error:
        _stop(error)
    typer.echo(f"已导出 {count:,} 条记录。 {count:,} events written.", err=True)


@app.command()
def copy(
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="文件或 postgresql:// 地址。 A file or postgresql:// URL.")
    ],
    target: Annotated[str, typer.Argument(metavar="TO", help="空的文件或数据库。 An empty file or database.")],
    until: UntilText = None,
) -> None:
    """在 SQLite 与 PostgreSQL 之间复制日志,完整校验后才保留。 Copy between SQLite and PostgreSQL; kept only if it verifies."""
    try:
        report = copy_journal(source, target, until=point_of(until))
    except (FileNotFoundError, JournalDamaged, JournalLocked, ValueError) as error:
        _stop(error)
    typer.echo(describe(target, report))
    raise typer.Exit(0 if report.is_sound else 1)


def point_of(text: str | None) -> Until | None:
    """What `--until` means. ValueError when it means nothing."""
    if text is None:
        return None
    try:
        return until_of(text)
    except ValueError:
        raise ValueError(
            f"--until {text}:须为记录序号,或带时区的时刻。 It has to be an event's number, or an instant with its offset."
        ) from None


def describe(where: Place, report: Report) -> str:
    """The report as people read it, in both languages."""
    first = "1–" if report.head_seq else ""
    lines = [
        f"日志 Journal      {shown(where)}",
        f"记录 Events       {report.events:,} ({first}{report.head_seq:,})",
        f"末尾哈希 Head hash {report.head_hash.hex()}",
        f"状态哈希 World hash {report.world_hash.hex() if report.world_hash else '–'}",
        f"未结事件 Open incidents {report.open_incidents:,}",
        f"应答 Replies      {report.replies:,}",
        f"快照 Snapshots    {report.snapshots_checked} 已核对 checked, "
        f"{report.snapshots_passed_over} 由其他版本生成或已随抹除作废 made by another version, or gone with an erasure",
    ]
    cut = sorted(where.parent.glob("cut_tail_*.jsonl")) if isinstance(where, Path) else []
    if cut:
        names = ", ".join(file.name for file in cut)
        lines.append(f"注意:曾截去损坏的末尾,见 Note: a damaged tail was cut earlier, see {names}")
    for problem in report.problems:
        lines += [f"- {problem.text_zh}", f"  {problem.text_en}"]
    if report.n_problems > len(report.problems):
        more = report.n_problems - len(report.problems)
        lines.append(f"另有 {more:,} 处问题未列出 and {more:,} more problems")
    lines.append(
        "结论 Result       完好 sound"
        if report.is_sound
        else f"结论 Result       发现 {report.n_problems:,} 处问题 {report.n_problems:,} problems found"
    )
    return "\n".join(lines)


def _stop(error: Exception) -> NoReturn:
    typer.echo(str(error), err=True)
    raise typer.Exit(1)
