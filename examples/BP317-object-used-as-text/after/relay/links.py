from urllib.parse import quote

from relay.config import get_settings

settings = get_settings()
HOOK = str(settings.hook).rstrip("/") + "?from=relay"
HEADER = "Bearer " + settings.token.get_secret_value()
QUOTED = quote(str(get_settings().hook))
