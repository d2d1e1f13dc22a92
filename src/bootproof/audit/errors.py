"""What ends an audit before it can give a report.

AuditError
└── UsageProblem      what was asked for cannot be audited; the text is one line with the next step
"""


class AuditError(Exception):
    """Root of this tree."""


class UsageProblem(AuditError):
    """What was asked for cannot be audited: no such path, no application, a contradiction of options."""
