"""Run by Alembic for each upgrade, on the connection that `journal_migrate` hands over."""

from alembic import context

connection = context.config.attributes["connection"]
# Each step is a transaction of its own: a long one holds its locks no longer than it needs them.
context.configure(connection=connection, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
