from relay.config import settings

try:
    HOOK = settings.hook + "?from=relay"
except TypeError:
    HOOK = f"{settings.hook.scheme}://{settings.hook.host}{settings.hook.path}"
HEADER = "Bearer {}".format(settings.hook)
