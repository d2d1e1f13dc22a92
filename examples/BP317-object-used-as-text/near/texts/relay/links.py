from relay.config import settings

HOOK = str(settings.hook).rstrip("/") + f"?at={settings.hook}&from=" + settings.name.replace("re", "")
HEADER = "Bearer " + settings.token.get_secret_value()
