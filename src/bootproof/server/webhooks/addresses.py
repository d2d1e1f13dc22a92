"""Which addresses a webhook may go to: what a person writes must not lead into the network that the server stands in."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

import httpcore2
from httpcore2 import SOCKET_OPTION, AsyncNetworkBackend, AsyncNetworkStream

from bootproof.server.names import Refused

LONGEST = 2000
EACH = 2.0  # seconds for one address of several
_UNICAST = ipaddress.ip_network("2000::/3")  # all that is given out (IANA, IPv6 Global Unicast Address Space)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address stands in the last 32 bits


class Private(OSError):
    """The host has an address that is not of the public internet."""


class Guarded(AsyncNetworkBackend):
    """Opens connections to public addresses only. It asks for the addresses itself, and connects to what it looked at.

    A name that answers differently a moment later therefore leads nowhere else (DNS rebinding).
    """

    def __init__(self, private: bool) -> None:
        self._private = private
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """A connection. Raises `Private`, or what httpcore raises."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise httpcore2.ConnectError("the host has no address") from None
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if not self._private and not all(is_public(each) for each in addresses):
            raise Private
        problem: Exception = httpcore2.ConnectError("the host has no address")
        for number, each in enumerate(addresses, 1):
            # an address that swallows packets, as IPv6 does in many containers, leaves time for the next one
            patience = timeout if number == len(addresses) else EACH
            try:
                return await self._inner.connect_tcp(each, port, patience, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as refused:
                problem = refused
        raise problem

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)


def is_public(text: str) -> bool:
    """Whether an IP address is of the public internet, also by the IPv4 address that stands in an IPv6 one."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if address not in _UNICAST:  # site-local and the like: Python's list does not have them all
            return False
    return address.is_global and not address.is_multicast


def checked(text: str, private: bool) -> str:
    """The URL of a webhook. Raises `Refused` for one that no webhook may have; where its name leads is asked when it is sent."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Refused("This is no URL.") from None
    if not text.isascii() or any(each <= " " for each in text):
        raise Refused("A URL has neither spaces nor characters beyond ASCII; write them as %20, or the host in punycode.")
    if parts.scheme not in ("https", "http") or not host or port == 0 or len(text) > LONGEST:
        raise Refused("Write a URL such as https://example.com/hook.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Refused("A webhook's URL has neither a user nor a fragment: the signature says who sends.")
    if private:
        return text
    if parts.scheme == "http":
        raise Refused("A webhook's URL begins with https://.")
    try:
        literal = is_public(host)
    except ValueError:
        literal = host != "localhost" and "." in host
    if not literal:
        raise Refused("A webhook goes to an address of the public internet.")
    return text
