"""`dispatch user` and `dispatch token`: accounts and API tokens of a data directory, while the service runs or not."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from dispatch.adapters.accounts import FILE, AccountBook, AccountError, NewAccount
from dispatch.adapters.passwords import new_password
from dispatch.domain.accounts import Role
from dispatch.engine.clocks import SystemClock
from dispatch.settings import DEFAULT_DATA_DIR
from maps_data.catalogue import load_catalogue

users = typer.Typer(help="账号。 Accounts.", no_args_is_help=True)
tokens = typer.Typer(help="程序用令牌。 Tokens for programs.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="账号名,写入日志。 The name that the journal shows.")]
Roles = Annotated[list[Role], typer.Option("--role", help="角色,可多次给出。 A role; may be given again.")]
Unit = Annotated[str | None, typer.Option("--unit", help="车组账号所属车组。 A crew's unit.")]
Hospital = Annotated[str | None, typer.Option("--hospital", help="医院账号所属医院。 A hospital account's hospital.")]
FromStdin = Annotated[
    bool,
    typer.Option("--password-stdin", help="从标准输入读密码,否则随机生成。 Read it from stdin; else a random one."),
]
DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="DISPATCH_DATA_DIR", help="服务的数据目录。 The service's data directory.")
]
HERE = DEFAULT_DATA_DIR


@contextmanager
def _book(data_dir: Path) -> Iterator[AccountBook]:
    """The accounts of `data_dir`; what cannot be done ends the command with its reason in both languages."""
    data_dir.mkdir(parents=True, exist_ok=True)
    book = AccountBook(data_dir / FILE)
    try:
        yield book
    except AccountError as error:
        typer.echo(error.zh, err=True)
        typer.echo(error.en, err=True)
        raise typer.Exit(2) from None
    finally:
        book.close()


def _password(from_stdin: bool) -> str:
    return sys.stdin.readline().rstrip("\n") if from_stdin else new_password()


def _say(made: NewAccount, *, was_given: bool) -> None:
    if made.password is not None and not was_given:
        typer.echo(f"密码(只显示这一次) / password, shown this once: {made.password}")
    if made.code_uri is not None:
        typer.echo(f"动态口令密钥(只显示这一次) / for the authenticator, shown this once: {made.code_uri}")


def _require_known(hospital: str | None, data_dir: Path) -> None:
    if hospital is not None and hospital not in load_catalogue(data_dir=data_dir).hospitals_by_id:
        raise AccountError(f"没有医院 {hospital}", f"there is no hospital {hospital}")


def _warn_of_nothing_to_see(roles: Iterable[Role], unit: str | None, hospital: str | None) -> None:
    if (Role.CREW in roles and unit is None) or (Role.HOSPITAL in roles and hospital is None):
        typer.echo(
            "未指定 --unit 或 --hospital:看不到任何患者 / without --unit or --hospital it sees no patient", err=True
        )


@users.command()
def add(
    name: Name,
    roles: Roles,
    unit: Unit = None,
    hospital: Hospital = None,
    password_stdin: FromStdin = False,
    data_dir: DataDir = HERE,
) -> None:
    """新建账号。 Make an account."""
    given = _password(password_stdin)
    with _book(data_dir) as book:
        _require_known(hospital, data_dir)
        made = book.add(name, frozenset(roles), password=given, unit_id=unit, hospital_id=hospital)
    _say(made, was_given=password_stdin)
    _warn_of_nothing_to_see(roles, unit, hospital)


@users.command()
def password(name: Name, password_stdin: FromStdin = False, data_dir: DataDir = HERE) -> None:
    """换密码和动态口令,解除锁定与停用,结束其登录。 New password and authenticator key; ends sessions, lock and disabling."""
    given = _password(password_stdin)
    with _book(data_dir) as book:
        made = book.renew(name, given)
    _say(made, was_given=password_stdin)


@users.command()
def disable(name: Name, data_dir: DataDir = HERE) -> None:
    """停用账号,其登录与令牌立即失效。 Disable an account; its sessions and tokens end at once."""
    with _book(data_dir) as book:
        book.disable(name)


@users.command("list")
def list_users(data_dir: DataDir = HERE) -> None:
    """列出账号。 All accounts."""
    with _book(data_dir) as book:
        for name, roles, is_disabled in book.names():
            typer.echo(f"{name}\t{','.join(sorted(roles))}\t{'停用 / disabled' if is_disabled else ''}".rstrip())


@tokens.command()
def issue(
    name: Name,
    roles: Annotated[
        list[Role] | None, typer.Option("--role", help="只授予这些角色,默认全部。 Only these roles; default all.")
    ] = None,
    unit: Unit = None,
    hospital: Hospital = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="有效天数。 Valid for so many days.")] = 90,
    label: Annotated[str, typer.Option(help="用途。 What it is for.")] = "",
    data_dir: DataDir = HERE,
) -> None:
    """签发令牌,只显示这一次;尚无此账号时建一个不能登录的。 Issue a token, shown once; makes an account without password if need be."""
    now = SystemClock().now()
    with _book(data_dir) as book:
        if roles and not book.has(name):
            _require_known(hospital, data_dir)
            book.add(name, frozenset(roles), password=None, unit_id=unit, hospital_id=hospital)
            _warn_of_nothing_to_see(roles, unit, hospital)
        secret = book.issue_token(
            name,
            roles=frozenset(roles) if roles else None,
            label=label,
            now=now,
            expires_at=now + timedelta(days=days),
        )
    typer.echo(secret)


@tokens.command("list")
def list_tokens(data_dir: DataDir = HERE) -> None:
    """列出令牌(不含密文)。 All tokens, without their secrets."""
    with _book(data_dir) as book:
        for token in book.tokens():
            roles = ",".join(sorted(token.roles))
            typer.echo(f"{token.name}\t{roles}\t{token.expires_at:%Y-%m-%d}\t{token.label}")


@tokens.command()
def revoke(name: Name, data_dir: DataDir = HERE) -> None:
    """收回其全部令牌,立即生效。 Take back all of its tokens, at once."""
    with _book(data_dir) as book:
        typer.echo(f"{book.revoke_tokens(name)}")
