"""Travel times: the port, and providers that need no road network."""

from routing.travel_time.barriers import Barrier
from routing.travel_time.estimate import EstimateTravelTimes
from routing.travel_time.port import Grade, Route, Step, TravelTimeProvider, TravelTimes, Turn
from routing.travel_time.walking import WalkingTimes

__all__ = [
    "Barrier",
    "EstimateTravelTimes",
    "Grade",
    "Route",
    "Step",
    "TravelTimeProvider",
    "TravelTimes",
    "Turn",
    "WalkingTimes",
]
