"""Other AEDs from the overview: a file is read, what it changes is seen, it is ordered with a reason, and there is a way back."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.aed_versions import registry

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_registry_is_put_in_force_and_taken_back(own_service: Any, open_page: OpenPage, language: str) -> None:
    page = open_page(f"{own_service.url}/?view=overview", language=language)
    pane = page.locator("#aed-data")
    file = {
        "name": "十一月.csv",
        "mimeType": "text/csv",
        "buffer": registry("市民中心").encode() + "A9,,坏行,95,114,\n".encode(),
    }
    pane.locator("[name=file]").set_input_files([file], timeout=20_000)
    pane.locator("[name=format]").select_option("csv")
    pane.locator("[name=datum]").select_option("wgs84")
    pane.get_by_role("button", name="读入" if language == "zh" else "Read it").click()
    found = pane.locator("#aed-difference")
    expect(found).to_contain_text("新增 3" if language == "zh" else "3 added", timeout=60_000)
    expect(found).to_contain_text("1 行未能读入" if language == "zh" else "1 rows could not be read")
    expect(found.locator(".notice")).to_be_visible()  # the city's own would be gone
    order(page, "十一月登记表")
    expect(pane).to_contain_text("共 3 台" if language == "zh" else "3 devices", timeout=60_000)

    pane.locator("[data-version=own] button").click()
    expect(found).to_contain_text("移除 3" if language == "zh" else "3 removed", timeout=60_000)
    order(page, "演示完毕")
    expect(pane.locator("[data-version=own] button")).to_have_count(0, timeout=60_000)


def order(page: Page, reason: str) -> None:
    page.locator("#aed-difference input.reason").fill(reason)
    page.locator("#aed-difference .primary").click()
