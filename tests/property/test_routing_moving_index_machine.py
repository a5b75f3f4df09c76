"""Whatever units do, the index of moving points answers like a plain dictionary of them."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from routing.cells import cell_of
from routing.geo import Wgs84, distances_m
from routing.index import MovingIndex

KEYS = st.sampled_from([f"u{at}" for at in range(60)])
POINTS = st.builds(Wgs84, lat_deg=st.floats(22.5, 22.6), lon_deg=st.floats(114.0, 114.1))


class MovingUnits(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.index: MovingIndex[str] = MovingIndex()
        self.model: dict[str, Wgs84] = {}

    @rule(points=st.dictionaries(KEYS, POINTS, min_size=1))
    def move(self, points: dict[str, Wgs84]) -> None:
        for key, point in points.items():
            self.index.move(key, point)
        self.model |= points

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.model)))
        self.index.remove(key)
        del self.model[key]

    @rule(point=POINTS, k=st.integers(0, 12))
    def nearest(self, point: Wgs84, k: int) -> None:
        keys = sorted(self.model)
        lat = [self.model[key].lat_deg for key in keys]
        distance = distances_m(lat, [self.model[key].lon_deg for key in keys], point)
        expected = [key for _, key in sorted(zip(distance.tolist(), keys, strict=True))][:k]
        assert self.index.nearest(point, k)[0] == expected

    @invariant()
    def every_key_is_in_its_cell(self) -> None:
        assert len(self.index) == len(self.model)
        for key, point in self.model.items():
            assert self.index.point(key) == point
            assert key in self.index.in_cell(cell_of(point, 8))


TestMovingUnits = MovingUnits.TestCase
TestMovingUnits.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
