"""What goes wrong after a start that went well: requests, coroutines that nobody awaits, an end that fails or hangs."""

from textwrap import dedent

import pytest

from bootproof.model.symptom import Symptom
from bootproof.model.words import Stage
from bootproof.rehearsal import rehearser as rehearsing
from bootproof.rehearsal.rehearser import Rehearser
from bootproof.rehearsal.variant import Probes, Variant

WAYS = pytest.mark.parametrize("cold", [False, True], ids=["trial", "cold"])


def boot(rehearser: Rehearser, source: str, *, cold: bool) -> Symptom:
    variant = Variant(files={"app/main.py": dedent(source).encode()})
    probes = Probes(routes=True, shutdown=True)
    symptom = rehearser.boot_cold(variant, probes) if cold else rehearser.rehearse(variant, probes)
    assert symptom.started, (symptom.note, symptom.failures, symptom.log)
    return symptom


@WAYS
def test_a_root_that_raises_is_a_failed_request_of_a_server_that_is_up(rehearser: Rehearser, cold: bool) -> None:
    symptom = boot(
        rehearser,
        """
        from fastapi import FastAPI
        app = FastAPI()

        @app.get("/")
        async def root():
            return {}["missing"]
        """,
        cold=cold,
    )
    (broken,) = symptom.requests
    assert (broken.method, broken.path, broken.chain[0].type) == ("GET", "/", "KeyError")


@WAYS
def test_a_document_that_cannot_be_made_is_a_failed_request(rehearser: Rehearser, cold: bool) -> None:
    symptom = boot(
        rehearser,
        """
        from fastapi import FastAPI

        class Service(FastAPI):
            def openapi(self):
                raise LookupError("no document")

        app = Service()

        @app.get("/items")
        def items():
            raise ValueError("no items")
        """,
        cold=cold,
    )
    failed = {each.path: each.chain[-1].type for each in symptom.requests}
    assert failed["/openapi.json"] == "LookupError"
    assert cold or failed["/items"] == "ValueError", "what needs no parameters is asked all the same"


HANDLED = """
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
app = FastAPI()

class Refused(Exception):
    pass

@app.exception_handler(Refused)
def refused(request, error):
    return JSONResponse({"detail": "refused"}, 503)

@app.exception_handler(KeyError)
async def missing(request, error):
    return JSONResponse({"detail": "missing"}, 500)

@app.get("/meant")
def meant():
    raise Refused()

@app.get("/plain")
def plain():
    raise HTTPException(503)

@app.get("/hidden")
async def hidden():
    return {}["hidden"]

@app.get("/translated")
def translated():
    try:
        return {}["translated"]
    except KeyError as error:
        raise HTTPException(500, str(error))

@app.get("/logged")
def logged():
    import logging
    try:
        return {}["logged"]
    except KeyError:
        logging.exception("it failed")
        return JSONResponse({}, 500)
"""


def test_an_exception_that_a_handler_answered_is_seen(rehearser: Rehearser) -> None:
    symptom = boot(rehearser, HANDLED, cold=False)
    assert sorted(each.path for each in symptom.requests) == ["/hidden", "/logged", "/translated"]
    assert all(each.chain[-1].type == "KeyError" and each.status == 500 for each in symptom.requests)
    assert [each.endpoint.function for each in symptom.requests if each.endpoint] == ["hidden", "translated", "logged"]


@WAYS
def test_a_coroutine_that_nobody_awaits_is_told_with_its_place(rehearser: Rehearser, cold: bool) -> None:
    symptom = boot(
        rehearser,
        """
        from contextlib import asynccontextmanager
        from fastapi import FastAPI

        async def closed():
            pass

        @asynccontextmanager
        async def lifespan(app):
            yield
            closed()

        app = FastAPI(lifespan=lifespan)

        @app.get("/items")
        async def items():
            closed()
            waits = closed()
            waits.close()
            return []
        """,
        cold=cold,
    )
    assert all(each.unawaited for each in symptom.mishaps)
    places = [(each.stage, each.chain[0].frames[0].line) for each in symptom.mishaps]
    assert places == [(Stage.REQUESTS, 17), (Stage.SHUTDOWN, 11)]


@WAYS
def test_a_shutdown_that_raises_is_told(rehearser: Rehearser, cold: bool) -> None:
    symptom = boot(
        rehearser,
        """
        import asyncio
        from contextlib import asynccontextmanager
        from fastapi import FastAPI

        @asynccontextmanager
        async def lifespan(app):
            task = asyncio.create_task(asyncio.sleep(60))
            yield
            task.cancel()
            await task

        app = FastAPI(lifespan=lifespan)
        """,
        cold=cold,
    )
    (mishap,) = symptom.mishaps
    assert mishap.stage is Stage.SHUTDOWN
    assert mishap.chain[0].is_a("CancelledError")
    own = mishap.chain[0].own_frame
    assert own is not None
    assert own.line == 11


STOPS = """
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from fastapi import FastAPI
import threading, time

pool = ThreadPoolExecutor()

def work():
    while {}:
        time.sleep(0.01)

@asynccontextmanager
async def lifespan(app):
    pool.submit(time.sleep, 0)
    threading.Thread(target=work, daemon={}).start()
    yield

app = FastAPI(lifespan=lifespan)
"""


@WAYS
@pytest.mark.parametrize(("endless", "daemon", "holds"), [(True, False, True), (True, True, False), (False, False, False)])
def test_a_thread_that_keeps_the_process_is_named(
    rehearser: Rehearser, monkeypatch: pytest.MonkeyPatch, cold: bool, endless: bool, daemon: bool, holds: bool
) -> None:
    monkeypatch.setattr(rehearsing, "GRACE", 4.0)
    symptom = boot(rehearser, STOPS.format(endless, daemon), cold=cold)
    assert bool(symptom.mishaps) is holds, symptom.mishaps
    for mishap in symptom.mishaps:
        held = next(each for each in mishap.held if each.started)
        assert (held.kind, held.started[-1].line, held.frames[-1].function) == ("thread", 16, "work")
