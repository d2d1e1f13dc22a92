from sqlalchemy.ext.asyncio import AsyncSession

from notary.models import Office, Seal

HEAD_OFFICE = "HQ"


async def add_seals(session: AsyncSession) -> None:
    session.add(Office(code=HEAD_OFFICE, town="Ham"))
    await session.flush()
    session.add(Seal(office=HEAD_OFFICE))
    await session.commit()


async def add_offices(session: AsyncSession) -> None:
    session.add(Office(code="EAST", town="Ham"))
    session.add(Seal(office="EAST"))
    await session.commit()
