from pydantic import BaseModel


def matching(regex: str, pre: bool = False) -> str:
    return regex if not pre else f"^{regex}"


class Ship(BaseModel):
    sign: str = matching(regex="AB12", pre=True)
