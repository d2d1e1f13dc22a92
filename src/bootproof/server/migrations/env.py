"""Alembic's environment: online only, on a connection that is handed over. The one place that knows every model."""

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

from bootproof.server.accounts import models as accounts
from bootproof.server.audits import models as audits
from bootproof.server.organisations import models as organisations
from bootproof.server.projects import models as projects
from bootproof.server.security import models as security
from bootproof.server.webhooks import models as webhooks

MODELS = (accounts, audits, organisations, projects, security, webhooks)  # to import them registers their tables
connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    compare_type=True,
    compare_server_default=False,
    include_name=lambda name, kind, parents: not (kind == "table" and str(name).startswith("procrastinate_")),  # the queue's own
)
with context.begin_transaction():
    context.run_migrations()
