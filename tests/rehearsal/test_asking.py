"""What a server is asked: bodies that its schema accepts, accounts, things that are made before they are asked for."""

import json
import re
from collections.abc import Callable, Generator
from typing import Any

import pytest

from bootproof.rehearsal.agent import bodies, conversation

Answer = tuple[int, bytes] | None


def held(document: dict[str, Any], answer: Callable[[Any], Answer]) -> list[Any]:
    """The requests of a whole conversation with a server that answers so."""
    talk: Generator[Any, Answer, None] = conversation.asking(document)
    asked: list[Any] = []
    said: Answer = None
    while True:
        try:
            request = talk.send(said)
        except StopIteration:
            return asked
        asked.append(request)
        said = answer(request)


def operation(body: dict[str, Any] | None = None, kind: str = bodies.JSON, **more: Any) -> dict[str, Any]:
    given = {"requestBody": {"content": {kind: {"schema": body}}}} if body is not None else {}
    return {**given, **more}


def an_object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


TEXT = {"type": "string"}
PASSWORD = an_object(username=TEXT, password={"type": "string", "format": "password"})
SHOP = {
    "components": {
        "securitySchemes": {"bearer": {"type": "oauth2", "flows": {"password": {"tokenUrl": "api/token"}}}},
    },
    "paths": {
        "/api/orders/{order_id}": {
            "parameters": [{"name": "order_id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "delete": operation(),
            "get": operation(),
        },
        "/api/orders": {"get": operation(), "post": operation(an_object(title=TEXT, customer_id={"type": "integer"}))},
        "/api/customers": {"post": operation(an_object(email=TEXT, password=TEXT))},
        "/api/token": {"post": operation(PASSWORD, bodies.FORM)},
    },
}


def shop(request: Any) -> Answer:
    if request.template == "/api/token":
        return (200, b'{"access_token": "abc", "token_type": "bearer"}') if b"username=someone" in request.body else (401, b"")
    if request.template == "/api/customers":
        return 201, b'{"id": 41}'
    if request.headers.get("authorization") != "Bearer abc":
        return 401, b""
    return (201, b'{"data": {"id": 7}}') if request.method == "POST" else (200, b"[]")


def test_an_account_is_made_and_logged_in_first() -> None:
    asked = held(SHOP, shop)
    assert [(each.method, each.template) for each in asked[:2]] == [("POST", "/api/customers"), ("POST", "/api/token")]
    assert b"grant_type=password" in asked[1].body
    assert all(each.headers["authorization"] == "Bearer abc" for each in asked[2:])


def test_what_was_made_is_asked_for_and_deleted_last() -> None:
    asked = held(SHOP, shop)
    made = next(each for each in asked if each.template == "/api/orders" and each.method == "POST")
    assert json.loads(made.body)["customer_id"] == 41
    assert [(each.method, each.path) for each in asked[-2:]] == [("GET", "/api/orders/7"), ("DELETE", "/api/orders/7")]


def test_each_operation_is_asked_once() -> None:
    asked = [(each.method, each.template) for each in held(SHOP, shop)]
    assert len(asked) == len(set(asked)) == 6


def test_a_server_that_never_answers_is_asked_all_the_same() -> None:
    assert len(held(SHOP, lambda _: None)) == 6


def test_nothing_is_asked_where_nothing_is_described() -> None:
    assert held({}, shop) == []


def test_a_path_without_its_slash_is_asked_as_a_client_must() -> None:
    (only,) = held({"paths": {"users": {"get": {}}}}, lambda _: (404, b""))
    assert (only.path, only.template) == ("/users", "users")


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer", "exclusiveMinimum": 3}, 4),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
        ({"type": "integer", "minimum": 7, "multipleOf": 5}, 10),
        ({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, True),
        ({"type": ["string", "null"], "format": "uuid"}, bodies.FORMATS["uuid"]),
        ({"enum": [None, "b"]}, "b"),
        ({"type": "array", "minItems": 2, "items": {"enum": ["a", "b", "c"]}}, ["a", "b"]),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}], "minItems": 2}, [1, True]),
        ({"allOf": [{"$ref": "#/components/schemas/Kind"}], "description": "which"}, "small"),
        ({"$ref": "#/components/schemas/Tree"}, {"name": "string value 1", "children": []}),
        (an_object(work_email=TEXT), {"work_email": bodies.FORMATS["email"]}),
        ({"type": "string", "maxLength": 3}, "str"),
        ({"type": "string", "const": "fixed"}, "fixed"),
    ],
    ids=str,
)
def test_examples_are_valid(schema: dict[str, Any], value: object) -> None:
    tree = an_object(name=TEXT, children={"type": "array", "items": {"$ref": "#/components/schemas/Tree"}})
    document = {"components": {"schemas": {"Kind": {"type": "string", "enum": ["small", "big"]}, "Tree": tree}}}
    assert bodies.example(document, schema) == value


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\+?[1-9]\d{7,14}$",
        r"^[a-z0-9]+(?:-[a-z0-9]+)*$",
        r"^(user|admin)$",
        r"^[^\s@]+@[^\s@]+\.[a-z]{2,}$",
        r"^#[0-9A-Fa-f]{6}$",
        r"^(?:|password)$",
        r"\d{4}-\d{2}",
        r"^[A-Z][\w ]*$",
    ],
)
def test_a_pattern_is_matched(pattern: str) -> None:
    made = bodies.example({}, {"type": "string", "pattern": pattern})
    assert re.search(pattern, made), made


def test_a_pattern_that_is_too_intricate_is_let_be() -> None:
    assert bodies.example({}, {"type": "string", "pattern": r"^(a)(?=b)\1$"}) == "string value 1"


def test_a_file_is_sent_as_one() -> None:
    schema = an_object(title=TEXT, upload={"type": "string", "format": "binary"})
    (only,) = held({"paths": {"/files": {"post": operation(schema, bodies.MULTIPART)}}}, lambda _: None)
    assert only.kind.startswith("multipart/form-data; boundary=")
    assert b'name="upload"; filename=' in only.body
    assert b'name="title"\r\n' in only.body


def test_a_token_is_never_told() -> None:
    assert conversation.shown(b'{"access_token": "abc.def", "id": 1}') == b'{"access_token": "***", "id": 1}'
