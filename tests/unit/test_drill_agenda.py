"""An agenda steps its scripts one at a time, in order of time and of planning, whatever clock drives it."""

import asyncio
from datetime import UTC, datetime, timedelta

from dispatch.drills.agenda import Agenda, Script
from dispatch.engine.clocks import SystemClock, VirtualClock

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def second(number: float) -> datetime:
    return NOON + timedelta(seconds=number)


class Diary:
    """Scripts that write down what they do."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def script(self, name: str, *waits: float) -> Script:
        """Write, wait until each of `waits`, write again."""
        try:
            self.lines.append(f"{name} begins")
            for wait in waits:
                yield second(wait)
                self.lines.append(f"{name} {wait:g}")
        finally:
            self.lines.append(f"{name} ends")


async def play(agenda: Agenda) -> list[datetime]:
    """Step until nothing is left; the instants of the steps."""
    instants = []
    while (at := agenda.next_at()) is not None:
        instants.append(at)
        await agenda.step()
    return instants


async def test_scripts_take_turns_in_order_of_time_and_then_of_planning() -> None:
    agenda, diary = Agenda(), Diary()
    agenda.start(second(0), diary.script("a", 2, 5))
    agenda.start(second(0), diary.script("b", 2, 3))
    instants = await play(agenda)
    assert diary.lines == ["a begins", "b begins", "a 2", "b 2", "b 3", "b ends", "a 5", "a ends"]
    assert instants == sorted(instants)


async def test_a_cancelled_script_ends_where_it_stands() -> None:
    agenda, diary = Agenda(), Diary()
    errand = agenda.start(second(0), diary.script("a", 2, 5))
    await agenda.step()
    agenda.cancel(errand)
    assert agenda.next_at() is None
    await agenda.step()
    assert diary.lines == ["a begins", "a ends"]


async def test_a_script_may_cancel_itself_in_the_middle_of_a_step() -> None:
    """As when a crew's own report ends its mission: the step is finished, and nothing comes after it."""
    agenda, lines = Agenda(), []

    async def crew() -> Script:
        yield second(1)
        agenda.cancel(errand)
        lines.append("reported")
        yield second(2)
        lines.append("never")

    errand = agenda.start(second(0), crew())
    await play(agenda)
    assert lines == ["reported"]


async def test_a_moved_script_goes_on_at_its_new_time_only() -> None:
    agenda, diary = Agenda(), Diary()
    errand = agenda.start(second(0), diary.script("a", 10, 20))
    await agenda.step()
    agenda.move(errand, second(4))
    assert await play(agenda) == [second(4), second(20)]
    assert diary.lines == ["a begins", "a 10", "a 20", "a ends"]


async def test_moving_or_cancelling_what_is_over_does_nothing() -> None:
    agenda, diary = Agenda(), Diary()
    errand = agenda.start(second(0), diary.script("a"))
    await agenda.step()
    agenda.move(errand, second(5))
    agenda.cancel(errand)
    assert agenda.next_at() is None


async def test_closing_ends_every_script() -> None:
    agenda, diary = Agenda(), Diary()
    agenda.start(second(0), diary.script("a", 2))
    agenda.start(second(0), diary.script("b", 2))
    await agenda.step()
    await agenda.close()
    assert diary.lines == ["a begins", "a ends"]  # b never began, so it has nothing to clean up
    assert agenda.next_at() is None


async def test_a_live_agenda_waits_for_what_is_planned_later() -> None:
    """The loop sleeps with nothing to do, and wakes for a script that is planned meanwhile."""
    agenda, done = Agenda(), asyncio.Event()

    async def note() -> None:
        done.set()

    running = asyncio.create_task(agenda.run(SystemClock()))
    await asyncio.sleep(0)
    agenda.once(SystemClock().now() + timedelta(milliseconds=1), note)
    async with asyncio.timeout(10):
        await done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await agenda.close()


async def test_a_live_agenda_lets_time_pass_until_the_next_errand() -> None:
    """On a virtual clock waiting is moving: three steps an hour apart take no time at all."""
    agenda, diary, clock = Agenda(), Diary(), VirtualClock(NOON)
    done = asyncio.Event()

    async def last() -> None:
        done.set()

    agenda.start(second(0), diary.script("a", 3600, 7200))
    agenda.once(second(7201), last)
    running = asyncio.create_task(agenda.run(clock))
    async with asyncio.timeout(10):
        await done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert clock.now() == second(7201)
    assert diary.lines == ["a begins", "a 3600", "a 7200", "a ends"]
