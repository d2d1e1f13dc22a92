"""The address that a request comes from. `X-Forwarded-For` is believed of trusted proxies only."""

import ipaddress
from functools import cache

from starlette.requests import HTTPConnection


def client_address(connection: HTTPConnection) -> str:
    """The address of the client; "unknown" where the server did not tell. An IPv6 one counts by its /64."""
    trusted = connection.app.state.settings.trusted_proxies
    found = connection.client.host if connection.client else "unknown"
    forwarded = [each.strip() for each in connection.headers.get("x-forwarded-for", "").split(",") if each.strip()]
    while forwarded and _within(found, tuple(trusted)):  # the last one was written by the proxy nearest to us
        found = forwarded.pop()
    try:
        parsed = ipaddress.ip_address(found)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _within(address: str, networks: tuple[str, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in each for each in _parsed(networks))


@cache
def _parsed(networks: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(each, strict=False) for each in networks)
