from fastapi import FastAPI, Request
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key="made-up-for-this-example")


@app.get("/basket")
async def basket(request: Request):
    return request.session.get("basket", [])
