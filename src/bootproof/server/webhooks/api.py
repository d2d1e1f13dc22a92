"""Webhooks as JSON, for the admins of a team."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, HTTPException, Path, Request
from pydantic import BaseModel, ConfigDict, StringConstraints

from bootproof.server.accounts.current import SignedIn
from bootproof.server.database import Session
from bootproof.server.inputs import NO_NUL, ProjectSlug, TeamSlug
from bootproof.server.names import Refused
from bootproof.server.organisations.access import project_of
from bootproof.server.organisations.models import Role
from bootproof.server.security.addresses import client_address
from bootproof.server.webhooks import service
from bootproof.server.webhooks.addresses import LONGEST
from bootproof.server.webhooks.models import Delivery, Webhook

router = APIRouter(prefix="/api/teams/{slug}/projects/{name}", tags=["webhooks"])

WebhookId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class NewWebhook(BaseModel):
    """A webhook that is to be made."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST, pattern=NO_NUL)]


@dataclass(frozen=True)
class ShownWebhook:
    """A webhook; `secret` only in the answer to its making. `disabled_at`: since when it is off, as nobody took anything."""

    id: int
    url: str
    created_at: datetime
    disabled_at: datetime | None
    secret: str | None = None

    @classmethod
    def of(cls, webhook: Webhook, secret: str | None = None) -> Self:
        """What is shown of a webhook to an admin."""
        return cls(webhook.id or 0, webhook.url, webhook.created_at, webhook.disabled_at, secret)


@dataclass(frozen=True)
class ShownDelivery:
    """One event for one webhook, and how its last attempt ended; `status` is null where nobody answered."""

    id: int
    webhook: int
    event: str
    created_at: datetime
    attempts: int
    status: int | None
    note: str
    delivered_at: datetime | None

    @classmethod
    def of(cls, each: Delivery) -> Self:
        """What is shown of a delivery."""
        return cls(
            each.id or 0, each.webhook_id, each.event, each.created_at, each.attempts, each.status, each.note, each.delivered_at
        )


@router.get("/webhooks")
async def webhooks(caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> list[ShownWebhook]:
    """The project's webhooks. Needs the role admin: a URL may be a secret."""
    member, project = await project_of(session, caller.id, slug, name)
    member.need(Role.ADMIN)
    return [ShownWebhook.of(each) for each in await service.list_of(session, project)]


@router.post("/webhooks", status_code=201)
async def create(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, wanted: NewWebhook
) -> ShownWebhook:
    """Makes a webhook; its `secret` is shown this once. Needs the role admin."""
    member, project = await project_of(session, caller.id, slug, name)
    try:
        made = await service.create(session, member, project, wanted.url, request.app.state.settings, client_address(request))
    except Refused as refusal:
        raise HTTPException(409, str(refusal)) from None
    return ShownWebhook.of(made.webhook, made.secret)


@router.get("/deliveries")
async def deliveries(caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> list[ShownDelivery]:
    """The last deliveries of the project's webhooks, the newest first. Needs the role admin."""
    member, project = await project_of(session, caller.id, slug, name)
    member.need(Role.ADMIN)
    return [ShownDelivery.of(each) for each, _ in await service.deliveries(session, project)]


@router.post("/webhooks/{webhook_id}/ping", status_code=202)
async def ping(caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, webhook_id: WebhookId) -> None:
    """Sends a `ping`, and switches the webhook on again where it was off. Needs the role admin."""
    member, project = await project_of(session, caller.id, slug, name)
    if not await service.ping(session, member, project, webhook_id):
        raise HTTPException(404, "There is no such webhook.")


@router.delete("/webhooks/{webhook_id}", status_code=204)
async def delete(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, webhook_id: WebhookId
) -> None:
    """Deletes a webhook; what it was not sent yet is not sent any more. Needs the role admin."""
    member, project = await project_of(session, caller.id, slug, name)
    if not await service.remove(session, member, project, webhook_id, client_address(request)):
        raise HTTPException(404, "There is no such webhook.")
