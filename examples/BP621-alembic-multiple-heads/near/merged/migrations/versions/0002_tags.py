"""Revision 0002a."""

from alembic import op
import sqlalchemy as sa

revision = "0002a"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notes", sa.Column("tags", sa.Text))


def downgrade() -> None:
    pass
