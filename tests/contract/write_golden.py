"""Writes the golden files that are missing: one for each event type in its current version. Never rewrites one.

python -m tests.contract.write_golden
"""

from pathlib import Path

from dispatch.adapters.event_codec import current_version, encode
from tests.fakes.example_events import EXAMPLES, recorded

GOLDEN = Path(__file__).parent / "golden"


def golden_file(type_name: str, version: int) -> Path:
    return GOLDEN / f"{type_name}.v{version}.json"


def main() -> None:
    for event in EXAMPLES:
        name = type(event).__name__
        place = golden_file(name, current_version(name))
        if not place.exists():
            place.write_bytes(encode(recorded(event)) + b"\n")


if __name__ == "__main__":
    main()
