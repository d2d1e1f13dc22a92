from fastapi import FastAPI
from fastapi.middleware import gzip
from starlette.middleware.trustedhost import TrustedHostMiddleware

app = FastAPI()
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["*"])
# what is short is sent as it is
app.add_middleware(
    gzip.GZipMiddleware(
        app,
        minimum_size=500,
        compresslevel=6,
    )
)


@app.get("/crossings")
def crossings() -> list[str]:
    return []
