from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.urls import path

# no DJANGO_SETTINGS_MODULE: the settings stand here
settings.configure(SECRET_KEY="for-development-alone", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
urlpatterns = [path("health/", lambda request: HttpResponse("well"))]
application = get_asgi_application()
