from fastapi import FastAPI, Request

app = FastAPI()
app.state.stock = {"bolts": 7}


@app.get("/stock")
async def stock(request: Request):
    return {"stock": request.app.state.stock, "spare": getattr(request.app.state, "spare", None)}
