from urllib.parse import quote

from relay.config import get_settings

settings = get_settings()
HOOK = settings.hook.rstrip("/") + "?from=relay"
HEADER = "Bearer " + settings.token
QUOTED = quote(get_settings().hook)
