"""The second factor: set up, asked for, never taken twice."""

import time
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import httpx2
import pyotp
import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts.models import RecoveryCode, User

from ..conftest import Running, serving
from ..mail.mailbox import Mailbox
from ..people import within
from .test_recovery import ALICE, OTHER, PASSWORD, me, signed_in

API = "/api/auth/second-factor"


class Authenticator:
    """Somebody's authenticator. `code` gives codes that were not given before, as its owner would wait for."""

    def __init__(self, secret: str) -> None:
        self.totp, self.last = pyotp.TOTP(secret), int(time.time()) // 30 - 2

    def code(self) -> str:
        """The next code that the server takes; waits where it is of a time to come."""
        self.last = max(self.last + 1, int(time.time()) // 30 - 1)
        while self.last > int(time.time()) // 30 + 1:
            time.sleep(0.2)
        return self.totp.generate_otp(self.last)


def with_factor(running: Running, box: Mailbox) -> tuple[httpx2.Client, Authenticator, list[str]]:
    """Alice signed in, with her authenticator and her recovery codes."""
    alice = signed_in(running)
    alice.post("/api/auth/verify", json={"token": box.secret(ALICE, "verify")})
    made = alice.post(API, json={"password": PASSWORD}).json()
    authenticator = Authenticator(made["secret"])
    codes = alice.post(f"{API}/confirm", json={"code": authenticator.code()}).json()["codes"]
    return alice, authenticator, codes


def half(running: Running) -> httpx2.Client:
    """A browser that has shown the password."""
    client = running.client()
    answer = client.post("/api/auth/signin", json={"email": ALICE, "password": PASSWORD})
    assert (answer.status_code, answer.json()["second_factor"]) == (200, True)
    return client


def second(client: httpx2.Client, code: str) -> int:
    return client.post("/api/auth/signin/second", json={"code": code}).status_code


def test_set_up_and_asked_for(mailing: Running, box: Mailbox) -> None:
    alice, other = signed_in(mailing), signed_in(mailing)
    assert alice.post(API, json={"password": PASSWORD}).status_code == 403, "the address is not verified"
    alice.post("/api/auth/verify", json={"token": box.secret(ALICE, "verify")})
    assert alice.post(API, json={"password": OTHER}).status_code == 403
    made = alice.post(API, json={"password": PASSWORD}).json()
    assert pyotp.parse_uri(made["uri"]).secret == made["secret"]
    picture = ElementTree.fromstring(made["qr"])
    assert picture.tag.endswith("svg") and "style" not in made["qr"]
    assert me(alice).json()["second_factor"] is False
    assert signed_in(mailing).get("/api/auth/me").status_code == 200, "it does not hold before it is confirmed"
    assert alice.post(f"{API}/confirm", json={"code": "000000"}).status_code == 400
    authenticator = Authenticator(made["secret"])
    codes = alice.post(f"{API}/confirm", json={"code": authenticator.code()}).json()["codes"]
    assert len(set(codes)) == 10
    assert me(alice).json()["second_factor"] is True
    assert me(other).status_code == 401, "what a password alone has opened ends"
    assert alice.post(API, json={"password": PASSWORD}).status_code == 409
    box.wait(ALICE, "set up")
    client = half(mailing)
    assert me(client).status_code == 401
    assert "device" not in client.cookies
    assert second(client, "000000") == 401
    assert second(client, authenticator.code()) == 200
    assert me(client).status_code == 200
    assert second(client, authenticator.code()) == 401, "nothing waits any more"
    assert {each["current"] for each in client.get("/api/auth/sessions").json()} == {True, False}


def test_no_code_is_taken_twice_nor_an_older_one(mailing: Running, box: Mailbox) -> None:
    _, authenticator, codes = with_factor(mailing, box)
    one, two = half(mailing), half(mailing)
    earlier, code = authenticator.code(), authenticator.code()
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(second, (one, two), (code, code))) == [200, 401]
    late = half(mailing)
    assert second(late, code) == 401
    assert second(late, earlier) == 401
    again = half(mailing)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(second, (late, again), (codes[0], codes[0].upper()))) == [200, 401]
    assert second(half(mailing), codes[0]) == 401
    assert second(half(mailing), codes[1].replace("-", " ")) == 200


def test_a_visitor_is_told_nothing_of_it(mailing: Running, box: Mailbox) -> None:
    with_factor(mailing, box)
    with mailing.client() as visitor:
        said = [visitor.post("/api/auth/signin", json={"email": each, "password": OTHER}) for each in (ALICE, "nobody@example.com")]
        assert len({(each.status_code, each.text) for each in said}) == 1 and said[0].status_code == 401
        assert second(visitor, "000000") == 401


def test_guesses_are_counted_and_a_known_browser_by_itself(mailing: Running, box: Mailbox) -> None:
    alice, authenticator, _ = with_factor(mailing, box)
    client = half(mailing)
    assert [second(client, f"{number:06}") for number in range(11)] == [401] * 10 + [429]
    assert second(half(mailing), authenticator.code()) == 429
    assert alice.post("/api/auth/signin", json={"email": ALICE, "password": PASSWORD}).json()["second_factor"] is True
    assert second(alice, authenticator.code()) == 200


def test_recovery_codes_are_made_anew_and_the_factor_taken_away(mailing: Running, box: Mailbox) -> None:
    alice, authenticator, codes = with_factor(mailing, box)
    assert alice.post(f"{API}/codes", json={"password": OTHER}).status_code == 403
    renewed = alice.post(f"{API}/codes", json={"password": PASSWORD}).json()["codes"]
    assert not set(codes) & set(renewed)
    assert second(half(mailing), codes[0]) == 401
    assert second(half(mailing), renewed[0]) == 200
    assert alice.post(f"{API}/disable", json={"password": OTHER}).status_code == 403
    waiting = half(mailing)
    assert alice.post(f"{API}/disable", json={"password": PASSWORD}).status_code == 200
    box.wait(ALICE, "taken away")
    assert second(waiting, authenticator.code()) == 401
    assert me(signed_in(mailing)).json()["second_factor"] is False
    assert alice.post(f"{API}/codes", json={"password": PASSWORD}).status_code == 409
    assert alice.post(f"{API}/confirm", json={"code": authenticator.code()}).status_code == 400


def test_a_reset_does_not_get_round_it(mailing: Running, box: Mailbox) -> None:
    _, authenticator, _ = with_factor(mailing, box)
    waiting = half(mailing)
    with mailing.client() as visitor:
        visitor.post("/api/auth/forgot", json={"email": ALICE})
        visitor.post("/api/auth/reset", json={"token": box.secret(ALICE, "another password"), "password": OTHER})
        assert second(waiting, authenticator.code()) == 401, "the password that it had shown is none any more"
        assert visitor.post("/api/auth/signin", json={"email": ALICE, "password": OTHER}).json()["second_factor"] is True
        assert me(visitor).status_code == 401
        assert second(visitor, authenticator.code()) == 200


@pytest.mark.parametrize("code", ["", "x" * 41, "a\0b"])
def test_what_is_no_code(mailing: Running, box: Mailbox, code: str) -> None:
    with_factor(mailing, box)
    assert second(half(mailing), code) == 422


def test_nothing_of_it_can_be_read_in_the_database(mailing: Running, box: Mailbox) -> None:
    _, authenticator, codes = with_factor(mailing, box)

    async def kept(session: AsyncSession) -> str:
        found = [*(await session.exec(select(User))).all(), *(await session.exec(select(RecoveryCode))).all()]
        return "".join(str(each.model_dump()) for each in found)

    text = within(mailing, kept)
    assert not [each for each in (authenticator.totp.secret, *codes, codes[0].replace("-", "")) if each in text]
    given = mailing.settings.model_dump() | {"secret_key": "another key, of which nothing is known"}
    with serving(**given) as other:
        client = half(other)
        assert second(client, authenticator.code()) == 401
        assert second(client, codes[0]) == 200, "recovery codes outlive the key"
