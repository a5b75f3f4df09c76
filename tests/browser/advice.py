"""Choosing among the advice as a dispatcher does: who is told that it has changed under the finger looks, and presses again."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

LOOKS = 5
PATIENCE_MS = 20_000


def choose(page: Page, told: Locator, key: str = "1", press: Callable[[str], Any] | None = None) -> str:
    """Press `key` until `told` is on the screen; the id of the unit that stood first then."""
    for _ in range(LOOKS):
        unit_id = page.locator("[data-rank='1']").get_attribute("data-unit")
        (press or page.keyboard.press)(key)
        settle = page.locator(".advice .settle")
        expect(told.or_(settle).first).to_be_visible(timeout=PATIENCE_MS)
        if told.count() > 0:
            return str(unit_id)
        expect(settle).to_have_count(0)
    pytest.fail(f"the recommendation changed at each of {LOOKS} looks")
