"""Posts, and who waits where, as answers tell it: for the OpenAPI document."""

from dispatch.api.wire_out import AdviceOut, Open, Page, PointOut
from dispatch.domain.post import PostKind


class PostOut(Open):
    post_id: str
    kind: PostKind
    name: str
    location: PointOut
    record_class: str
    evidence: str


class PostsOut(Page):
    items: list[PostOut]


class RelocatedOut(Open):
    unit_id: str
    post_id: str | None
    advised: AdviceOut | None
