"""Where a webhook may lead: never into the network that the server stands in."""

import asyncio

import pytest

from bootproof.server.names import Refused
from bootproof.server.webhooks.addresses import checked, is_public
from bootproof.server.webhooks.sending import send
from bootproof.server.webhooks.signing import headers, new_secret

from ..audits.shops import new_shop
from ..conftest import Running
from ..people import people
from .receiver import receiving

PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
    "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "2002:7f00:1::",
    "64:ff9b::a00:1", "2001:db8::1", "64:ff9b:1::1", "fec0::1", "::10.0.0.1", "::ffff:0:127.0.0.1", "5f00::1",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x", "https://localhost/x", "https://db/x", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1:8443/x",
        "ftp://example.com", "https://", "https:///x", "javascript:alert(1)", "https://a:b@example.com/", "https://example.com/#x",
        "https://example.com:0/", "https://example.com:x/", "https://example.com/a b", "https://exämple.com/", "https://[::1", "x" * 3000,
        "https://example.com/\r\nX: y", "",
    ],
)  # fmt: skip
def test_urls_that_no_webhook_may_have(url: str) -> None:
    with pytest.raises(Refused):
        checked(url, private=False)


@pytest.mark.parametrize("url", ["https://example.com/hook?x=1", "https://1.1.1.1/", "https://[2606:4700::1111]:8443/x"])
def test_urls_that_one_may_have(url: str) -> None:
    assert checked(f" {url} ", private=False) == url


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1"])
def test_nothing_is_sent_where_a_name_leads_to_a_private_address(host: str) -> None:
    with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        answer = asyncio.run(send(f"http://{host}:{port}/", new_secret(), "msg_1", {}, private=False))
        assert (answer.status, answer.note) == (None, "the host has a private address") and receiver.came == []


def test_a_redirect_is_not_followed() -> None:
    with receiving(307) as receiver:
        answer = asyncio.run(send(receiver.url, new_secret(), "msg_1", {}, private=True))
        assert (answer.status, answer.note, len(receiver.came)) == (307, "answered 307", 1)


def test_a_server_sends_to_no_private_address_unless_it_is_told_to(server: Running) -> None:
    shop = new_shop(server, people(server), "Shop")
    for url in ("http://127.0.0.1/", "https://127.0.0.1/", "https://192.168.1.1/hook"):
        assert shop.folk.alice.post(f"{shop.at}/webhooks", json={"url": url}).status_code == 409
    shop.close()


def test_the_example_of_the_standard() -> None:
    """The message that the libraries of the standard test with: https://github.com/standard-webhooks/standard-webhooks, libraries/go/webhook_test.go"""
    from datetime import UTC, datetime

    found = headers("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), b'{"test": 2432232314}')
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
