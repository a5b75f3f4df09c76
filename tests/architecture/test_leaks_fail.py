"""The rule that a leaked task, timer or socket fails its test is itself tested: a small suite that leaks must fail, and say why."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = (Path(__file__).parent.parent / "conftest.py").read_text(encoding="utf-8")
SETTINGS = """
    [tool.pytest.ini_options]
    filterwarnings = ["error"]
    asyncio_mode = "auto"
    asyncio_default_fixture_loop_scope = "function"
"""
SUITE = """
    import asyncio
    from hypothesis import given, strategies

    kept = []

    async def test_leaves_a_task():
        kept.append(asyncio.create_task(asyncio.sleep(3600), name="forgotten"))
        await asyncio.sleep(0)

    async def test_leaves_a_timer():
        asyncio.get_running_loop().call_later(3600, print)

    async def test_leaves_a_server():
        await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)

    async def test_cleans_up():
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        task = asyncio.create_task(server.serve_forever())
        timer = asyncio.get_running_loop().call_later(3600, print)
        await asyncio.sleep(0)
        timer.cancel()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        server.close()
        await server.wait_closed()

    @given(strategies.integers())
    async def test_of_many_examples(number):
        await asyncio.sleep(0)
"""


@pytest.mark.slow
def test_what_is_left_behind_fails_its_own_test_and_no_other(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml(SETTINGS)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider")
    said = result.stdout.str()
    # Each test's own assertions hold; the three that leak fail when they are torn down.
    assert result.parseoutcomes() == {"passed": 5, "errors": 3}
    for name in ("task", "timer", "server"):
        assert f"ERROR at teardown of test_leaves_a_{name}" in said
    assert "task 'forgotten'" in said
    assert "timer <TimerHandle" in said
    assert "ResourceWarning" in said
