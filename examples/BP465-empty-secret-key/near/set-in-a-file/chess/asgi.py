import os

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.signing import Signer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chess.settings")

application = get_asgi_application()
signer = Signer(key=settings.SECRET_KEY)
