"""The badge of a project: an SVG that says whether it starts. Made by hand, nothing is asked of another host."""

import hashlib
import re
from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import select

from bootproof.server.database import Session
from bootproof.server.projects.models import Project

router = APIRouter(tags=["badge"])

_KEY = re.compile(r"[A-Za-z0-9_\-]{1,40}")
_LEFT = "bootproof"
# Word and colour; each is told by the word, none by the colour alone. White on it has a contrast of 4.5 or more.
_STATES = {"starts": ("starts", "#1a7f37"), "fails": ("fails", "#b42318"), "unproved": ("cannot tell", "#6a5300")}
_UNKNOWN = ("unknown", "#5f6368")
_CHARACTER = 6.6  # pixels of one at 11 px, on average
_PAD = 12


def drawn(verdict: str) -> str:
    """The badge of a verdict as SVG; the grey `unknown` for what is none."""
    word, colour = _STATES.get(verdict, _UNKNOWN)
    left, right = (round(len(each) * _CHARACTER) + _PAD for each in (_LEFT, word))
    label = escape(f"{_LEFT}: {word}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{label}">'
        f"<title>{label}</title>"
        f'<clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#333"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="{left / 2}" y="14">{_LEFT}</text><text x="{left + right / 2}" y="14">{escape(word)}</text></g></svg>\n'
    )


@router.get("/badge/{key}.svg", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
async def badge(key: str, request: Request, session: Session) -> Response:
    """The badge of that key. A key that is nobody's gives a grey one by the same query, so that no key can be guessed."""
    query = select(Project.verdict).where(Project.badge_key == (key if _KEY.fullmatch(key) else ""))
    verdict = (await session.exec(query)).first()
    image = drawn(verdict or "")
    tag = f'"{hashlib.sha256(image.encode()).hexdigest()[:16]}"'
    headers = {"Cache-Control": "no-cache", "ETag": tag}
    if tag in (each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    return Response(image, media_type="image/svg+xml", headers=headers)
