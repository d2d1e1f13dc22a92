from fastapi import APIRouter, status

from src.core.security import create_access_token
from src.dependencies import SessionDep
from src.models import User
from src.schemas.auth import LoginRequest, SignupRequest, Token
from src.schemas.user import UserRead
from src.services.users import log_in, sign_up

router = APIRouter()


@router.post("/signup", response_model=UserRead, status_code=status.HTTP_201_CREATED)
async def signup(data: SignupRequest, session: SessionDep) -> User:
    return await sign_up(session, email=data.email, password=data.password, name=data.name)


@router.post("/login")
async def login(data: LoginRequest, session: SessionDep) -> Token:
    user = await log_in(session, email=data.email, password=data.password)
    return Token(access_token=create_access_token(user.id))
