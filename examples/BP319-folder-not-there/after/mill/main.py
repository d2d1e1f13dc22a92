import logging

from fastapi import FastAPI

from mill import log

app = FastAPI(title="Mill")
log.start()
logging.getLogger("mill").warning("turning")


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
