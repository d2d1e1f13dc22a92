from celery import Celery

worker = Celery("mill", include=["mill.jobs"])
worker.config_from_object("mill.settings", namespace="CELERY")
worker.conf.task_serializer = "json"
