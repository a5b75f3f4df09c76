"""Outside of development: a browser that opens the console is asked who is there, and a hospital's account is led to its own page."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dispatch.domain.accounts import Role
from tests.fakes.live_service import LiveService
from tests.fakes.people import PASSWORD, account_book

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1920, "height": 1080}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """A service with a dispatcher's and a hospital's account."""
    folder = Path(tmp_path_factory.mktemp("guarded"))
    with account_book(folder) as book:
        book.add("li", frozenset({Role.DISPATCHER}), password=PASSWORD)
        book.add("ward", frozenset({Role.HOSPITAL}), password=PASSWORD, hospital_id="H002")
    with LiveService(folder, is_development=False) as live:
        yield live


def fill_in(page: Page, name: str, password: str) -> None:
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.locator("button[type=submit]").click()


@pytest.mark.parametrize(("size", "language"), [(PHONE, "zh"), (DESK, "en")], ids=["phone", "desk"])
def test_a_dispatcher_signs_in_and_the_console_is_live(
    guarded: LiveService, open_page: OpenPage, size: dict[str, int], language: str
) -> None:
    page = open_page(f"{guarded.url}/", **size, language=language)
    expect(page).to_have_title(re.compile("登录" if language == "zh" else "Sign in"))
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    fill_in(page, "li", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("密码" if language == "zh" else "password", timeout=20_000)
    fill_in(page, "li", PASSWORD)
    expect(page.locator("#room main")).to_be_visible(timeout=30_000)


def test_a_hospital_comes_to_its_own_page(guarded: LiveService, open_page: OpenPage) -> None:
    page = open_page(f"{guarded.url}/", **PHONE)
    fill_in(page, "ward", PASSWORD)
    expect(page).to_have_url(re.compile("/hospital$"), timeout=20_000)
    expect(page.locator(".development")).to_have_count(0)
