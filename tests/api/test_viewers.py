"""Who looks at a stream has its credentials looked at again, all of them by one."""

from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.api.viewers import LOOK_AGAIN_AFTER, Viewers, Watched


class Screen:
    """A stream whose right to stay is told, and how often it was asked for."""

    def __init__(self) -> None:
        self.may: bool | Exception = True
        self.asked = self.ended = 0
        self.watched = Watched(self.may_stay, self.end)

    async def may_stay(self) -> bool:
        self.asked += 1
        if isinstance(self.may, Exception):
            raise self.may
        return self.may

    def end(self) -> None:
        self.ended += 1


class Room:
    """Screens that are looked at as soon as the clock says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 8, tzinfo=UTC)
        self.viewers = Viewers()

    def watching(self, screen: Screen) -> AbstractContextManager[None]:
        return self.viewers.watching(screen.watched, self.now)

    async def pass_by(self, time: timedelta) -> None:
        self.now += time
        await self.viewers.look(self.now)


@pytest.fixture
def room() -> Room:
    return Room()


async def test_credentials_are_looked_at_again_and_again_until_they_end(room: Room) -> None:
    screen, later = Screen(), Screen()
    with room.watching(screen):
        await room.pass_by(timedelta(seconds=5))
        with room.watching(later):
            await room.pass_by(LOOK_AGAIN_AFTER - timedelta(seconds=5))
            assert (screen.asked, later.asked) == (1, 0)
            screen.may = False
            await room.pass_by(LOOK_AGAIN_AFTER)
            assert (screen.asked, screen.ended) == (2, 1)
            assert (later.asked, later.ended) == (1, 0)
            await room.pass_by(10 * LOOK_AGAIN_AFTER)
            assert (screen.asked, screen.ended) == (2, 1)


async def test_who_has_left_is_not_looked_at_and_who_comes_after_all_have_left_is(room: Room) -> None:
    gone, comes = Screen(), Screen()
    with room.watching(gone):
        pass
    await room.pass_by(LOOK_AGAIN_AFTER)
    assert gone.asked == 0
    with room.watching(comes):
        await room.pass_by(LOOK_AGAIN_AFTER)
        assert comes.asked == 1


async def test_where_credentials_cannot_be_looked_at_screens_stay_and_others_are_looked_at(room: Room) -> None:
    screens = [Screen() for _ in range(3)]
    screens[0].may, screens[2].may = OSError("disk"), False
    with ExitStack() as stack:
        for screen in screens:
            stack.enter_context(room.watching(screen))
        await room.pass_by(LOOK_AGAIN_AFTER)
        assert [(screen.asked, screen.ended) for screen in screens] == [(1, 0), (1, 0), (1, 1)]
        screens[0].may = False
        await room.pass_by(LOOK_AGAIN_AFTER)
        assert screens[0].ended == 1
