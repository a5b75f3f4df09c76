"""Outside of development: who opens the console is asked who is there, and again when the session has ended; nothing typed is lost."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dispatch.domain.accounts import Role
from dispatch.engine.clocks import SystemClock
from tests.fakes.live_service import LiveService
from tests.fakes.oidc_server import CLIENT_SECRET, OidcServer
from tests.fakes.people import PASSWORD, account_book

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
Until = Callable[..., object]
Violations = Callable[[Page], list[str]]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1920, "height": 1080}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """A service with a dispatcher's and a hospital's account."""
    folder = Path(tmp_path_factory.mktemp("guarded"))
    with account_book(folder) as book:
        book.add("li", frozenset({Role.DISPATCHER}), password=PASSWORD)
        book.add("wang", frozenset({Role.DISPATCHER}), password=PASSWORD)
        book.add("ward", frozenset({Role.HOSPITAL}), password=PASSWORD, hospital_id="H002")
    with LiveService(folder, is_development=False) as live:
        yield live


def fill_in(page: Page, name: str, password: str) -> None:
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.locator(".sign-in button[type=submit]").click()


@pytest.mark.parametrize(("size", "language"), [(PHONE, "zh"), (DESK, "en")], ids=["phone", "desk"])
def test_a_dispatcher_signs_in_and_the_console_is_live(
    guarded: LiveService, open_page: OpenPage, violations: Violations, size: dict[str, int], language: str
) -> None:
    page = open_page(f"{guarded.url}/", **size, language=language)
    expect(page.locator("a.sign-on")).to_have_count(0)
    expect(page).to_have_title(re.compile("登录" if language == "zh" else "Sign in"))
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    fill_in(page, "li", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("密码" if language == "zh" else "password", timeout=20_000)
    assert violations(page) == []
    fill_in(page, "li", PASSWORD)
    expect(page.locator("#room main")).to_be_visible(timeout=30_000)


@pytest.fixture
def vouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LiveService, OidcServer]]:
    """A service with an identity provider, at which a dispatcher is signed in already."""
    live = LiveService(tmp_path, is_development=False)
    back = f"{live.url}/api/v1/session/single-sign-on/done"
    with OidcServer(SystemClock().now(), back) as provider:
        for name, value in {
            "ISSUER": provider.issuer,
            "CLIENT_SECRET": CLIENT_SECRET,
            "REDIRECT_URL": back,
            "ROLES": '{"120-dispatcher": "dispatcher"}',
        }.items():
            monkeypatch.setenv(f"DISPATCH_OIDC_{name}", value)
        with live:
            yield live, provider


def test_single_sign_on_leads_into_the_console_and_says_when_it_cannot(
    vouched: tuple[LiveService, OidcServer], open_page: OpenPage, violations: Violations
) -> None:
    service, provider = vouched
    page = open_page(f"{service.url}/", **PHONE, leads_to=provider.issuer)
    link = page.locator("a.sign-on")
    expect(link).to_have_text("单点登录", timeout=20_000)
    assert violations(page) == []
    provider.user["roles"] = []
    link.click()
    expect(page.get_by_role("alert")).to_contain_text("没有本系统的角色", timeout=20_000)
    provider.user["roles"] = ["120-dispatcher"]
    link.click()
    expect(page.locator("#room main")).to_be_visible(timeout=30_000)
    assert page.url == f"{service.url}/"


def test_a_hospital_comes_to_its_own_page(guarded: LiveService, open_page: OpenPage) -> None:
    page = open_page(f"{guarded.url}/", **PHONE)
    fill_in(page, "ward", PASSWORD)
    expect(page).to_have_url(re.compile("/hospital$"), timeout=20_000)
    expect(page.locator(".development")).to_have_count(0)


ADDRESS = "福田区福中一路 3 号楼下"


def half_typed(page: Page) -> None:
    """On the console of somebody who is signed in: a call of which the address stands and nothing else."""
    expect(page.locator("#sign-out")).to_be_visible(timeout=30_000)
    page.keyboard.press("n")
    page.locator("#address").fill(ADDRESS)


def test_who_signs_out_leaves_nothing_on_the_screen_and_finds_the_call_again(
    guarded: LiveService, open_page: OpenPage
) -> None:
    page = open_page(f"{guarded.url}/?map=canvas", **DESK)
    fill_in(page, "li", PASSWORD)
    half_typed(page)
    expect(page.locator("#sign-out")).to_contain_text("li")
    page.locator("#sign-out").click()
    expect(page.locator(".sign-in")).to_be_visible(timeout=20_000)
    assert ADDRESS not in page.content()
    assert page.evaluate("() => fetch('/api/v1/me').then((answer) => answer.status)") == 401

    fill_in(page, "li", PASSWORD)
    expect(page.locator("#address")).to_have_value(ADDRESS, timeout=20_000)
    expect(page.locator("#link")).to_have_attribute("data-phase", "live", timeout=20_000)


def test_a_session_that_has_ended_asks_for_the_name_and_keeps_the_call_being_typed(
    guarded: LiveService, open_page: OpenPage
) -> None:
    page = open_page(f"{guarded.url}/?map=canvas", **DESK)
    fill_in(page, "li", PASSWORD)
    half_typed(page)
    assert page.request.post(f"{guarded.url}/api/v1/session/end").ok  # as its twelve hours do
    expect(page.locator(".sign-in")).to_contain_text("登录已结束", timeout=30_000)

    fill_in(page, "li", PASSWORD)
    expect(page.locator("#address")).to_have_value(ADDRESS, timeout=20_000)


def test_another_person_gets_a_fresh_page(guarded: LiveService, open_page: OpenPage) -> None:
    page = open_page(f"{guarded.url}/?map=canvas", **DESK)
    fill_in(page, "li", PASSWORD)
    half_typed(page)
    page.locator("#sign-out").click()
    fill_in(page, "wang", PASSWORD)
    expect(page.locator("#sign-out")).to_contain_text("wang", timeout=30_000)
    page.keyboard.press("n")
    expect(page.locator("#address")).to_have_value("")


def test_a_report_of_the_crew_waits_for_the_next_sign_in(
    guarded: LiveService, open_page: OpenPage, until: Until
) -> None:
    page = open_page(f"{guarded.url}/crew", **PHONE)
    fill_in(page, "li", PASSWORD)
    page.locator("#crew-unit").fill("U003", timeout=20_000)
    page.locator("#crew-names").fill("张医生")
    page.locator(".thumb").click(timeout=20_000)
    expect(page.locator("#outbox")).to_have_count(0, timeout=20_000)
    assert page.request.post(f"{guarded.url}/api/v1/session/end").ok
    page.locator("#breakdown").click()
    expect(page.locator(".sign-in")).to_be_visible(timeout=30_000)
    expect(page.locator("#breakdown")).to_be_visible()  # an order would still be in sight too
    assert page.evaluate("() => JSON.parse(localStorage.getItem('dispatch.crew.outbox')).length") == 1

    fill_in(page, "li", PASSWORD)
    until(page, "() => localStorage.getItem('dispatch.crew.outbox') === '[]'")
    expect(page.locator(".refused")).to_have_count(0)
