"""The file of posts: what is written is read again, and what is amiss is named."""

from pathlib import Path

import pytest

from maps_data.manifest import Bounds
from maps_data.posts import Post, PostKind, posts_csv, read_posts, station_posts
from maps_data.tables import DataError
from maps_data.vocabulary import RecordClass
from routing.geo import Wgs84
from tests.fakes.embedded import embedded_catalogue

BOUNDS = Bounds(south_deg=22.0, north_deg=23.0, west_deg=113.0, east_deg=115.0)
KERB = Post(
    post_id="K001",
    kind=PostKind.KERBSIDE,
    name="福田区华强北街道候命点",
    point=Wgs84(lat_deg=22.545123, lon_deg=114.083456),
    record_class=RecordClass.SIMULATED,
    evidence="规划建议, 未经现场查看 / proposed",
)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(posts_csv([KERB]), encoding="utf-8")
    assert read_posts(path, BOUNDS) == (KERB,)


def test_the_stations_of_the_city_are_posts() -> None:
    city = embedded_catalogue()
    posts = station_posts(city.bases)
    assert len(posts) == 53
    assert {post.kind for post in posts} == {PostKind.STATION}
    assert [post.post_id for post in posts] == [base.station_id for base in city.bases]
    assert [post.record_class for post in posts] == [base.record_class for base in city.bases]
    assert all(" / " in post.evidence for post in posts)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("kerbside", "garage", "posts.csv:2:kind"),
        ("22.545123", "12.5", "posts.csv:2:lat,lon"),
        ("wgs84", "gcj02", "posts.csv:2:datum"),
        ("simulated", "", "posts.csv:2:record_class"),
        ("post_id", "id", "posts.csv:1:post_id"),
    ],
)
def test_what_is_amiss_is_named_in_both_languages(tmp_path: Path, old: str, new: str, where: str) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(posts_csv([KERB]).replace(old, new), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_posts(path, BOUNDS)
    assert where in caught.value.zh
    assert where in caught.value.en


def test_ids_are_unique_and_a_missing_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(posts_csv([KERB, KERB]), encoding="utf-8")
    with pytest.raises(DataError, match="repeats row 2"):
        read_posts(path, BOUNDS)
    with pytest.raises(DataError, match="cannot be read"):
        read_posts(tmp_path / "none.csv", BOUNDS)
