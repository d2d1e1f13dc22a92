from fastapi import FastAPI

from relay.links import HEADER, HOOK

app = FastAPI(title="Relay", description=HOOK)


@app.get("/header")
def header() -> int:
    return len(HEADER)
