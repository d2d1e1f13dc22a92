"""What a server's answer means to who pushed, on one line with what to do next."""

from dataclasses import dataclass

from bootproof.push.sending import Answer

_LONGEST = 300  # characters of the server's own words


@dataclass(frozen=True)
class Outcome:
    """`kept`: the server has the report, and `url` is its page. Else `said` says why not and what to do."""

    kept: bool
    said: str
    url: str = ""


def outcome(answer: Answer, server: str) -> Outcome:
    """What became of the report."""
    if answer.status in (200, 201) and isinstance(answer.body.get("url"), str):
        became = "is kept" if answer.body.get("new") else "was kept before"
        return Outcome(True, f"audit {answer.body.get('id')} {became}", _plain(str(answer.body["url"])))
    return Outcome(False, _refusal(answer, server))


def _refusal(answer: Answer, server: str) -> str:
    said = _words(answer.body.get("detail"))
    match answer.status:
        case 401:
            return f"{said or 'The token is not known there.'} Make a new one on the project's page and set BOOTPROOF_TOKEN."
        case 403:
            return f"{said or 'The token may not upload.'} Make a token with the scope `upload` on the project's page."
        case 404 | 405:
            return f"at {server} is no bootproof server (HTTP {answer.status}); check --server"
        case 409:
            return f"{said or 'The key was used for another report.'} Make the report anew and push that."
        case 413:
            return f"{said or 'The report is too large for the server.'} A proxy before it may allow less than 5 MiB."
        case 422:
            first = _first(answer.body.get("detail"))
            return f"the server does not take this report: {first}; are server and `bootproof` of one version?"
        case status if 300 <= status < 400:
            return f"the server sends elsewhere, where no token is sent unasked; set --server to: {_elsewhere(answer.location)}"
        case status if status >= 500:
            return f"the server failed (HTTP {status}); its log says why, by the time of this push"
        case status:
            return f"the server answered HTTP {status}" + (f": {said}" if said else f"; is at {server} a bootproof server?")


def _elsewhere(location: str) -> str:
    return _plain(location.partition("/api/uploads")[0]) or "(it does not say where)"


def _first(detail: object) -> str:
    """The first problem of a 422, at its place in the report."""
    problems = detail if isinstance(detail, list) else []
    first = problems[0] if problems and isinstance(problems[0], dict) else {}
    place = first.get("loc")
    at = ".".join(str(each) for each in place[1:]) if isinstance(place, list) else ""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{_plain(at)}: {_words(first.get('msg'))}{more}".removeprefix(": ")


def _words(detail: object) -> str:
    return _plain(detail) if isinstance(detail, str) else ""


def _plain(text: str) -> str:
    """A text of another machine on one line, without what could drive a terminal."""
    shown = "".join(each if each.isprintable() else " " for each in text)
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"
