"""Revision 0001."""

from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("notes", sa.Column("id", sa.Integer), sa.Column("state", sa.Enum("open", "done", name="state")))
    op.create_table("tasks", sa.Column("id", sa.Integer), sa.Column("state", sa.Enum("open", "late", name="task_state")))


def downgrade() -> None:
    pass
