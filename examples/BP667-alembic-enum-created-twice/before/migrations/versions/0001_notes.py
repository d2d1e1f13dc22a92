"""Revision 0001."""

from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    state = sa.Enum("open", "done", name="state")
    state.create(op.get_bind(), checkfirst=True)
    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("state", state, nullable=False),
    )


def downgrade() -> None:
    pass
