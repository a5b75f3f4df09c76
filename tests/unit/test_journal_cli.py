"""`dispatch journal verify` and `export` as people type them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.adapters.journal_sqlite import LIVE_FILE
from dispatch.cli_journal import app
from tests.fakes.journal_files import tamper, write_journal


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    write_journal(tmp_path / LIVE_FILE, batches=30, snapshots=True)
    return tmp_path


def test_verify_says_sound_in_both_languages_and_exits_0(data_dir: Path) -> None:
    done = CliRunner().invoke(app, ["verify", "--data-dir", str(data_dir)])
    assert done.exit_code == 0
    assert "完好 sound" in done.output


def test_verify_lists_what_is_wrong_and_exits_1(data_dir: Path) -> None:
    (data_dir / "cut_tail_9.jsonl").write_text("")
    tamper(data_dir / LIVE_FILE, ("UPDATE events SET actor = 'x'", ()))
    done = CliRunner().invoke(app, ["verify", "--journal", str(data_dir / LIVE_FILE)])
    assert done.exit_code == 1
    assert "第 7 条记录的哈希与其内容或前一条不符" in done.output
    assert "The hash of event 7 does not follow" in done.output
    assert "problems found" in done.output
    assert "cut_tail_9.jsonl" in done.output


@pytest.mark.parametrize("command", ["verify", "export"])
def test_a_missing_journal_is_one_sentence_and_exit_1(command: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, [command, "--data-dir", str(tmp_path)])
    assert done.exit_code == 1
    assert "没有日志文件" in done.output
    assert "Traceback" not in done.output


def test_export_writes_one_event_a_line(data_dir: Path) -> None:
    done = CliRunner().invoke(app, ["export", "--data-dir", str(data_dir)])
    assert done.exit_code == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[0]["type"] == "CatalogueAdopted"
    assert lines[0]["version"] == 1
    assert len(lines[0]["data"]["units"]) == 12
    assert len(bytes.fromhex(lines[-1]["hash"])) == 32


def test_export_writes_a_file(data_dir: Path) -> None:
    out = data_dir / "events.jsonl"
    done = CliRunner().invoke(app, ["export", "--journal", str(data_dir / LIVE_FILE), "--out", str(out)])
    assert done.exit_code == 0
    assert f"{len(out.read_text().splitlines()):,} events written" in done.output


def test_export_stops_at_a_payload_that_is_no_json(data_dir: Path) -> None:
    tamper(data_dir / LIVE_FILE, ("UPDATE events SET payload = x'7b' WHERE seq = 5", ()))
    done = CliRunner().invoke(app, ["export", "--data-dir", str(data_dir)])
    assert done.exit_code == 1
    assert "The content of event 5 cannot be read" in done.output
