"""`dispatch doctor`: what is wrong with an installation, what it means for dispatch, and what to do."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from dispatch.cli_journal import DatabaseUrl
from dispatch.doctor.finding import Finding, Grade, Said
from dispatch.doctor.round import examine
from dispatch.engine.clocks import SystemClock
from dispatch.settings import Settings


def doctor(
    data_dir: Annotated[Path | None, typer.Option(help="服务的数据目录。 The service's data directory.")] = None,
    database_url: DatabaseUrl = None,
    redis_url: Annotated[str | None, typer.Option(help="Redis 地址。 The Redis server.")] = None,
    host: Annotated[str | None, typer.Option(help="服务的监听地址。 Where the service listens.")] = None,
    port: Annotated[int | None, typer.Option(help="服务的端口。 Its port.")] = None,
    city: Annotated[Path | None, typer.Option(help="城市数据集。 City data set.")] = None,
    roads: Annotated[Path | None, typer.Option(help="道路网络目录。 The road network's directory.")] = None,
    backups: Annotated[
        Path | None, typer.Option(envvar="DISPATCH_BACKUP_DIR", help="备份所在目录。 Where backups are.")
    ] = None,
    ntp: Annotated[
        str | None, typer.Option(help="与此时间服务器对时一次。 Compare the clock with this server, once.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="只看日志末尾。 Look at the journal's tail only.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")] = False,
) -> None:
    """检查安装:哪里不对、对调度意味着什么、怎么办;有病以 1 退出。 Explain a sick installation in plain words; exit 1 if it is sick."""
    given: dict[str, Any] = {
        "data_dir": data_dir,
        "database_url": database_url,
        "redis_url": redis_url,
        "host": host,
        "port": port,
        "city": city,
        "roads": roads,
    }
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
        found = list(examine(settings, SystemClock(), backups=backups, ntp=ntp, in_full=not quick))
    except ValidationError as error:
        found = [_wrong_setting(error)]
    typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2) if as_json else _page(found))
    raise typer.Exit(1 if any(one.grade is Grade.SICK for one in found) else 0)


def _wrong_setting(error: ValidationError) -> Finding:
    wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return Finding(
        code="setting_wrong",
        what=Said(f"设置有误:{wrong}", f"a setting is wrong: {wrong}"),
        means=Said("服务无法启动", "the service does not start"),
        do=Said("改正选项或 DISPATCH_* 环境变量,再检查一次", "mend the option or DISPATCH_* variable, then look again"),
    )


def _page(found: list[Finding]) -> str:
    lines: list[str] = []
    for one in found:
        mark = "须处理 SICK" if one.grade is Grade.SICK else "请留意 NOTICE"
        lines += [
            f"[{mark}] {one.code}",
            f"  {one.what.zh}。",
            f"    意味着:{one.means.zh}。",
            f"    怎么办:{one.do.zh}。",
        ]
        lines += [f"  {one.what.en}.", f"    Means: {one.means.en}.", f"    Do: {one.do.en}.", ""]
    n_sick = sum(one.grade is Grade.SICK for one in found)
    n_noted = len(found) - n_sick
    lines.append(f"{n_sick} 处须处理,{n_noted} 处请留意 / {n_sick} to be mended, {n_noted} to be noted")
    return "\n".join(lines)
