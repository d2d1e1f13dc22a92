import os

TRUSTED_PROXIES = os.getenv("TRUSTED_PROXIES")
