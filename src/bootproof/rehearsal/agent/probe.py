"""Asks a real server over HTTP: ready when it answers, then health, the schema, and each route once.

Requests are made valid by the server's own OpenAPI schema, or nothing would be found behind the 422.
"""

import http.client
import json
import socket
import ssl
import time

from . import listening

LIMIT_BODY = 4000
HEALTH = ("/health", "/healthz", "/api/health", "/api/v1/health", "/health/", "/ping", "/livez", "/status")
METHODS = ("get", "post", "put", "patch", "delete")


def watch(spec, events, up):
    """Waits until the server answers, calls `up()`, asks what is to be asked. Returns when the server may be stopped."""
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
    if health is None:
        for path in [choose(document)] if document is not None else HEALTH:
            if path is None or path == first:
                continue
            asked = ask(spec, "GET", path, timeout=20.0)
            if document is not None or (asked is not None and asked[0] not in (404, 405)):
                answer, first = asked, path
                break
    if answer is None:
        events.send("exchange", method="GET", path=first, status=None, body="")
    else:
        tell(events, "GET", first, answer)
    events.send("health", path=first, status=answer[0] if answer else None, seconds=time.monotonic() - started)
    for exchange in spec.get("requests", ()):
        body = json.dumps(exchange["json"]).encode() if "json" in exchange else b""
        got = ask(spec, exchange["method"], exchange["path"], body, timeout=20.0)
        tell(events, exchange["method"], exchange["path"], got, body)
    if spec.get("routes"):
        events.send("schema", routes=routes(document or {}), served=document is not None)
        each_route(spec, events, document or {}, first)


def ask(spec, method, path, body=b"", timeout=10.0, content_type="application/json"):
    """(status, body, content type), or None where nobody answers."""
    for place in [spec["answers"]] if spec.get("answers") else candidates(spec):
        answer = ask_at(place, method, path, body, timeout, content_type)
        if answer is not None:
            spec["answers"] = place
            return answer
    return None


def candidates(spec):
    """Where it may answer: host, port, whether by TLS."""
    return [(*each, tls) for each in listening.places(spec) for tls in ((False, True) if spec["own_start"] else (False,))]


def ask_at(place, method, path, body, timeout, content_type):
    host, port, tls = place
    if tls:
        # whether its certificate is right is not asked here: it is that of another name
        connection = http.client.HTTPSConnection(
            host, port, timeout=timeout, context=ssl._create_unverified_context()
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=timeout)
    headers = {"accept": "*/*"}
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
        body=body[:LIMIT_BODY].decode("utf-8", "replace"),
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
        if method in METHODS
    )


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


def each_route(spec, events, document, first):
    deadline = time.monotonic() + spec.get("requests_timeout", 20.0)
    for path, operations in document.get("paths", {}).items():
        for method in METHODS:
            operation = operations.get(method) if isinstance(operations, dict) else None
            if operation is None or (method == "get" and path == first):
                continue
            if time.monotonic() > deadline:
                events.send("unasked", method=method.upper(), path=path)
                continue
            filled, body, kind = fill(document, path, operations, operation)
            if method == "post" and len(body) > 2 and kind == "application/json":
                tell(
                    events, "POST", path, ask(spec, "POST", filled, b"{}", 10.0), b"{}"
                )  # what it says of a body without its fields
            tell(events, method.upper(), path, ask(spec, method.upper(), filled, body, 10.0, kind), body)


def fill(document, path, shared, operation):
    """A concrete path with its query, a body and its content type, valid by the schema."""
    query = []
    for parameter in list(shared.get("parameters", ())) + list(operation.get("parameters", ())):
        parameter = follow(document, parameter)
        value = example(document, parameter.get("schema", {}))
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if parameter.get("in") == "path":
            path = path.replace("{%s}" % parameter["name"], quote(text))
        elif parameter.get("in") == "query" and parameter.get("required"):
            query.append("%s=%s" % (quote(parameter["name"]), quote(text)))
    content = follow(document, operation.get("requestBody", {})).get("content", {})
    body, kind = b"", "application/json"
    if "application/json" in content:
        body = json.dumps(example(document, content["application/json"].get("schema", {}))).encode()
    elif "application/x-www-form-urlencoded" in content:
        kind = "application/x-www-form-urlencoded"
        values = example(document, content[kind].get("schema", {}))
        body = "&".join(
            "%s=%s" % (quote(str(key)), quote(str(value))) for key, value in (values or {}).items()
        ).encode()
    return path + ("?" + "&".join(query) if query else ""), body, kind


def quote(text):
    from urllib.parse import quote as real

    return real(text, safe="")


def follow(document, node):
    while isinstance(node, dict) and "$ref" in node:
        found = document
        for part in node["$ref"].lstrip("#/").split("/"):
            found = found.get(part, {}) if isinstance(found, dict) else {}
        node = found
    return node if isinstance(node, dict) else {}


FORMATS = {
    "email": "someone@example.com",
    "uuid": "6f9619ff-8b86-4d01-b42d-00c04fc964ff",
    "date": "2026-01-02",
    "date-time": "2026-01-02T03:04:05Z",
    "time": "03:04:05",
    "uri": "http://example.com/",
    "ipv4": "192.0.2.1",
    "binary": "data",
    "password": "Correct-horse-9",
    "duration": "PT1S",
}


def example(document, node, depth=0):
    """A value that the schema accepts; shallow where it refers to itself."""
    node = follow(document, node)
    for key in ("example", "default", "const"):
        if key in node and node[key] is not None:
            return node[key]
    if node.get("examples") and isinstance(node["examples"], list):
        return node["examples"][0]
    if node.get("enum"):
        return node["enum"][0]
    for key in ("anyOf", "oneOf"):
        if node.get(key):
            real = [each for each in node[key] if follow(document, each).get("type") != "null"]
            return example(document, (real or node[key])[0], depth)
    kind = node.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), None)
    if node.get("allOf"):
        merged = {}
        for each in node["allOf"]:
            value = example(document, each, depth)
            if isinstance(value, dict):
                merged.update(value)
            else:
                return value
        return merged
    if kind == "object" or "properties" in node:
        if depth > 6:
            return {}
        required = node.get("required", ())
        return {
            name: example(document, each, depth + 1)
            for name, each in node.get("properties", {}).items()
            if name in required
        }
    if kind == "array":
        return [example(document, node.get("items", {}), depth + 1) for _ in range(int(node.get("minItems", 0)))]
    if kind == "integer":
        return int(number(node))
    if kind == "number":
        return number(node)
    if kind == "boolean":
        return True
    if kind == "string" or kind is None:
        text = FORMATS.get(node.get("format", ""), "string value 1")
        low, high = int(node.get("minLength", 0)), node.get("maxLength")
        text = text + "x" * max(0, low - len(text))
        return text[: int(high)] if high is not None else text
    return None


def number(node):
    low = node.get("minimum", node.get("exclusiveMinimum"))
    high = node.get("maximum", node.get("exclusiveMaximum"))
    if low is not None:
        return low if "minimum" in node else low + 1
    if high is not None:
        return min(1, high if "maximum" in node else high - 1)
    return 1
