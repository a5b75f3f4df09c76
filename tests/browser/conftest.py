"""A real service and a real Chromium. Pages are asked for their state until it holds; nothing waits for a fixed time."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

# The page may draw in software and must ask nobody but the service for anything.
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NO_CHROMIUM = (
    "找不到 Chromium；请运行 apt-get install chromium fonts-noto-cjk / No Chromium was found: run `apt-get install chromium "
    "fonts-noto-cjk` (or `python -m playwright install chromium`)."
)
# A minute in all. Loading the city takes two seconds on two idle cores; CI's are not idle.
READY_LOOKS = 300
BETWEEN_LOOKS_S = 0.2


class Service:
    """`dispatch serve --dev` as a process of its own, with an HTTP client at its door."""

    def __init__(self, data_dir: Path, port: int, *options: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command = [
            str(Path(sys.executable).parent / "dispatch"),
            *("serve", "--dev", "--port", str(port), "--data-dir", str(data_dir), *options),
        ]
        self._log = data_dir / "service.log"
        self.http = httpx.Client(base_url=f"{self.url}/api/v1", timeout=30)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        for _ in range(READY_LOOKS):
            if self._is_ready():
                return
            try:
                self._process.wait(timeout=BETWEEN_LOOKS_S)
            except subprocess.TimeoutExpired:
                continue
            break
        pytest.fail(f"the service did not come up:\n{self._log.read_text(encoding='utf-8')[-4000:]}")

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """As a power cut would: no farewell to the clients."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        self.kill()
        self.http.close()

    def post(self, path: str, body: Any) -> Any:
        """The answer to a command that has to succeed."""
        answer = self.http.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def get(self, path: str) -> Any:
        answer = self.http.get(path)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_service(data_dir: Path, *options: str) -> Iterator[Service]:
    service = Service(data_dir, free_port(), *options)
    try:
        service.start()
        yield service
    finally:
        service.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for a module's tests: each makes incidents of its own and looks only at those."""
    with running_service(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture(scope="module")
def untouched_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service in which nothing has happened before the module's tests."""
    with running_service(tmp_path_factory.mktemp("untouched")) as running:
        yield running


@pytest.fixture
def own_service(tmp_path: Path) -> Iterator[Service]:
    """A service that the test may kill."""
    with running_service(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def running() -> Callable[..., Any]:
    """`with running(data_dir, *options) as service`: one with options of its own."""
    return running_service


def find_chromium() -> str | None:
    """`$CHROMIUM`, else one on the PATH, else None for the one that playwright may have."""
    named = os.environ.get("CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return named or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Closed with the module: playwright's loop would be in the way of asynchronous tests in the same process."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)
        except Error as failure:
            pytest.fail(f"{NO_CHROMIUM} ({failure.message.splitlines()[0]})", pytrace=False)
        yield browser
        browser.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Opens a page of a service in a fresh profile.

    `language` and `theme` are set as the switches would leave them. In the end the page must have thrown no error, broken no
    rule of the content security policy, and asked no other origin for anything, save what begins with `leads_to`.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(
        url: str,
        *,
        width: int = 1920,
        height: int = 1080,
        language: str = "zh",
        theme: str = "dark",
        leads_to: str = "blob:",
        **options: Any,
    ) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        stored = {"dispatch.language": language, "dispatch.theme": theme}
        script = "".join(
            f"localStorage.getItem('{k}') ?? localStorage.setItem('{k}', '{v}');" for k, v in stored.items()
        )
        context.add_init_script(f"try {{ {script} }} catch {{}}")
        origin = "/".join(url.split("/")[:3])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
        )
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((origin, leads_to, "blob:", "data:")) else complaints.append(request.url)
            ),
        )
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


Until = Callable[..., Any]


@pytest.fixture
def until() -> Until:
    """`until(page, "() => ...")`: the first truthy value of a JavaScript function, asked for inside the page.

    The library's own `wait_for_function` needs `eval`, which the page's policy forbids.
    """

    def until_(page: Page, function: str, arg: Any = None, *, within_s: float = 20.0) -> Any:
        value = page.evaluate(
            f"""async (arg) => {{
              const look = {function};
              const end = performance.now() + {within_s * 1000};
              for (;;) {{
                const value = look(arg);
                if (value || performance.now() > end) return value;
                await new Promise((resolve) => setTimeout(resolve, 25));
              }}
            }}""",
            arg,
        )
        assert value, f"did not come true within {within_s} s: {function}"
        return value

    return until_


AXE = Path(__file__).parents[2] / "dispatch" / "console" / "node_modules" / "axe-core" / "axe.min.js"
WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
Violations = Callable[[Page], list[str]]


@pytest.fixture(scope="session")
def violations() -> Violations:
    """`violations(page)`: what axe finds against WCAG 2.2 A and AA in the page as it stands, a line each."""
    axe = AXE.read_text(encoding="utf-8")

    def violations_(page: Page) -> list[str]:
        page.evaluate(axe)
        found: list[str] = page.evaluate(
            """async (tags) => {
              const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
              return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
                `${id} at ${target.join(" ")}: ${failureSummary}`));
            }""",
            WCAG_2_2_AA,
        )
        return found

    return violations_
