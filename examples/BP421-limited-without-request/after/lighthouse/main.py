from fastapi import FastAPI
from fastapi import Request
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from slowapi.util import get_remote_address

limits = Limiter(key_func=get_remote_address)
app = FastAPI()
app.state.limiter = limits
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)


@app.get("/lamp")
@limits.limit("60/minute")
# how bright it burns
async def lamp(request: Request, watts: int = 60) -> dict[str, int]:
    return {"watts": watts}
