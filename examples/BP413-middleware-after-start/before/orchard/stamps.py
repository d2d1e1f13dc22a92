from fastapi import Request


async def stamped(request: Request, call_next):
    response = await call_next(request)
    response.headers["X-From"] = "orchard"
    return response
