"""The guest book."""

from fastapi import FastAPI

from guests import find_guest_by_email as find_guest_by_mail

app = FastAPI()


@app.get("/guests/{email}")
def guest(email: str) -> dict[str, str]:
    return find_guest_by_mail(email)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}
