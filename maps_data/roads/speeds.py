"""What is assumed about speed: defaults by class, legal limits that OpenStreetMap names but does not number, and costs in seconds.

Free flow of an ordinary car. What lights and siren, traffic and the hour change comes later, on top of these.
"""

from typing import Final

DRIVE_KMH: Final = {
    "motorway": 90.0,
    "motorway_link": 45.0,
    "trunk": 85.0,
    "trunk_link": 40.0,
    "primary": 65.0,
    "primary_link": 30.0,
    "secondary": 55.0,
    "secondary_link": 25.0,
    "tertiary": 40.0,
    "tertiary_link": 20.0,
    "unclassified": 25.0,
    "residential": 25.0,
    "living_street": 10.0,
    "service": 15.0,
}
"""Speed by class where no limit is tagged: the car profile of OSRM 26.10 (`speeds.highway`), long calibrated on OpenStreetMap."""

UNUSUAL_KMH: Final = 10.0
"""On a way that is not built for cars but that an ambulance may use (OSRM 26.10, car profile, `default_speed`)."""

LIMIT_SHARE: Final = 0.8
"""Share of a tagged limit that is driven in free flow (OSRM 26.10, car profile, `speed_reduction`)."""

NAMED_LIMITS_KMH: Final = {
    "cn:urban": 50.0,
    "cn:rural": 70.0,
    "cn:trunk": 80.0,
    "cn:motorway": 120.0,
}
"""Limits of the Regulations on the Implementation of the Road Traffic Safety Law (道路交通安全法实施条例): article 45, one lane each
way, 50 km/h in towns and 70 km/h on highways; article 78, at most 120 km/h on expressways. `trunk`: 80 km/h, a choice of ours."""

OTHER_LIMITS_KMH: Final = {"urban": 50.0, "rural": 90.0, "trunk": 110.0, "motorway": 130.0}
"""Of other countries, e.g. `FI:urban` (OSRM 26.10, car profile, `maxspeed_table_default`)."""

UNLIMITED_KMH: Final = 140.0
"""`maxspeed=none` (OSRM 26.10, car profile, `maxspeed_table`)."""

WALK_LIMIT_KMH: Final = 7.0
"""`maxspeed=walk` (OSRM 26.10, car profile: `de:living_street`)."""

KMH_PER_MPH: Final = 1.609344
KMH_PER_KNOT: Final = 1.852

LEAST_KMH: Final = 5.0
MOST_KMH: Final = 130.0
"""A tagged speed outside is a slip of the keyboard and is moved to the nearer end; a choice of ours."""

FERRY_KMH: Final = 10.0
"""Of a ferry that states no duration: a choice of ours, between a harbour ferry's and OSRM's 5 km/h, which counts waiting."""

FERRY_WAIT_S: Final = 300.0
"""Before a ferry leaves (Valhalla 3, `ferry_cost`)."""

GATE_S: Final = 30.0
"""To have a gate opened (Valhalla 3, `gate_cost`; OSRM 26.10 takes 60 s)."""

TOLL_BOOTH_S: Final = 15.0
"""At a toll booth (Valhalla 3, `toll_booth_cost`)."""

SIGNAL_S: Final = 2.0
"""At traffic signals, on average over red and green (OSRM 26.10, car profile)."""

TURN_S: Final = 7.5
TURN_BIAS: Final = 1.075
ONCOMING_S: Final = 2.0
U_TURN_S: Final = 20.0
"""OSRM 26.10, car profile: `turn_penalty`, `turn_bias` (to the right is easier where one drives on the right),
`oncoming_turn_penalty` (a left turn waits for a gap), `u_turn_penalty`."""

STEPS_SHARE: Final = 0.6
"""Speed on stairs by speed on the level (GraphHopper, foot: 3 of 5 km/h)."""
