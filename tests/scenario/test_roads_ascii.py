"""Small towns drawn with letters: what an ambulance may do at each of their junctions.

A turning table has a line an edge: the edge by the letters it runs through, a colon, and the edges that may follow. Every edge of the
town has its line, so a table says everything that is permitted.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from maps_data.roads.restrictions import Unused
from routing.roads.network import stretches
from tests.fakes.road_town import STREET, Built, Tags, Town, built, table

Build = Callable[[Town], Built]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return lambda town: built(town, tmp_path)


CROSSING = """
  n
w-x-e
  s
"""


def test_streets_break_at_junctions_only_and_dead_ends_turn_round(build: Build) -> None:
    """The bend at b is no junction: one edge runs through it. At the ends of the street one may turn round, at the junction not."""
    town = Town(
        """
a-b
  c-d
  e
""",
        {"abcd": STREET, "ce": STREET},
    )
    assert build(town).table() == table("""
        abc: cd ce
        cba: abc
        cd: dc
        dc: cba ce
        ce: ec
        ec: cba cd
    """)


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        ({"oneway": "yes"}, {"ab"}),
        ({"oneway": "-1"}, {"ba"}),
        ({"oneway": "no"}, {"ab", "ba"}),
        ({"highway": "motorway"}, {"ab"}),
        ({"highway": "motorway", "oneway": "no"}, {"ab", "ba"}),
        ({"junction": "roundabout"}, {"ab"}),
        ({"oneway": "yes", "oneway:emergency": "no"}, {"ab", "ba"}),
        ({"oneway": "yes", "oneway:bus": "no"}, {"ab", "ba"}),
        ({"oneway": "yes", "oneway:bicycle": "no"}, {"ab"}),
        ({"motor_vehicle:backward": "no"}, {"ab"}),
        ({"oneway": "reversible"}, set()),
        ({"access": "no"}, set()),
        ({"access": "no", "emergency": "yes"}, {"ab", "ba"}),
        ({"emergency": "no"}, set()),
        ({"access": "no", "emergency": "fire_hydrant"}, set()),
        ({"access": "private"}, {"ab", "ba"}),
        ({"access": "no", "motor_vehicle": "destination"}, {"ab", "ba"}),
        ({"motor_vehicle": "no", "psv": "yes"}, {"ab", "ba"}),
        ({"bus": "no"}, {"ab", "ba"}),
        ({"highway": "pedestrian"}, set()),
        ({"highway": "pedestrian", "emergency": "designated"}, {"ab", "ba"}),
        ({"highway": "construction"}, set()),
        ({"highway": "proposed"}, set()),
        ({"highway": "track"}, set()),
        ({"highway": "track", "tracktype": "grade1"}, {"ab", "ba"}),
        ({"highway": "service", "service": "emergency_access", "access": "no"}, {"ab", "ba"}),
    ],
)
def test_where_a_way_may_be_driven(build: Build, tags: Tags, kept: set[str]) -> None:
    found = build(Town("a-b c-d", {"ab": STREET | tags, "cd": STREET}))
    assert set(found.names) == kept | {"cd", "dc"}


def test_a_roundabout_is_driven_one_way_round(build: Build) -> None:
    town = Town(
        """
  n
a b c
w-d e
  s
""",
        {"badecb": {"highway": "residential", "junction": "roundabout"}, "nb": STREET, "se": STREET, "wd": STREET},
    )
    assert build(town).table() == table("""
        nb: bad
        bn: nb
        bad: de dw
        de: ecb es
        ecb: bad bn
        se: ecb
        es: se
        wd: de
        dw: wd
    """)


ALL_AT_CROSSING = """
    wx: xn xe xs
    ex: xn xw xs
    nx: xe xw xs
    sx: xe xw xn
    xw: wx
    xe: ex
    xn: nx
    xs: sx
"""
ARMS = {"wx": STREET, "xe": STREET, "nx": STREET, "xs": STREET}


@pytest.mark.parametrize(
    ("tags", "from_w", "count"),
    [
        ({"restriction": "no_left_turn"}, "xe xs", "n_by_node"),
        ({"restriction": "only_left_turn"}, "xn", "n_by_node"),
        ({"restriction": "no_left_turn", "except": "psv;emergency"}, "xn xe xs", Unused.EXEMPT),
        ({"restriction": "no_left_turn", "except": "bicycle"}, "xe xs", "n_by_node"),
        ({"restriction:hgv": "no_left_turn"}, "xn xe xs", Unused.OTHERS),
        ({"restriction:conditional": "no_left_turn @ (07:00-09:00)"}, "xn xe xs", Unused.CONDITIONAL),
        ({"restriction": "no_left_turn", "restriction:emergency": "no_parking"}, "xn xe xs", Unused.UNKNOWN),
        ({"restriction": "no_sense"}, "xn xe xs", Unused.UNKNOWN),
    ],
)
def test_a_restriction_at_a_node(build: Build, tags: Tags, from_w: str, count: str | Unused) -> None:
    """Only what comes from w changes; the build says what became of the restriction."""
    found = build(Town(CROSSING, ARMS, restrictions=[("wx", "x", "nx", tags)]))
    assert found.table() == table(ALL_AT_CROSSING) | {"wx": set(from_w.split())}
    assert found.summary.n_restrictions == 1
    assert (found.summary.unused.get(count) if isinstance(count, Unused) else getattr(found.summary, count)) == 1


def test_only_straight_on(build: Build) -> None:
    found = build(Town(CROSSING, ARMS, restrictions=[("wx", "x", "xe", {"restriction": "only_straight_on"})]))
    assert found.table() == table(ALL_AT_CROSSING) | {"wx": {"xe"}}


def test_a_way_that_runs_on_past_the_junction_is_meant_on_the_side_that_fits(build: Build) -> None:
    """`wxe` is one way. "No left turn into n" is meant for who comes from w: from e, n is to the right."""
    ways = {"wxe": STREET, "nx": STREET, "xs": STREET}
    found = build(Town(CROSSING, ways, restrictions=[("wxe", "x", "nx", {"restriction": "no_left_turn"})]))
    assert found.table() == table(ALL_AT_CROSSING) | {"wx": {"xe", "xs"}}


def test_no_entry_from_several_ways_cannot_be_drawn_as_one_and_needs_none_of_the_angles(build: Build) -> None:
    town = Town(CROSSING, ARMS, restrictions=[("wx", "x", "nx", {"restriction": "no_entry"})])
    assert build(town).table() == table(ALL_AT_CROSSING) | {"wx": {"xe", "xs"}}


def test_a_u_turn_that_is_forbidden_is_not_made_even_at_a_dead_end(build: Build) -> None:
    found = build(Town("a-b", {"ab": STREET}, restrictions=[("ab", "b", "ab", {"restriction": "no_u_turn"})]))
    assert found.table() == table("""
        ab:
        ba: ab
    """)


DUAL_CARRIAGEWAY = """
a-b-c
  |
f-e-d
"""
DUAL = {
    "ab": STREET | {"oneway": "yes"},
    "bc": STREET | {"oneway": "yes"},
    "de": STREET | {"oneway": "yes"},
    "ef": STREET | {"oneway": "yes"},
    "be": STREET,
}


def test_a_restriction_over_a_way_forbids_the_path_and_nothing_else(build: Build) -> None:
    """No U-turn from ab over be onto ef. Who reaches be from ab is on its double be', from where no turn is left; from d one still
    gets over eb to c. Both edges of the link and its double are one stretch of street."""
    found = build(Town(DUAL_CARRIAGEWAY, DUAL, restrictions=[("ab", "be", "ef", {"restriction": "no_u_turn"})]))
    assert found.table() == table("""
        ab: bc be'
        bc:
        be: ef
        be':
        de: ef eb
        ef:
        eb: bc
    """)
    assert (found.summary.n_by_ways, found.summary.n_doubles) == (1, 1)
    stretch = dict(zip(found.names, stretches(found.network.drive).tolist(), strict=True))
    assert stretch["be"] == stretch["eb"] == stretch["be'"]
    assert len(set(stretch.values())) == 5


def test_only_over_a_way_leaves_just_that_once_the_way_is_entered(build: Build) -> None:
    """From ab, over bc, only on to cd. From sb over bc everything stays allowed."""
    town = Town(
        """
a-b-c-d
  s g
""",
        {"ab": STREET, "bc": STREET, "cd": STREET, "sb": STREET, "cg": STREET},
        restrictions=[("ab", "bc", "cd", {"restriction": "only_straight_on"})],
    )
    turns = build(town).table()
    assert turns["ab"] == {"bc'", "bs"}
    assert turns["bc'"] == {"cd"}
    assert turns["sb"] == {"bc", "ba"}
    assert turns["bc"] == {"cd", "cg"}


def test_a_restriction_over_two_ways_and_a_junction_between(build: Build) -> None:
    """No path a-b-c-d-e; leaving at c for g, or coming in from g, is free."""
    ways = {"ab": STREET, "bc": STREET, "cd": STREET, "de": STREET, "cg": STREET, "dh": STREET}
    town = Town(
        """
a-b-c-d-e
    g h
""",
        {way: tags | {"oneway": "yes"} for way, tags in ways.items()} | {"gc": STREET | {"oneway": "yes"}},
        restrictions=[("ab", "bc,cd", "de", {"restriction": "no_straight_on"})],
    )
    turns = build(town).table()
    assert turns["ab"] == {"bc'"}
    assert turns["bc'"] == {"cd'", "cg"}
    assert turns["cd'"] == {"dh"}
    assert turns["bc"] == turns["gc"] | {"cg"} == {"cd", "cg"}
    assert turns["cd"] == {"de", "dh"}


@pytest.mark.parametrize(
    ("barrier", "passes", "seconds"),
    [
        ({"barrier": "bollard"}, False, None),
        ({"barrier": "block"}, False, None),
        ({"barrier": "bollard", "emergency": "yes"}, True, 30),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, True, 30),
        ({"barrier": "bollard", "bollard": "rising"}, True, 30),
        ({"barrier": "gate"}, True, 30),
        ({"barrier": "gate", "access": "private"}, True, 30),
        ({"barrier": "gate", "access": "no"}, False, None),
        ({"barrier": "gate", "locked": "yes"}, False, None),
        ({"barrier": "lift_gate"}, True, 30),
        ({"barrier": "toll_booth"}, True, 15),
    ],
)
def test_barriers(build: Build, barrier: Tags, passes: bool, seconds: float | None) -> None:
    """One that lets an ambulance through costs time; one that does not is a dead end from both sides, where one may turn round."""
    found = build(Town("a-b-c", {"abc": STREET}, {"b": barrier}))
    assert found.table() == table(
        """
        ab: bc
        cb: ba
        ba: ab
        bc: cb
    """
        if passes
        else """
        ab: ba
        cb: bc
        ba: ab
        bc: cb
    """
    )
    assert seconds is None or found.turn_s("ab", "bc") == seconds


def test_what_stands_open_costs_nothing(build: Build) -> None:
    found = build(Town("a-b-c", {"abc": STREET}, {"b": {"barrier": "cattle_grid"}}))
    assert set(found.names) == {"abc", "cba"}


@pytest.mark.parametrize(
    ("direction", "along", "against"), [({}, 2, 2), ({"direction": "forward"}, 2, 0), ({"direction": "backward"}, 0, 2)]
)
def test_signals_cost_those_who_face_them(build: Build, direction: Tags, along: float, against: float) -> None:
    found = build(Town("a-b-c", {"abc": STREET}, {"b": {"highway": "traffic_signals", **direction}}))
    assert (found.turn_s("ab", "bc"), found.turn_s("cb", "ba")) == (along, against)


def test_a_left_turn_costs_more_than_a_right_turn_and_that_more_than_straight_on(build: Build) -> None:
    """Worked out by hand from the formula in `turns`: right 7.5 / (1 + exp(-(13 / 1.075 * 0.5 - 6.5 * 1.075))) = 7.5 / 3.56
    = 2.11; left 7.5 / (1 + exp(-(13 * 1.075 * 0.5 - 6.5 / 1.075))) + 2 / (1 + exp(-3.25)) = 5.39 + 1.93; a U-turn nearly 7.5 + 20."""
    found = build(Town(CROSSING, ARMS))
    assert found.turn_s("wx", "xs") == pytest.approx(2.11, abs=0.02)
    assert found.turn_s("wx", "xn") == pytest.approx(7.32, abs=0.02)
    assert found.turn_s("wx", "xe") == pytest.approx(0.01, abs=0.02)
    assert found.turn_s("xn", "nx") == pytest.approx(27.5, abs=0.05)


def test_a_ferry_is_waited_for_once_and_takes_the_time_that_it_states(build: Build) -> None:
    """The ferry crosses in 6 minutes, however long the line is drawn; boarding takes 5, leaving the ship nothing."""
    ferry = {"route": "ferry", "motor_vehicle": "yes", "duration": "0:06"}
    found = build(Town("a-b-----------c-d", {"ab": STREET, "bc": ferry, "cd": STREET}))
    at = found.names.index("bc")
    assert found.network.drive.free_flow_ms[at] == 360_000
    assert (found.turn_s("ab", "bc"), found.turn_s("bc", "cd")) == (300, 0)


@pytest.mark.parametrize(
    "tags", [{}, {"foot": "yes"}, {"motor_vehicle": "no"}, {"motor_vehicle": "yes", "access": "no", "emergency": "no"}]
)
def test_a_ferry_that_does_not_say_that_it_takes_cars_takes_none(build: Build, tags: Tags) -> None:
    found = build(Town("a-b---c-d", {"ab": STREET, "bc": {"route": "ferry", **tags}, "cd": STREET}))
    assert set(found.names) == {"ab", "ba", "cd", "dc"}


@pytest.mark.parametrize(
    ("tags", "kmh"),
    [
        ({}, 25),
        ({"highway": "primary"}, 65),
        ({"maxspeed": "60"}, 48),
        ({"maxspeed": "30 mph"}, 30 * 1.609344 * 0.8),
        ({"maxspeed": "CN:urban"}, 40),
        ({"maxspeed": "signals"}, 25),
        ({"maxspeed:forward": "50", "maxspeed": "30"}, 40),
    ],
)
def test_speeds(build: Build, tags: Tags, kmh: float) -> None:
    assert build(Town("a-------------------b", {"ab": STREET | tags})).kmh("ab") == pytest.approx(kmh, rel=1e-3)


def test_the_main_part_is_what_all_can_reach_and_leave(build: Build) -> None:
    """One gets out of the one-way street sa but never into it, into the one-way street cd but never out; ef is an island."""
    town = Town(
        """
s-a-b-c-d
    x   e
        f
""",
        {
            "abc": STREET,
            "bx": STREET,
            "sa": STREET | {"oneway": "yes"},
            "cd": STREET | {"oneway": "yes"},
            "cb": STREET,
            "ef": STREET,
        },
    )
    found = build(town)
    main = {name for name, is_main in zip(found.names, found.network.drive.is_main.tolist(), strict=True) if is_main}
    assert main == {"ab", "ba", "bc", "cb", "bc'", "cb'", "bx", "xb"}
    assert found.summary.main_share == pytest.approx(8 / 12)
