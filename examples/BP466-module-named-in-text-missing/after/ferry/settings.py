SECRET_KEY = "for-development-alone"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "ferry.crossings",
]
ROOT_URLCONF = "ferry.urls"
LOGGING = {"version": 1, "loggers": {"crossings": {"level": "INFO"}}}
