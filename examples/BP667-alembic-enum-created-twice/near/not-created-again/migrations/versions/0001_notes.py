"""Revision 0001."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    postgresql.ENUM("open", "done", name="state").create(op.get_bind())
    state = postgresql.ENUM("open", "done", name="state", create_type=False)
    op.create_table("tasks", sa.Column("id", sa.Integer, primary_key=True), sa.Column("state", state, nullable=False))


def downgrade() -> None:
    pass
