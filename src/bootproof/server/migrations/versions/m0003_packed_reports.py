"""Reports are kept as compressed JSON"""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bootproof.server.audits.packing import packed, unpacked

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_AT_ONCE = 100  # reports in memory


def upgrade() -> None:
    op.add_column("audits", sa.Column("packed", sa.LargeBinary(), nullable=True))
    _copied("document", "packed", packed)
    op.drop_column("audits", "document")
    op.alter_column("audits", "packed", new_column_name="document", nullable=False)
    op.execute("ALTER TABLE audits ALTER COLUMN document SET STORAGE EXTERNAL")  # it is compressed already


def downgrade() -> None:
    op.add_column("audits", sa.Column("whole", postgresql.JSONB(), nullable=True))
    _copied("document", "whole", unpacked)
    op.drop_column("audits", "document")
    op.alter_column("audits", "whole", new_column_name="document", nullable=False)


def _copied(source: str, target: str, change: Callable[[Any], Any]) -> None:
    """Fills a column from another, some rows at a time."""
    kinds: dict[str, sa.types.TypeEngine[Any]] = {"document": sa.LargeBinary(), "whole": postgresql.JSONB()}
    if target == "packed":
        kinds = {"document": postgresql.JSONB(), "packed": sa.LargeBinary()}
    audits = sa.table("audits", sa.column("id", sa.BigInteger()), *(sa.column(name, kind) for name, kind in kinds.items()))
    connection, last = op.get_bind(), 0
    while rows := connection.execute(
        sa.select(audits.c.id, audits.c[source]).where(audits.c.id > last).order_by(audits.c.id).limit(_AT_ONCE)
    ).all():
        for number, value in rows:
            connection.execute(audits.update().where(audits.c.id == number).values({target: change(value)}))
        last = rows[-1][0]
