"""Asks a real server over HTTP: ready when it answers, then health, the schema, and each route once.

Requests are made valid by the server's own OpenAPI schema, or nothing would be found behind the 422.
"""

import http.client
import json
import socket
import ssl
import time

from . import bodies, conversation, listening, worker

LIMIT_BODY = 4000
HEALTH = ("/health", "/healthz", "/api/health", "/api/v1/health", "/health/", "/ping", "/livez", "/status")


def watch(spec, events, up):
    """Waits until the server answers, calls `up()`, asks what is to be asked. Returns when the server may be stopped."""
    if spec["target"].get("interface") == "celery":
        return worker.watch(spec, events, up)
    started = time.monotonic()
    health = spec.get("health") or None
    first = health or "/"
    patience = 5.0
    while True:  # the keeper's time limit ends a server that never answers
        answer = ask(spec, "GET", first, timeout=patience)
        if answer is not None:
            break
        if health is None and time.monotonic() - started > patience:
            first = "/openapi.json" if first == "/" else "/"  # a root that never answers is not a dead server
        time.sleep(0.004)
    up()
    events.send("answered", seconds=time.monotonic() - started, status=answer[0])
    document = schema(spec)
    hopeless = False
    if health is None:
        for path in [choose(document)] if document is not None else HEALTH:
            if path is None or path == first:
                continue
            asked = ask(spec, "GET", path, timeout=20.0)
            if document is not None or (asked is not None and asked[0] not in (404, 405)):
                if document is None and asked[0] >= 500 and everything_fails(spec):
                    hopeless = True
                    break
                answer, first = asked, path
                break
    if answer is None:
        events.send("exchange", method="GET", path=first, status=None, body="")
    else:
        tell(events, "GET", first, answer)
    known = health is not None or first in HEALTH or first == choose(document)
    status = answer[0] if answer else None
    if health is not None and status is not None and 400 <= status < 500:
        # whoever asks it takes this for an ill server, and everybody else for one that is up
        events.send("request-failed", method="GET", path=first, status=status, chain=[])
    seconds = time.monotonic() - started
    events.send("health", path=first, known=known, hopeless=hopeless, status=status, seconds=seconds)
    for exchange in spec.get("requests", ()):
        body = json.dumps(exchange["json"]).encode() if "json" in exchange else b""
        got = ask(spec, exchange["method"], exchange["path"], body, timeout=20.0)
        tell(events, exchange["method"], exchange["path"], got, body)
    if spec.get("routes"):
        events.send("schema", routes=routes(document or {}), served=document is not None)
        each_route(spec, events, document or {}, asked_well(document or {}, first, status))


def ask(spec, method, path, body=b"", timeout=10.0, content_type="application/json", headers=()):
    """(status, body, content type), or None where nobody answers."""
    for place in [spec["answers"]] if spec.get("answers") else candidates(spec):
        answer = ask_at(place, method, path, body, timeout, content_type, headers)
        if answer is not None:
            spec["answers"] = place
            return answer
    return None


def candidates(spec):
    """Where it may answer: host, port, whether by TLS. A path in the place of the host is that of a local socket."""
    places = listening.places(spec)
    return [(*each, False) for each in places] + [(*each, True) for each in places if spec["own_start"] and each[1]]


class Local(http.client.HTTPConnection):
    """HTTP over a socket in the file system."""

    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask_at(place, method, path, body, timeout, content_type, headers):
    host, port, tls = place
    if not port:
        connection = Local(host, timeout)
    elif tls:
        # whether its certificate is right is not asked here: it is that of another name
        connection = http.client.HTTPSConnection(
            host, port, timeout=timeout, context=ssl._create_unverified_context()
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=timeout)
    headers = {"accept": "*/*", **dict(headers)}
    if body:
        headers["content-type"] = content_type
    try:
        connection.request(method, path, body=body or None, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(1 << 20), response.headers.get("content-type", "")
    except (OSError, http.client.HTTPException, socket.timeout):
        return None
    finally:
        connection.close()


def tell(events, method, path, answer, request=b""):
    status, body, kind = answer if answer is not None else (None, b"", "")
    events.send(
        "exchange",
        method=method,
        path=path,
        status=status,
        body=conversation.shown(body[:LIMIT_BODY]).decode("utf-8", "replace"),
        content_type=kind,
        request_body=request[:LIMIT_BODY].decode("utf-8", "replace"),
    )


def schema(spec):
    """The OpenAPI document that the server serves, None where it serves none."""
    for path in ("/openapi.json", "/api/openapi.json", "/api/v1/openapi.json", "/schema/openapi.json"):
        answer = ask(spec, "GET", path, timeout=20.0)
        if answer is not None and answer[0] == 200:
            try:
                document = json.loads(answer[1])
            except ValueError:
                continue
            if isinstance(document, dict):
                return document
        elif answer is not None and answer[0] >= 500 and path == "/openapi.json":
            return None
    return None


def routes(document):
    """What the schema says is served, as "GET /path": a framework's own list may keep routers folded."""
    return sorted(
        "%s %s" % (method.upper(), path)
        for path, each in document.get("paths", {}).items()
        if isinstance(each, dict)
        for method in each
        if method in conversation.METHODS
    )


def everything_fails(spec):
    """Whether even what is not there is answered by 5xx: then such an answer says nothing of a path."""
    asked = ask(spec, "GET", "/no-such-route-of-anybody", timeout=20.0)
    return asked is None or asked[0] >= 500


def asked_well(document, path, status):
    """The operation that needs not be asked again: it took no parameters, and answered."""
    operation = document.get("paths", {}).get(path, {}).get("get")
    needs = [each for each in bodies.parameters(document, {}, operation or {}) if each.get("required")]
    return () if needs or status is None or status >= 400 else ("GET " + path,)


def choose(document):
    """The path of a health route that the schema knows."""
    paths = [
        path for path, each in (document or {}).get("paths", {}).items() if isinstance(each, dict) and "get" in each
    ]
    for path in HEALTH:
        if path in paths:
            return path
    for path in paths:
        if "{" not in path and "health" in path:
            return path
    return None


def each_route(spec, events, document, skip):
    deadline = time.monotonic() + spec.get("requests_timeout", 20.0)
    talk = conversation.asking(document, skip)
    answer = None
    while True:
        try:
            request = talk.send(answer)
        except StopIteration:
            return
        if time.monotonic() > deadline:
            events.send("unasked", method=request.method, path=request.template)
            return
        if request.method == "POST" and len(request.body) > 2 and request.kind == bodies.JSON:
            # what it says of a body without its fields
            tell(events, "POST", request.path, ask(spec, "POST", request.path, b"{}", 10.0, headers=request.headers), b"{}")
        answer = ask(spec, request.method, request.path, request.body, 10.0, request.kind, request.headers)
        tell(events, request.method, request.path, answer, request.body)
        if answer is not None and answer[0] == 404 and not request.template.startswith("/"):
            events.send("request-failed", method=request.method, path=request.template, status=404, chain=[])
