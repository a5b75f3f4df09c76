"""`dispatch user` and `dispatch token`: what an administrator types, and what is shown once and never again."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dispatch.cli import app
from dispatch.domain.accounts import Role
from tests.fakes.people import account_book


class Desk:
    """Commands on one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def run(self, *command: str, stdin: str | None = None) -> Any:
        return CliRunner().invoke(app, [*command, "--data-dir", str(self.data_dir)], input=stdin)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_user_is_given_a_random_password_or_brings_one(desk: Desk) -> None:
    given = desk.run("user", "add", "li", "--role", "dispatcher")
    password = given.stdout.strip().rsplit(" ", 1)[1]
    own = desk.run("user", "add", "wang", "--role", "supervisor", "--password-stdin", stdin="a password of my own\n")
    assert "a password of my own" not in own.output
    assert "otpauth://totp/" in own.stdout
    now = datetime.now(UTC)
    with account_book(desk.data_dir) as book:
        assert book.sign_in("li", password, None, now) is not None
        assert book.sign_in("wang", "a password of my own", None, now) is None  # a supervisor without the code
    assert desk.run("user", "list").stdout.splitlines() == ["li\tdispatcher", "wang\tsupervisor"]


def test_a_token_is_all_that_is_printed(desk: Desk) -> None:
    token = desk.run("token", "issue", "急诊护士站", "--role", "hospital", "--hospital", "H002").stdout.strip()
    with account_book(desk.data_dir) as book:
        user = book.user_of(token, datetime.now(UTC))
    assert user is not None
    assert (user.name, user.roles, user.hospital_id) == ("急诊护士站", {Role.HOSPITAL}, "H002")
    assert token not in desk.run("token", "list").stdout
    assert desk.run("token", "revoke", "急诊护士站").stdout.strip() == "1"
    with account_book(desk.data_dir) as book:
        assert book.user_of(token, datetime.now(UTC)) is None


@pytest.mark.parametrize(
    "command",
    [
        ("user", "add", "li", "--role", "crew", "--role", "dispatcher"),
        ("user", "add", "li", "--role", "hospital", "--hospital", "H999"),
        ("user", "disable", "nobody"),
        ("user", "password", "nobody"),
        ("token", "issue", "nobody"),
        ("token", "issue", "nobody", "--role", "hospital", "--hospital", "H999"),
        ("user", "add", "li", "--role", "king"),
    ],
)
def test_what_cannot_be_is_said_in_both_languages(desk: Desk, command: tuple[str, ...]) -> None:
    refused = desk.run(*command)
    assert refused.exit_code == 2
    assert refused.output
    assert "Traceback" not in refused.output


def test_a_crew_without_a_unit_is_warned_that_it_sees_nothing(desk: Desk) -> None:
    assert "--unit" in desk.run("user", "add", "crew1", "--role", "crew").stderr
    assert desk.run("user", "add", "crew2", "--role", "crew", "--unit", "U001").stderr == ""
