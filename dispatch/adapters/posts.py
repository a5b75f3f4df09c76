"""The city's posts as a realm adopts them: its bases, and what a file adds; and where calls are expected from."""

import hashlib
from pathlib import Path

from dispatch.domain.commands import AdoptPosts
from dispatch.domain.post import PostKind, PostRecord
from maps_data.catalogue import Catalogue
from maps_data.demand_file import Demand, read_demand
from maps_data.posts import read_posts, station_posts


def posts_of(catalogue: Catalogue, path: Path | None = None) -> AdoptPosts:
    """The posts of a `posts.csv`, or, without one, the bases. `DataError` for a file that breaks the format."""
    posts = station_posts(catalogue.bases) if path is None else read_posts(path, catalogue.bounds)
    records = tuple(
        PostRecord(
            post_id=post.post_id,
            kind=PostKind(post.kind),
            name=post.name,
            point=post.point,
            record_class=str(post.record_class),
            evidence=post.evidence,
        )
        for post in sorted(posts, key=lambda post: post.post_id)
    )
    digest = hashlib.sha256(repr(records).encode()).hexdigest()[:12]
    return AdoptPosts(posts_version=f"posts-{digest}", posts=records)


def demand_of(catalogue: Catalogue, path: Path | None) -> Demand | None:
    """The demand of a `demand.csv`; None without one, when residents stand for it. `DataError` for a file that breaks the format."""
    return None if path is None else read_demand(path, catalogue.population_cells)
