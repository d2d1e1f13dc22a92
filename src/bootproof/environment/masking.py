"""Credentials out of installer output."""

import re

# Everything between `://` and the last `@` before the path is user information (RFC 3986, 3.2.1); greedy,
# because people forget to escape an `@` in a password.
_USER = re.compile(r"(?<=://)[^\s/]*@")
_QUERY = re.compile(r"(?i)([?&](?:[\w-]*(?:token|password|passwd|secret|key|sig|signature))=)[^&\s`'\"]+")


def masked(text: str) -> str:
    """The text with the user information and secret query values of every URL replaced by `***`."""
    return _QUERY.sub(r"\1***", _USER.sub("***@", text))
