"""One's own account by its pages: entered, left, its password and address changed, its second factor, its sessions."""

import re

import pytest

from ..accounts.test_second_factor import Authenticator
from ..conftest import Running
from ..mail.mailbox import Mailbox
from .visitors import Visitor

ALICE, NEW_ADDRESS = "alice@example.com", "alice@example.org"
PASSWORD, OTHER = "a long enough phrase", "quite another phrase"
CODES = re.compile(r'<pre class="secret">([^<]+)</pre>')
SECRET = re.compile(r"<code>([A-Z2-7]{16,})</code>")


def entered(mailing: Running, password: str = PASSWORD, following: str = "/account") -> Visitor:
    """Alice in a new browser, after her password."""
    return Visitor(mailing).go(f"/signin?next={following}").send("/signin", email=ALICE, password=password, next=following)


@pytest.fixture
def alice(mailing: Running) -> Visitor:
    """Alice with a new account, on its page."""
    Visitor(mailing).go("/signup").send("/signup", email=ALICE, password=PASSWORD, name="Alice")
    return entered(mailing)


def test_a_sign_in_leads_on_and_a_wrong_one_says_no_more_than_that(alice: Visitor, mailing: Running) -> None:
    assert (alice.status, alice.at) == (200, "/account") and ALICE in alice.text
    wrong = entered(mailing, OTHER, "/teams/new")
    assert wrong.status == 401 and OTHER not in wrong.html and f'value="{ALICE}"' in wrong.html
    assert 'name="next" value="/teams/new"' in wrong.html
    unknown = Visitor(mailing).go("/signin").send("/signin", email="nobody@example.com", password=OTHER)
    assert unknown.text == wrong.text


def test_another_password(alice: Visitor, mailing: Running) -> None:
    elsewhere = entered(mailing)
    alice.send("/account/password", current=OTHER, password=OTHER)
    assert alice.status == 403 and "wrong" in alice.html
    alice.send("/account/password", current=PASSWORD, password="short")
    assert alice.status == 422 and 'aria-invalid="true"' in alice.html
    alice.send("/account/password", current=PASSWORD, password=OTHER)
    assert (alice.status, alice.at.partition("?")[0]) == (200, "/account")
    assert elsewhere.go("/account").at.startswith("/signin"), "other sessions end"
    assert (entered(mailing).status, entered(mailing, OTHER).at) == (401, "/account")


def test_a_forgotten_password(alice: Visitor, mailing: Running, box: Mailbox) -> None:
    visitor = Visitor(mailing).go("/forgot").send("/forgot", email="nobody@example.com")
    told = visitor.text
    assert visitor.go("/forgot").send("/forgot", email=ALICE).text == told, "whether there is an account is not told"
    link = f"/reset/{box.secret(ALICE, 'password')}"
    assert visitor.go(link).send(link, password="short").status == 422
    assert visitor.go(link).send(link, password=OTHER).at.startswith("/signin")
    assert visitor.go(link).send(link, password="a third long phrase").status in (400, 404, 409), "it is good once"
    assert alice.go("/account").at.startswith("/signin"), "the account is signed out everywhere"
    assert entered(mailing, OTHER).at == "/account"


def test_another_address(alice: Visitor, mailing: Running, box: Mailbox) -> None:
    assert "not verified" in alice.text
    box.secret(ALICE, "verify")  # of the sign-up
    alice.send("/account/verify")
    alice.go(f"/verify/{box.secret(ALICE, 'verify')}").send("")
    assert "not verified" not in alice.go("/account").text
    alice.send("/account/email", email=NEW_ADDRESS, password=OTHER)
    assert alice.status == 403 and f'value="{NEW_ADDRESS}"' in alice.html
    alice.send("/account/email", email=NEW_ADDRESS, password=PASSWORD)
    assert ALICE in alice.go("/account").text, "before the link is followed nothing changes"
    alice.go(f"/verify/{box.secret(NEW_ADDRESS)}").send("")
    assert NEW_ADDRESS in alice.go("/account").text
    assert entered(mailing).status == 401


def test_a_second_factor_from_its_set_up_to_its_end(alice: Visitor, mailing: Running, box: Mailbox) -> None:
    alice.go(f"/verify/{box.secret(ALICE, 'verify')}").send("")
    alice.go("/account").send("/account/second-factor", password=OTHER)
    assert alice.status == 403 and "second factor off" in alice.text
    alice.send("/account/second-factor", password=PASSWORD)
    secret = SECRET.search(alice.html)
    assert secret is not None and "<svg" in alice.html
    authenticator = Authenticator(secret[1])
    alice.send("/account/second-factor/confirm", code="000000")
    assert alice.status == 400 and SECRET.search(alice.html)[1] == secret[1], "the picture stays"  # type: ignore[index]
    alice.send("/account/second-factor/confirm", code=authenticator.code())
    codes = CODES.search(alice.html)[1].split()  # type: ignore[index]
    assert len(codes) >= 8 and not CODES.search(alice.go("/account").html), "they are shown once"

    waiting = entered(mailing, PASSWORD, "/teams/new")
    assert waiting.at.startswith("/signin/code") and 'value="/teams/new"' in waiting.html
    assert Visitor(mailing).go("/signin/code").at.startswith("/signin")
    assert waiting.send("/signin/code", code="000000", next="/teams/new").status in (400, 401, 403)
    assert waiting.send("/signin/code", code=codes[0], next="/teams/new").at == "/teams/new"
    again = entered(mailing)
    assert again.send("/signin/code", code=codes[0], next="/account").status in (400, 401, 403), "a recovery code is good once"
    assert again.send("/signin/code", code=authenticator.code(), next="/account").at == "/account"

    alice.go("/account").send("/account/second-factor/codes", password=OTHER)
    assert alice.status == 403
    alice.send("/account/second-factor/codes", password=PASSWORD)
    renewed = CODES.search(alice.html)[1].split()  # type: ignore[index]
    assert not set(renewed) & set(codes)
    alice.go("/account").send("/account/second-factor/disable", password=OTHER)
    assert alice.status == 403 and "second factor on" in alice.text
    alice.send("/account/second-factor/disable", password=PASSWORD)
    assert "second factor off" in alice.text and entered(mailing).at == "/account"


def test_sessions_are_ended_one_by_one_and_all_others(alice: Visitor, mailing: Running) -> None:
    one, two, three = (entered(mailing) for _ in range(3))
    listed = re.findall(r"/account/sessions/(\d+)/end", alice.go("/account").html)
    assert len(listed) == 3
    alice.send(f"/account/sessions/{listed[0]}/end")
    alive = [each for each in (one, two, three) if each.go("/account").at == "/account"]
    assert len(alive) == 2
    alice.go("/account").send("/account/sessions/end")
    assert [each.go("/account").at.startswith("/signin") for each in (one, two, three)] == [True] * 3
    assert alice.go("/account").at == "/account"
    alice.send("/signout")
    assert alice.go("/account").at.startswith("/signin")
