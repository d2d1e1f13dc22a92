import os

import django
from django.core.asgi import get_asgi_application
from django.db.models import Count  # no model of an application

os.environ["DJANGO_SETTINGS_MODULE"] = "forum.settings"
django.setup()

from posts.models import Post  # noqa: E402

application = get_asgi_application()


def busiest():
    from posts.models import Post as Again

    return Again.objects.annotate(number=Count("id")), Post
