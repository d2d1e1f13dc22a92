import logging
from importlib import import_module

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.urls import path

WANTED = ["main_extras", "json"]  # of these some may not be there
log = logging.getLogger("ferry.crossings")

for name in WANTED:
    try:
        import_module(name)
    except ModuleNotFoundError:
        log.info("no %s", name)

settings.configure(SECRET_KEY="for-development-alone", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
urlpatterns = [path("health/", lambda request: HttpResponse("well"))]
application = get_asgi_application()
