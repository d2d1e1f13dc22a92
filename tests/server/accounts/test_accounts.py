"""Accounts over HTTP: what is promised of them, and what they do not tell."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2

from tests.server.conftest import Running, serving

ALICE = {"email": "Alice@Example.com", "password": "a long enough phrase"}
BROWSER = {"Origin": "http://localhost:3000"}


def test_signup_without_anything_is_refused_as_the_reference_case_says(server: Running) -> None:
    with server.client() as client:
        answer = client.post("/api/auth/signup", json={})
    assert answer.status_code == 422
    first = answer.json()["detail"][0]
    assert (first["type"], first["loc"], first["msg"]) == ("missing", ["body", "email"], "Field required")


def test_up_in_and_out(server: Running) -> None:
    with server.client() as client:
        assert client.get("/api/auth/me").status_code == 401
        assert client.post("/api/auth/signup", json=ALICE).status_code == 202
        assert client.post("/api/auth/signin", json={**ALICE, "password": "another long phrase"}).status_code == 401
        answer = client.post("/api/auth/signin", json={**ALICE, "email": "alice@example.COM"})
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/")) and "Domain" not in cookie
        assert client.get("/api/auth/me").json() == {
            "email": "alice@example.com", "name": "", "verified": False, "second_factor": False,
        }  # fmt: skip
        stolen = client.cookies["session"]
        assert client.post("/api/auth/signout").status_code == 200
        assert client.get("/api/auth/me", headers={"Cookie": f"session={stolen}"}).status_code == 401


def test_by_https_the_cookie_is_bound_to_the_host(database: str) -> None:
    with serving(database_url=database, base_url="https://audits.example") as running, running.client() as client:
        client.post("/api/auth/signup", json=ALICE)
        answer = client.post("/api/auth/signin", json=ALICE)
        assert answer.headers["set-cookie"].startswith("__Host-session=") and "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_sessions_are_listed_and_ended(server: Running) -> None:
    with server.client(headers={"User-Agent": "one"}) as one, server.client(headers={"User-Agent": "two"}) as two:
        one.post("/api/auth/signup", json=ALICE)
        for each in (one, two):
            each.post("/api/auth/signin", json=ALICE)
        listed = {each["agent"]: each for each in one.get("/api/auth/sessions").json()}
        assert {agent: each["current"] for agent, each in listed.items()} == {"one": True, "two": False}
        with server.client() as stranger:
            stranger.post("/api/auth/signup", json={**ALICE, "email": "charlie@example.com"})
            stranger.post("/api/auth/signin", json={**ALICE, "email": "charlie@example.com"})
            assert stranger.delete(f"/api/auth/sessions/{listed['two']['id']}").status_code == 404
        assert two.get("/api/auth/me").status_code == 200
        assert one.delete(f"/api/auth/sessions/{listed['two']['id']}").status_code == 200
        assert two.get("/api/auth/me").status_code == 401
        assert one.get("/api/auth/me").status_code == 200


def test_nothing_tells_whether_there_is_an_account(database: str) -> None:
    with serving(database_url=database, password_memory=65536, password_rounds=3) as server, server.client() as client:
        answers = [client.post("/api/auth/signup", json=ALICE) for _ in range(2)]
        assert len({(each.status_code, each.text) for each in answers}) == 1
        spent: dict[str, list[float]] = {"alice@example.com": [], "nobody@example.com": []}
        texts = set()
        for email in [*spent] * 5:
            started = time.perf_counter()
            answer = client.post("/api/auth/signin", json={"email": email, "password": "a wrong long phrase"})
            spent[email].append(time.perf_counter() - started)
            texts.add((answer.status_code, answer.text))
        assert len(texts) == 1
        known, unknown = (statistics.median(each) for each in spent.values())
        assert 0.4 < known / unknown < 2.5, (known, unknown)  # without the work for nobody it would be 5 or more


def test_attempts_are_counted_for_all_servers_together(server: Running, database: str) -> None:
    with serving(database_url=database) as other, server.client() as one, other.client() as two:
        wrong = {"email": "bob@example.com", "password": "x"}
        said = [client.post("/api/auth/signin", json=wrong).status_code for client in (one, two) * 5]
        assert said == [401] * 10
        refused = two.post("/api/auth/signin", json=wrong)
        assert refused.status_code == 429 and 0 < int(refused.headers["retry-after"]) <= 360
        assert one.post("/api/auth/signin", json={**wrong, "email": "eve@example.com"}).status_code == 401


def test_who_guesses_elsewhere_does_not_shut_the_owner_out(database: str) -> None:
    with serving(database_url=database, trusted_proxies="127.0.0.1") as running, running.client() as client:

        def attempt(address: str, password: str = "a wrong long phrase", email: str = ALICE["email"], cookie: str = "") -> httpx2.Response:
            headers = {"X-Forwarded-For": address, "Cookie": cookie}
            return client.post("/api/auth/signin", json={"email": email, "password": password}, headers=headers)

        client.post("/api/auth/signup", json=ALICE)
        device = f"device={attempt('192.0.2.1', ALICE['password']).cookies['device']}"
        client.cookies.clear()
        assert [attempt("198.51.100.1").status_code for _ in range(11)] == [401] * 10 + [429]
        assert attempt("192.0.2.7", ALICE["password"]).status_code == 200, "a new browser at another address"
        client.cookies.clear()
        said = [attempt(f"203.0.113.{number // 10}").status_code for number in range(100)]
        assert said == [401] * 88 + [429] * 12, "a hundred from everywhere, the two right ones among them"
        assert attempt("192.0.2.8", ALICE["password"]).status_code == 429
        assert attempt("198.51.100.1", ALICE["password"], cookie=device).status_code == 200
        assert attempt("192.0.2.1", cookie=device).status_code == 401
        client.cookies.clear()
        client.post("/api/auth/signup", json={**ALICE, "email": "eve@example.com"}, headers={"X-Forwarded-For": "203.0.113.99"})
        eves = f"device={attempt('203.0.113.99', ALICE['password'], 'eve@example.com').cookies['device']}"
        for forged in (eves, "device=", "device=x.y", device[:-1], f"{device}0"):
            assert attempt("203.0.113.99", cookie=forged).status_code == 429, forged
        assert [attempt("192.0.2.1", cookie=device).status_code for _ in range(10)] == [401] * 8 + [429] * 2


def test_other_sites_change_nothing(server: Running) -> None:
    with server.client() as client:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
            assert client.post("/api/auth/signup", json=ALICE, headers=headers).status_code == 403
        led_here = {"Origin": "http://evil.example:8081", "Host": "evil.example:8081"}
        assert client.post("/api/auth/signup", json=ALICE, headers=led_here).status_code == 403
        assert client.post("/api/auth/signup", json=ALICE, headers={"Origin": server.url}).status_code == 202
        assert client.post("/api/auth/signup", json=ALICE, headers=BROWSER).status_code == 202
        asked = {**BROWSER, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        preflight = client.options("/api/auth/signin", headers=asked)
        assert preflight.headers["access-control-allow-origin"] == BROWSER["Origin"]
        assert preflight.headers["access-control-allow-credentials"] == "true"
        stranger = client.options("/api/auth/signin", headers={**asked, "Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in stranger.headers


def test_odd_input_is_refused(server: Running) -> None:
    with server.client() as client:
        for given in (
            {**ALICE, "password": "short"}, {**ALICE, "password": "aaaaaaaaaaaaaaaa"}, {**ALICE, "email": "no address"},
            {**ALICE, "name": "a\0b"}, {**ALICE, "email": "a\0b@example.com"}, {**ALICE, "password": "x" * 1025},
        ):  # fmt: skip
            assert client.post("/api/auth/signup", json=given).status_code == 422, given
        assert client.post("/api/auth/signin", json={"email": "a\0", "password": "x"}).status_code == 422
        for raw in ('{"email": "\\ud800", "password": "x"}', '{"email": NaN, "password": "hidden"}', "[" * 30_000):
            answer = client.post("/api/auth/signup", content=raw, headers={"Content-Type": "application/json"})
            assert answer.status_code in (400, 422), raw[:60]
            assert "hidden" not in answer.text
        assert client.post("/api/auth/signup", content=b"x" * 70_000).status_code == 413
        assert client.post("/api/auth/signup", content=b"{}", headers={"Content-Encoding": "gzip"}).status_code == 415
        assert client.post("/api/auth/signup", content=iter([b"x" * 40_000, b"x" * 40_000])).status_code == 413


def test_a_pool_that_is_asked_by_more_than_it_holds_serves_all(database: str) -> None:
    with serving(database_url=database, pool_size=1) as running, ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: httpx2.get(f"{running.url}/readyz", timeout=30).status_code, range(40)))
    assert said == [200] * 40
