"""merge heads

Revision ID: d75c3aad175f
Revises: 0002a, 0002b
"""

revision = "d75c3aad175f"
down_revision = ("0002a", "0002b")
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
