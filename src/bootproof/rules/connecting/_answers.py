"""What a database answered: the code of its refusal, the statement that it refused, the names that it quotes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.symptom import Failure, Symptom

_TABLE = re.compile(
    r"(?:CREATE TABLE|ALTER TABLE|INSERT INTO|ON|UPDATE|FROM)\s+(?:IF NOT EXISTS\s+)?((?:\"?\w+\"?\.)?\"?\w+\"?)", re.IGNORECASE
)


@dataclass(frozen=True)
class Refusal:
    """A statement that the database refused, and how."""

    failure: Failure
    statement: str

    @property
    def message(self) -> str:
        """What the server says, without what drivers put below: the statement's own text, details and hints."""
        return self.failure.message.partition("\n")[0]

    @property
    def quoted(self) -> tuple[str, ...]:
        """The names in double quotes in the server's message; it gives most of them there alone."""
        return tuple(re.findall(r'"([^"]+)"', self.message))

    @property
    def table(self) -> str:
        """The table that the statement is about, without its schema; "" where the statement is not known."""
        found = _TABLE.search(self.statement)
        return found[1].replace('"', "").rpartition(".")[2] if found else ""


def refusals(symptom: Symptom, *codes: str) -> Iterator[Refusal]:
    """The refusals with one of these codes (PostgreSQL documentation, appendix "PostgreSQL Error Codes")."""
    statement = statement_of(symptom)
    for failure in symptom.failures:
        if failure.facts.get("sqlstate") in codes or failure.facts.get("pgcode") in codes:
            yield Refusal(failure, statement)


def statement_of(symptom: Symptom) -> str:
    """The statement that was refused, "" where it is not known."""
    return next((str(each.facts["statement"]) for each in symptom.failures if each.facts.get("statement")), "")


def creates_all(symptom: Symptom) -> bool:
    """Whether SQLAlchemy was creating or dropping the tables of a whole `MetaData`."""
    return any(
        frame.function == "visit_metadata" and frame.module.startswith("sqlalchemy.sql")
        for failure in symptom.failures
        for frame in failure.frames
    )
