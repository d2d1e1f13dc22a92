"""The application as a server is given it."""

from django.core.asgi import get_asgi_application

application = get_asgi_application()
