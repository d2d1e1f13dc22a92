"""The log of administrative acts: written in the same transaction as what it tells of."""

from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.organisations.models import Act


def note(session: AsyncSession, organisation_id: int, user_id: int | None, what: str, about: str = "", address: str = "") -> None:
    """Adds one act to the transaction of the session."""
    session.add(Act(organisation_id=organisation_id, user_id=user_id, what=what, about=about[:500], address=address))
