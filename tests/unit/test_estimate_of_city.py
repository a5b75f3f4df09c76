"""The estimate takes the constants that were fitted to the city's own streets, where there are some."""

from pathlib import Path

import pytest

from dispatch.adapters.travel import estimate_of
from routing.travel_time.estimate import SHIPPED
from routing.travel_time.estimate_constants import FILE, ConstantsError
from tests.fakes.embedded import embedded_catalogue


def test_constants_beside_the_network_go_before_the_shipped_ones(tmp_path: Path) -> None:
    catalogue = embedded_catalogue()
    assert estimate_of(catalogue, tmp_path).source == estimate_of(catalogue).source == SHIPPED.version
    shipped = Path("routing/travel_time/estimate_constants.json").read_text(encoding="utf-8")
    (tmp_path / FILE).write_text(shipped, encoding="utf-8")
    assert estimate_of(catalogue, tmp_path).source == SHIPPED.version
    (tmp_path / FILE).write_text(shipped.replace('"b_s"', '"b"'), encoding="utf-8")
    with pytest.raises(ConstantsError, match="fit-estimate"):
        estimate_of(catalogue, tmp_path)
