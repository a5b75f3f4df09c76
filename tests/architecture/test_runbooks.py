"""The runbooks: every command in them is one that the programs take, and every code that anybody is shown has its place in them."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main

from dispatch.api.texts import DEGRADATIONS
from dispatch.cli import app as dispatch
from maps_data.cli import app as maps_data

ROOT = Path(__file__).parents[2]
RUNBOOKS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
REFUSED: Any = typer.BadParameter.__base__  # what parsers raise
PROGRAMS: dict[str, Any] = {
    "dispatch": typer.main.get_command(dispatch),
    "maps-data": typer.main.get_command(maps_data),
}
BLOCKS = re.findall(r"^```\n(.*?)^```", RUNBOOKS, re.MULTILINE | re.DOTALL)
INLINE = re.findall(r"`((?:dispatch|maps-data) [^`]*)`", RUNBOOKS)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.startswith(tuple(PROGRAMS))]
CODES = {
    code
    for path in (ROOT / "dispatch/doctor").glob("*.py")
    for told in re.findall(r"(?:code=|_fault\()(?!str)\s*([^\n,]*)", path.read_text(encoding="utf-8"))
    for code in re.findall(r'"(\w+)"', told)
}


def parse(words: list[str]) -> None:
    """Have the program's own parser read its arguments, without doing anything. `REFUSED` when it does not take them."""
    command, rest = PROGRAMS[words[0]], words[1:]
    while hasattr(command, "commands"):
        if rest[0] not in command.commands:
            raise REFUSED(f"no command {rest[0]}")
        command, rest = command.commands[rest[0]], rest[1:]
    command.make_context(command.name, rest)


@pytest.mark.parametrize("line", [*COMMANDS, *(line for line in INLINE if len(line.split()) > 3)])
def test_every_command_is_one_that_the_program_takes(line: str) -> None:
    parse(["2" if word == "N" else word for word in shlex.split(line)])


def test_a_command_that_does_not_exist_would_be_found() -> None:
    with pytest.raises(REFUSED):
        parse(["dispatch", "journal", "mend"])
    with pytest.raises(REFUSED):
        parse(["dispatch", "restore", "BACKUP", "--overwrite"])


@pytest.mark.parametrize("code", sorted(CODES | DEGRADATIONS.keys()))
def test_every_code_is_explained_in_both_languages(code: str) -> None:
    chinese, english = RUNBOOKS.split("\n## English")
    assert f"`{code}`" in chinese
    assert f"`{code}`" in english or f"`{code}`" in chinese.split("### 账号、权限、时钟")[1]


def test_every_alert_is_explained_in_both_languages() -> None:
    alerts = re.findall(r"alert: (\w+)", (ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))
    assert alerts
    for text in RUNBOOKS.split("\n## English"):
        assert [alert for alert in alerts if f"`{alert}`" not in text] == []


def test_the_codes_were_found() -> None:
    assert {
        "journal_held",
        "port_in_use",
        "database_refuses",
        "redis_refuses",
        "roads_of_elsewhere",
        "no_backup",
    } <= CODES
