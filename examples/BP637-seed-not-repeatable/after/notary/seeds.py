from sqlalchemy.ext.asyncio import AsyncSession

from notary.models import Office, Seal

HEAD_OFFICE = "HQ"


async def add_seals(session: AsyncSession) -> None:
    session.add(Office(code=HEAD_OFFICE, town="Ham"))
    await session.flush()
    session.add(Seal(office=HEAD_OFFICE))
    await session.commit()


async def add_offices(session: AsyncSession) -> None:
    office = Office(code=HEAD_OFFICE, town="Ham")
    if await session.get(Office, HEAD_OFFICE) is None:
        session.add(office)
    await session.commit()
