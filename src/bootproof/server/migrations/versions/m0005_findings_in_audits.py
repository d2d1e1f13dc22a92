"""A report's findings are in the report: rows of their own took as long to write as all else of an upload"""

import json
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bootproof.server.audits.packing import unpacked

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_AT_ONCE = 100  # reports in memory
_GATHERED = """
UPDATE audits SET codes = found.codes, told = found.told FROM (
    SELECT audit_id, array_agg(DISTINCT code) AS codes, string_agg(file || E'\\x1f' || cause, E'\\x1f' ORDER BY id) AS told
    FROM occurrences GROUP BY audit_id
) AS found WHERE found.audit_id = audits.id
"""
_SPREAD = sa.text("""
INSERT INTO occurrences (audit_id, fingerprint, code, severity, file, line, cause)
SELECT report.audit, fingerprint, code, severity, file, least(line, 2147483647), cause
FROM jsonb_to_recordset(CAST(:reports AS jsonb)) AS report (audit bigint, findings jsonb), jsonb_to_recordset(report.findings)
    AS found (fingerprint text, code text, severity text, file text, line bigint, cause text)
""")


def upgrade() -> None:
    op.execute("LOCK TABLE occurrences, audits IN ACCESS EXCLUSIVE MODE")  # both at once: who reads both waits, in whatever order
    op.add_column("audits", sa.Column("codes", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"))
    op.add_column("audits", sa.Column("told", sa.Text(), nullable=False, server_default=""))
    op.execute(_GATHERED)
    op.alter_column("audits", "codes", server_default=None)
    op.alter_column("audits", "told", server_default=None)
    op.drop_table("occurrences")


def downgrade() -> None:
    op.create_table(
        "occurrences",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audits.id"], name=op.f("fk_occurrences_audit_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrences")),
    )
    op.create_index(op.f("ix_occurrences_audit_id"), "occurrences", ["audit_id"], unique=False)
    _spread()
    op.drop_column("audits", "told")
    op.drop_column("audits", "codes")


def _spread() -> None:
    """Tells the findings of every report again, some reports at a time."""
    audits = sa.table("audits", sa.column("id", sa.BigInteger()), sa.column("document", sa.LargeBinary()))
    connection, last = op.get_bind(), 0
    while rows := connection.execute(
        sa.select(audits.c.id, audits.c.document).where(audits.c.id > last).order_by(audits.c.id).limit(_AT_ONCE)
    ).all():
        reports = [{"audit": number, "findings": unpacked(document).get("findings", [])} for number, document in rows]
        connection.execute(_SPREAD, {"reports": json.dumps(reports)})
        last = rows[-1][0]
