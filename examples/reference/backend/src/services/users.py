"""People: signing up, logging in, changing a name."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError, CredentialsError
from src.core.security import hash_password, verify_password
from src.models import User


async def find_user(session: AsyncSession, user_id: UUID) -> User | None:
    return await session.get(User, user_id)


async def find_user_by_email(session: AsyncSession, email: str) -> User | None:
    result = await session.exec(select(User).where(User.email == email.lower()))
    return result.first()


async def sign_up(session: AsyncSession, *, email: str, password: str, name: str) -> User:
    if await find_user_by_email(session, email) is not None:
        raise ConflictError("This address is already registered")
    user = User(email=email.lower(), name=name, password_hash=hash_password(password))
    session.add(user)
    try:
        await session.commit()
    except IntegrityError as error:
        # Somebody else took the address between the question and the commit.
        await session.rollback()
        raise ConflictError("This address is already registered") from error
    return user


async def log_in(session: AsyncSession, *, email: str, password: str) -> User:
    user = await find_user_by_email(session, email)
    if user is None or not verify_password(password, user.password_hash):
        raise CredentialsError("The address or the password is wrong")
    return user


async def rename_user(session: AsyncSession, user: User, name: str) -> User:
    user.name = name
    session.add(user)
    await session.commit()
    return user
