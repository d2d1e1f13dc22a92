"""The routers of all pages."""

from fastapi import APIRouter

from bootproof.server.web import (
    account_pages,
    audit_pages,
    entry_pages,
    invitation_pages,
    project_pages,
    team_pages,
    wall,
    webhook_pages,
)


def pages() -> tuple[APIRouter, ...]:
    """The routers of all pages; none of them is in the OpenAPI document."""
    return (
        wall.router, entry_pages.router, account_pages.router, invitation_pages.router, team_pages.router,
        project_pages.router, webhook_pages.router, audit_pages.router,
    )  # fmt: skip
