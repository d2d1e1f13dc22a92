from celery import Celery

worker = Celery("mill", broker="redis://keys.example.com:6379/0", include=["mill.jobs"])
worker.conf.update(
    result_backend="redis://keys.example.com:6379/1",
    task_serializer="json",
    timezone="Europe/Vienna",
)
worker.conf.result_expires = 3600
