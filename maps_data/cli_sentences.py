"""How the commands say that something is wrong: two sentences, Chinese first, and an exit code, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer


@contextmanager
def sentences() -> Iterator[None]:
    """Say what is wrong with the data in two sentences and end with code 1."""
    from maps_data.tables import DataError

    try:
        yield
    except DataError as error:
        refuse(error.zh, error.en, code=1)


def refuse(zh: str, en: str, *, code: int = 2) -> NoReturn:
    """Refuse what was asked for: by default the command's options, with code 2."""
    typer.echo(zh, err=True)
    typer.echo(en, err=True)
    raise typer.Exit(code)
