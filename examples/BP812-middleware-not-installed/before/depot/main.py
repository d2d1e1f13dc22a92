from fastapi import FastAPI, Request

app = FastAPI()


@app.get("/basket")
async def basket(request: Request):
    return request.session.get("basket", [])
