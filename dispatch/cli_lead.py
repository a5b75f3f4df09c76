"""`dispatch drill serve`: a drill on real consoles, led by a trainer."""

import asyncio
import errno
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from dispatch import logs
from dispatch.engine.clocks import SystemClock
from dispatch.pipeline.policies import POLICIES
from dispatch.playing import Prepared, Recipe, prepare
from dispatch.settings import Settings
from maps_data.tables import DataError
from routing.roads.network import NetworkError
from routing.travel_time.estimate_constants import ConstantsError

PORT = 8121
DATA_DIR = Path("var-drill")


def serve(
    calls: Annotated[
        Path | None,
        typer.Argument(help="呼叫日志，自动来电。 A call log, whose calls come by themselves.", exists=True),
    ] = None,
    is_empty: Annotated[
        bool, typer.Option("--empty", help="不用日志，来电由人给出。 No log: calls come from people.")
    ] = False,
    dev: Annotated[bool, typer.Option("--dev", help="开发模式：仅本机，免登录。 Loopback only, no login.")] = False,
    speed: Annotated[float, typer.Option("--speed", help="实时的倍数。 A multiple of real time.", min=1, max=60)] = 1.0,
    policy: Annotated[str, typer.Option("--policy", help=f"派车策略。 Policy: {', '.join(POLICIES)}.")] = "joint",
    seed: Annotated[int, typer.Option("--seed", help="随机种子。 Seed.")] = 1,
    fleet_size: Annotated[int | None, typer.Option("--fleet-size", help="车组数。 Number of units.", min=1)] = None,
    roads: Annotated[
        Path | None, typer.Option("--roads", help="道路网络目录。 A road network, instead of estimates.", exists=True)
    ] = None,
    city: Annotated[Path | None, typer.Option("--city", help="城市数据目录。 A city's data set.", exists=True)] = None,
    host: Annotated[str, typer.Option(help="监听地址。 Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口。 Port.")] = PORT,
    data_dir: Annotated[
        Path,
        typer.Option(
            help="演练自己的目录：账号、各次演练的日志与报告。 The drills' own directory: accounts, journals, reports."
        ),
    ] = DATA_DIR,
) -> None:
    """教员带领的演练：真实的控制台，独立的域、日志与时钟；从 /?view=trainer 开始。 A drill led by a trainer, on real consoles."""
    if (calls is None) is not is_empty:
        _stop("请给出呼叫日志，或用 --empty", "Give a call log, or --empty")
    if policy not in POLICIES:
        _stop(f"没有策略 {policy}；可用：{', '.join(POLICIES)}", f"There is no policy {policy}: {', '.join(POLICIES)}")
    settings = Settings(dev=dev, host=host, port=port, data_dir=data_dir)
    if dev and host not in {"127.0.0.1", "localhost", "::1"}:
        _stop("--dev 免登录，只能监听本机地址", "--dev asks for no credentials and listens on loopback only")
    if settings.journal_path.exists():
        _stop(
            f"{data_dir} 是实时服务的数据目录，演练须用自己的目录",
            f"{data_dir} is a live service's data directory; a drill has its own",
        )
    recipe = Recipe(calls=calls, policy=policy, seed=seed, fleet_size=fleet_size, roads=roads, city=city, led=True)
    logs.configure(settings.log_form, settings.log_level)
    try:
        prepared = prepare(recipe)
    except (DataError, NetworkError, ConstantsError) as error:
        _stop(error.zh, error.en)
    _serve(settings, prepared, speed)


def _serve(settings: Settings, prepared: Prepared, speed: float) -> None:
    from dispatch.leading import as_led, serve_drill

    led = as_led(prepared, SystemClock().now())
    typer.echo(
        f"http://{settings.host}:{settings.port}/?view=trainer  教员 / trainer    /  控制台 / console    "
        f"{settings.data_dir / led.recipe.realm}"
    )
    try:
        asyncio.run(serve_drill(led, settings, speed=speed))
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES}:
            raise
        where = f"{settings.host}:{settings.port}"
        _stop(f"无法监听 {where}：{error.strerror}", f"Cannot listen on {where}: {error.strerror}")


def _stop(zh: str, en: str) -> NoReturn:
    typer.echo(zh, err=True)
    typer.echo(en, err=True)
    raise typer.Exit(2)
