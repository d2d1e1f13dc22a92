from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

# outside of the application an object is right: app.add_middleware(GZipMiddleware(app)) would be wrong
inner = FastAPI()


@inner.get("/crossings")
def crossings() -> list[str]:
    return []


app = GZipMiddleware(inner, minimum_size=500)
