"""`dispatch`: the service and its tools."""

import asyncio
import errno
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from dispatch import cli_accounts, cli_backup, cli_doctor, cli_drill, cli_journal, cli_privacy, cli_report

app = typer.Typer(
    help="深圳 120 调度与生命地图。 Dispatch and life maps for a city's 120 centre.", no_args_is_help=True
)
app.add_typer(cli_drill.app, name="drill")
app.add_typer(cli_journal.app, name="journal")
app.add_typer(cli_report.app, name="report")
app.add_typer(cli_privacy.app, name="privacy")
app.add_typer(cli_accounts.users, name="user")
app.add_typer(cli_accounts.tokens, name="token")
app.command()(cli_backup.backup)
app.command()(cli_backup.restore)
app.command()(cli_doctor.doctor)


@app.callback()
def main() -> None:
    """深圳 120 调度与生命地图。 Dispatch and life maps for a city's 120 centre."""


@app.command()
def serve(
    dev: Annotated[bool, typer.Option("--dev", help="开发模式:仅本机,免登录。 Loopback only, no login.")] = False,
    actors: Annotated[
        bool, typer.Option("--actors", help="模拟车组与医院实时应答。 Simulated crews and hospitals that answer.")
    ] = False,
    demo_calls: Annotated[
        float | None, typer.Option("--demo-calls", help="每小时模拟来电数。 Simulated calls an hour.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="监听地址。 Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="端口。 Port.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="日志等数据的目录。 Where the journal lives.")] = None,
    city: Annotated[
        Path | None, typer.Option(help="城市数据集,默认内置深圳。 City data set; default Shenzhen.")
    ] = None,
    policy: Annotated[str | None, typer.Option(help="派车策略。 Dispatch policy.")] = None,
    database_url: Annotated[
        str | None,
        typer.Option(help="PostgreSQL 日志,可多进程共用。 A journal on PostgreSQL, which several processes can share."),
    ] = None,
    redis_url: Annotated[
        str | None, typer.Option(help="多进程之间的门铃与位置。 Doorbell and positions between processes.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="进程数,需要 --database-url。 Processes; needs --database-url.")
    ] = None,
    keys_dir: Annotated[
        Path | None, typer.Option(help="个人信息密钥的目录,默认数据目录下的 keys。 Keys of personal data.")
    ] = None,
    roads: Annotated[
        Path | None,
        typer.Option(
            help="道路网络目录,默认数据目录下的 roads。 A road network; default: roads in the data directory."
        ),
    ] = None,
) -> None:
    """启动服务,就绪后 GET /readyz 返回 200。 Run the service; GET /readyz answers 200 once it is ready."""
    given: dict[str, Any] = {
        "dev": dev or None,
        "actors": actors or None,
        "demo_calls": demo_calls,
        "host": host,
        "port": port,
        "data_dir": data_dir,
        "city": city,
        "policy": policy,
        "roads": roads,
        "keys_dir": keys_dir,
        "database_url": database_url,
        "redis_url": redis_url,
        "workers": workers,
    }
    _serve({name: value for name, value in given.items() if value is not None})


def _serve(given: dict[str, Any]) -> None:
    from pydantic import ValidationError

    from dispatch import logs
    from dispatch.adapters.journal_faults import JournalDamaged, JournalLocked
    from dispatch.engine.ports import DependencyFailed
    from dispatch.listening import is_handed_down, listen
    from dispatch.pipeline.policies import POLICIES
    from dispatch.settings import Settings
    from maps_data.tables import DataError

    try:
        settings = Settings(**given)
    except ValidationError as error:
        _stop(f"设置有误:{error}", f"A setting is wrong: {error}")
    logs.configure(settings.log_form, settings.log_level)
    if settings.policy not in POLICIES:
        names = ", ".join(POLICIES)
        _stop(f"没有策略 {settings.policy};可用:{names}", f"There is no policy {settings.policy}; there are: {names}")
    if settings.dev and settings.host not in {"127.0.0.1", "localhost", "::1"}:
        _stop("--dev 免登录,只能监听本机地址", "--dev asks for no credentials and listens on loopback only")
    if settings.demo_calls and not settings.actors:
        _stop("--demo-calls 需要 --actors", "--demo-calls needs --actors")
    if settings.database_url is None and settings.workers > 1:
        _stop("多进程需要 --database-url", "--workers needs --database-url: a file has one process")
    if settings.database_url is not None and settings.actors:
        _stop("--actors 只用于单进程的内置日志", "--actors is for a single process with the embedded journal")
    if not is_handed_down():
        typer.echo(
            f"http://{settings.host}:{settings.port}  控制台 / console    /aed  公众 AED / AED page    /docs  API"
        )
    try:
        if settings.workers > 1 and not is_handed_down():
            from dispatch.workers import supervise

            raise typer.Exit(asyncio.run(supervise(settings.workers, listen(settings))))
        from dispatch.main import serve as run

        asyncio.run(run(settings))
    except (JournalLocked, JournalDamaged, DependencyFailed, DataError, FileNotFoundError, ValueError) as error:
        _stop(str(error))
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES}:
            raise
        where = f"{settings.host}:{settings.port}"
        _stop(
            f"无法监听 {where}:{error.strerror};请换一个 --port 或停止占用它的程序",
            f"Cannot listen on {where}: {error.strerror}; choose another --port, or stop what holds it",
        )


def _stop(*sentences: str) -> NoReturn:
    for sentence in sentences:
        typer.echo(sentence, err=True)
    raise typer.Exit(2)
