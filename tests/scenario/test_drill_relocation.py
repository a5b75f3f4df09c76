"""Where units wait: freed crews and idle ones are sent to where they cover most, and serve from there or from the road.

A kilometre takes 100 s; all people live at the kerbside posts S to Z, and a unit covers those whom it reaches within 780 s.
"""

from dataclasses import replace

import pytest

from dispatch.domain.commands import RelocateUnit
from dispatch.domain.commands_room import SetRoomRules
from dispatch.domain.ids import UnitId
from dispatch.domain.post import RelocationEffort, RelocationMode, RelocationRules
from dispatch.domain.room import RoomRules
from dispatch.domain.vocabulary import Priority
from routing.geo import distance_m
from tests.fakes.ascii_city import EVERYTHING_BY_ITSELF, Scene, caller, clock_time

FREED_FAR_FROM_PEOPLE = "A 1 . . . . . . . . . . . . . . S 2 H"


def scene_of_a_freed_crew(policy: str = "full", **settings: object) -> Scene:
    return Scene(
        FREED_FAR_FROM_PEOPLE,
        lambda at: [
            caller("1", "08:00:00", at["1"], is_transported=False),
            caller("2", "09:00:00", at["2"], is_transported=False),
        ],
        policy=policy,
        **settings,  # type: ignore[arg-type]
    )


async def test_a_freed_crew_waits_where_people_live_and_serves_from_there() -> None:
    """Free at 08:13:40 and 15 km from S: there at 08:38:40, and a kilometre from the second caller instead of seventeen."""
    scene = scene_of_a_freed_crew()
    played = await scene.run()
    lines = scene.timeline().splitlines()
    assert "08:13:40 U-A to wait at S: freed" in lines
    assert "09:03:40 U-A on_scene" in lines
    assert (played.observations.relocations, played.observations.moves_up) == (1, 0)


@pytest.mark.parametrize(("demand", "where"), [(None, "S"), ({"S": 1.0, "T": 3.0}, "T")])
async def test_a_freed_crew_waits_where_calls_come_from_when_that_is_known(
    demand: dict[str, float] | None, where: str
) -> None:
    """Twice as many live at S, which is nearer; three of four calls come from T."""
    scene = Scene(
        "A . . . . . . . . . . . . S . . . . . . 1 H . . . . . . . T",
        lambda at: [caller("1", "08:00:00", at["1"], is_transported=False)],
        policy="full",
        residents={"S": 2.0, "T": 1.0},
        demand=demand,
    )
    await scene.run()
    assert [line[9:] for line in scene.timeline().splitlines() if "to wait" in line] == [
        f"U-A to wait at {where}: freed"
    ]


async def test_other_policies_go_back_to_their_base() -> None:
    scene = scene_of_a_freed_crew("joint")
    played = await scene.run()
    assert "to wait" not in scene.timeline()
    assert played.observations.relocations == 0


async def test_advice_is_given_and_nobody_moves_until_a_person_says_so() -> None:
    rules = replace(EVERYTHING_BY_ITSELF, relocation=RelocationRules(mode=RelocationMode.ADVISE))
    scene = scene_of_a_freed_crew(rules=rules)
    where: list[float] = []

    async def accept() -> None:
        where.append(distance_m(scene.movement.fixes_at(scene.clock.now())[UnitId("U-A")].point, scene.at["A"]))
        await scene.engine.execute(RelocateUnit(unit_id=UnitId("U-A"), post_id="S"), actor="supervisor")

    scene.drill.agenda.once(clock_time("08:20:00"), accept)
    await scene.run()
    lines = scene.timeline().splitlines()
    assert "08:13:40 U-A advised to wait at S: freed" in lines
    assert "08:20:00 U-A to wait at S: freed" in lines
    assert where[0] < 1.0
    assert "09:03:40 U-A on_scene" in lines


ADVISED = replace(EVERYTHING_BY_ITSELF, relocation=RelocationRules(mode=RelocationMode.ADVISE, share_per_hour=1.0))
"""An hour of driving has to gain all demand."""


def advising(drawing: str, *calls: tuple[str, str]) -> Scene:
    """With yellow `calls`: name and when it rings."""
    return Scene(
        drawing, lambda at: [caller(name, rings, at[name]) for name, rings in calls], policy="full", rules=ADVISED
    )


def told_of_waiting(scene: Scene) -> list[str]:
    return [line for line in scene.timeline().splitlines() if "wait" in line or "advised" in line]


async def test_advice_is_taken_back_when_a_person_sends_somebody_else() -> None:
    """U-B is worth its drive to S while nobody is there; with U-C sent, a second crew gains too little."""
    scene = advising("A 1 . . . . S . . . . . . . . B . . C H", ("1", "08:00:00"))

    async def send_another() -> None:
        await scene.engine.execute(RelocateUnit(unit_id=UnitId("U-C"), post_id="S"), actor="supervisor")

    scene.drill.agenda.once(clock_time("08:05:00"), send_another)
    await scene.run()
    assert told_of_waiting(scene)[:3] == [
        "08:01:00 U-B advised to wait at S: move_up",
        "08:05:00 U-C to wait at S: ordered",
        "08:05:00 U-B advised no more",
    ]


async def test_a_crew_that_comes_free_nearer_takes_over_advice() -> None:
    scene = Scene(
        "A . . . . . . . . . . . . . . . . . . 1 S H . . . . B",
        lambda at: [caller("1", "08:00:00", at["1"], is_transported=False)],
        policy="full",
        rules=ADVISED,
    )
    await scene.run()
    assert told_of_waiting(scene) == [
        "08:01:00 U-A advised to wait at S: move_up",
        "08:23:40 U-A advised no more",
        "08:23:40 U-B advised to wait at S: freed",
    ]


async def test_while_one_piece_of_advice_is_left_the_next_gap_is_found() -> None:
    """Nobody acts on what U-B was advised; when U-D leaves T alone, U-C is advised to wait there."""
    scene = advising(
        "A 1 H . . . . S . . . . . . . . B . . . . . . . . . C . . . . . . . . T . . . . D 2",
        ("1", "08:00:00"),
        ("2", "08:05:00"),
    )
    await scene.run()
    assert told_of_waiting(scene)[:2] == [
        "08:01:00 U-B advised to wait at S: move_up",
        "08:06:00 U-C advised to wait at T: move_up",
    ]


async def test_what_was_advised_ends_when_nobody_is_to_be_moved_any_more() -> None:
    """As after a start with other settings: with the next crew that comes free, the advice is gone."""
    scene = advising("A 1 H . . . . S . . . . . . . . B", ("1", "08:00:00"))

    async def start_without() -> None:
        rules = replace(ADVISED, relocation=RelocationRules(RelocationMode.OFF))
        scene.engine.configured = replace(scene.engine.configured, rules=rules)

    scene.drill.agenda.once(clock_time("08:05:00"), start_without)
    await scene.run()
    first, last = told_of_waiting(scene)
    assert first == "08:01:00 U-B advised to wait at S: move_up"
    assert last.endswith("U-B advised no more")


@pytest.mark.parametrize(
    ("mode", "then"),
    [(RelocationMode.AUTOMATIC, ["08:20:00 U-A to wait at S: move_up"]), (RelocationMode.OFF, [])],
)
async def test_a_supervisor_says_during_the_shift_whether_crews_move(mode: RelocationMode, then: list[str]) -> None:
    """Advised at 08:13:40; the order of 08:20 takes the advice back, and where crews are to move by themselves, sends it."""
    rules = replace(EVERYTHING_BY_ITSELF, relocation=RelocationRules(mode=RelocationMode.ADVISE))
    scene = scene_of_a_freed_crew(rules=rules)
    ordered = RoomRules(
        policy="full",
        relocation=mode,
        relocation_effort=RelocationEffort.FULL,
        auto_assign=tuple(Priority),
    )
    still_advised: list[bool] = []

    async def order() -> None:
        command = SetRoomRules(rules=ordered, reason="来电渐多", instead_of=0)
        await scene.engine.execute(command, actor="supervisor")
        still_advised.append(scene.engine.world.units[UnitId("U-A")].advised is not None)

    scene.drill.agenda.once(clock_time("08:20:00"), order)
    await scene.run()
    lines = [line for line in scene.timeline().splitlines() if "wait at" in line]
    assert lines[0] == "08:13:40 U-A advised to wait at S: freed"
    assert [line for line in lines[1:] if line < "09"] == then
    assert still_advised == [False]


async def test_looking_at_what_an_order_would_bring_about_leaves_no_trace() -> None:
    """The journal is the same to the byte, identifiers included, whether somebody has looked or not."""
    rules = replace(EVERYTHING_BY_ITSELF, relocation=RelocationRules(mode=RelocationMode.ADVISE))
    looked_at, alone = scene_of_a_freed_crew(rules=rules), scene_of_a_freed_crew(rules=rules)
    ordered = RoomRules(
        policy="joint", relocation=RelocationMode.AUTOMATIC, relocation_effort=RelocationEffort.FULL, auto_assign=()
    )
    foretold: list[str] = []

    async def look() -> None:
        command = SetRoomRules(rules=ordered, reason="看看", instead_of=0)
        seen = await looked_at.engine.consequences(command, actor="supervisor")
        foretold.extend(recorded.type for recorded in seen.entries)

    looked_at.drill.agenda.once(clock_time("08:20:00"), look)
    await looked_at.run()
    await alone.run()
    assert foretold == ["RoomRulesSet", "UnitRelocated"]
    assert list(looked_at.journal.read()) == list(alone.journal.read())


async def test_an_idle_crew_moves_up_when_the_only_one_near_is_sent_out() -> None:
    """U-B covers S; when it is sent to 1, U-A goes to B, from where S is a kilometre away: the nearest post that covers it."""
    scene = Scene("A . . . . . . . . . B S 1 H", lambda at: [caller("1", "08:00:00", at["1"])], policy="full")
    played = await scene.run()
    assert "08:01:00 U-A to wait at B: move_up" in scene.timeline().splitlines()
    assert played.observations.moves_up == 1
    assert played.observations.violations == []


async def test_a_crew_on_its_way_to_a_post_is_sent_from_where_it_is() -> None:
    """U-A, moving up since 08:01:00, is 5 km on its way when 2 calls, a kilometre farther: it turns to it without a turnout."""
    scene = Scene(
        "A . . . . . 2 . . . B S 1 H",
        lambda at: [caller("1", "08:00:00", at["1"]), caller("2", "08:08:20", at["2"], is_transported=False)],
        policy="full",
    )
    await scene.run()
    lines = scene.timeline().splitlines()
    assert "08:09:20 U-A assigned to #2 for H" in lines
    assert "08:09:28 U-A en_route" in lines
    assert "08:11:08 U-A on_scene" in lines


async def test_nobody_moves_for_little() -> None:
    """Two units cover S as well from A as from S itself: nothing is ordered."""
    scene = Scene("A S 1 H", lambda at: [caller("1", "08:00:00", at["1"], is_transported=False)], policy="full")
    played = await scene.run()
    assert played.observations.relocations == 0


@pytest.mark.parametrize(("at_t", "moves_up"), [(3.0, 1), (1.0, 0)])
async def test_the_only_crew_of_a_remote_station_stays(at_t: float, moves_up: int) -> None:
    """Of the 33 who live at S and T, U-A reaches those at T within 25 minutes; when they are fewer than one in twenty, U-A stays."""
    scene = Scene(
        "A T . . . . . . . . . . . . . . . B S 1 H",
        lambda at: [caller("1", "08:00:00", at["1"])],
        policy="full",
        residents={"S": 33.0 - at_t, "T": at_t},
    )
    played = await scene.run()
    assert played.observations.moves_up == moves_up


async def test_the_crew_of_a_remote_station_goes_back_to_it() -> None:
    """Free beside S, where nearly everybody lives, U-A drives home: nobody else would come to T."""
    scene = Scene(
        "A T . . . . . . . . . . . . . . . . S 1 H",
        lambda at: [caller("1", "08:00:00", at["1"], is_transported=False)],
        policy="full",
        residents={"S": 32.0, "T": 1.0},
    )
    played = await scene.run()
    assert played.observations.relocations == 0
