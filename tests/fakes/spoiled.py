"""What comes from outside, spoiled: valid samples with bytes flipped, cut, doubled and exchanged, and what may be said to them."""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from dispatch.adapters import event_codec
from dispatch.api.stream import token_in
from dispatch.drills.call_log import read_call_log
from dispatch.drills.sample import write_sample
from dispatch.fhir.hospital_status import read_status_bundle
from dispatch.fhir.resources import NotFhir
from maps_data.importers.aed_formats import AedFormat, read_rows
from maps_data.tables import DataError
from routing.geo import Wgs84

GOLDEN = Path(__file__).parents[1] / "contract" / "golden"
NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
CSV = "id,name,address,lat,lon,opening_hours\nA1,市民中心,深南大道,22.54,114.05,Mo-Fr 09:00-18:00\nA2,书城,,22.55,114.06,24/7\n"
GEOJSON = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [114.05, 22.54]},
            "properties": {"id": "A1", "name": "市民中心", "opening_hours": "24/7"},
        }
    ],
}
SPICE = [
    b"",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"null",
    b"-1",
    b"1e999",
    b"[" * 2000,
    b'"',
    b",",
    b"\n",
    b"\\ud83d",
]


@dataclass(frozen=True, slots=True)
class Reader:
    """Something that reads what others write: valid samples, and the errors by which it may refuse one."""

    samples: Sequence[bytes]
    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = ()

    def takes(self, spoiled: bytes) -> bool:
        """Whether it was accepted; raises whatever is no clear refusal."""
        try:
            self.read(spoiled)
        except self.refusals:
            return False
        return True


def spoiled(seed: int, samples: Sequence[bytes]) -> bytes:
    """One of the samples with one to six changes; the same seed gives the same."""
    chance = Random(seed)
    content = bytearray(chance.choice(samples))
    for _ in range(chance.randint(1, 6)):
        here = chance.randrange(len(content) + 1)
        there = min(len(content), here + chance.randint(0, 20))
        match chance.randrange(5):
            case 0:
                del content[here:there]
            case 1:
                content[here:there] = bytes(chance.randrange(256) for _ in range(there - here))
            case 2:
                content[here:here] = content[here:there]
            case 3:
                content[here:here] = chance.choice(SPICE)
            case _:
                other = chance.choice(samples)
                content[here:there] = other[here : here + chance.randint(0, 40)]
    return bytes(content)


def readers(folder: Path) -> dict[str, Reader]:
    """By name; those that read files do so in `folder`."""
    log, _ = write_sample(folder, centre=Wgs84(lat_deg=22.54, lon_deg=114.05), start_at=NOW, n_calls=8, seed=1)
    plain_log = gzip.decompress(log.read_bytes()) if log.suffix == ".gz" else log.read_bytes()

    def from_file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
        path = folder / name

        def read_content(content: bytes) -> object:
            path.write_bytes(content)
            return read(path)

        return read_content

    return {
        "event": Reader(*_events()),
        "first message": Reader([b'{"type": "auth", "token": "d120t_abc"}'], token_in),
        "call log": Reader([plain_log], from_file("spoiled.csv", read_call_log), (DataError,)),
        "AEDs, CSV": Reader(
            [CSV.encode()], from_file("aeds.csv", lambda path: read_rows(path, AedFormat.CSV, {})), (DataError,)
        ),
        "AEDs, GeoJSON": Reader(
            [json.dumps(GEOJSON).encode()],
            from_file("aeds.json", lambda path: read_rows(path, AedFormat.GEOJSON, {})),
            (DataError,),
        ),
        "hospital status, FHIR": Reader([json.dumps(_bundle()).encode()], _read_bundle, (NotFhir, _NotJson)),
    }


class _NotJson(Exception):
    """The web framework has refused it before."""


def _read_bundle(content: bytes) -> object:
    try:
        decoded = json.loads(content)
    except (ValueError, RecursionError):
        raise _NotJson from None
    if not isinstance(decoded, dict):
        raise _NotJson
    return read_status_bundle(decoded, [], NOW)


def _bundle() -> dict[str, object]:
    from dispatch.api.routes_hospital_fhir import EXAMPLE

    return EXAMPLE


def _events() -> tuple[list[bytes], Callable[[bytes], object], tuple[type[Exception], ...]]:
    """Payloads of all types and versions, each behind its type and version."""
    samples = []
    for path in sorted(GOLDEN.glob("*.json")):
        kind, version, _ = path.name.split(".")
        samples.append(f"{kind} {version[1:]} ".encode() + path.read_bytes())

    def read(content: bytes) -> object:
        kind, version, payload = (*content.split(b" ", 2), b"", b"")[:3]
        number = int(version) if version.isdigit() and len(version) < 9 else 1
        return event_codec.decode(kind.decode("utf-8", "replace"), number, payload)

    return samples, read, (event_codec.UnreadableEvent,)
