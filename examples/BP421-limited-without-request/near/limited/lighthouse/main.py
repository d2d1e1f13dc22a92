from fastapi import FastAPI, Request
from slowapi import Limiter
from slowapi.util import get_remote_address

limits = Limiter(key_func=get_remote_address)
app = FastAPI()
app.state.limiter = limits


@app.get("/lamp")
@limits.limit("60/minute")
async def lamp(request: Request, watts: int = 60) -> dict[str, int]:
    return {"watts": watts}


@app.get("/fog")
async def fog() -> str:
    """Not limited, and takes no request."""
    return "none"
