"""Photographs in files of their own: unreadable without the key of their incident, gone with it."""

from datetime import UTC, datetime
from pathlib import Path

from dispatch.adapters.personal_keys import Erasure, PersonalKeys
from dispatch.adapters.pictures import Pictures
from dispatch.adapters.vault import Vault
from dispatch.domain.ids import IncidentId

INCIDENT, OTHER = IncidentId("inc-test-1"), IncidentId("inc-test-2")
SHOWN = b"an electrocardiogram"


def files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_a_picture_is_read_with_its_key_and_by_its_own_name_only(tmp_path: Path) -> None:
    with PersonalKeys(tmp_path / "keys") as keys:
        pictures = Pictures(tmp_path / "pictures", Vault(keys))
        pictures.put(INCIDENT, "one", SHOWN)
        pictures.put(INCIDENT, "one", SHOWN)
        pictures.put(OTHER, "one", b"another's")
        assert pictures.get(INCIDENT, "one") == SHOWN
        assert pictures.get(INCIDENT, "two") is None
        assert not any(SHOWN in file for file in files(tmp_path / "pictures"))
        (tmp_path / "pictures" / INCIDENT / "two").write_bytes((tmp_path / "pictures" / INCIDENT / "one").read_bytes())
        assert pictures.get(INCIDENT, "two") is None
        assert len(files(tmp_path / "pictures")) == 3


def test_without_the_key_nobody_reads_it_and_the_next_service_finds_the_key_again(tmp_path: Path) -> None:
    with PersonalKeys(tmp_path / "keys") as keys:
        Pictures(tmp_path / "pictures", Vault(keys)).put(INCIDENT, "one", SHOWN)
    with PersonalKeys(tmp_path / "keys") as keys:
        pictures = Pictures(tmp_path / "pictures", Vault(keys))
        assert pictures.get(INCIDENT, "one") == SHOWN
        at = datetime(2026, 11, 22, tzinfo=UTC)
        keys.erase(Erasure(incident_id=INCIDENT, transfer_ids=(), reason="asked for", ordered_by="admin", at=at))
        assert pictures.get(INCIDENT, "one") is None
