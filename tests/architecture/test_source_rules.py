"""Rules that every module keeps: short, named for what it holds, documented where it is not obvious, and blind to the clock."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("dispatch", "routing", "maps_data")
MOST_LINES = 400
# Reading this many statements is quicker than reading about them.
OBVIOUS_STATEMENTS = 5
EMPTY_NAMES = {
    "base",
    "common",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "service",
    "services",
    "util",
    "utils",
}
# The names of `datetime` and `date` that read the machine's clock.
CLOCK_READERS = {"now", "today", "utcnow"}
CLOCK_HOME = "dispatch/engine/clocks.py"


def sources(*folders: str, endings: tuple[str, ...] = (".py",)) -> list[Path]:
    """Our own files under `folders`, without what is installed or built there."""
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*")))
    outside = {"node_modules", "dist", "__pycache__"}
    return [path for path in found if path.suffix in endings and not outside & set(path.parts)]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def modules() -> dict[str, ast.Module]:
    """Every module of the project by its path, parsed."""
    return {name(path): ast.parse(path.read_text(encoding="utf-8")) for path in sources(*PACKAGES)}


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    written = sources(*PACKAGES, "tests", endings=(".py", ".ts", ".tsx"))
    long = {name(path): lines for path in written if (lines := path.read_text("utf-8").count("\n")) > MOST_LINES}
    assert long == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    places = sources(*PACKAGES, endings=(".py", ".ts", ".tsx"))
    empty = [
        name(path) for path in places if EMPTY_NAMES & {part.split(".")[0] for part in path.relative_to(ROOT).parts}
    ]
    assert empty == []


def test_every_folder_of_modules_is_a_package() -> None:
    """A folder without `__init__.py` would be invisible to the check of the layers."""
    folders = {path.parent for path in sources(*PACKAGES)}
    assert [name(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_nothing_is_left_to_do() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    written = sources(*PACKAGES, "deploy", endings=(".py", ".ts", ".tsx", ".css", ".html"))
    assert [name(path) for path in written if unfinished.search(path.read_text("utf-8"))] == []


def test_only_the_clocks_read_the_clock(modules: dict[str, ast.Module]) -> None:
    """Everything else is given its instant, so that a drill is the live engine with another clock."""

    def readings(tree: ast.Module) -> Iterator[int]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                is_wall = node.value.id in {"datetime", "date"} and node.attr in CLOCK_READERS
                if is_wall or (node.value.id, node.attr) == ("time", "time"):
                    yield node.lineno

    found = [f"{module}:{line}" for module, tree in modules.items() for line in readings(tree)]
    assert [place for place in found if not place.startswith(CLOCK_HOME)] == []


def test_every_module_says_what_it_is_for(modules: dict[str, ast.Module]) -> None:
    assert [module for module, tree in modules.items() if ast.get_docstring(tree) is None] == []


def test_what_is_public_and_not_obvious_is_documented(modules: dict[str, ast.Module]) -> None:
    """A method that a port documents needs no second docstring; nor does a body shorter than its description would be."""
    ports = {
        method.name
        for tree in modules.values()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(parent) for parent in node.bases)
        for method in node.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    def bare(body: list[ast.stmt], within: str) -> Iterator[str]:
        for node in body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield from bare(node.body, f"{within}{node.name}.")
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            statements = sum(isinstance(part, ast.stmt) for part in ast.walk(node)) - 1
            is_port = bool(within) and node.name in ports
            if ast.get_docstring(node) is None and statements > OBVIOUS_STATEMENTS and not is_port:
                yield f"{within}{node.name}"

    assert [f"{module}: {found}" for module, tree in modules.items() for found in bare(tree.body, "")] == []
