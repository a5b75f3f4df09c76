"""The command `maps-data roads`: what it builds and says, and how it refuses; a refusal leaves the old network as it was."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maps_data.cli import app
from maps_data.roads.build import build
from maps_data.roads.pbf import SourceError
from routing.roads.network import MANIFEST, load
from tests.fakes.road_town import STREET, Town

runner = CliRunner()
TOWN = Town(
    """
a-b-c
  d-e
""",
    {"abc": STREET | {"name": "深南大道"}, "bd": STREET, "de": {"highway": "footway"}, "ce": {"highway": "footway"}},
    restrictions=[
        ("abc", "b", "bd", {"restriction": "no_right_turn"}),
        ("bd", "b", "abc", {"restriction:conditional": "no_left_turn @ (07:00-09:00)"}),
    ],
)


@pytest.fixture
def pbf(tmp_path: Path) -> Path:
    return TOWN.write(tmp_path / "town.osm.pbf")


@pytest.fixture
def old(tmp_path: Path, pbf: Path) -> Path:
    """A directory with a network in it."""
    build(pbf, tmp_path / "roads")
    return tmp_path / "roads"


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def refused(*arguments: str) -> tuple[str, str]:
    """The Chinese and the English sentence of a refusal."""
    result = runner.invoke(app, ["roads", *arguments])
    assert result.exit_code == 2, result.output
    zh, en = result.stderr.strip().splitlines()
    return zh, en


def test_build_writes_a_network_and_says_what_is_in_it(pbf: Path, tmp_path: Path) -> None:
    result = runner.invoke(
        app, ["roads", "build", str(pbf), "--out", str(tmp_path / "roads"), "--url", "https://example.org/x"]
    )
    assert result.exit_code == 0, result.output
    for said in (
        "行车：6 条有向路段",
        "to drive: 6 directed edges",
        "转向限制 2 条：经路口 1",
        "2 turn restrictions: 1 at a node",
        "未采用 1 条：只在某些时段有效，未采用",
        "1 not applied: only at certain hours; not applied",
        "其中人行道等 2 条道路",
        "2 ways made for walking",
        "MB of memory",
    ):
        assert said in result.output
    network = load(tmp_path / "roads", is_checked=True)
    assert network.version in result.output
    assert network.names == ("", "深南大道")
    source = network.source
    assert (source["file"], source["url"], source["n_footways"]) == ("town.osm.pbf", "https://example.org/x", 2)
    assert "OpenStreetMap" in source["attribution"]


def test_the_same_streets_have_the_same_version(pbf: Path, old: Path, tmp_path: Path) -> None:
    """And a network can be built in place of an old one."""
    before = load(old).version
    assert build(pbf, old).version == before
    assert build(pbf, tmp_path / "other").version == before
    other = Town(TOWN.drawing, TOWN.ways).write(tmp_path / "other.osm.pbf")
    assert build(other, old).version != before


def test_what_was_learned_of_the_city_outlives_its_network(pbf: Path, old: Path) -> None:
    for name in ("calibration.json", "estimate.json"):
        (old / name).write_text(name)
    build(pbf, old)
    assert [(old / name).read_text() for name in ("calibration.json", "estimate.json")] == [
        "calibration.json",
        "estimate.json",
    ]


@pytest.mark.parametrize(
    ("name", "content", "en"),
    [
        ("streets.txt", b"these are no streets at all", "is not a PBF file"),
        ("empty.osm.pbf", b"", "is not a PBF file"),
        ("page.osm.pbf", b"<!DOCTYPE html><html><body>404</body></html>" * 100, "is not a PBF file"),
        ("zero.osm.pbf", bytes(1000), "is not a PBF file"),
    ],
)
def test_a_file_that_is_no_pbf_is_refused(old: Path, tmp_path: Path, name: str, content: bytes, en: str) -> None:
    before = contents(old)
    (tmp_path / name).write_bytes(content)
    told = refused("build", str(tmp_path / name), "--out", str(old))
    assert "不是 OpenStreetMap 的 PBF 文件" in told[0]
    assert en in told[1]
    assert contents(old) == before


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    zh, en = refused("build", str(tmp_path / "no.osm.pbf"), "--out", str(tmp_path / "roads"))
    assert "无法读取" in zh
    assert "cannot be read" in en
    assert not (tmp_path / "roads").exists()


def test_a_file_cut_off_anywhere_is_refused(pbf: Path, old: Path, tmp_path: Path) -> None:
    """After every byte. Between two blocks the rest is a valid file, but the first of them is only a header: no streets."""
    before, whole, cut = contents(old), pbf.read_bytes(), tmp_path / "cut.osm.pbf"
    reasons = set()
    for length in range(1, len(whole), 7):
        cut.write_bytes(whole[:length])
        with pytest.raises(SourceError) as refusal:
            build(cut, old)
        reasons.add(refusal.value.en.removeprefix(str(cut)).split(";")[0].split(":")[0].split("(")[0])
    assert any("is incomplete" in reason for reason in reasons)
    assert contents(old) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.osm.pbf", "roads", "town.osm.pbf"]
    cut.write_bytes(whole[:-1])
    zh, en = refused("build", str(cut), "--out", str(old))
    assert "不完整" in zh
    assert "is incomplete: the block that begins at byte" in en


def test_a_damaged_file_is_refused(pbf: Path, old: Path, tmp_path: Path) -> None:
    before, damaged = contents(old), bytearray(pbf.read_bytes())
    damaged[-20] ^= 0xFF
    (tmp_path / "damaged.osm.pbf").write_bytes(damaged)
    zh, en = refused("build", str(tmp_path / "damaged.osm.pbf"), "--out", str(old))
    assert "已损坏" in zh
    assert "is damaged" in en
    assert contents(old) == before


@pytest.mark.parametrize(
    ("ways", "zh", "en"),
    [
        ({"ab": {"building": "yes"}}, "没有任何道路", "holds no streets"),
        ({"ab": {"highway": "footway"}}, "没有可行车的道路", "holds no street to drive on"),
    ],
)
def test_a_file_without_streets_is_refused(
    old: Path, tmp_path: Path, ways: dict[str, dict[str, str]], zh: str, en: str
) -> None:
    before = contents(old)
    told = refused("build", str(Town("a-b", ways).write(tmp_path / "none.osm.pbf")), "--out", str(old))
    assert zh in told[0]
    assert en in told[1]
    assert contents(old) == before


@pytest.mark.parametrize(
    ("box", "en"),
    [
        ("10,10,11,11", "has no streets within --bbox"),
        ("114,22,113,23", "is not a box"),
        ("114,22,115", "is not a box"),
        ("nan,22,115,23", "is not a box"),
        ("东,南,西,北", "is not a box"),
    ],
)
def test_a_box_without_streets_or_that_is_none_is_refused(pbf: Path, old: Path, box: str, en: str) -> None:
    before = contents(old)
    assert en in refused("build", str(pbf), "--out", str(old), "--bbox", box)[1]
    assert contents(old) == before


def test_a_directory_that_holds_something_else_is_not_touched(pbf: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me")
    zh, en = refused("build", str(pbf), "--out", str(tmp_path / "mine"))
    assert "未作改动" in zh
    assert "was left as it is" in en
    assert contents(tmp_path / "mine") == {"letter.txt": b"keep me"}


def test_a_place_where_nothing_can_be_written_is_refused(pbf: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "cannot write" in refused("build", str(pbf), "--out", str(tmp_path / "file"))[1]


def test_a_box_keeps_the_segments_that_have_an_end_in_it(tmp_path: Path) -> None:
    """One street of four segments, a box around c: the segments bc and cd remain, as one edge each way."""
    town = Town("a-b-c-d-e", {"abcde": STREET})
    lon, lat = town.places()["c"]
    box = f"{lon - 1e-4},{lat - 1e-4},{lon + 1e-4},{lat + 1e-4}"
    pbf, out = town.write(tmp_path / "town.osm.pbf"), tmp_path / "roads"
    assert runner.invoke(app, ["roads", "build", str(pbf), "--out", str(out), "--bbox", box]).exit_code == 0
    network = load(out)
    assert len(network.drive) == 2
    assert sorted(network.drive.lon_e7[:3].tolist()) == [round(town.places()[letter][0] * 1e7) for letter in "bcd"]
    assert network.source["box_deg"] == [float(part) for part in box.split(",")]
    assert (out / MANIFEST).exists()


# --- download -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(pbf: Path) -> Iterator[str]:
    """Serves the town, half of it, and a page that is no PBF."""
    whole = pbf.read_bytes()
    answers = {"/town": (whole, len(whole)), "/half": (whole[:200], len(whole)), "/page": (b"<html>", 6)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path not in answers:
                self.send_error(404)
                return
            body, length = answers[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_download_fetches_and_checks(server: str, pbf: Path, tmp_path: Path) -> None:
    result = runner.invoke(app, ["roads", "download", f"{server}/town", "--out", str(tmp_path / "new.osm.pbf")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "new.osm.pbf").read_bytes() == pbf.read_bytes()


@pytest.mark.parametrize(
    ("path", "en"),
    [
        ("/half", "broke off"),
        ("/page", "is not a PBF file"),
        ("/gone", "Not Found"),
        ("file:///etc/hosts", "is not an http"),
    ],
)
def test_a_download_that_fails_leaves_what_was_there(server: str, tmp_path: Path, path: str, en: str) -> None:
    (tmp_path / "new.osm.pbf").write_bytes(b"old")
    url = path if ":" in path else server + path
    assert en in refused("download", url, "--out", str(tmp_path / "new.osm.pbf"))[1]
    assert (tmp_path / "new.osm.pbf").read_bytes() == b"old"
    assert not list(tmp_path.glob("*.part"))
