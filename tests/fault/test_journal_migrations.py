"""Steps of the layout: the newest is the one that the program asks for, and a step runs while somebody writes."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from dispatch.adapters.journal_lease import WRITER
from dispatch.adapters.journal_migrate import HEAD, STEPS, migrate
from dispatch.adapters.journal_postgres import PostgresJournal, database_url
from dispatch.adapters.journal_tables import METADATA
from dispatch.adapters.verify import verify
from tests.fakes.real_servers import PostgresServer
from tests.fakes.story import Story

pytestmark = pytest.mark.slow

# A step as a later version might bring it: a column, and an index that is built beside the writer.
LATER = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "0999", "{head}"

def upgrade():
    op.add_column("events", sa.Column("later", sa.Text, nullable=True))
    with op.get_context().autocommit_block():
        op.create_index("events_type", "events", ["type"], postgresql_concurrently=True)
"""


def test_the_program_asks_for_the_newest_step() -> None:
    names = sorted(path.name[1:5] for path in (STEPS / "versions").glob("v[0-9]*.py"))
    assert names[-1] == HEAD


def test_the_steps_make_the_tables_that_the_program_reads(postgres: PostgresServer) -> None:
    url = postgres.url()
    PostgresJournal(url).close()
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        ).fetchall()
    wanted = {(table.name, column.name) for table in (*METADATA.tables.values(), WRITER) for column in table.columns}
    assert set(found) - {("alembic_version", "version_num")} == wanted


async def test_several_processes_start_on_an_empty_database_at_once(postgres: PostgresServer) -> None:
    url = postgres.url()
    journals = await asyncio.gather(*(asyncio.to_thread(PostgresJournal, url) for _ in range(4)))
    assert sorted(journal.take() for journal in journals) == [False, False, False, True]
    for journal in journals:
        journal.close()


async def test_a_step_runs_on_live_data_and_the_version_before_goes_on(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    """A writer of this version appends all the while; afterwards nothing is missing, and this version can also start anew."""
    steps = tmp_path / "migrations"
    (steps / "versions").mkdir(parents=True)
    for path in (STEPS / "env.py", *(STEPS / "versions").glob("v[0-9]*.py")):
        (steps / path.relative_to(STEPS)).write_text(path.read_text())
    (steps / "versions" / "v0999_later.py").write_text(LATER.format(head=HEAD))
    url, story = postgres.url(), Story(seed=1)
    engine = create_engine(database_url(url), poolclass=NullPool)
    with PostgresJournal(url) as journal:
        assert journal.take()
        migrating = asyncio.create_task(asyncio.to_thread(migrate, engine, steps=steps, head="0999"))
        while not migrating.done():
            await journal.append(story.next_batch())
        await migrating
        await journal.append(story.next_batch())
    report = verify(url)
    assert (report.is_sound, report.head_seq) == (True, story.world.seq)
    with PostgresJournal(url) as again:
        assert again.take()
        await again.append(story.next_batch())
