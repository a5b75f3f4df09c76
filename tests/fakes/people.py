"""People at the door of a service outside of development: an account for each role, and a client that comes with its token."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from dispatch.adapters.accounts import FILE, AccountBook
from dispatch.api.app import create_app
from dispatch.api.wiring import Service
from dispatch.domain.accounts import Role

PASSWORD = "a password for tests"
WARD, CREW = "H002", "U001"


@contextmanager
def account_book(folder: Path) -> Iterator[AccountBook]:
    """The accounts of a data directory, closed at the end."""
    book = AccountBook(folder / FILE)
    try:
        yield book
    finally:
        book.close()


class People:
    """Behind the door of `service`, which lets nobody in without credentials from here on."""

    def __init__(self, service: Service, book: AccountBook) -> None:
        self.service, self.book = service, book
        service.is_development, service.accounts = False, book
        self.app = create_app(service)

    def token(self, role: Role, *, unit_id: str | None = None, hospital_id: str | None = None) -> str:
        """Of an account with that role; a crew's is of `CREW`, a hospital's of `WARD`, unless said otherwise."""
        unit_id = unit_id or (CREW if role is Role.CREW else None)
        hospital_id = hospital_id or (WARD if role is Role.HOSPITAL else None)
        name = "-".join(filter(None, (role, unit_id, hospital_id)))
        if not self.book.has(name):
            self.book.add(name, frozenset({role}), password=None, unit_id=unit_id, hospital_id=hospital_id)
        now = self.service.engine.clock.now()
        return self.book.issue_token(name, roles=None, label="test", now=now, expires_at=now + timedelta(days=1))

    @asynccontextmanager
    async def client(self, token: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """Comes with that token; without one as a stranger."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers) as client:
            yield client
