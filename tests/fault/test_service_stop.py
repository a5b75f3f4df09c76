"""The program's ends and beginnings: an orderly stop, a deaf console, a second writer, a verification beside it."""

import asyncio
import socket as sockets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.fakes.control_room import STROKE
from tests.fakes.live_service import COMMAND, LiveService
from tests.fakes.stream_client import console

# Not urgent: nothing escalates by itself while a test runs.
CALL = {**STROKE, "complaint": "abdominal"}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    with LiveService(Path(tmp_path_factory.mktemp("stop"))) as live:
        yield live


@pytest.fixture
def service(program: LiveService) -> LiveService:
    """Running, on the journal that the tests before it have written; a test may end it."""
    if not program.is_running:
        program.start()
    return program


def call(service: LiveService) -> str:
    answer = service.post("/calls", CALL)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["incident"]["incident_id"])


async def test_an_orderly_stop_and_what_is_left_of_it(service: LiveService) -> None:
    """SIGTERM: consoles hear 1001, the program ends with 0 in time, the journal is whole, and the next life goes on from there."""
    incident_id = await asyncio.to_thread(call, service)
    async with console(service.stream_url) as one, console(service.stream_url) as other:
        await one.frame()
        await other.frame()
        ending = asyncio.create_task(asyncio.to_thread(service.terminate))
        for follower in (one, other):
            with pytest.raises(ConnectionClosed) as closed:
                await follower.next("farewell")
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001
        assert await ending == 0
    verified = await asyncio.to_thread(service.verify)
    assert verified.returncode == 0, verified.stdout
    assert " 0 已核对" not in verified.stdout  # the snapshot of the stop

    await asyncio.to_thread(service.start)
    async with console(service.stream_url, after=one.seq) as returned:
        await returned.next("heartbeat")
        assert returned.seq == one.seq
    found = await asyncio.to_thread(service.http.get, f"/api/v1/incidents/{incident_id}")
    assert found.json()["state"] == "open"
    assert "推演 0 条" in service.log()  # the snapshot made folding unnecessary


@pytest.mark.slow
async def test_a_deaf_console_does_not_hold_up_the_stop(service: LiveService) -> None:
    incident_id = await asyncio.to_thread(call, service)
    deaf = sockets.socket()
    deaf.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", service.port))
    deaf.setblocking(False)
    async with console(service.stream_url, sock=deaf, max_queue=1, close_timeout=0.1):
        for _ in range(100):
            await asyncio.to_thread(service.post, f"/incidents/{incident_id}/notes", {"text": "记" * 2000})
        assert await asyncio.to_thread(service.terminate) == 0
    verified = await asyncio.to_thread(service.verify)
    assert verified.returncode == 0, verified.stdout


def test_a_journal_is_verified_beside_its_service_and_has_one_writer(service: LiveService) -> None:
    for _ in range(3):
        call(service)
    verified = service.verify()
    assert verified.returncode == 0, verified.stdout
    assert "完好 sound" in verified.stdout
    call(service)

    second = subprocess.run(
        [COMMAND, "serve", "--dev", "--port", "0", "--data-dir", str(service.data_dir)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 2
    assert "only one may write at a time" in second.stderr
    call(service)


def test_keys_outlive_a_kill(service: LiveService) -> None:
    first = service.post("/calls", CALL, Idempotency_Key="desk-1")
    unchanged = service.post("/units/U001/status", {"duty": "in_service"}, Idempotency_Key="desk-2")
    assert (first.status_code, unchanged.status_code) == (201, 200)
    service.kill()
    service.start()
    again = service.post("/calls", CALL, Idempotency_Key="desk-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    # Also the key of a request that changed nothing.
    other = service.post("/units/U002/status", {"duty": "in_service"}, Idempotency_Key="desk-2")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert service.verify().returncode == 0
