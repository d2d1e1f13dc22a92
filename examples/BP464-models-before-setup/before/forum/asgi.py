import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")

from posts.live import live  # noqa: E402

site = get_asgi_application()


async def application(scope, receive, send):
    handler = live if scope["path"] == "/live" else site
    await handler(scope, receive, send)
