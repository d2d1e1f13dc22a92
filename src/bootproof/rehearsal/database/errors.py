"""What can go wrong with the database of a rehearsal.

    DatabaseError
    ├── NoPostgres     there is no PostgreSQL that could be run here
    ├── Unusable       the server that the user named cannot be used; the text is for the user, with the next step
    ├── LoginFailed    we cannot, or will not, authenticate as it asks
    ├── ServerFailed   it was run and did not come up, or went away
    └── QueryFailed    it answered a statement of ours with an error

None of them is ever the project's fault: a trial that meets one is `broken`.
"""


class DatabaseError(Exception):
    """The database of the rehearsal failed us."""


class NoPostgres(DatabaseError):
    """No PostgreSQL binaries, or no way to run them as this user; the message lists what was tried."""


class Unusable(DatabaseError):
    """The server at the URL that the user named cannot be used: one line without a secret, with the next step."""


class LoginFailed(DatabaseError):
    """The server asks for what we do not have, offers less than is required, or does not prove itself."""


class ServerFailed(DatabaseError):
    """The server did not come up in time or went away; the message ends with the tail of its log."""


class QueryFailed(DatabaseError):
    """The server answered a statement with an error."""

    def __init__(self, sqlstate: str, message: str) -> None:
        super().__init__(f"{message} (SQLSTATE {sqlstate})")
        self.sqlstate = sqlstate
        self.message = message
