"""Text without its secrets: what may be printed, logged, stored or sent.

Three things are masked: the values that the caller knows to be secret, values that stand where a secret
stands (the password of a URL, `PASSWORD=…`), and values that look like nothing else (a JWT, a private key).
Hosts, users, databases and names of variables stay, so that a message is still about something.
"""

import html
import json
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable
from itertools import accumulate
from urllib.parse import quote, quote_plus, unquote

from bootproof.model.project import SettingValue

MASK = "***"
SHORTEST = 4  # a shorter value would mask half of any text, and is no secret
_SHORTEST_FOUND = 12  # characters of the shortest text that is masked without `=` or `:` in it, `npg_` and eight more

# Where the authority of a URL ends is not agreed: SQLAlchemy takes `/` into a password, a browser does not.
# In HTTP a `/` ends it, else `http://host:80/@scope` would lose its path. Repetitions are bounded here and
# below, so that a log of one long word takes no longer than another.
_URL = re.compile(
    r"""(?P<head>\b(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]{0,30})://[^\s:/@'"`?\#]*:)
        (?P<password>(?:(?![A-Za-z][A-Za-z0-9+.\-]{0,30}://)(?!['"`\\](?:[\s,;:)\]}]|$))[^\s])+)
        (?=@)""",
    re.VERBOSE,
)
_WEB = frozenset({"http", "https", "ws", "wss"})

_SECRET_WORD = (
    r"SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PWD|API[_\-]?KEY|PRIVATE|CREDENTIAL|ACCESS[_\-]?KEY|SIGNING[_\-]?KEY"
    r"|ENCRYPTION[_\-]?KEY|AUTH[_\-]?KEY"
)
_WORD = re.compile(_SECRET_WORD, re.IGNORECASE)
# What a key that holds such a word may end in without holding a secret: `ACCESS_TOKEN_EXPIRE_MINUTES=30`.
_ABOUT = re.compile(
    r"(?:URL|URI|MINUTES?|SECONDS?|HOURS?|DAYS?|EXPIRES?|EXPIRY|EXPIRATION|LENGTH|ALGORITHM|ISSUER|TTL|FILE|PATH"
    r"|HEADER|TYPE|ENABLED|SCHEME|SCHEMES|BACKEND|CLASS|LIFETIME|AGE)$",
    re.IGNORECASE,
)
_KEY = rf"(?<![\w.\-])(?P<key>[\w.\-]{{0,80}}(?:{_SECRET_WORD})[\w\-]{{0,80}})"
_QUOTED = r"""[A-Za-z]{0,2}(?P<quote>\\?["'])(?P<quoted>(?:(?!(?P=quote))(?:\\.|[^\\\n]))+)(?P=quote)"""
_ASSIGNED = re.compile(
    rf"""{_KEY}(?P<joint>(?:\\?["'])?[ \t]*(?P<sign>=(?!=)|:(?!:))[ \t]*)
        (?:{_QUOTED}|(?P<bare>(?!`(?:[\s.,;:)]|$))[^\s&;,'"]+))""",
    re.VERBOSE | re.IGNORECASE,
)
# A line of a settings file: an unquoted value may hold blanks and quotes there.
_LINE = re.compile(
    rf"^(?P<head>[+\-]?[ \t]*(?:export[ \t]+)?(?P<key>[A-Z0-9_]{{0,80}}(?:{_SECRET_WORD})[A-Z0-9_]{{0,80}})=)"
    r"(?P<bare>[^\s'\"][^\n]*?)(?=[ \t]+\#|[ \t]+[A-Za-z_]\w*=|[ \t]*\r?$)",
    re.MULTILINE,
)
_ANNOTATION = re.compile(
    r"(?:str|bytes|int|float|bool|Any|None|object|dict|list|[A-Z][a-z]\w*(?:\[.*)?|\w+\.[A-Z][a-z]\w*(?:\[.*)?)[,)|]*"
)
_CONSTANT = re.compile(r"(?:None|True|False|null|true|false|nil|unset|missing|\.\.\.)[)\]},]*", re.ASCII)
_EXPRESSION = re.compile(r"[A-Za-z_][\w.]*[(\[].*")
# A reference to a value elsewhere, as shells, compose files and f-strings write it. No default inside.
_REFERENCE = re.compile(
    r"(?:\$?\{[A-Za-z_][\w.]*(?:\(\))?\}|\$\([^)]*\)|%\([A-Za-z_]\w*\)s|<[A-Za-z_ \-]+>)[)\]},]*"
)
_STARS = re.compile(r"\*+")

_BEARER = re.compile(
    r"(?P<head>\b(?:Authorization[\"']?[ \t]*[:=][ \t]*[\"']?(?:Bearer|Basic|Token)|Bearer)[ \t]+)"
    r"(?P<value>[A-Za-z0-9._~+/\-]{8,}=*)",
    re.IGNORECASE,
)
_PEM = re.compile(
    r"(?P<head>-----BEGIN (?P<kind>[A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----)"
    r"(?P<body>.*?)(?=-----END (?P=kind)-----|\Z)",
    re.DOTALL,
)
_SHAPES = re.compile(
    r"""(?<![A-Za-z0-9_\-])eyJ[A-Za-z0-9_\-]{5,}\.[A-Za-z0-9_\-]{4,}(?:\.[A-Za-z0-9_\-]*)*   # JWT, RFC 7519
      | \b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}\b                   # AWS key identifiers
      | \b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_\-]{16,})
      | \b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_\-]{20,}
      | \bxox[abeoprs]-[A-Za-z0-9\-]{10,}
      | \bAIza[A-Za-z0-9_\-]{35}
      | \bnpg_[A-Za-z0-9]{8,}
      | \bSG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}
      | \bbp_[0-9a-f]{16}_[A-Za-z0-9_\-]{16,}                              # a project's token of our own server
    """,
    re.VERBOSE,
)

# Looked for first: most texts hold none, and a search for a word is ten times as fast as one for a pattern.
_STARTS = (
    "eyJ",
    "AKIA",
    "ASIA",
    "AROA",
    "AIDA",
    "ABIA",
    "ACCA",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xox",
    "AIza",
)
_MORE_STARTS = ("npg_", "SG.", "bp_", "sk-", "sk_", "pk-", "pk_", "rk-", "rk_")
_WORDS = ("secret", "token", "passw", "passphrase", "pwd", "key", "private", "credential")

# Passwords that everybody knows: to mask these words wherever they stand would hide words, not secrets.
_COMMON = frozenset(
    {"password", "postgres", "changeme", "secret", "admin", "root", "test", "example", "development"}
)


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with every secret replaced by `***`; masking again changes nothing.

    No value of `secrets` of at least four characters is left, as it stands or as a URL, JSON, Python or HTML
    writes it. Shorter ones are ignored.
    """
    known = _spellings(secrets)
    if not known and len(text) < _SHORTEST_FOUND and "=" not in text and ":" not in text:
        return text
    # Each round leaves fewer characters that are not stars, or fewer characters, so that this ends.
    while (masked := _once(text, known)) != text:
        text = masked
    return text


def mask_all(texts: Collection[str]) -> dict[str, str]:
    """What `mask` makes of each text, in a fraction of the time: where something may stand is looked for in all at once."""
    every = list(texts)
    whole = "\n".join(every)
    lowered = whole.lower()
    if len(lowered) != len(whole):  # a letter that has two small ones: places would not be the same
        return {text: mask(text) for text in every}
    begins = list(accumulate((len(text) + 1 for text in every), initial=0))
    held: set[int] = set()
    exact, small = ("-----BEGIN", *_STARTS, *_MORE_STARTS, "://"), ("bearer", "authorization", *_WORDS)
    for within, marks in ((whole, exact), (lowered, small)):
        for mark in marks:
            at = within.find(mark)
            while at >= 0:
                number = bisect_right(begins, at) - 1
                held.add(number)
                at = within.find(mark, begins[number + 1])
    return {text: mask(text) if number in held else text for number, text in enumerate(every)}


def known_secrets(settings: Iterable[SettingValue]) -> tuple[str, ...]:
    """The values in settings files that are secrets by their key or their place, longest first.

    Well-known words (`postgres`, `changeme`) are not among them: `mask` hides these where they are a
    password, and leaves them where they are a word.
    """
    found: set[str] = set()
    for setting in settings:
        if is_secret_key(setting.key):
            found.add(setting.value)
        for match in _URL.finditer(setting.value):
            found.update((match["password"], unquote(match["password"])))
    return _longest_first(each for each in found if _telling(each))


def is_secret_key(key: str) -> bool:
    """Whether a variable of this name holds a secret: `JWT_SECRET` does, `TOKEN_URL` does not."""
    return _WORD.search(key) is not None and _ABOUT.search(key) is None


def _telling(value: str) -> bool:
    plain = value.lower()
    return not (plain in _COMMON or plain.isdigit() or _kept(value) or _CONSTANT.fullmatch(value))


def _longest_first(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(
        sorted((each for each in values if len(each) >= SHORTEST), key=lambda each: (-len(each), each))
    )


def _spellings(secrets: Iterable[str]) -> tuple[str, ...]:
    if not secrets:
        return ()
    found: set[str] = set()
    for secret in secrets:
        if len(secret) < SHORTEST:
            continue
        safe = secret.encode("utf-8", "replace").decode()
        found |= {secret, quote(safe, safe=""), quote(safe), quote_plus(safe), unquote(secret)}
        found |= {repr(secret)[1:-1], json.dumps(secret)[1:-1], html.escape(secret)}
    return _longest_first(found)


def _once(text: str, known: tuple[str, ...]) -> str:
    for secret in known:
        while secret in text:
            text = text.replace(secret, MASK)
    if "-----BEGIN" in text:
        text = _PEM.sub(lambda match: match["head"] + _star(match["body"]), text)
    lowered = text.lower()
    if any(start in text for start in (*_STARTS, *_MORE_STARTS)):
        text = _SHAPES.sub(MASK, text)
    if "bearer" in lowered or "authorization" in lowered:
        text = _BEARER.sub(lambda match: match["head"] + _star(match["value"]), text)
    if "://" in text:
        text = _URL.sub(_url, text)
    if not any(word in lowered for word in _WORDS):
        return text
    text = _LINE.sub(_line, text)
    return _ASSIGNED.sub(_assigned, text)


def _star(value: str) -> str:
    """The mask, except for what is masked already or empty."""
    return value if not value.strip() or _STARS.fullmatch(value) else MASK


def _kept(value: str) -> bool:
    return bool(_STARS.fullmatch(value) or _REFERENCE.fullmatch(value))


def _url(match: re.Match[str]) -> str:
    password = match["password"]
    if match["scheme"].lower() in _WEB:
        authority = re.split(r"[/?#]", password, maxsplit=1)[0]
        if authority != password:
            secret, at, host = authority.rpartition("@")
            if not at or _kept(secret):
                return match[0]
            return f"{match['head']}{MASK}@{host}{password[len(authority) :]}"
    if _kept(password):
        return match[0]
    return match["head"] + MASK


def _line(match: re.Match[str]) -> str:
    if not is_secret_key(match["key"]) or _kept(match["bare"]):
        return match[0]
    return match["head"] + MASK


def _assigned(match: re.Match[str]) -> str:
    key, sign, quoted, bare = match["key"], match["sign"], match["quoted"], match["bare"]
    if not is_secret_key(key):
        return match[0]
    if quoted is not None:
        if _kept(quoted):
            return match[0]
        start, end = match.start("quoted") - match.start(), match.end("quoted") - match.start()
        return match[0][:start] + MASK + match[0][end:]
    if _kept(bare.rstrip("`")) or _CONSTANT.fullmatch(bare.rstrip("`")):
        return match[0]
    tick = "`" if bare.endswith("`") else ""  # the end of a quotation in Markdown
    spaced = " " in match["joint"]
    if sign == "=" and (key != key.upper() or spaced) and _EXPRESSION.fullmatch(bare):
        return match[0]  # code: `token = read_token(…)`
    if sign == ":" and not _is_entry(match, bare):
        return match[0]
    return f"{key}{match['joint']}{MASK}{tick}"


def _is_entry(match: re.Match[str], bare: str) -> bool:
    """Whether `key: value` is an entry of YAML or JSON, not an annotation or the words of a message."""
    if _ANNOTATION.fullmatch(bare) or _EXPRESSION.fullmatch(bare):
        return False
    if match["joint"][0] in "\"'\\":
        return bare[0] not in "[{"
    if match["key"] == match["key"].upper():
        return True
    text = match.string
    before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    end = text.find("\n", match.end())
    after = text[match.end() : end if end >= 0 else len(text)]
    return not before.strip(" \t-+") and not after.strip()
