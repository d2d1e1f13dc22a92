"""What a backend that started must do: the documented log and answers, and every route once."""

import random

from backend import Answer, ask

LOG = (
    "Starting application...",
    "Environment: development",
    "CORS Origins: ['http://localhost:3000']",
    "Database initialized successfully",
)
HEALTH = {"status": "healthy", "environment": "development"}
SIGNUP = {"type": "missing", "loc": ["body", "email"], "msg": "Field required"}


def documented(url: str, log: str) -> list[str]:
    """How the log and the two documented answers differ from what they should be; empty when they agree."""
    wrong = []
    seen = [line for line in log.splitlines() if line in LOG]
    if seen != list(LOG):
        wrong.append(f"log: {seen}")
    health = ask(f"{url}/health")
    if health != Answer(200, HEALTH):
        wrong.append(f"GET /health: {health}")
    signup = ask(f"{url}/api/auth/signup", "POST", {})
    detail = signup.body.get("detail") if isinstance(signup.body, dict) else None
    first = detail[0] if isinstance(detail, list) and detail else {}
    if signup.status != 422 or {key: first.get(key) for key in SIGNUP} != SIGNUP:
        wrong.append(f"POST /api/auth/signup {{}}: {signup}")
    return wrong


def signup_and_login(url: str) -> tuple[str, list[str]]:
    """An access token of somebody who has just signed up, and what went wrong on the way."""
    person = {"email": f"ada{random.randrange(10**9)}@example.com", "password": "correct horse battery"}
    wrong = []
    created = ask(f"{url}/api/auth/signup", "POST", {**person, "name": "Ada"})
    if created.status != 201:
        wrong.append(f"signup: {created}")
    again = ask(f"{url}/api/auth/signup", "POST", {**person, "name": "Ada"})
    if again.status != 409:
        wrong.append(f"second signup: {again}")
    refused = ask(f"{url}/api/auth/login", "POST", {**person, "password": "not hers"})
    if refused.status != 401:
        wrong.append(f"login with another password: {refused}")
    login = ask(f"{url}/api/auth/login", "POST", person)
    token = login.body.get("access_token", "") if isinstance(login.body, dict) else ""
    if login.status != 200 or not token:
        wrong.append(f"login: {login}")
    return token, wrong


def every_route(url: str, token: str) -> list[str]:
    """Each registered route once, with a real body; gives the answers that were not the expected ones."""
    wrong: list[str] = []

    def expect(status: int, method: str, path: str, body: object = None) -> dict[str, object]:
        answer = ask(f"{url}{path}", method, body, token)
        if answer.status != status:
            wrong.append(f"{method} {path}: {answer}")
        return answer.body if isinstance(answer.body, dict) else {"items": answer.body}

    expect(200, "GET", "/health/database")
    expect(200, "GET", "/api/users/me")
    expect(200, "PATCH", "/api/users/me", {"name": "Ada Lovelace"})
    project = expect(201, "POST", "/api/projects", {"name": "Engine", "description": "Notes"})["id"]
    expect(200, "GET", "/api/projects")
    expect(200, "PATCH", f"/api/projects/{project}", {"description": "Notes A to G"})
    new = {"project_id": project, "title": "Note G", "tags": ["Maths", "urgent"]}
    due = {"due_at": "2026-01-31T12:00:00+01:00"}
    task = expect(201, "POST", "/api/tasks", new | due)["id"]
    expect(201, "POST", "/api/tasks", new | {"title": "Note A", "tags": ["maths"]})
    expect(422, "POST", "/api/tasks", new | {"due_at": "2026-01-31T12:00:00"})
    expect(200, "GET", f"/api/tasks?project_id={project}&status=open")
    expect(200, "GET", f"/api/tasks/{task}")
    expect(200, "GET", f"/api/projects/{project}")
    digest = expect(200, "GET", "/api/notifications/digest")
    if digest.get("overdue") != 1:
        wrong.append(f"digest: {digest}")
    changed = expect(200, "PATCH", f"/api/tasks/{task}", {"status": "done", "tags": ["history", "maths"]})
    carried = changed.get("tags")
    names = [tag["name"] for tag in carried] if isinstance(carried, list) else []
    if sorted(names) != ["history", "maths"]:
        wrong.append(f"tags of the task: {names}")
    summary = expect(200, "GET", f"/api/projects/{project}/summary")
    if (summary.get("open_tasks"), summary.get("done_tasks")) != (1, 1):
        wrong.append(f"summary: {summary}")
    tag = expect(201, "POST", "/api/tags", {"name": "Later", "color": "#00ff00"})["id"]
    expect(409, "POST", "/api/tags", {"name": "later"})
    expect(200, "GET", "/api/tags")
    expect(200, "GET", "/api/tags/search?q=MAT")
    expect(204, "DELETE", f"/api/tags/{tag}")
    expect(200, "GET", "/api/notifications")
    expect(204, "POST", "/api/notifications/read")
    expect(204, "DELETE", f"/api/tasks/{task}")
    expect(204, "DELETE", f"/api/projects/{project}")
    expect(404, "GET", f"/api/projects/{project}")
    return wrong
