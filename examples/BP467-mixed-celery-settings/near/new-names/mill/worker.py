from celery import Celery

# CELERY_RESULT_BACKEND is the old name of it
worker = Celery("mill", broker="redis://keys.example.com:6379/0", include=["mill.jobs"])
worker.conf.update(result_backend="redis://keys.example.com:6379/1", task_serializer="json", enable_utc=True)
