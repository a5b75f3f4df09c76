"""Signing on by an identity provider that really answers and signs: who gets in, who does not, and that nobody depends on it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey

from dispatch.adapters.accounts import AccountBook
from dispatch.adapters.oidc import OidcProvider
from dispatch.adapters.oidc_client import Client
from dispatch.api.wiring import Service
from dispatch.domain.accounts import Role
from dispatch.engine.clocks import VirtualClock
from tests.api.conftest import NOW
from tests.fakes.oidc_server import CLIENT_ID, CLIENT_SECRET, REDIRECT_URL, Claims, OidcServer
from tests.fakes.people import PASSWORD, People, account_book

BEGIN = "/api/v1/session/single-sign-on"
ROLES = {f"120-{role}": role for role in Role}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AccountBook]:
    with account_book(tmp_path) as book:
        yield book


@pytest.fixture(scope="module")
def running() -> Iterator[OidcServer]:
    with OidcServer(NOW) as provider:
        yield provider


@pytest.fixture
def provider(running: OidcServer) -> OidcServer:
    """As it was at the beginning."""
    running.user = {"sub": "u-1", "preferred_username": "li.wei", "roles": ["120-dispatcher"]}
    running.spoil, running.algorithm, running.signing = (lambda _: None), "RS256", running.keys[0]
    running.named_issuer, running.asked = running.issuer, []
    return running


def client_of(provider: OidcServer, **others: Any) -> Client:
    return Client(
        issuer=provider.issuer,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        redirect_url=REDIRECT_URL,
        roles=ROLES,
        **others,
    )


@pytest.fixture
def people(service: Service, book: AccountBook, provider: OidcServer) -> People:
    people = People(service, book)
    service.sign_on = OidcProvider(client_of(provider))
    return people


async def test_a_provider_that_has_not_answered_is_not_asked_again_at_once(
    people: People, provider: OidcServer, clock: VirtualClock
) -> None:
    provider.named_issuer = "https://elsewhere.example"
    async with people.client() as client:
        for _ in range(3):
            assert (await client.get(BEGIN)).headers["Location"] == "/?sign_on=unreachable"
        assert len(provider.asked) == 1
        provider.named_issuer = provider.issuer
        clock.advance_to(NOW + timedelta(seconds=5))
        assert (await come_back(client, provider)).status_code == 200


async def come_back(client: httpx.AsyncClient, provider: OidcServer, to: str = "/") -> httpx.Response:
    """Go to the provider, sign in there, and come back."""
    sent = await client.get(BEGIN, params={"to": to})
    assert sent.status_code == 303, sent.text
    return await client.get(f"{BEGIN}/done", params=provider.enter(sent.headers["Location"]))


async def test_who_is_vouched_for_gets_a_session_with_the_roles_of_its_claim(
    people: People, provider: OidcServer
) -> None:
    """The page that leads on is ours, so that the session's strict cookie goes along."""
    async with people.client() as client:
        assert (await client.get("/api/v1/session")).json() == {"single_sign_on": True, "realm": "live"}
        back = await come_back(client, provider, "/crew")
        assert (back.status_code, 'url=/crew"' in back.text) == (200, True)
        session = next(value for value in back.headers.get_list("Set-Cookie") if value.startswith("dispatch_session="))
        assert {"HttpOnly", "SameSite=strict"} <= {part.strip() for part in session.split(";")}
        me = (await client.get("/api/v1/me")).json()
        assert (me["user"], me["roles"]) == ("sso:li.wei", ["dispatcher"])
        assert (await client.post("/api/v1/session/end")).json() == {"signed_out": True}


async def test_roles_follow_the_provider_and_a_crew_is_that_of_its_unit(people: People, provider: OidcServer) -> None:
    """Keycloak's way: roles a level down. The name stays what it was, since it stands in the journal."""
    people.service.sign_on = OidcProvider(client_of(provider, roles_claim="realm_access.roles"))
    async with people.client() as client:
        provider.user = {
            "sub": "u-7",
            "preferred_username": "zhang",
            "realm_access": {"roles": ["120-supervisor", "x"]},
        }
        await come_back(client, provider)
        assert (await client.get("/api/v1/me")).json()["roles"] == [
            "supervisor"
        ]  # its second factor was the provider's
        provider.user = {
            "sub": "u-7",
            "preferred_username": "zhang2",
            "realm_access": {"roles": ["120-crew"]},
            "unit_id": "U001",
        }
        await come_back(client, provider)
        me = (await client.get("/api/v1/me")).json()
        assert (me["user"], me["roles"], me["unit_id"]) == ("sso:zhang", ["crew"], "U001")
        provider.user = {
            "sub": "u-8",
            "preferred_username": "zhang",
            "realm_access": {"roles": "120-hospital"},
            "hospital_id": "H001",
        }
        back = await come_back(client, provider, "/crew")
        me = (await client.get("/api/v1/me")).json()
        assert (me["user"].startswith("sso:zhang#"), me["hospital_id"]) == (True, "H001")
        assert 'url=/hospital"' in back.text


async def refused(people: People, provider: OidcServer, why: str) -> None:
    async with people.client() as client:
        back = await come_back(client, provider, "/crew")
        assert (back.status_code, back.headers.get("Location")) == (303, f"/crew?sign_on={why}")
        assert (await client.get("/api/v1/me")).status_code == 401


def says(**claims: Any) -> Callable[[Claims], None]:
    return lambda signed: signed.update(claims)


AT = int(NOW.timestamp())


@pytest.mark.parametrize(
    "spoil",
    [
        says(nonce="of another try"),
        says(aud="another service"),
        says(aud=[CLIENT_ID, "another service"]),
        says(aud=[CLIENT_ID, "another service"], azp="another service"),
        says(azp="another service"),
        says(iss="https://elsewhere.example"),
        says(exp=AT - 61),
        says(exp="never"),
        says(iat=AT + 61),
        lambda claims: claims.pop("exp"),
        lambda claims: claims.pop("nonce"),
        lambda claims: claims.pop("sub"),
    ],
)
async def test_a_token_that_is_not_for_this_try_is_refused(
    people: People, provider: OidcServer, spoil: Callable[[Claims], None]
) -> None:
    provider.spoil = spoil
    await refused(people, provider, "refused")


async def test_clocks_may_be_a_minute_apart(people: People, provider: OidcServer) -> None:
    for skew_s in (-50, 50):
        provider.spoil = says(iat=AT + skew_s, exp=AT + skew_s + 10)
        async with people.client() as client:
            assert (await come_back(client, provider)).status_code == 200


async def test_a_token_that_is_not_signed_by_the_provider_is_refused(people: People, provider: OidcServer) -> None:
    """Not with our own secret, which a confused verifier would take, nor with a key that the provider does not name."""
    provider.signing, provider.algorithm = OctKey.import_key(CLIENT_SECRET, {"kid": provider.keys[0].kid}), "HS256"
    await refused(people, provider, "refused")
    provider.algorithm = "RS256"
    named = provider.keys
    provider.new_key()
    provider.keys = named
    await refused(people, provider, "refused")


async def test_a_provider_may_change_its_keys(people: People, provider: OidcServer, clock: VirtualClock) -> None:
    async with people.client() as client:
        assert (await come_back(client, provider)).status_code == 200
        provider.new_key()
        clock.advance_to(NOW + timedelta(seconds=40))
        assert (await come_back(client, provider)).status_code == 200
    assert provider.asked.count("/realms/120/keys") == 2


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ({"roles": ["somebody"]}, "no_role"),
        ({}, "no_role"),
        ({"roles": {"120-admin": True}}, "no_role"),
        ({"roles": ["120-crew"]}, "no_role"),
        ({"roles": ["120-hospital"], "unit_id": "U001"}, "no_role"),
        ({"roles": ["120-crew", "120-dispatcher"], "unit_id": "U001"}, "no_role"),
        ({"roles": ["120-admin"]}, "no_second_factor"),
        ({"roles": ["120-admin"], "amr": ["pwd"]}, "no_second_factor"),
    ],
)
async def test_whoever_has_no_role_here_or_not_what_it_needs_is_refused(
    people: People, provider: OidcServer, user: Claims, why: str
) -> None:
    people.service.sign_on = OidcProvider(client_of(provider, second_factor=frozenset({"otp", "mfa"})))
    provider.user = {"sub": "u-9", "preferred_username": "x", **user}
    await refused(people, provider, why)


async def test_an_account_that_is_disabled_here_stays_out(people: People, provider: OidcServer) -> None:
    async with people.client() as client:
        await come_back(client, provider)
    people.book.disable("sso:li.wei")
    await refused(people, provider, "disabled")


async def test_an_answer_that_this_browser_did_not_ask_for_is_refused(people: People, provider: OidcServer) -> None:
    """Somebody else's code cannot be planted on it, nor a code be used twice; and nobody is led to a page that is not ours."""
    async with people.client() as mine, people.client() as theirs:
        sent = await theirs.get(BEGIN)
        planted = provider.enter(sent.headers["Location"])
        for query in (planted, {**planted, "state": ""}, {"state": planted["state"]}, {"error": "access_denied"}):
            back = await mine.get(f"{BEGIN}/done", params=query)
            assert back.headers["Location"] == "/?sign_on=refused"
        await theirs.get(f"{BEGIN}/done", params=planted)
        theirs.cookies.set("dispatch_sign_on", f"{planted['state']}|n|v|https://elsewhere.example", path=BEGIN)
        back = await theirs.get(f"{BEGIN}/done", params=planted)
        assert back.headers["Location"] == "/?sign_on=refused"
        assert (await mine.get(BEGIN, params={"to": "https://elsewhere.example"})).status_code == 422


async def test_only_the_issuer_that_was_set_and_only_safe_addresses(people: People, provider: OidcServer) -> None:
    provider.named_issuer = "https://elsewhere.example"
    async with people.client() as client:
        assert (await client.get(BEGIN)).headers["Location"] == "/?sign_on=unreachable"
    with pytest.raises(ValueError, match="must be https"):
        OidcProvider(Client(**{**vars_of(client_of(provider)), "issuer": "http://login.example"}))


def vars_of(client: Client) -> dict[str, Any]:
    return {name: getattr(client, name) for name in client.__dataclass_fields__}


async def test_without_the_provider_the_page_is_told_so_and_accounts_of_this_service_go_on(
    people: People, book: AccountBook
) -> None:
    gone = OidcServer(NOW)
    gone.stop()
    people.service.sign_on = OidcProvider(client_of(gone))
    book.add("break-glass", frozenset({Role.DISPATCHER}), password=PASSWORD)
    async with people.client() as client:
        back = await client.get(BEGIN, params={"to": "/crew"})
        assert (back.status_code, back.headers["Location"]) == (303, "/crew?sign_on=unreachable")
        signed_in = await client.post("/api/v1/session", json={"name": "break-glass", "password": PASSWORD})
        assert signed_in.status_code == 200
        assert (await client.get("/readyz")).json() == {"status": "ready", "degraded": []}


async def test_where_nothing_is_set_there_is_nothing(service: Service, book: AccountBook) -> None:
    async with People(service, book).client() as client:
        assert (await client.get("/api/v1/session")).json() == {"single_sign_on": False, "realm": "live"}
        for path in (BEGIN, f"{BEGIN}/done"):
            assert (await client.get(path)).json()["code"] == "no_single_sign_on"
