"""Alembic's environment: online only, on a connection that is handed over."""

from alembic import context
from sqlalchemy import Connection

from bootproof.server.tables import metadata

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata(),
    compare_type=True,
    compare_server_default=False,
    include_name=lambda name, kind, parents: not (kind == "table" and str(name).startswith("procrastinate_")),  # the queue's own
)
with context.begin_transaction():
    context.run_migrations()
