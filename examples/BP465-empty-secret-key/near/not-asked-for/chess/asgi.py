"""The application as a server is given it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chess.settings")

application = get_asgi_application()
