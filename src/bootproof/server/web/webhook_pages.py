"""Pages of a project's webhooks: made, tried, switched on again, deleted; how the last deliveries went."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from bootproof.server.accounts.current import SignedIn
from bootproof.server.audits.links import project_path
from bootproof.server.database import Session
from bootproof.server.inputs import ProjectSlug, TeamSlug
from bootproof.server.organisations.access import project_of
from bootproof.server.organisations.models import Role
from bootproof.server.security.forms import CHECKED
from bootproof.server.web.forms import Refusal, Refused, done, fields_of, read
from bootproof.server.web.pages import page, to
from bootproof.server.webhooks import api, service
from bootproof.server.webhooks.api import NewWebhook, ShownWebhook, WebhookId

router = APIRouter(prefix="/teams/{slug}/projects/{name}/webhooks", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
async def webhooks(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> HTMLResponse:
    """The project's webhooks and their last deliveries."""
    return await _webhooks(request, caller, session, slug, name)


@router.post("", dependencies=CHECKED)
async def make(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> Response:
    """Makes a webhook, whose secret is shown this once."""
    given = await fields_of(request)
    try:
        made = await done(api.create(request, caller, session, slug, name, read(NewWebhook, given)), given)
    except Refused as refused:
        return await _webhooks(request, caller, session, slug, name, refused.refusal)
    return await _webhooks(request, caller, session, slug, name, made=made)


@router.post("/{webhook_id}/ping", dependencies=CHECKED)
async def ping(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, webhook_id: WebhookId
) -> Response:
    """Sends a webhook a message to try it."""
    await api.ping(caller, session, slug, name, webhook_id)
    return to(f"{project_path(slug, name)}/webhooks", "pinged")


@router.post("/{webhook_id}/delete", dependencies=CHECKED)
async def delete(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, webhook_id: WebhookId
) -> Response:
    """Deletes a webhook."""
    await api.delete(request, caller, session, slug, name, webhook_id)
    return to(f"{project_path(slug, name)}/webhooks", "gone")


async def _webhooks(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug,
    refusal: Refusal | None = None, made: ShownWebhook | None = None,
) -> HTMLResponse:  # fmt: skip
    member, project = await project_of(session, caller.id, slug, name)
    member.need(Role.ADMIN)
    found = [(each, service.shown(each.url)) for each in await service.list_of(session, project)]
    sent = [(each, service.shown(webhook.url)) for each, webhook in await service.deliveries(session, project)]
    return page(
        request, "webhooks.html", refusal.code if refusal else 200, caller=caller, member=member, project=project, tab="webhooks",
        webhooks=found, deliveries=sent, made=made, refusal=refusal,
    )  # fmt: skip
