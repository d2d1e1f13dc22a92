from celery import Celery

worker = Celery("mill", broker="redis://keys.example.com:6379/0", include=["mill.jobs"])
worker.conf.update(
    CELERY_RESULT_BACKEND="redis://keys.example.com:6379/1",
    task_serializer="json",
    timezone="Europe/Vienna",
)
worker.conf.CELERY_TASK_RESULT_EXPIRES = 3600
