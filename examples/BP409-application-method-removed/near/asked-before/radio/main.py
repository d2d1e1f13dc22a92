from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def programme(request: Request) -> JSONResponse:
    return JSONResponse([])


app = Starlette(routes=[Route("/programme", programme)])
if hasattr(app, "route"):
    app.route("/old")(programme)
try:
    app.add_event_handler("startup", print)
except AttributeError:
    app.state.started = True
