worker_class = "uvicorn.workers.UvicornWorker"
bind = "127.0.0.1:8080"
