"""Every page in both themes, wide and on a phone: `python benchmarks/server/screenshots.py FOLDER` (needs chromium).

Which pages there are is asked of the application, so that none is forgotten. Prints what was taken, and fails where a page
did not answer, or is wider than the screen.
"""

import asyncio
import copy
import json
import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.server.setting import Setting, report, running
from bootproof.server.security.secrets import hashed
from bootproof.server.web.routes import pages

SCREENS = {"wide": (1280, 900), "phone": (390, 844)}
ANYBODY = {"/", "/signup", "/signin", "/forgot", "/reset/{token}"}  # as a visitor sees them; the first one also as Alice does
NEEDS_MORE = {"/signin/code"}  # somebody halfway through a sign-in with a second factor
TICKET = "t" * 43
_TICKET = """INSERT INTO tickets (user_id, kind, email, token_hash, expires_at)
SELECT id, 'verify', email, $1, now() + interval '1 hour' FROM users WHERE email = 'alice@example.com'"""
_INVITATION = """INSERT INTO invitations (organisation_id, email, role, token_hash, invited_by, created_at, expires_at)
SELECT id, 'alice@example.com', 'admin', $1, NULL, now(), now() + interval '7 days' FROM organisations WHERE slug = 'others'"""


def filled(setting: Setting) -> int:
    """Fills the team with what a real one has; the number of the newest audit."""
    failing = report(20_000)
    starting = {**copy.deepcopy(failing), "verdict": "starts", "findings": [], "counts": dict.fromkeys(failing["counts"], 0)}
    newest = 0
    with httpx2.Client(base_url=setting.url, cookies={"session": setting.session}, timeout=60) as alice:

        def made(path: str, **body: Any) -> Any:
            answer = alice.post(path, json=body)
            assert answer.status_code in (201, 202, 204), answer.text
            return answer.json() if answer.content else None

        at = "/api/teams/acme/projects"
        for name in ("Billing", "Search with a rather long name that has to go somewhere", "Notifications"):
            made(at, name=name)
        billing = made(f"{at}/billing/tokens", name="CI of main", scopes=["upload"])["text"]
        made(f"{at}/shop/tokens", name="A laptop", scopes=["read"])
        made(f"{at}/shop/webhooks", url="https://hooks.example.com/bootproof")
        made("/api/teams/acme/invitations", email="bob@example.com", role="member")
        made("/api/teams", name="Others")

        def pushed(token: str, what: dict[str, Any], days: int, commit: str, seconds: float) -> int:
            created = (datetime.now(UTC) - timedelta(days=days)).isoformat()
            sent = {**what, "created": created, "seconds": what["seconds"] * seconds}
            known = {"Authorization": f"Bearer {token}"}
            asked = {"commit": commit * 40, "branch": "main" if days % 3 else "feature/drivers"}
            answer = alice.post("/api/uploads", json=sent, headers=known, params=asked)
            assert answer.status_code == 201, answer.text
            return int(answer.json()["id"])

        for days in range(24, 0, -1):
            fails = days in (20, 19, 9) or days < 4
            findings = failing["findings"][: len(failing["findings"]) - (days % 3)]
            told = {**failing, "findings": findings} if fails else starting
            newest = pushed(setting.token, told, days, format(days % 16, "x"), 0.7 + (days % 5) / 10)
            pushed(billing, starting, days, format(days % 16, "x"), 1)
    asyncio.run(invited(setting))
    return newest


async def invited(setting: Setting) -> None:
    """A link of each kind that a mail has."""
    connection = await setting.connected()
    await connection.execute(_TICKET, hashed(TICKET))
    await connection.execute("DELETE FROM memberships USING organisations o WHERE o.id = organisation_id AND o.slug = 'others'")
    await connection.execute(_INVITATION, hashed(TICKET))
    await connection.close()


def addresses(newest: int) -> dict[str, str]:
    """The address of every page by its route."""
    known = {"slug": "acme", "name": "shop", "audit_id": str(newest), "token": TICKET}
    routes = [route for router in pages() for route in router.routes if isinstance(route, APIRoute) and "GET" in route.methods]
    return {route.path: route.path.format(**known) for route in routes if route.path not in NEEDS_MORE}


def taken(browser: Browser, setting: Setting, folder: Path, newest: int) -> list[str]:
    """What went wrong; the pictures are in the folder."""
    wrong = []
    for scheme in ("light", "dark"):
        for screen, (width, height) in SCREENS.items():
            look = {"base_url": setting.url, "color_scheme": scheme, "viewport": {"width": width, "height": height}}
            alice, visitor = browser.new_context(**look), browser.new_context(**look)  # type: ignore[arg-type]
            alice.add_cookies([{"name": "session", "value": setting.session, "url": setting.url}])
            for route, address in addresses(newest).items():
                who = {"visitor": visitor} if route in ANYBODY else {"alice": alice}
                for name, context in ({**who, "alice": alice} if route == "/" else who).items():
                    page = context.new_page()
                    answer = page.goto(address)
                    assert answer is not None
                    wide = page.evaluate("document.documentElement.scrollWidth")
                    if answer.status != 200 or wide > width:
                        wrong.append(f"{scheme} {screen} {route}: {answer.status}, {wide} pixels wide")
                    picture = route.strip("/").translate(str.maketrans({"/": "-", "{": None, "}": None})) or "first"
                    page.screenshot(path=folder / f"{picture}-{name}-{scheme}-{screen}.png", full_page=True)
                    page.close()
    return wrong


def main() -> None:
    """Takes them all."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    program = os.environ.get("BOOTPROOF_CHROMIUM") or shutil.which("chromium")
    with running() as setting:
        newest = filled(setting)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            wrong = taken(browser, setting, folder, newest)
            browser.close()
    found = [each.name for each in folder.glob("*.png")]
    shown = sorted({each.rsplit("-", 2)[0] for each in found})
    print(json.dumps({"pictures": len(found), "pages": shown, "wrong": wrong}, indent=1))
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
