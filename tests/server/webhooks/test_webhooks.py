"""Webhooks from the upload to a real receiver: told once it is committed, signed, tried again, switched off; and who may."""

import base64
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections.abc import Iterator

import pytest

from bootproof.rehearsal.database.postgres import Postgres

from ..audits.shops import Shop, new_shop, report
from ..conftest import Running, serving, sharing
from ..people import People, people, run_sql
from .receiver import Receiver, receiving

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def running(postgres: Postgres) -> Iterator[Running]:
    """A server that may send to this machine, and tries three times without a pause."""
    with sharing(postgres, private_webhooks=True, webhook_pauses=[0, 0]) as server:
        yield server


@pytest.fixture(scope="module")
def folk(running: Running) -> People:
    return people(running)


@pytest.fixture
def shop(running: Running, folk: People) -> Iterator[Shop]:
    made = new_shop(running, folk, f"Hooked {next(_NUMBERS)}")
    yield made
    made.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def hook(shop: Shop, receiver: Receiver, path: str = "/hook") -> tuple[int, str]:
    """The number and the secret of a new webhook of the project."""
    made = shop.folk.alice.post(f"{shop.at}/webhooks", json={"url": receiver.url + path})
    assert made.status_code == 201, made.text
    return made.json()["id"], made.json()["secret"]


def settled(shop: Shop, attempts: int) -> dict[str, object]:
    """The last delivery of the project, once it was tried that often."""
    found: dict[str, object] = {}
    for _ in range(1500):
        found = shop.folk.alice.get(f"{shop.at}/deliveries").json()[0]
        if found["attempts"] == attempts:
            return found
        threading.Event().wait(0.02)
    raise AssertionError(found)


def test_a_new_audit_is_told_and_signed(shop: Shop, receiver: Receiver) -> None:
    shop.pushed("starts")
    _, secret = hook(shop, receiver)
    number = shop.pushed("fails", commit="abc123", branch="main")
    ((headers, body),) = receiver.wait(1)
    told = json.loads(body)
    assert told["type"] == "audit.kept"
    assert told["data"] | {"audit": {}} == {
        "team": "acme", "project": shop.slug, "audit": {}, "verdict_before": "starts", "changed": True,
        "failing_since": told["data"]["failing_since"],
    }  # fmt: skip
    audit = told["data"]["audit"]
    assert (audit["id"], audit["verdict"], audit["commit"], audit["branch"]) == (number, "fails", "abc123", "main")
    assert audit["url"].endswith(f"/audits/{number}") and told["data"]["failing_since"] == audit["made_at"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["content-type"] == "application/json" and headers["user-agent"].startswith("bootproof/")
    assert settled(shop, 1)["delivered_at"] is not None


def test_what_was_kept_before_is_not_told_again_and_what_is_no_news_says_so(shop: Shop, receiver: Receiver) -> None:
    hook(shop, receiver)
    sent = report("starts")
    assert [shop.push(sent, key="one").status_code for _ in range(3)] == [201, 200, 200]
    shop.pushed("starts")
    assert [json.loads(body)["data"]["changed"] for _, body in receiver.wait(2)] == [True, False]
    assert len(shop.folk.alice.get(f"{shop.at}/deliveries").json()) == 2


def test_a_refused_upload_tells_nobody(shop: Shop, receiver: Receiver) -> None:
    hook(shop, receiver)
    assert shop.push({"schema": "no"}).status_code == 422
    assert shop.folk.alice.get(f"{shop.at}/deliveries").json() == []


@pytest.mark.parametrize(("answers", "attempts", "taken", "off"), [
    ((500, 503, 200), 3, True, False), ((500, 429, 302), 3, False, True), ((410,), 1, False, True), ((301, 204), 2, True, False),
])  # fmt: skip
def test_what_is_not_taken_is_sent_again_and_a_dead_receiver_is_switched_off(
    answers: tuple[int, ...], attempts: int, taken: bool, off: bool, shop: Shop
) -> None:
    with receiving(*answers) as receiver:
        number, _ = hook(shop, receiver)
        shop.pushed("fails")
        done = settled(shop, attempts)
        assert ((done["delivered_at"] is not None), done["status"]) == (taken, answers[-1])
        ids = {headers["webhook-id"] for headers, _ in receiver.came}
        assert len(receiver.came) == attempts and len(ids) == 1, "the same message, by its id"
        assert (shop.folk.alice.get(f"{shop.at}/webhooks").json()[0]["disabled_at"] is not None) == off
        receiver.answers[:] = [204]
        shop.pushed("starts")
        if off:
            assert shop.folk.alice.post(f"{shop.at}/webhooks/{number}/ping").status_code == 202
            assert json.loads(receiver.wait(attempts + 1)[-1][1])["type"] == "ping"
        assert json.loads(receiver.wait(attempts + 1)[-1][1])["type"] == ("ping" if off else "audit.kept")


def test_nobody_answers(shop: Shop) -> None:
    with receiving() as receiver:
        hook(shop, receiver)
    shop.pushed("fails")
    done = settled(shop, 3)
    assert done["status"] is None and done["note"] == "no answer (ConnectError)"


def test_a_webhook_that_is_deleted_is_sent_nothing_more(shop: Shop) -> None:
    with receiving(500, slow=1) as receiver:
        number, _ = hook(shop, receiver)
        shop.pushed("fails")
        receiver.wait(1)
        assert shop.folk.alice.delete(f"{shop.at}/webhooks/{number}").status_code == 204
        assert shop.folk.alice.delete(f"{shop.at}/webhooks/{number}").status_code == 404
        threading.Event().wait(2)
        assert len(receiver.came) == 1


def test_jobs_are_gone_when_they_are_done(shop: Shop, receiver: Receiver) -> None:
    hook(shop, receiver)
    shop.pushed("fails")
    settled(shop, 1)
    for _ in range(200):
        left = run_sql(shop.running, "SELECT count(*) FROM procrastinate_jobs")[0][0]
        if not left:
            return
        threading.Event().wait(0.02)
    raise AssertionError(f"{left} jobs are left")


def test_the_secret_is_shown_once_and_kept_sealed(shop: Shop, receiver: Receiver) -> None:
    number, secret = hook(shop, receiver)
    listed = shop.folk.alice.get(f"{shop.at}/webhooks")
    assert secret not in listed.text and listed.json()[0]["secret"] is None
    kept = run_sql(shop.running, "SELECT secret FROM webhooks WHERE id = :id", id=number)[0][0]
    assert secret.encode() not in bytes(kept) and base64.b64decode(secret.removeprefix("whsec_")) not in bytes(kept)  # type: ignore[call-overload]
    acts = shop.folk.alice.get("/api/teams/acme/acts").text
    assert "webhook-made" in acts and "/hook" not in acts and secret not in acts


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/webhooks", None), ("POST", "/webhooks", {"url": "https://example.com/x"}), ("GET", "/deliveries", None),
        ("POST", "/webhooks/{}/ping", None), ("DELETE", "/webhooks/{}", None),
    ],
)  # fmt: skip
def test_a_member_may_not_and_a_stranger_finds_nothing(method: str, path: str, body: object, shop: Shop, receiver: Receiver) -> None:
    number, _ = hook(shop, receiver)
    at = shop.at + path.format(number)
    assert shop.folk.bob.request(method, at, json=body).status_code == 403
    there = shop.folk.charlie.request(method, at, json=body)
    not_there = shop.folk.charlie.request(method, at.replace("acme", "nowhere"), json=body)
    assert (there.status_code, there.text) == (not_there.status_code, not_there.text) and there.status_code == 404
    assert shop.running.client().request(method, at, json=body).status_code == 401


def test_another_projects_webhook_is_not_there(shop: Shop, running: Running, folk: People, receiver: Receiver) -> None:
    number, _ = hook(shop, receiver)
    other = new_shop(running, folk, f"Other {next(_NUMBERS)}")
    assert folk.alice.post(f"{other.at}/webhooks/{number}/ping").status_code == 404
    assert folk.alice.delete(f"{other.at}/webhooks/{number}").status_code == 404
    assert len(folk.alice.get(f"{shop.at}/webhooks").json()) == 1
    other.close()


def test_a_project_has_ten_at_most(shop: Shop, receiver: Receiver) -> None:
    for number in range(10):
        hook(shop, receiver, f"/{number}")
    refused = shop.folk.alice.post(f"{shop.at}/webhooks", json={"url": receiver.url})
    assert refused.status_code == 409 and "at most 10" in refused.json()["detail"]


def test_what_a_dead_server_left_is_sent_by_the_next_one(database: str) -> None:
    """The job of an upload waits in PostgreSQL: here nobody works when it is put there."""
    options = {"database_url": database, "private_webhooks": True, "webhook_pauses": [0]}
    with receiving() as receiver:
        with serving(**options) as first:
            shop = new_shop(first, people(first), "Shop")
            hook(shop, receiver)
            receiver.slow = 30
            shop.pushed("fails")
            receiver.wait(1)  # it is on its way when the server is told to end
        receiver.slow = 0
        with serving(**options):
            receiver.wait(2)
    first_id, second_id = (headers["webhook-id"] for headers, _ in receiver.came[:2])
    assert first_id == second_id
    shop.close()


def test_a_server_ends_although_its_database_is_away(postgres: Postgres, database: str) -> None:
    name = database.partition("?")[0].rpartition("/")[2]
    with serving(database_url=database):
        threading.Event().wait(1)  # the worker has taken its place in the queue
        postgres.query("template1", f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        postgres.query("template1", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        began = time.monotonic()
    took = time.monotonic() - began
    postgres.query("template1", f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert took < 25, "it was waited for in vain"
