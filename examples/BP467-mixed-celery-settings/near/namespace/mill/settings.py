CELERY_BROKER_URL = "redis://keys.example.com:6379/0"
CELERY_RESULT_BACKEND = "redis://keys.example.com:6379/1"
