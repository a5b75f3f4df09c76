"""Posts, and who waits where, as answers tell it: for the OpenAPI document."""

from typing import Literal

from dispatch.api.wire_out import AdviceOut, Open, Page, PointOut
from dispatch.domain.post import PostKind
from maps_data.vocabulary import RecordClass


class PostOut(Open):
    post_id: str
    kind: PostKind
    name: str
    location: PointOut
    record_class: str
    evidence: str


class DemandOut(Open):
    """What posts are to cover: residents, or where life-threatening calls came from, by the file of that version."""

    source: Literal["residents", "calls"]
    record_class: RecordClass
    version: str | None


class PostsOut(Page):
    items: list[PostOut]
    demand: DemandOut


class RelocatedOut(Open):
    unit_id: str
    post_id: str | None
    advised: AdviceOut | None
