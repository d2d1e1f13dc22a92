"""Parts of addresses and what forms ask for, with what they may hold: PostgreSQL keeps no NUL, and a number has 64 bits."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, AwareDatetime, BeforeValidator

SLUG = r"^[a-z0-9][a-z0-9-]*$"
NO_NUL = r"^[^\x00]*$"

TeamSlug = Annotated[str, Path(max_length=63, pattern=SLUG, description="The team's name in addresses.")]
ProjectSlug = Annotated[str, Path(max_length=63, pattern=SLUG, description="The project's name in addresses.")]
AuditId = Annotated[int, Path(ge=1, le=2**63 - 1, description="The audit's number.")]


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC. Raises ValueError for one that no calendar has there, as the year 1 in Asia."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("this moment is out of the calendar") from None


def _written_out(given: object) -> object:
    """Refuses numbers, which pydantic takes for seconds since 1970, and OpenAPI's `date-time` has not."""
    if isinstance(given, int | float) or (isinstance(given, str) and "-" not in given[1:]):
        raise ValueError("write a moment such as 2026-01-31T12:00:00Z")
    return given


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(in_utc)]
