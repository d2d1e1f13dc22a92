"""Mail against a real SMTP server: what arrives, by which way, and what happens where it does not."""

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from bootproof.server.database import Database
from bootproof.server.mail import post
from bootproof.server.mail.message import Mail
from bootproof.server.mail.relay import relay
from bootproof.server.settings import Misconfigured, read_settings

from ..conftest import serving
from ..people import people
from .mailbox import known, mailbox

HELLO = Mail("bob@example.com", "Häuser", "A line, and a link:\n\nhttps://audits.example/reset/abc_def-123\n")


def sent(mail: Mail, **given: object) -> None:
    settings = read_settings(database_url="postgresql://db.example/app", **given)

    async def work() -> None:
        office = post.Post(settings, Database(settings))
        office.send(mail)
        await office.close()

    asyncio.run(work())


def contexts(folder: Path, *names: str) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context for these names, and the file of who signed it."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return context, folder / "ca.pem"


def test_what_arrives() -> None:
    with mailbox() as box:
        sent(HELLO, smtp_url=box.url, mail_from="Audits <audits@teams.example>")
        mail = box.wait("bob@example.com")
    assert (mail["From"], mail["Subject"], mail["Auto-Submitted"]) == ("Audits <audits@teams.example>", "Häuser", "auto-generated")
    assert mail["Message-ID"].endswith("@teams.example>")
    assert mail.get_content().splitlines() == HELLO.text.splitlines()
    assert box.envelopes == [("audits@teams.example", ["bob@example.com"])]


@pytest.mark.parametrize("mail", [
    Mail("bob@example.com,eve@example.com", "Hello", ""), Mail("bob@example.com\r\nBcc: eve@example.com", "Hello", ""),
    Mail("bob@example.com", "Hello\r\nBcc: eve@example.com", ""),
])  # fmt: skip
def test_an_address_or_a_subject_adds_nobody(mail: Mail, capfd: pytest.CaptureFixture[str]) -> None:
    with mailbox() as box:
        sent(mail, smtp_url=box.url)
        sent(HELLO, smtp_url=box.url)
        box.wait("bob@example.com", "Häuser")
    assert box.envelopes == [("bootproof@localhost", ["bob@example.com"])]


def test_a_password_goes_by_tls_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, ca = contexts(tmp_path, "127.0.0.1")
    monkeypatch.setattr(post, "PAUSES", ())
    knows = known("app", "p@ss/word")
    with mailbox(tls_context=context, authenticator=knows) as box, mailbox(authenticator=knows, auth_require_tls=False) as plain:
        by = {each: each.url.replace("://", "://app:p%40ss%2Fword@") for each in (box, plain)}
        sent(HELLO, smtp_url=by[box])
        assert not box.mails, "nobody vouches for this certificate"
        monkeypatch.setenv("SSL_CERT_FILE", str(ca))
        sent(HELLO, smtp_url=by[box])
        sent(HELLO, smtp_url=by[plain])
        assert (len(box.mails), len(plain.mails)) == (1, 0)
    with mailbox(implicit=context) as implicit:
        sent(HELLO, smtp_url=implicit.url)
        sent(HELLO, smtp_url=implicit.url.replace("127.0.0.1", "localhost"))  # a name that the certificate has not
        assert len(implicit.mails) == 1


def test_what_is_not_taken_at_once_is_sent_again_and_what_never_is_is_logged(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], database: str
) -> None:
    monkeypatch.setattr(post, "PAUSES", (0.1, 0.1))
    with mailbox() as box, serving(database_url=database, smtp_url=box.url) as running:
        alice = people(running).alice
        box.refusals[:] = ["451 later", "421 busy", "550 no", "250 kept nothing"]
        alice.post("/api/teams/acme/invitations", json={"email": "x@example.com"})
        said = ""
        while len(box.refusals) > 1:  # two that come again, and one for good
            said += capfd.readouterr().err
        assert not box.mails
    said += capfd.readouterr().err
    assert said.count("a mail was not taken yet") == 2
    assert said.count("a mail was not sent") == 1 and "550" in said
    assert "x@example.com" not in said


def test_an_invitation_is_mailed_with_its_link(database: str) -> None:
    with mailbox() as box, serving(database_url=database, smtp_url=box.url, base_url="https://audits.example") as running:
        who = people(running)
        cookies = {f"__Host-{name}": value for name, value in who.alice.cookies.items()}
        with running.client(cookies=cookies) as alice:
            made = alice.post("/api/teams/acme/invitations", json={"email": "Dora@example.com"}).json()
            text = box.wait("dora@example.com", "Acme").get_content()
            assert f"https://audits.example{made['path']}" in text and "alice@example.com" in text
            again = alice.post(f"/api/teams/acme/invitations/{made['id']}/resend").json()
            assert again["path"] != made["path"]
            box.mails.clear()
            assert again["path"] in box.wait("dora@example.com").get_content()


@pytest.mark.parametrize(("environment", "shown"), [("development", True), ("test", False)])
def test_without_a_mail_server_only_development_shows_it(
    database: str, capfd: pytest.CaptureFixture[str], environment: str, shown: bool
) -> None:
    with serving(database_url=database, environment=environment) as running:
        path = people(running).alice.post("/api/teams/acme/invitations", json={"email": "x@example.com"}).json()["path"]
    said = capfd.readouterr().err
    assert (f"{running.settings.origin}{path}" in said) is shown
    assert ("x@example.com" in said) is shown


def test_urls_of_mail_servers() -> None:
    assert (relay("smtp://mail.example").port, relay("smtps://mail.example").port) == (587, 465)
    assert relay("smtp://mail.example").start_tls is None
    assert relay("smtp://a:b@mail.example").start_tls is True
    assert "hidden" not in repr(relay("smtp://a:hidden@mail.example"))
    for wrong in ("http://mail.example", "smtp://", "smtp://user@mail.example", "smtp://mail.example:many", "smtp://a:hid/den@mail.example"):
        with pytest.raises(Misconfigured, match="SMTP_URL: ") as told:
            read_settings(database_url="postgresql://db.example/app", smtp_url=wrong)
        assert "hid" not in str(told.value)
    with pytest.raises(Misconfigured, match="MAIL_FROM: "):
        read_settings(database_url="postgresql://db.example/app", mail_from="nobody")
    with pytest.raises(Misconfigured, match="MAIL_FROM: "):
        read_settings(
            database_url="postgresql://db.example/app", smtp_url="smtp://mail.example", environment="production",
            secret_key="k" * 40, base_url="https://audits.example",
        )  # fmt: skip
