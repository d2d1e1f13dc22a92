"""Addresses proved and passwords set again: links that are good once, and what they do not tell."""

import asyncio
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx2
from sqlalchemy import update
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts import recovery, service, tickets
from bootproof.server.accounts.models import BrowserSession, Ticket, User
from bootproof.server.accounts.service import Device
from bootproof.server.database import Database
from bootproof.server.operations import upkeep
from bootproof.server.organisations.models import Invitation
from bootproof.server.security.models import Bucket
from bootproof.server.security.passwords import Passwords
from bootproof.server.tables import now

from ..conftest import Running, serving
from ..mail.mailbox import Mailbox, mailbox
from ..people import people, within

PASSWORD, OTHER = "a long enough phrase", "quite another phrase"
ALICE, EVE = "alice@example.com", "eve@example.com"


def signed_in(running: Running, email: str = ALICE, password: str = PASSWORD) -> httpx2.Client:
    client = running.client()
    client.post("/api/auth/signup", json={"email": email, "password": password})
    assert client.post("/api/auth/signin", json={"email": email, "password": password}).status_code == 200
    return client


def enters(running: Running, email: str, password: str) -> int:
    with running.client() as client:
        return client.post("/api/auth/signin", json={"email": email, "password": password}).status_code


def me(client: httpx2.Client) -> httpx2.Response:
    return client.get("/api/auth/me")


def test_an_address_is_proved_by_who_has_the_link_and_the_password(mailing: Running, box: Mailbox) -> None:
    alice, eve = signed_in(mailing), signed_in(mailing, EVE)
    link = {"token": box.secret(ALICE, "verify")}
    with mailing.client() as visitor:
        assert visitor.post("/api/auth/verify", json=link).status_code == 401
    assert eve.post("/api/auth/verify", json=link).status_code == 404
    assert me(alice).json()["verified"] is False
    assert alice.post("/api/auth/verify", json=link).status_code == 200
    assert me(alice).json()["verified"] is True
    assert alice.post("/api/auth/verify", json=link).status_code == 404
    assert alice.post("/api/auth/verify/send").status_code == 202
    assert alice.post("/api/auth/verify", json={"token": box.secret(ALICE, "verify")}).status_code == 200


def test_who_signs_up_twice_is_told_by_mail_alone(mailing: Running, box: Mailbox) -> None:
    with mailing.client() as client:
        said = []
        for password in (PASSWORD, OTHER):
            said.append(client.post("/api/auth/signup", json={"email": ALICE, "password": password}))
            box.wait(ALICE, "verify" if password == PASSWORD else "already")
        assert len({(each.status_code, each.text) for each in said}) == 1
    assert [enters(mailing, ALICE, each) for each in (PASSWORD, OTHER)] == [200, 401]


def test_a_reset_ends_everything_that_was_before(mailing: Running, box: Mailbox) -> None:
    one, two = signed_in(mailing), signed_in(mailing)
    assert one.post("/api/auth/email", json={"email": EVE, "password": PASSWORD}).status_code == 202
    moves = {"token": box.secret(EVE, "verify")}
    with mailing.client() as visitor:
        assert visitor.post("/api/auth/forgot", json={"email": " ALICE@example.com"}).status_code == 202
        link = {"token": box.secret(ALICE, "another password"), "password": OTHER}
        assert visitor.post("/api/auth/reset", json={**link, "password": "aaaaaaaaaaaaaaaa"}).status_code == 422
        assert visitor.post("/api/auth/reset", json=link).status_code == 200
        assert visitor.post("/api/auth/reset", json=link).status_code == 404
    assert (me(one).status_code, me(two).status_code) == (401, 401)
    assert [enters(mailing, ALICE, each) for each in (PASSWORD, OTHER)] == [401, 200]
    box.wait(ALICE, "was changed")
    again = signed_in(mailing, ALICE, OTHER)
    assert me(again).json()["verified"] is True, "the link was sent to the address"
    assert again.post("/api/auth/verify", json=moves).status_code == 404


def test_a_link_that_two_follow_at_once_is_good_once(mailing: Running, box: Mailbox) -> None:
    signed_in(mailing).post("/api/auth/forgot", json={"email": ALICE})
    token = box.secret(ALICE, "another password")
    words = [f"{OTHER} {number}" for number in range(6)]

    def follow(password: str) -> int:
        with mailing.client() as client:
            return client.post("/api/auth/reset", json={"token": token, "password": password}).status_code

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(follow, words))
    assert sorted(said) == [200, *[404] * 5]
    assert [enters(mailing, ALICE, each) for each in words] == [200 if each == 200 else 401 for each in said]


def test_nothing_tells_whether_an_address_is_known(mailing: Running, box: Mailbox) -> None:
    signed_in(mailing)
    spent: dict[str, list[float]] = {ALICE: [], "nobody@example.com": []}
    texts = set()
    with mailing.client() as client:
        for email in [*spent] * 4:
            started = time.perf_counter()
            answer = client.post("/api/auth/forgot", json={"email": email})
            spent[email].append(time.perf_counter() - started)
            texts.add((answer.status_code, answer.text))
            time.sleep(0.1)  # the mail of the one before is not measured with the next
        box.wait(ALICE, "another password")
        assert len(texts) == 1
        said = [client.post("/api/auth/forgot", json={"email": email}).status_code for email in [*spent] * 2]
        assert said == [429, 202, 429, 429], "Alice's sign-up counted, and counts for who is not there too"
    known, unknown = (statistics.median(each) for each in spent.values())
    assert 0.3 < known / unknown < 3, (known, unknown)
    assert "nobody@example.com" not in {each["To"] for each in box.mails}


def test_a_link_expires_and_is_forgotten(mailing: Running, box: Mailbox) -> None:
    alice = signed_in(mailing)
    alice.post("/api/auth/forgot", json={"email": ALICE})
    verify, reset = box.secret(ALICE, "verify"), box.secret(ALICE, "another password")

    async def expire(session: AsyncSession) -> None:
        await session.exec(update(Ticket).values(expires_at=now() - timedelta(seconds=1)))

    within(mailing, expire)
    assert alice.post("/api/auth/verify", json={"token": verify}).status_code == 404
    assert alice.post("/api/auth/reset", json={"token": reset, "password": OTHER}).status_code == 404


def test_who_signed_up_with_anothers_address_is_put_out_by_the_other(mailing: Running, box: Mailbox) -> None:
    eve = signed_in(mailing, ALICE, "what Eve has thought of")
    assert eve.post("/api/auth/email", json={"email": EVE, "password": "what Eve has thought of"}).status_code == 202
    kept = box.secret(EVE, "verify")
    with mailing.client() as alice:
        alice.post("/api/auth/forgot", json={"email": ALICE})
        alice.post("/api/auth/reset", json={"token": box.secret(ALICE, "another"), "password": PASSWORD})
        assert alice.post("/api/auth/signin", json={"email": ALICE, "password": PASSWORD}).status_code == 200
        assert alice.post("/api/auth/verify", json={"token": kept}).status_code == 404
        assert me(alice).json()["email"] == ALICE
    assert me(eve).status_code == 401


def test_a_password_is_changed_by_who_knows_it(mailing: Running, box: Mailbox) -> None:
    one, two = signed_in(mailing), signed_in(mailing)
    assert one.post("/api/auth/password", json={"current": OTHER, "password": OTHER}).status_code == 403
    assert one.post("/api/auth/password", json={"current": PASSWORD, "password": ALICE}).status_code == 422
    assert one.post("/api/auth/password", json={"current": PASSWORD, "password": OTHER}).status_code == 200
    assert (me(one).status_code, me(two).status_code) == (200, 401)
    assert [enters(mailing, ALICE, each) for each in (PASSWORD, OTHER)] == [401, 200]
    box.wait(ALICE, "was changed")
    said = [one.post("/api/auth/password", json={"current": "x", "password": OTHER}).status_code for _ in range(9)]
    assert said == [403] * 7 + [429] * 2


def test_an_address_changes_once_the_new_one_is_proved(mailing: Running, box: Mailbox) -> None:
    alice = signed_in(mailing)
    assert alice.post("/api/auth/email", json={"email": "new@example.com", "password": "x"}).status_code == 403
    assert alice.post("/api/auth/email", json={"email": "New@example.com", "password": PASSWORD}).status_code == 202
    assert me(alice).json()["email"] == ALICE
    assert alice.post("/api/auth/verify", json={"token": box.secret("new@example.com")}).status_code == 200
    assert (me(alice).json()["email"], me(alice).json()["verified"]) == ("new@example.com", True)
    assert "new@example.com" in box.wait(ALICE, "address was changed").get_content()
    signed_in(mailing, EVE)
    assert alice.post("/api/auth/email", json={"email": EVE, "password": PASSWORD}).status_code == 202
    box.mails[:] = [each for each in box.mails if "sign in with your" in each.get_content()]
    said = {alice.post("/api/auth/verify", json={"token": box.secret(EVE)}).status_code for _ in range(2)}
    assert said == {404, 409}, "one of the links is Eve's own, the other would take her address"
    assert me(alice).json()["email"] == "new@example.com"


def test_an_invitation_is_for_who_has_proved_the_address(mailing: Running, box: Mailbox) -> None:
    owner = people(mailing).alice
    token = owner.post("/api/teams/acme/invitations", json={"email": "dora@example.com"}).json()["path"].rpartition("/")[2]
    dora = signed_in(mailing, "dora@example.com")  # or whoever knows the link
    refused = dora.post("/api/invitations/accept", json={"token": token})
    assert refused.status_code == 403 and "Verify" in refused.json()["detail"]
    assert dora.post("/api/auth/verify", json={"token": box.secret("dora@example.com", "verify")}).status_code == 200
    assert dora.post("/api/invitations/accept", json={"token": token}).status_code == 200


def test_where_accounts_are_made_by_invitation(database: str) -> None:
    with mailbox() as box, serving(database_url=database, smtp_url=box.url, registration="invited") as running:
        owner = people(running).alice
        token = owner.post("/api/teams/acme/invitations", json={"email": "dora@example.com"}).json()["path"].rpartition("/")[2]
        with running.client() as client:
            given = {"email": "Dora@example.com", "password": PASSWORD, "invitation": token}
            for wrong in ({**given, "email": EVE}, {**given, "invitation": ""}, {**given, "invitation": "x"}):
                assert client.post("/api/auth/signup", json=wrong).status_code == 403
            assert client.post("/api/auth/signup", json=given).status_code == 202
            assert client.post("/api/auth/signin", json=given).status_code == 200
            client.post("/api/auth/verify", json={"token": box.secret("dora@example.com", "verify")})
            assert client.post("/api/invitations/accept", json={"token": token}).status_code == 200


class Interrupted(Passwords):
    """Passwords whose check is interrupted: somebody sets another one while it is computed."""

    async def matches(self, kept: str | None, password: str) -> bool:
        """The check, and then the other's reset."""
        right = await super().matches(kept, password)
        async with self.database.sessions() as session:
            user = (await session.exec(select(User))).one()
            token = await tickets.issue(session, user.id, "reset", user.email)
            assert await recovery.reset(session, Passwords(32, 1), token, OTHER) == user.email
        return right

    database: Database


def test_a_sign_in_with_the_password_before_does_not_outlive_a_reset(mailing: Running) -> None:
    signed_in(mailing)

    async def work(session: AsyncSession) -> int:
        passwords = Interrupted(32, 1)
        passwords.database = Database(mailing.settings)
        assert await service.sign_in(session, passwords, ALICE, PASSWORD, Device()) is None
        await passwords.database.close()
        return (await session.exec(select(func.count()).select_from(BrowserSession))).one()

    assert within(mailing, work) == 0
    assert enters(mailing, ALICE, OTHER) == 200


def test_a_hash_is_made_anew_where_it_is_weaker_than_today(database: str) -> None:
    with serving(database_url=database) as weak:
        signed_in(weak)

    async def kept(session: AsyncSession) -> str:
        return (await session.exec(select(User.password_hash))).one()

    with serving(database_url=database, password_memory=64) as strong:
        before = within(strong, kept)
        assert enters(strong, ALICE, PASSWORD) == 200
        after = within(strong, kept)
        assert ("m=32," in before, "m=64," in after) == (True, True)
        assert enters(strong, ALICE, PASSWORD) == 200
        assert within(strong, kept) == after


def test_what_is_over_is_forgotten_by_any_number_of_servers(mailing: Running) -> None:
    signed_in(mailing)
    old, long_ago = now() - timedelta(seconds=1), now() - timedelta(days=40)

    async def fill(session: AsyncSession) -> None:
        user = (await session.exec(select(User))).one()
        session.add_all(BrowserSession(user_id=user.id, token_hash=bytes([n]), expires_at=old) for n in range(200))
        session.add_all(Ticket(user_id=user.id, kind="reset", email="", token_hash=bytes([n]), expires_at=old) for n in range(200))
        session.add_all(Bucket(key=f"old:{n}", tokens=0, at=long_ago) for n in range(200))

    async def all_at_once() -> None:
        servers = [Database(mailing.settings) for _ in range(4)]
        await asyncio.gather(*(upkeep.forget(each) for each in servers))
        for each in servers:
            await each.close()

    async def counts(session: AsyncSession) -> list[int]:
        kept = (BrowserSession, Ticket, Bucket, Invitation)
        return [(await session.exec(select(func.count()).select_from(each))).one() for each in kept]

    time.sleep(0.5)  # the ticket of the sign-up is written after the answer
    before = within(mailing, counts)
    within(mailing, fill)
    assert within(mailing, counts) == [before[0] + 200, before[1] + 200, before[2] + 200, 0]
    asyncio.run(all_at_once())
    assert within(mailing, counts) == before
    within(mailing, fill)
    with serving(database_url=mailing.settings.database_url.get_secret_value()):  # each server does so at its start
        ends = time.monotonic() + 10
        while within(mailing, counts) != before and time.monotonic() < ends:
            time.sleep(0.05)
    assert within(mailing, counts) == before
