"""The file of demand: what is written is read again, and what is amiss is named."""

from pathlib import Path

import numpy as np
import pytest

from maps_data.demand_file import demand_csv, read_demand
from maps_data.tables import DataError
from maps_data.vocabulary import RecordClass
from tests.fakes.embedded import embedded_catalogue

CELLS = embedded_catalogue().population_cells[:3]
RED = np.array([1.0, 0.0, 3.0])


def written(directory: Path, content: str) -> Path:
    path = directory / "demand.csv"
    path.write_text(content, encoding="utf-8")
    return path


def test_what_is_written_is_read_again_as_shares(tmp_path: Path) -> None:
    demand = read_demand(written(tmp_path, demand_csv(CELLS, RED, RecordClass.SIMULATED)), CELLS)
    np.testing.assert_allclose(demand.red_share, [0.25, 0.0, 0.75])
    assert demand.version.startswith("demand-")
    assert demand.record_class is RecordClass.SIMULATED


def test_another_content_is_another_version(tmp_path: Path) -> None:
    one = read_demand(written(tmp_path, demand_csv(CELLS, RED, RecordClass.SIMULATED)), CELLS)
    other = read_demand(written(tmp_path, demand_csv(CELLS, RED[::-1], RecordClass.SIMULATED)), CELLS)
    assert one.version != other.version


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0.250000000", "many", "demand.csv:2:red_share"),
        ("0.250000000", "-0.25", "demand.csv:2:red_share"),
        ("simulated", "", "demand.csv:2:record_class"),
        ("red_share", "share", "demand.csv:1:red_share"),
    ],
)
def test_what_is_amiss_is_named_in_both_languages(tmp_path: Path, old: str, new: str, said: str) -> None:
    content = demand_csv(CELLS, RED, RecordClass.SIMULATED).replace(old, new)
    with pytest.raises(DataError) as caught:
        read_demand(written(tmp_path, content), CELLS)
    assert said in caught.value.zh
    assert said in caught.value.en


def test_a_file_without_demand_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no demand"):
        read_demand(
            written(tmp_path, demand_csv(CELLS[1:2], RED[:1], RecordClass.SIMULATED).replace("1.0", "0.0")), CELLS[1:2]
        )


def test_its_cells_are_those_of_the_city_each_once(tmp_path: Path) -> None:
    content = demand_csv(CELLS, RED, RecordClass.SIMULATED)
    with pytest.raises(DataError, match=r"demand\.csv:4:h3_cell .* is no population cell"):
        read_demand(written(tmp_path, content), CELLS[:2])
    with pytest.raises(DataError, match="lacks 1 population cells"):
        read_demand(written(tmp_path, "".join(content.splitlines(keepends=True)[:3])), CELLS)
    with pytest.raises(DataError, match="repeats row 2"):
        read_demand(written(tmp_path, content + content.splitlines(keepends=True)[1]), CELLS)
    with pytest.raises(DataError, match="cannot be read"):
        read_demand(tmp_path / "none.csv", CELLS)
