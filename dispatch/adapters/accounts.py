"""Accounts, their sessions and API tokens, in a small database of their own: apart from the journal, which is never edited.

Only hashes of passwords and secrets are kept. The keys of second factors have to be kept as they are: the file is its owner's alone.
Several processes on one machine share it: by the write-ahead log, one that hangs in the middle of signing somebody in keeps nobody
else from reading who is signed in. The methods block; callers on an event loop use threads.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from dispatch.adapters import passwords
from dispatch.domain.accounts import CONFINED, SECOND_FACTOR, Role, User
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.sign_on import Identity

FILE: Final = "accounts.sqlite3"
SESSION_FOR: Final = timedelta(hours=12)
"""A shift; a choice of ours."""
FAILURES_BEFORE_LOCK: Final = 5
LOCK_FOR: Final = timedelta(seconds=30)
LONGEST_LOCK: Final = timedelta(minutes=15)
"""The fifth wrong password in a row locks signing in for 30 s, each further one for twice as long, up to this: under a hundred tries a
day, and yet nobody outside can keep a dispatcher out of the room for good. Sessions that are open stay open. Choices of ours.
"""

_METADATA = MetaData()
_ACCOUNTS = Table(
    "accounts",
    _METADATA,
    Column("name", String, primary_key=True),
    Column("password_hash", String),
    Column("roles", String, nullable=False),
    Column("unit_id", String),
    Column("hospital_id", String),
    Column("code_key", String),
    Column("code_step", Integer, nullable=False, default=0),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until_s", Integer, nullable=False, default=0),
    Column("is_disabled", Boolean, nullable=False, default=False),
)
_CREDENTIALS = Table(
    "credentials",
    _METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("name", String, ForeignKey("accounts.name"), nullable=False, index=True),
    Column("label", String),
    Column("roles", String, nullable=False),
    Column("issued_s", Integer, nullable=False),
    Column("expires_s", Integer, nullable=False),
)
_SUBJECTS = Table(
    "subjects",  # of accounts that an identity provider vouches for
    _METADATA,
    Column("subject", String, primary_key=True),
    Column("name", String, ForeignKey("accounts.name"), nullable=False, unique=True),
)
SINGLE_SIGN_ON: Final = "sso:"
"""Before the names of these: nobody who is vouched for elsewhere is taken for an account of ours, or for the service itself."""


class AccountError(Exception):
    """What was asked of the accounts cannot be; says why in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What whoever made an account has to pass on; nothing of it can be read again. Programs have no password, only tokens."""

    password: str | None
    code_uri: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenListed:
    """A token without its secret."""

    name: str
    label: str
    roles: frozenset[Role]
    expires_at: datetime


class AccountBook:
    """The accounts in the file at `path`, which is made when it is missing."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=True)
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10})
        event.listen(self._engine, "connect", _connected)
        _METADATA.create_all(self._engine)

    def close(self) -> None:
        self._engine.dispose()

    def add(
        self,
        name: str,
        roles: frozenset[Role],
        *,
        password: str | None,
        unit_id: str | None = None,
        hospital_id: str | None = None,
    ) -> NewAccount:
        """A new account; without a password nobody signs in with it. AccountError when the name is taken or the roles do not fit."""
        if roles & CONFINED and len(roles) > 1:
            raise AccountError("车组、医院、志愿者账号只能有一个角色", "crew, hospital and responder stand alone")
        key = passwords.new_code_key() if password and roles & SECOND_FACTOR else None
        row = {
            "name": name,
            "password_hash": None if password is None else _hashed(password),
            "roles": _joined(roles),
            "unit_id": unit_id,
            "hospital_id": hospital_id,
            "code_key": key,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_ACCOUNTS).values(row))
        except IntegrityError:
            raise AccountError(f"账号 {name} 已存在", f"there is an account {name} already") from None
        return NewAccount(password=password, code_uri=passwords.code_uri(key, name) if key else None)

    def renew(self, name: str, password: str) -> NewAccount:
        """A new password and second factor; ends the account's sessions, its lock and its being disabled. Tokens stay as they are."""
        with self._changing(name) as (connection, account):
            key = passwords.new_code_key() if _split(account.roles) & SECOND_FACTOR else None
            connection.execute(
                update(_ACCOUNTS)
                .where(_ACCOUNTS.c.name == name)
                .values(
                    password_hash=_hashed(password),
                    code_key=key,
                    code_step=0,
                    failures=0,
                    locked_until_s=0,
                    is_disabled=False,
                )
            )
            sessions = (_CREDENTIALS.c.name == name, _CREDENTIALS.c.label.is_(None))
            connection.execute(delete(_CREDENTIALS).where(*sessions))
        return NewAccount(password=password, code_uri=passwords.code_uri(key, name) if key else None)

    def disable(self, name: str) -> None:
        """Nobody signs in with it any more; its sessions and tokens are gone at once."""
        with self._changing(name) as (connection, _):
            connection.execute(update(_ACCOUNTS).where(_ACCOUNTS.c.name == name).values(is_disabled=True))
            connection.execute(delete(_CREDENTIALS).where(_CREDENTIALS.c.name == name))

    def has(self, name: str) -> bool:
        return any(known == name for known, _, _ in self.names())

    def names(self) -> Sequence[tuple[str, frozenset[Role], bool]]:
        """All accounts by name, with their roles and whether they are disabled."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(_ACCOUNTS).order_by(_ACCOUNTS.c.name)).all()
        return [(row.name, _split(row.roles), row.is_disabled) for row in rows]

    def without_second_factor(self) -> Sequence[str]:
        """Who can sign in by a password alone, and holds a role for which that is not enough."""
        held = (_ACCOUNTS.c.password_hash.is_not(None), _ACCOUNTS.c.code_key.is_(None), ~_ACCOUNTS.c.is_disabled)
        with self._engine.connect() as connection:
            rows = connection.execute(select(_ACCOUNTS).where(*held).order_by(_ACCOUNTS.c.name)).all()
        return [row.name for row in rows if _split(row.roles) & SECOND_FACTOR]

    def sign_in(self, name: str, password: str, code: str | None, now: datetime) -> str | None:
        """The secret of a new session; None when anything is wrong, and what it was is not said."""
        with self._engine.connect() as connection:
            account = connection.execute(select(_ACCOUNTS).where(_ACCOUNTS.c.name == name)).one_or_none()
        # Outside of any transaction: it takes a while, on purpose.
        is_right = passwords.is_password(account.password_hash if account is not None else None, password)
        if account is None or account.is_disabled:
            return None
        with self._changing(name) as (connection, account):
            if account.locked_until_s > now.timestamp():
                return None
            step = account.code_step
            if account.code_key is not None:
                found = passwords.step_of_code(account.code_key, code or "", now, after=account.code_step)
                is_right, step = is_right and found is not None, found or step
            mine = update(_ACCOUNTS).where(_ACCOUNTS.c.name == name)
            if not is_right or account.is_disabled:
                failures = account.failures + 1
                locked = int(now.timestamp() + _lock_for(failures).total_seconds())
                connection.execute(mine.values(failures=failures, locked_until_s=locked))
                return None
            connection.execute(mine.values(failures=0, locked_until_s=0, code_step=step))
            connection.execute(delete(_CREDENTIALS).where(_CREDENTIALS.c.expires_s <= now.timestamp()))
            return _issue(connection, account, _split(account.roles), None, now, now + SESSION_FOR)

    def sign_on(self, identity: Identity, now: datetime) -> str | None:
        """The secret of a new session for whom a provider vouches; None when the account is disabled here.

        Roles, unit and hospital are as the provider says now. The name is that of the first time: it stands in the journal.
        """
        with self._engine.begin() as connection:
            connection.execute(delete(_CREDENTIALS).where(_CREDENTIALS.c.expires_s <= now.timestamp()))
            known = select(_ACCOUNTS).join(_SUBJECTS).where(_SUBJECTS.c.subject == identity.subject)
            account = connection.execute(known).one_or_none()
            held = {"roles": _joined(identity.roles), "unit_id": identity.unit_id, "hospital_id": identity.hospital_id}
            if account is None:
                name = f"{SINGLE_SIGN_ON}{identity.name}"
                taken = select(_ACCOUNTS.c.name).where(_ACCOUNTS.c.name == name)
                if connection.execute(taken).one_or_none() is not None:  # another person of that name
                    name = f"{name}#{passwords.digest(identity.subject).hex()[:8]}"
                connection.execute(insert(_ACCOUNTS).values(name=name, **held))
                connection.execute(insert(_SUBJECTS).values(subject=identity.subject, name=name))
            else:
                connection.execute(update(_ACCOUNTS).where(_ACCOUNTS.c.name == account.name).values(held))
            account = connection.execute(known).one()
            return (
                None
                if account.is_disabled
                else _issue(connection, account, identity.roles, None, now, now + SESSION_FOR)
            )

    def issue_token(
        self, name: str, *, roles: frozenset[Role] | None, label: str, now: datetime, expires_at: datetime
    ) -> str:
        """The secret of a token with some of the account's roles (None: all of them). AccountError when it has not all of `roles`."""
        with self._changing(name) as (connection, account):
            own = _split(account.roles)
            if account.is_disabled or (roles is not None and not roles <= own):
                raise AccountError(
                    "账号已停用,或没有所列角色", "the account is disabled, or has not all of these roles"
                )
            return _issue(connection, account, own if roles is None else roles, label, now, expires_at)

    def tokens(self) -> Sequence[TokenListed]:
        """All tokens that stand, by account; sessions are not among them."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(_CREDENTIALS).where(_CREDENTIALS.c.label.is_not(None)).order_by(_CREDENTIALS.c.name)
            ).all()
        return [
            TokenListed(
                name=row.name,
                label=row.label,
                roles=_split(row.roles),
                expires_at=datetime.fromtimestamp(row.expires_s, UTC),
            )
            for row in rows
        ]

    def revoke_tokens(self, name: str) -> int:
        """Take back every token of an account; how many there were."""
        mine = (_CREDENTIALS.c.name == name, _CREDENTIALS.c.label.is_not(None))
        with self._engine.begin() as connection:
            return connection.execute(delete(_CREDENTIALS).where(*mine)).rowcount

    def user_of(self, secret: str, now: datetime) -> User | None:
        """Whose session or token it is, with the roles that both it and the account have; None when it is nobody's any more."""
        wanted = (
            select(_ACCOUNTS, _CREDENTIALS.c.roles.label("granted"), _CREDENTIALS.c.expires_s)
            .join(_CREDENTIALS)
            .where(_CREDENTIALS.c.digest == passwords.digest(secret))
        )
        with self._engine.connect() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None or row.is_disabled or row.expires_s <= now.timestamp():
            return None
        return User(
            name=row.name,
            roles=_split(row.roles) & _split(row.granted),
            unit_id=UnitId(row.unit_id) if row.unit_id else None,
            hospital_id=HospitalId(row.hospital_id) if row.hospital_id else None,
        )

    def sign_out(self, secret: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(_CREDENTIALS).where(_CREDENTIALS.c.digest == passwords.digest(secret)))

    @contextmanager
    def _changing(self, name: str) -> "Iterator[tuple[Connection, Row[tuple[object, ...]]]]":
        """A transaction that holds the file from its beginning on, and the account as it stands in it."""
        with self._engine.begin() as connection:
            connection.execute(update(_ACCOUNTS).where(_ACCOUNTS.c.name == name).values(name=name))
            account = connection.execute(select(_ACCOUNTS).where(_ACCOUNTS.c.name == name)).one_or_none()
            if account is None:
                raise AccountError(f"没有账号 {name}", f"there is no account {name}")
            yield connection, account


def _connected(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    with suppress(sqlite3.OperationalError):  # another is writing; whoever connects next asks again
        connection.execute("PRAGMA journal_mode = WAL")


def _issue(
    connection: Connection,
    account: "Row[tuple[object, ...]]",
    roles: frozenset[Role],
    label: str | None,
    now: datetime,
    expires_at: datetime,
) -> str:
    secret = passwords.new_secret("d120t" if label is not None else "d120s")
    row = {
        "digest": passwords.digest(secret),
        "name": account.name,
        "label": label,
        "roles": _joined(roles),
        "issued_s": int(now.timestamp()),
        "expires_s": int(expires_at.timestamp()),
    }
    connection.execute(insert(_CREDENTIALS).values(row))
    return secret


def _lock_for(failures: int) -> timedelta:
    beyond = failures - FAILURES_BEFORE_LOCK
    return timedelta() if beyond < 0 else min(LONGEST_LOCK, LOCK_FOR * 2 ** min(beyond, 10))


def _hashed(password: str) -> str:
    try:
        return passwords.hash_password(password)
    except ValueError:
        least, most = passwords.MIN_PASSWORD_LENGTH, passwords.MAX_PASSWORD_LENGTH
        raise AccountError(
            f"密码须为 {least} 到 {most} 个字符", f"a password has {least} to {most} characters"
        ) from None


def _joined(roles: frozenset[Role]) -> str:
    return ",".join(sorted(roles))


def _split(roles: object) -> frozenset[Role]:
    return frozenset(map(Role, filter(None, str(roles).split(","))))
