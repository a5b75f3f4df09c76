"""AED data in the real program: exchanged by command while it runs, the same after a crash, and in every process."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from maps_data.cli import app
from maps_data.imported import OWN, aeds_directory, current_pointer
from tests.fakes.aed_versions import CIVIC_CENTRE, keep_version, registry
from tests.fakes.cluster import Cluster, patiently
from tests.fakes.live_service import LiveService
from tests.fakes.real_servers import PostgresServer

pytestmark = pytest.mark.slow

LAT, LON = CIVIC_CENTRE


def known_by(member: LiveService) -> tuple[str, set[str]]:
    """The data version that it states, and the names of the devices next to the civic centre."""
    answer = member.http.get("/api/v1/aeds/nearest", params={"lat": LAT, "lon": LON, "k": 3}).json()
    return answer["data_version"], {feature["properties"]["name_zh"] for feature in answer["features"]}


def commanded(member: LiveService, *words: str) -> str:
    """`maps-data aeds` against the running service."""
    done = CliRunner().invoke(app, ["aeds", *words, "--data-dir", str(member.data_dir), "--service", member.url])
    assert done.exit_code == 0, done.output
    return done.output


def imported(member: LiveService, name: str) -> str:
    file = member.data_dir / "registry.csv"
    file.write_text(registry(name), encoding="utf-8")
    return commanded(member, "import", str(file), "--format", "csv", "--datum", "wgs84", "--allow-removals")


def test_a_command_exchanges_the_devices_of_a_running_service_and_a_crash_forgets_nothing(tmp_path: Path) -> None:
    with LiveService(tmp_path) as service:
        own = known_by(service)
        assert "in force in the running service" in imported(service, "市民中心")
        first = known_by(service)
        assert first[1] == {"市民中心"}
        imported(service, "图书馆")
        second = known_by(service)
        assert second[1] == {"图书馆"}

        service.kill()
        service.start()
        assert known_by(service) == second
        commanded(service, "rollback")
        assert known_by(service) == first
        commanded(service, "rollback", "--to", OWN)
        assert known_by(service) == own
        service.kill()
        service.start()
        assert known_by(service) == own
        assert service.verify().returncode == 0


def test_a_service_that_refuses_says_why(tmp_path: Path) -> None:
    """Its data directory is another one: it has no such version."""
    with LiveService(tmp_path) as service:
        other = tmp_path / "other"
        version = keep_version(other, registry("市民中心"))
        words = ["aeds", "rollback", "--to", version, "--data-dir", str(other), "--service", service.url]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 1
        assert "is not there, or was changed" in done.stderr
        assert current_pointer(other) is None


def test_without_its_version_a_service_starts_says_so_and_recovers(tmp_path: Path) -> None:
    with LiveService(tmp_path) as service:
        own = known_by(service)
        imported(service, "市民中心")
        ordered = known_by(service)
        service.kill()
        pointer = current_pointer(tmp_path)
        assert pointer is not None
        assert pointer.version is not None
        shutil.move(aeds_directory(tmp_path) / pointer.version, tmp_path / "away")
        service.start()
        assert known_by(service) == own
        assert codes(service) == ["aed_data_missing"]
        shutil.move(tmp_path / "away", aeds_directory(tmp_path) / pointer.version)
        for _ in patiently():
            if known_by(service) == ordered:
                break
        assert codes(service) == []


def codes(service: LiveService) -> list[Any]:
    return [one["code"] for one in service.http.get("/readyz").json()["degraded"]]


def test_every_process_follows_and_has_what_its_disk_lacks(postgres: PostgresServer, tmp_path: Path) -> None:
    """Two processes with a disk each: the order is given to the follower, carried out by the writer, and known to both."""
    with Cluster(tmp_path, "--database-url", postgres.url()) as cluster:
        writer, follower = cluster.writer, cluster.follower
        version = keep_version(writer.data_dir, registry("市民中心"))
        wanted = {"version": version, "reason": "十一月", "instead_of": 0, "allow_removals": True}
        done = follower.post("/aed-data/order", wanted)
        assert done.status_code == 200, done.text
        for _ in patiently():
            if known_by(follower) == known_by(writer):
                break
        assert known_by(follower)[1] == {"市民中心"}
        assert (aeds_directory(follower.data_dir) / version / "aeds.csv").is_file()

        # Whoever comes to write next knows them as well, and nobody's data version wavers.
        before = known_by(follower)
        writer.kill()
        assert cluster.writer is follower
        assert known_by(follower) == before
        refused = follower.post("/aed-data/order", wanted)
        assert (refused.status_code, refused.json()["context"]) == (409, version)
