"""`dispatch drill replay`: is a drill's journal what its inputs lead to?"""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from sqlalchemy import Connection

from dispatch.adapters.journal_compare import ComparingJournal, Difference, Differs
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_inline import read_recipe
from dispatch.adapters.journal_sqlite import open_to_read
from dispatch.cli_progress import calls_played
from dispatch.drills.stage import SAID, ends
from dispatch.pipeline.policies import POLICIES, Policy
from dispatch.playing import Prepared, Recipe, play, prepare
from maps_data.tables import DataError
from routing.roads.network import NetworkError
from routing.travel_time.estimate_constants import ConstantsError

_SHOWN_CHARACTERS = 200

JournalFile = Annotated[Path, typer.Argument(metavar="JOURNAL", help="演练的 journal 文件。 A drill's `journal` file.")]
Inputs = Annotated[
    Path | None,
    typer.Option(
        "--inputs",
        help="先在此目录按原名找来电日志等文件。 Look here first for the call log and the other files, by their names.",
        exists=True,
        file_okay=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")]


def replay(journal: JournalFile, inputs: Inputs = None, as_json: AsJson = False) -> None:
    """重做演练并与日志逐条比较，停在第一处不同；完全一致才以 0 退出。 Play a drill again; stop at the first event that differs."""
    try:
        with open_to_read(journal) as connection:
            prepared = prepared_from(connection, journal, inputs)
            compared = ComparingJournal(connection)
            difference = replayed(prepared, compared, None, _said(prepared, journal, inputs))
    except (FileNotFoundError, JournalDamaged, ValueError) as error:
        stop(1, str(error))
    if as_json:
        found = None if difference is None else asdict(difference)
        print_json({"is_same": difference is None, **_about(prepared, compared), "difference": found})
    else:
        tell(prepared, compared, difference)
    raise typer.Exit(0 if difference is None else 1)


def prepared_from(connection: Connection, journal: Path, inputs: Path | None) -> Prepared:
    """What the journal says it was made from."""
    text = read_recipe(connection)
    if text is None:
        stop(
            2,
            f"{journal} 没有写明由什么生成：它是实时服务的日志，或由旧版本写成。实时日志不含每次决定所见的全部车组位置，"
            "无法重做决定；其链条、推演与规则请用 dispatch journal verify 检查",
            f"{journal} does not say what it was made from: it is a live service's, or of an earlier version. A live journal does not "
            "hold the positions of all units that each decision saw, so its decisions cannot be made again; its chain, fold and rules "
            "are checked by `dispatch journal verify`",
        )
    try:
        recipe = Recipe.of_text(text)
    except ValueError as error:
        stop(
            2, f"{journal} 所写的生成方式无法读取（{error}）", f"What {journal} was made from cannot be read ({error})"
        )
    if recipe.policy not in POLICIES:
        stop(2, f"本程序没有策略 {recipe.policy}", f"This program has no policy {recipe.policy}")
    recipe = recipe if inputs is None else recipe.found_in(inputs)
    gone = [path for path in recipe.paths.values() if not path.exists()]
    if gone:
        stop(
            2,
            f"找不到 {gone[0]}；文件若已移动，请用 --inputs 指明所在目录",
            f"There is no {gone[0]}; if it was moved, name the directory that holds it with --inputs",
        )
    try:
        return prepare(recipe)
    except (DataError, NetworkError, ConstantsError) as error:
        stop(2, error.zh, error.en)


def _said(prepared: Prepared, journal: Path, inputs: Path | None) -> str | None:
    """What people have done in a drill that was led; None for another one."""
    if not prepared.recipe.led:
        return None
    found = next((at for folder in (inputs, journal.parent) if folder and (at := folder / SAID).exists()), None)
    if found is None:
        stop(
            2,
            f"{journal} 旁没有 {SAID}:其中是演练中人的操作",
            f"There is no {SAID} beside {journal}: it holds what people did",
        )
    text = found.read_text(encoding="utf-8")
    if not ends(text):
        typer.echo(
            f"{found} 没有记到演练结束(进程曾被强行终止):只比较到日志为止。"
            f" {found} does not reach the drill's end (its process was killed): compared as far as the journal goes.",
            err=True,
        )
    return text


def replayed(
    prepared: Prepared, compared: ComparingJournal, policy: Policy | None, said: str | None = None
) -> Difference | None:
    """Where the replay leaves the journal; None when it does not. `said` is what people did, in a drill that was led.

    One that was cut off, its process killed, is compared as far as its journal goes: what was still to be written then is more.
    """
    try:
        if said is not None:
            from dispatch.staging import play_staged

            asyncio.run(play_staged(prepared, compared, said, None if ends(said) else compared.last_at))
            compared.finish()
            return None
        with calls_played(len(prepared.log.calls)) as on_progress:
            asyncio.run(play(prepared, compared, policy=policy, on_progress=on_progress))
        compared.finish()
    except Differs as differs:
        is_cut_off = said is not None and not ends(said)
        return None if is_cut_off and differs.difference.is_beyond else differs.difference
    return None


def _about(prepared: Prepared, compared: ComparingJournal) -> dict[str, Any]:
    return {
        "events": compared.head_seq,
        "head_hash": compared.head_hash.hex(),
        "is_same_call_log": prepared.is_same_call_log,
        "is_same_demand": prepared.is_same_demand,
        "policy": prepared.recipe.policy,
        "seed": prepared.recipe.seed,
    }


def tell(prepared: Prepared, compared: ComparingJournal, difference: Difference | None) -> None:
    """What came of a replay, in both languages."""
    if not prepared.is_same_call_log:
        typer.echo("注意：来电日志已不是演练时的那一份（校验和不同）")
        typer.echo("Note: the call log is not the one that was played (its checksum differs)")
    if not prepared.is_same_demand:
        typer.echo("注意：呼救需求文件已不是演练时的那一份")
        typer.echo("Note: the file of demand is not the one that was played")
    if difference is None:
        typer.echo(
            f"重放 {compared.head_seq} 条记录，逐项一致（来电、模拟人员的动作与全部决定都重做了一遍）；末尾哈希 "
            f"{compared.head_hash.hex()}"
        )
        typer.echo(
            f"{compared.head_seq} events replayed, the same in every field (calls, simulated people and all decisions were gone "
            f"through again); head hash {compared.head_hash.hex()}"
        )
        return
    seq, name = difference.seq, difference.type
    if difference.field is None and difference.replayed is None:
        typer.echo(f"重放在第 {seq - 1} 条后结束，日志还有第 {seq} 条 {name}")
        typer.echo(f"The replay ends after event {seq - 1}; the journal goes on with event {seq}, {name}")
    elif difference.field is None:
        typer.echo(f"日志在第 {seq - 1} 条后结束，重放还有第 {seq} 条 {name}")
        typer.echo(f"The journal ends after event {seq - 1}; the replay goes on with event {seq}, {name}")
    else:
        was, now = _shown(difference.recorded), _shown(difference.replayed)
        typer.echo(f"第 {seq} 条 {name} 的 {difference.field} 不同：日志 {was}，重放 {now}；此前 {seq - 1} 条一致")
        typer.echo(
            f"Event {seq}, {name}, differs in {difference.field}: {was} in the journal, {now} in the replay; the {seq - 1} before "
            "are the same"
        )


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def stop(code: int, *sentences: str) -> NoReturn:
    for sentence in sentences:
        typer.echo(sentence, err=True)
    raise typer.Exit(code)
