"""Accounts: who may sign in and for how long, what is kept of secrets, and what repeated failures lead to."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from argon2 import PasswordHasher, Type

from dispatch.adapters import passwords
from dispatch.adapters.accounts import FILE, SESSION_FOR, AccountBook, AccountError
from dispatch.domain.accounts import Role
from tests.fakes.people import PASSWORD, account_book

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
DISPATCHER, SUPERVISOR = frozenset({Role.DISPATCHER}), frozenset({Role.SUPERVISOR})


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What costs memory and time on purpose would cost it here dozens of times."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AccountBook]:
    with account_book(tmp_path) as book:
        yield book


def after(**time: float) -> datetime:
    return NOW + timedelta(**time)


def key_of(uri: str | None) -> str:
    """The authenticator's key, as its application reads it off."""
    assert uri is not None
    return parse_qs(urlsplit(uri).query)["secret"][0]


def test_a_session_lasts_for_a_shift_or_until_it_is_signed_out(book: AccountBook) -> None:
    book.add("li", DISPATCHER, password=PASSWORD)
    session = book.sign_in("li", PASSWORD, None, NOW)
    assert session is not None
    user = book.user_of(session, after(hours=11))
    assert user is not None
    assert (user.name, user.roles) == ("li", DISPATCHER)
    assert book.user_of(session, NOW + SESSION_FOR) is None
    book.sign_out(session)
    assert book.user_of(session, NOW) is None


@pytest.mark.parametrize(("name", "password"), [("li", PASSWORD + "x"), ("li", ""), ("nobody", PASSWORD), ("", "")])
def test_nobody_is_let_in_by_half(book: AccountBook, name: str, password: str) -> None:
    book.add("li", DISPATCHER, password=PASSWORD)
    assert book.sign_in(name, password, None, NOW) is None


def test_an_account_without_a_password_is_for_programs(book: AccountBook) -> None:
    book.add("feed", DISPATCHER, password=None)
    assert book.sign_in("feed", "", None, NOW) is None
    assert book.issue_token("feed", roles=None, label="", now=NOW, expires_at=after(days=1))


def test_five_failures_lock_for_a_while_and_each_further_one_for_longer(book: AccountBook) -> None:
    book.add("li", DISPATCHER, password=PASSWORD)
    for _ in range(5):
        assert book.sign_in("li", "wrong", None, NOW) is None
    assert book.sign_in("li", PASSWORD, None, after(seconds=29)) is None
    assert book.sign_in("li", "wrong", None, after(seconds=30)) is None  # the sixth
    assert book.sign_in("li", PASSWORD, None, after(seconds=89)) is None
    assert book.sign_in("li", PASSWORD, None, after(seconds=90)) is not None
    assert book.sign_in("li", "wrong", None, after(seconds=91)) is None  # counted from one again
    assert book.sign_in("li", PASSWORD, None, after(seconds=92)) is not None


def test_a_locked_account_is_open_again_within_the_quarter_of_an_hour(book: AccountBook) -> None:
    """Nobody outside can keep a dispatcher out of the room for good; and whoever is in stays in."""
    book.add("li", DISPATCHER, password=PASSWORD)
    session = book.sign_in("li", PASSWORD, None, NOW)
    assert session is not None
    at = NOW
    for _ in range(12):
        at += timedelta(minutes=15)
        assert book.sign_in("li", "wrong", None, at) is None
    assert book.sign_in("li", PASSWORD, None, at + timedelta(minutes=15)) is not None
    assert book.user_of(session, at) is not None


def test_a_supervisor_needs_the_code_of_the_phone_and_each_only_once(book: AccountBook) -> None:
    made = book.add("wang", SUPERVISOR, password=PASSWORD)
    code = pyotp.TOTP(key_of(made.code_uri)).at(NOW)
    assert book.sign_in("wang", PASSWORD, None, NOW) is None
    assert book.sign_in("wang", PASSWORD, "000000" if code != "000000" else "111111", NOW) is None
    assert book.sign_in("wang", PASSWORD, code, NOW) is not None
    assert book.sign_in("wang", PASSWORD, code, NOW) is None  # seen over the shoulder, used at once
    late = pyotp.TOTP(key_of(made.code_uri)).at(after(seconds=60))
    assert book.sign_in("wang", PASSWORD, late, after(seconds=89)) is not None  # a phone whose clock is behind
    assert book.sign_in("wang", PASSWORD, late, after(seconds=200)) is None


def test_a_new_password_ends_sessions_lock_and_old_codes(book: AccountBook) -> None:
    made = book.add("wang", SUPERVISOR, password=PASSWORD)
    session = book.sign_in("wang", PASSWORD, pyotp.TOTP(key_of(made.code_uri)).at(NOW), NOW)
    assert session is not None
    renewed = book.renew("wang", "another password")
    assert book.user_of(session, NOW) is None
    assert key_of(renewed.code_uri) != key_of(made.code_uri)
    assert book.sign_in("wang", "another password", pyotp.TOTP(key_of(renewed.code_uri)).at(NOW), NOW) is not None


def test_a_disabled_account_is_out_at_once(book: AccountBook) -> None:
    book.add("li", DISPATCHER, password=PASSWORD)
    session = book.sign_in("li", PASSWORD, None, NOW)
    token = book.issue_token("li", roles=None, label="", now=NOW, expires_at=after(days=1))
    assert session is not None
    book.disable("li")
    assert book.user_of(session, NOW) is None
    assert book.user_of(token, NOW) is None
    assert book.sign_in("li", PASSWORD, None, NOW) is None
    with pytest.raises(AccountError):
        book.issue_token("li", roles=None, label="", now=NOW, expires_at=after(days=1))


def test_a_token_has_some_of_its_accounts_roles_and_its_day(book: AccountBook) -> None:
    both = frozenset({Role.DISPATCHER, Role.TRAINER})
    book.add("li", both, password=PASSWORD)
    token = book.issue_token("li", roles=frozenset({Role.TRAINER}), label="wall", now=NOW, expires_at=after(days=1))
    user = book.user_of(token, NOW)
    assert user is not None
    assert user.roles == {Role.TRAINER}
    assert book.user_of(token, after(days=1)) is None
    with pytest.raises(AccountError):
        book.issue_token("li", roles=frozenset({Role.ADMIN}), label="", now=NOW, expires_at=after(days=1))
    assert [(listed.label, listed.roles) for listed in book.tokens()] == [("wall", {Role.TRAINER})]
    assert book.revoke_tokens("li") == 1
    assert book.user_of(token, NOW) is None


def test_what_is_revoked_by_another_process_is_gone_here(book: AccountBook, tmp_path: Path) -> None:
    book.add("feed", DISPATCHER, password=None)
    token = book.issue_token("feed", roles=None, label="", now=NOW, expires_at=after(days=1))
    with account_book(tmp_path) as beside:
        beside.revoke_tokens("feed")
    assert book.user_of(token, NOW) is None


@pytest.mark.parametrize("roles", [{Role.CREW, Role.DISPATCHER}, {Role.HOSPITAL, Role.CREW}])
def test_who_sees_his_own_only_is_nothing_else_besides(book: AccountBook, roles: set[Role]) -> None:
    with pytest.raises(AccountError):
        book.add("both", frozenset(roles), password=PASSWORD)


def test_names_are_taken_once_and_passwords_are_long_enough(book: AccountBook) -> None:
    book.add("li", DISPATCHER, password=PASSWORD)
    for name, password in (("li", PASSWORD), ("wang", "short"), ("wang", "x" * 257)):
        with pytest.raises(AccountError):
            book.add(name, DISPATCHER, password=password)


def test_nothing_that_opens_a_door_stands_in_the_file(book: AccountBook, tmp_path: Path) -> None:
    book.add("li", DISPATCHER, password=PASSWORD)
    session = book.sign_in("li", PASSWORD, None, NOW)
    token = book.issue_token("li", roles=None, label="", now=NOW, expires_at=after(days=1))
    file = tmp_path / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_bytes()
    assert session is not None
    assert not any(secret.encode() in content for secret in (PASSWORD, session, token))
    connection = sqlite3.connect(file)
    (kept,) = connection.execute("SELECT password_hash FROM accounts").fetchone()
    connection.close()
    assert kept.startswith("$argon2id$")


def test_passwords_cost_what_the_standard_recommends() -> None:
    """RFC 9106, section 4, the second recommendation."""
    cost = passwords.PARAMETERS
    assert (cost.type, cost.memory_cost, cost.time_cost, cost.parallelism) == (Type.ID, 65536, 3, 4)


def test_who_hangs_in_the_middle_of_a_sign_in_keeps_nobody_out_who_is_in(book: AccountBook, tmp_path: Path) -> None:
    book.add("li", DISPATCHER, password=PASSWORD)
    session = book.sign_in("li", PASSWORD, None, NOW)
    assert session is not None
    with closing(sqlite3.connect(tmp_path / FILE)) as hung:
        hung.execute("BEGIN EXCLUSIVE")
        assert book.user_of(session, NOW) is not None
        with closing(AccountBook(tmp_path / FILE)) as started:
            assert started.user_of(session, NOW) is not None
