"""What the service does worse than it should stands on the console within a heartbeat, in plain words, and goes when it is cured."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "进程之间改为轮询"), ("en", "processes poll each other")], ids=["zh", "en"]
)
def test_a_heartbeat_that_says_so_is_shown_until_one_does_not(
    service: Any, open_page: OpenPage, language: str, words: str
) -> None:
    amiss = ["redis_unreachable"]

    def between(socket: WebSocketRoute) -> None:
        def pass_on(said: str | bytes) -> None:
            frame = json.loads(said)
            if frame["type"] == "heartbeat":
                frame |= {"degraded": list(amiss)} if amiss else {}
            socket.send(json.dumps(frame))

        socket.connect_to_server().on_message(pass_on)

    page = open_page(f"{service.url}/healthz", language=language)
    page.route_web_socket("**/api/v1/stream*", between)
    page.goto(f"{service.url}/?map=canvas")
    expect(page.locator("[data-code='redis_unreachable']")).to_contain_text(words, timeout=20_000)
    amiss.clear()
    expect(page.locator("#degraded")).to_have_count(0, timeout=20_000)


def test_a_service_that_takes_no_commands_is_told_from_one_that_works(service: Any, open_page: OpenPage) -> None:
    page = open_page(f"{service.url}/healthz")
    refusal = {"status": 503, "json": {"code": "not_ready", "title": "服务未就绪"}}
    page.route("**/readyz", lambda route: route.fulfill(**refusal))
    page.goto(f"{service.url}/?map=canvas")
    expect(page.locator("[data-code='not_ready']")).to_contain_text("请改用纸单", timeout=20_000)
    page.unroute("**/readyz")
    expect(page.locator("#degraded")).to_have_count(0, timeout=20_000)
