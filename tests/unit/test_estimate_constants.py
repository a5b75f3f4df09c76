"""The constants of the estimate: kept in a file that names them, and refused when they are not what it names."""

import json
from pathlib import Path

import pytest

from routing.travel_time.estimate import SHIPPED
from routing.travel_time.estimate_constants import ConstantsError, EstimateConstants, read_constants, write_constants

SOME = EstimateConstants(a_s=60, b_s=90, c=0.9, d_m=700, e=1.3, relative_error=0.3, p90_factor=1.5)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "estimate.json"
    write_constants(path, SOME, fitted_on={"network": "roads-0123456789ab"}, errors=[{"legs_en": "all", "n": 3}])
    return path


def test_what_was_written_is_read(kept: Path) -> None:
    assert read_constants(kept) == SOME


def test_the_file_tells_whence_the_constants_come(kept: Path) -> None:
    told = json.loads(kept.read_text(encoding="utf-8"))
    assert told["fitted_on"]["network"] == "roads-0123456789ab"
    assert told["errors"] == [{"legs_en": "all", "n": 3}]


def test_writing_leaves_nothing_beside_the_file(kept: Path) -> None:
    assert list(kept.parent.iterdir()) == [kept]


def test_a_number_changed_by_hand_is_refused(kept: Path) -> None:
    kept.write_text(kept.read_text(encoding="utf-8").replace("90.0", "91.0").replace('"b_s": 90,', '"b_s": 91,'))
    with pytest.raises(ConstantsError, match="not those that its version names"):
        read_constants(kept)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"constants": {}}', '{"constants": {"a_s": "many"}}'])
def test_what_holds_no_constants_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "estimate.json").write_text(text)
    with pytest.raises(ConstantsError, match="fit-estimate") as refused:
        read_constants(tmp_path / "estimate.json")
    assert "估算常数" in refused.value.zh


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConstantsError, match="No such file"):
        read_constants(tmp_path / "estimate.json")


def test_constants_are_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        EstimateConstants(a_s=60, b_s=-90, c=0.9, d_m=700, e=1.3, relative_error=0.3, p90_factor=1.5)


def test_the_shipped_constants_say_on_which_network_they_were_fitted() -> None:
    import routing.travel_time.estimate as estimate

    told = json.loads(Path(estimate.__file__).with_name("estimate_constants.json").read_text(encoding="utf-8"))
    assert told["version"] == SHIPPED.version
    assert told["fitted_on"]["file"] == "shenzhen-recon.osm.pbf"
    assert {row["legs_en"] for row in told["errors"]} >= {"all", "1 to 8 km", "10 nearest of 100 units"}
