"""Documents that drift are worse than none: links lead somewhere, commands exist, stated values are those of the code."""

import importlib
import inspect
import json
import re
import tomllib
from dataclasses import astuple, is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("deploy/*.md"))]
READMES = ("README.md", "README.en.md")
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]+)?(?:#([^)\s]+))?\)")
# Modules whose every number must be explained in docs/decisions.md.
EXPLAINED = (
    "dispatch.pipeline.arrest_plan",
    "dispatch.pipeline.assignment",
    "dispatch.pipeline.candidates",
    "dispatch.pipeline.casualty_scene",
    "dispatch.pipeline.intake",
    "dispatch.pipeline.pathways.houses",
    "dispatch.pipeline.pathways.journey",
    "dispatch.pipeline.pathways.profile",
    "dispatch.pipeline.pathways.stemi",
    "dispatch.pipeline.pathways.stroke",
    "dispatch.pipeline.policies.costs",
    "dispatch.pipeline.policies.diverting",
    "dispatch.pipeline.policies.equivalence",
    "dispatch.pipeline.policies.recommend",
    "dispatch.pipeline.reception",
)


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    dead = [
        match[1]
        for match in LINK.finditer(document.read_text(encoding="utf-8"))
        if match[1] and not (document.parent / match[1]).exists()
    ]
    assert dead == []


@pytest.mark.parametrize("readme", READMES)
def test_a_readme_begins_with_the_two_commands(readme: str) -> None:
    before_first_section = text(readme).split("\n## ")[0]
    assert re.findall(r"^make \w+", before_first_section, re.MULTILINE) == ["make run", "make test"]


def test_both_readmes_show_the_same_commands() -> None:
    blocks = [re.findall(r"```bash\n(.*?)```", text(readme), re.DOTALL) for readme in READMES]
    assert blocks[0] == blocks[1]


@pytest.mark.parametrize("document", [*READMES, "CONTRIBUTING.md"])
def test_every_make_command_that_is_named_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", text(document), re.MULTILINE))
    assert named
    assert named <= targets


def test_the_call_of_the_readme_is_json_with_a_datum() -> None:
    body = re.search(r"-d '(\{.*?\})'\n", text("README.md"), re.DOTALL)
    assert body is not None
    assert json.loads(body[1])["location"]["datum"] == "wgs84"


# --- docs/decisions.md --------------------------------------------------------------------------------------------------

STATED = dict(re.findall(r"^\| `([\w.]+)` \| ([^|]+?) \|", text("docs/decisions.md"), re.MULTILINE))


def in_code(dotted: str) -> Any:
    """The object at a dotted path: a module's constant, or a default of one of its dataclasses."""
    module, _, name = dotted.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError:
        return inspect.signature(in_code(module)).parameters[name].default


def numbers(value: Any) -> list[float]:
    match value:
        case timedelta():
            return [value.total_seconds()]
        case dict():
            return [float(number) for number in value.values()]
        case tuple():
            return [float(number) for number in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return [float(number) for number in astuple(value)]
        case _:
            return [float(value)]


@pytest.mark.parametrize("dotted", STATED)
def test_a_stated_value_is_the_value_in_the_code(dotted: str) -> None:
    assert [float(number) for number in STATED[dotted].split(" / ")] == numbers(in_code(dotted))


@pytest.mark.parametrize("module", EXPLAINED)
def test_every_number_that_moves_a_decision_is_explained(module: str) -> None:
    loaded = importlib.import_module(module)
    own = re.findall(r"^([A-Z][A-Z0-9_]*)\b.*=", inspect.getsource(loaded), re.MULTILINE)
    constants = [name for name in own if isinstance(getattr(loaded, name), int | float)]
    assert constants
    assert [name for name in constants if f"{module}.{name}" not in STATED] == []


# --- docs/security.md -----------------------------------------------------------------------------------------------------


def test_every_answer_to_a_threat_names_a_test_that_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+(?:\.py)?)`", text("docs/security.md")))
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []


# --- dependencies -------------------------------------------------------------------------------------------------------


def test_every_direct_dependency_has_its_reason_and_no_reason_is_left_over() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    console = json.loads(text("dispatch/console/package.json"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[<>=;\[ ]", requirement)[0] for requirement in wanted}
    names |= set(console["dependencies"]) | set(console["devDependencies"])
    tables = text("docs/adr/0002-dependencies.md")
    assert names == set(re.findall(r"^\| ([@\w][\w./-]*) \|", tables, re.MULTILINE)) - {"package"}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_by_hash_and_holds_no_address(lock: str) -> None:
    content = text(lock)
    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host| @ ", content) == []
    pinned = [entry for entry in re.split(r"\n(?=[a-z])", content) if re.match(r"[a-z0-9]", entry)]
    assert pinned
    assert [entry.splitlines()[0] for entry in pinned if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_the_console_lock_holds_no_address_of_a_registry() -> None:
    assert '"resolved"' not in text("dispatch/console/package-lock.json")


def test_every_folder_at_the_top_is_known() -> None:
    """A new one is a decision: it belongs into the map of docs/architecture.md first."""
    ours, made_here = {"deploy", "dispatch", "docs", "maps_data", "routing", "tests"}, {"build", "dist", "var"}
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert folders - made_here == ours


# --- deploy/ --------------------------------------------------------------------------------------------------------------


def test_the_trials_compose_file_builds_what_exists_and_keeps_the_journal() -> None:
    compose = yaml.safe_load(text("deploy/trial.yml"))
    service = compose["services"]["dispatch"]
    assert (ROOT / service["build"]["dockerfile"]).is_file()
    data_dir = service["command"][service["command"].index("--data-dir") + 1]
    volume, _, mounted_at = service["volumes"][0].partition(":")
    assert volume in compose["volumes"]
    assert mounted_at == data_dir


def test_the_image_installs_by_hash_and_does_not_run_as_root() -> None:
    stages = re.split(r"^FROM ", text("deploy/Dockerfile"), flags=re.MULTILINE)[1:]
    final = stages[-1]
    installs = re.findall(r"pip install .*", text("deploy/Dockerfile"))
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
    assert re.search(r"^USER (?!root)", final, re.MULTILINE)
    assert "/readyz" in final
    copied = [path for stage in stages for path in re.findall(r"^COPY (?!--from)(\S+)", stage, re.MULTILINE)]
    assert [path for path in copied if not (ROOT / path).exists()] == []
