"""Posts: where units wait, at a station or at the kerb, and the file that says so (`posts.csv`).

Columns: `post_id, kind, name, lat, lon, datum, record_class, evidence`. `kind` is `station` or `kerbside`; a station keeps its
own id. `datum` is wgs84. `evidence` is a sentence, Chinese and English: why the post stands there and who says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from maps_data.manifest import Bounds, read_table
from maps_data.records import Station
from maps_data.tables import member, require_unique, text, write_table
from maps_data.vocabulary import RecordClass
from routing.datum import Datum
from routing.geo import Wgs84

COLUMNS = ("post_id", "kind", "name", "lat", "lon", "datum", "record_class", "evidence")


class PostKind(StrEnum):
    """A roof with a crew room, or a place at the kerb where a vehicle may stand."""

    STATION = "station"
    KERBSIDE = "kerbside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A place where units wait; `evidence` is a sentence in both languages."""

    post_id: str
    kind: PostKind
    name: str
    point: Wgs84
    record_class: RecordClass
    evidence: str


def station_posts(bases: Iterable[Station]) -> tuple[Post, ...]:
    """The city's bases as posts."""
    return tuple(
        Post(
            post_id=base.station_id,
            kind=PostKind.STATION,
            name=base.name_zh,
            point=base.point,
            record_class=base.record_class,
            evidence=base.evidence.text,
        )
        for base in bases
    )


def read_posts(path: Path, bounds: Bounds) -> tuple[Post, ...]:
    """The posts of a file, in its order. DataError names file, row and column of what is amiss; `bounds` must hold every point."""
    table = read_table(path)
    require_unique(table, "post_id")
    columns = (
        table.column("post_id", text),
        table.column("kind", member(PostKind)),
        table.column("name", text),
        table.points(bounds.holds),
        table.column("record_class", member(RecordClass)),
        table.column("evidence", text),
    )
    return tuple(
        Post(post_id=post_id, kind=kind, name=name, point=point, record_class=record_class, evidence=evidence)
        for post_id, kind, name, point, record_class, evidence in zip(*columns, strict=True)
    )


def posts_csv(posts: Iterable[Post]) -> str:
    """The text of a `posts.csv`; a point is written to 0.1 m."""
    rows = (
        (
            p.post_id,
            p.kind,
            p.name,
            f"{p.point.lat_deg:.6f}",
            f"{p.point.lon_deg:.6f}",
            Datum.WGS84,
            p.record_class,
            p.evidence,
        )
        for p in posts
    )
    return write_table(COLUMNS, rows)
