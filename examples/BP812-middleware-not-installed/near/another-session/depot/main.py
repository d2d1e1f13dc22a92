from fastapi import FastAPI, Request


class Ticket:
    session = "evening"


app = FastAPI()


@app.get("/basket")
async def basket(request: Request):
    ticket = Ticket()
    return {"session": ticket.session, "has": "session" in request.scope}
