"""A finding is of its audit, and by that of a project: the second way there was looked after with each upload, and never asked"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index("ix_occurrences_project_id_fingerprint", table_name="occurrences")
    op.drop_column("occurrences", "project_id")  # its foreign key with it


def downgrade() -> None:
    op.add_column("occurrences", sa.Column("project_id", sa.Integer(), nullable=True))
    op.execute("UPDATE occurrences SET project_id = audits.project_id FROM audits WHERE audits.id = occurrences.audit_id")
    op.alter_column("occurrences", "project_id", nullable=False)
    op.create_foreign_key("fk_occurrences_project_id", "occurrences", "projects", ["project_id"], ["id"], ondelete="CASCADE")
    op.create_index("ix_occurrences_project_id_fingerprint", "occurrences", ["project_id", "fingerprint"], unique=False)
