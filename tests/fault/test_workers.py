"""Several processes on one journal: any of them serves anybody, and any of them can go."""

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from dispatch.adapters.verify import verify
from dispatch.cli import app
from tests.fakes.cluster import PATIENCE_S, Cluster, patiently
from tests.fakes.control_room import STROKE
from tests.fakes.live_service import COMMAND, CONNECT_TRIES, LiveService, free_port
from tests.fakes.real_servers import PostgresServer
from tests.fakes.stream_client import console

pytestmark = pytest.mark.slow

# Not urgent: nothing escalates by itself while a test runs.
CALL = {**STROKE, "complaint": "abdominal"}
JSON = {"Content-Type": "application/json"}
CALL_EVERY_S = 0.1  # so that those who start get to run as well


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> str:
    return postgres.url()


@pytest.fixture(scope="module")
def program(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(Path(tmp_path_factory.mktemp("cluster")), "--database-url", url) as cluster:
        yield cluster


@pytest.fixture
def cluster(program: Cluster) -> Cluster:
    """All members running, on the journal that the tests before have written; a test may end any."""
    program.start_missing()
    return program


def call(member: LiveService, key: str) -> str:
    answer = member.post("/calls", CALL, Idempotency_Key=key)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["incident"]["incident_id"])


def known(member: LiveService, incident_id: str) -> bool:
    return member.http.get(f"/api/v1/incidents/{incident_id}").status_code == 200


def test_a_request_has_one_number_wherever_it_is_carried_out(cluster: Cluster) -> None:
    writer, follower = cluster.writer, cluster.follower
    number = follower.post("/calls", CALL).headers["X-Request-Id"]
    for _ in patiently():
        if all(f"request_id={number}" in member.log() for member in (writer, follower)):
            break


def test_what_one_has_answered_every_other_knows_at_once(cluster: Cluster) -> None:
    writer, follower = cluster.writer, cluster.follower
    for number in range(5):
        assert known(follower, call(writer, f"seen-{number}"))
        assert known(writer, call(follower, f"sent-on-{number}"))


def test_desks_see_each_other_wherever_they_are_connected(cluster: Cluster) -> None:
    for desk, member in (("desk-of-li", cluster.writer), ("desk-of-wang", cluster.follower)):
        member.http.put(f"/api/v1/desks/{desk}", json={"incident_id": "inc-1"})
    for asking in (cluster.writer, cluster.follower):
        seen = asking.http.put("/api/v1/desks/desk-of-zhao", json={}).json()["items"]
        assert {each["desk_id"] for each in seen} == {"desk-of-li", "desk-of-wang"}


def test_a_key_is_known_to_all(cluster: Cluster) -> None:
    first = cluster.writer.post("/calls", CALL, Idempotency_Key="desk")
    again = cluster.follower.post("/calls", CALL, Idempotency_Key="desk")
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")


def test_refusals_come_back_as_they_were(cluster: Cluster) -> None:
    for body, status, code in ((b"{", 400, "malformed_json"), (b'{"complaint": 1}', 422, "invalid_field")):
        answers = [member.http.post("/api/v1/calls", content=body, headers=JSON) for member in cluster.members]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(status, code)}
    large = cluster.follower.http.post("/api/v1/calls", content=b" " * 2_100_000, headers=JSON)
    assert large.status_code == 413


async def test_streams_have_the_same_numbers_on_every_member(cluster: Cluster) -> None:
    writer, follower = cluster.writer, cluster.follower
    async with console(writer.stream_url) as one, console(follower.stream_url) as other:
        await one.frame()
        await other.frame()
        for number in range(5):
            await asyncio.to_thread(call, (writer, follower)[number % 2], f"streamed-{number}")
        head = (await asyncio.to_thread(follower.http.get, "/api/v1/events?after=0&limit=10000")).json()["items"][-1][
            "seq"
        ]
        await one.until(head)
        await other.until(head)
        assert (one.seq, one.world) == (other.seq, other.world)
    # Back at another member with what this one has told: neither sent back nor told twice.
    await asyncio.to_thread(call, writer, "streamed-later")
    async with console(follower.stream_url, after=one.seq) as moved:
        moved.world = one.world
        assert (await moved.next("events"))["from"] == one.seq + 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
async def test_the_writer_goes_and_a_follower_takes_over(cluster: Cluster, how: signal.Signals) -> None:
    """Killed, stopped in mid-work or told to go: the other carries out the command that comes next, once, and its consoles go on."""
    writer, follower = cluster.writer, cluster.follower
    async with console(follower.stream_url) as screen:
        await screen.frame()
        before, after = await asyncio.to_thread(_take_over, writer, follower, how)
        async with asyncio.timeout(PATIENCE_S):
            while not {before, after} <= screen.world["incidents"].keys():
                await screen.frame()
    await asyncio.to_thread(writer.send, signal.SIGCONT)
    if how is not signal.SIGSTOP:
        writer.kill()
        return
    # It wakes up, learns that it has been replaced, and follows.
    assert await asyncio.to_thread(call, writer, "awake") not in {before, after}
    assert known(writer, after)
    assert (writer.writes(), follower.writes()) == (False, True)


def _take_over(writer: LiveService, follower: LiveService, how: signal.Signals) -> tuple[str, str]:
    """A call before the writer goes and one after; both at the follower, which then writes."""
    before = call(writer, f"before-{how}")
    writer.send(how)
    after = call(follower, f"after-{how}")
    turns = patiently()
    while not follower.writes():
        next(turns)
        assert follower.is_running  # the other was told to go, and may still be about to
    assert known(follower, before)
    return before, after


def test_a_database_that_restarts_stops_nobody_for_good(cluster: Cluster, postgres: PostgresServer, url: str) -> None:
    before = call(cluster.follower, "before-the-restart")
    postgres.stop(signal.SIGQUIT)
    assert all(known(member, before) for member in cluster.members)  # what is known is still shown
    with ThreadPoolExecutor() as desk:
        waiting = desk.submit(call, cluster.members[0], "during-the-restart")
        postgres.start()
        waiting.result()
    call(cluster.members[1], "after-the-restart")
    assert all(known(member, before) for member in cluster.members)
    assert verify(url).is_sound


def test_several_workers_on_one_socket_are_replaced_without_a_lost_or_doubled_call(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    """`serve --workers 2`, a rolling restart (SIGHUP) under load, then an orderly end (SIGTERM)."""
    url, port = postgres.url(), free_port()
    log = (tmp_path / "log").open("wb")
    command = [COMMAND, "serve", "--dev", "--workers", "2", "--port", str(port), "--database-url", url]
    program = subprocess.Popen([*command, "--data-dir", str(tmp_path)], stdout=log, stderr=log)
    answered = list[int]()

    def ready() -> int:
        return (tmp_path / "log").read_text().count("recovered to event")

    try:
        # Each call over a connection of its own, so that any of the processes takes it.
        caller = httpx.HTTPTransport(retries=CONNECT_TRIES)
        once = {"Connection": "close"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, transport=caller, headers=once) as http:
            assert http.get("/readyz").status_code == 200
            is_asked, turns = False, patiently()
            while ready() < 4:
                next(turns)
                if not is_asked and ready() == 2:
                    program.send_signal(signal.SIGHUP)
                    is_asked = True
                key = {"Idempotency-Key": str(len(answered))}
                taken = http.post("/api/v1/calls", json=CALL, headers=key)
                answered.append(taken.status_code)
                # Called off at once: else every call weighs all the earlier ones again, and the new processes come up no more.
                called_off = f"/api/v1/incidents/{taken.json()['incident']['incident_id']}/cancel"
                key = {"Idempotency-Key": str(len(answered))}
                answered.append(http.post(called_off, json={"reason": "test"}, headers=key).status_code)
                with pytest.raises(subprocess.TimeoutExpired):  # it must not end
                    program.wait(timeout=CALL_EVERY_S)
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=30) == 0
    finally:
        program.terminate()
        program.wait(timeout=30)
        log.close()
    report = verify(url)
    assert answered == [201, 200] * (len(answered) // 2)  # taken, called off
    assert (report.is_sound, report.replies) == (True, len(answered))


def test_several_workers_need_a_database(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["serve", "--dev", "--workers", "2", "--data-dir", str(tmp_path)])
    assert (refused.exit_code, "--workers needs --database-url" in refused.stderr) == (2, True)
