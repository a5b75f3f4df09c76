"""`dispatch token`: tokens for pages and programs."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from dispatch.adapters.tokens import TokenBook
from dispatch.engine.clocks import SystemClock
from dispatch.settings import DEFAULT_DATA_DIR
from maps_data.catalogue import load_catalogue

app = typer.Typer(help="访问令牌。 Access tokens.", no_args_is_help=True)
DataDir = Annotated[Path, typer.Option(help="数据目录。 The data directory.")]
ROLES = ("dispatcher", "supervisor", "crew", "hospital", "trainer", "admin", "auditor")


@app.command()
def issue(
    name: Annotated[str, typer.Argument(help="使用者,写入日志。 Who uses it; stands in the journal.")],
    role: Annotated[str, typer.Option(help="角色。 Role.")],
    hospital: Annotated[str | None, typer.Option(help="医院编号,角色为 hospital 时必填。 For role hospital.")] = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="有效天数。 Days until it expires.")] = 90,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """签发令牌,只显示这一次。 Issue a token; it is shown this once only."""
    if role not in ROLES:
        _stop(f"没有角色 {role};可用:{', '.join(ROLES)}", f"There is no role {role}")
    if (role == "hospital") != (hospital is not None):
        _stop("角色 hospital 须注明 --hospital,其他角色不可", "Role hospital needs --hospital, others take none")
    if hospital is not None and hospital not in load_catalogue(data_dir=data_dir).hospitals_by_id:
        _stop(f"没有医院 {hospital}", f"There is no hospital {hospital}")
    expires_at = SystemClock().now() + timedelta(days=days)
    typer.echo(TokenBook(data_dir).issue(name, frozenset({role}), hospital, expires_at))


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="使用者。 Who used it.")], data_dir: DataDir = DEFAULT_DATA_DIR
) -> None:
    """收回其全部令牌,立即生效。 Take back all of its tokens, at once."""
    typer.echo(f"{TokenBook(data_dir).revoke(name)}")


def _stop(*sentences: str) -> None:
    for sentence in sentences:
        typer.echo(sentence, err=True)
    raise typer.Exit(2)
