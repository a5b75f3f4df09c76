"""Where crews should wait: the advice is on the console with its reason, a person sends the crew, and what no longer holds is gone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from maps_data.catalogue import load_catalogue
from maps_data.posts import Post, PostKind, posts_csv, station_posts
from maps_data.vocabulary import RecordClass
from routing.geo import Wgs84

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]

FUTIAN = {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84"}
# Far enough from every station that a crew there is worth its drive at any hour: the traffic is that of the clock on the wall.
KERB = Post(
    post_id="K001",
    kind=PostKind.KERBSIDE,
    name="宝安区燕罗街道候命点",
    point=Wgs84(lat_deg=22.8224, lon_deg=113.8804),
    record_class=RecordClass.SIMULATED,
    evidence="规划建议, 未经现场查看 / proposed by a plan",
)


@pytest.fixture
def service(running: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Its own posts: the stations, and one at the kerb where nobody waits yet."""
    path = tmp_path / "posts.csv"
    path.write_text(posts_csv([*station_posts(load_catalogue().bases), KERB]), encoding="utf-8")
    monkeypatch.setenv("DISPATCH_POSTS", str(path))
    with running(tmp_path) as service:
        yield service


def leave_a_gap(service: Any) -> str:
    """A crew is sent; the unit that is then advised to wait at the kerb."""
    taken = service.post("/calls", {"complaint": "abdominal", "location": FUTIAN})
    order = {"unit_id": taken["recommendation"]["alternatives"][0]["unit_id"], "override_reason": "首选车组刚加油"}
    service.post(f"/incidents/{taken['incident']['incident_id']}/assignments", order)
    advised = [unit for unit in service.get("/units?limit=1000")["items"] if unit["advised"]]
    assert [unit["advised"]["post_id"] for unit in advised] == ["K001"]
    assert advised[0]["advised"]["reason"] == "move_up"
    return str(advised[0]["unit_id"])


@pytest.mark.parametrize(("language", "width", "height"), [("zh", 1920, 1080), ("en", 390, 844)])
def test_a_crew_is_sent_where_it_was_advised_to_wait(
    service: Any, open_page: OpenPage, language: str, width: int, height: int
) -> None:
    unit_id = leave_a_gap(service)
    page = open_page(service.url, language=language, width=width, height=height)
    expect(page.locator("#count-advised")).to_contain_text("1", timeout=20_000)
    page.keyboard.press("m")
    row = page.locator(f"[data-advised='{unit_id}']")
    expect(row).to_contain_text("宝安区燕罗街道候命点")
    expect(row).to_contain_text("补他处空缺" if language == "zh" else "fills a gap")
    expect(row).to_contain_text("模拟" if language == "zh" else "simulated")
    expect(row).to_contain_text("%")
    row.locator("[data-follow]").click()
    expect(page.locator("#advised")).to_have_count(0, timeout=20_000)
    expect(page.locator("#count-advised")).to_have_count(0)
    unit = next(unit for unit in service.get("/units?limit=1000")["items"] if unit["unit_id"] == unit_id)
    assert (unit["post_id"], unit["advised"]) == ("K001", None)


def test_advice_to_a_crew_that_goes_out_of_service_is_gone(service: Any, open_page: OpenPage) -> None:
    unit_id = leave_a_gap(service)
    page = open_page(service.url)
    expect(page.locator("#count-advised")).to_contain_text("1", timeout=20_000)
    service.post(f"/units/{unit_id}/status", {"duty": "out_of_service", "reason": "洗消"})
    expect(page.locator("#count-advised")).to_have_count(0, timeout=20_000)
