#!/bin/sh
set -e
echo "uvicorn service.main:app is not what is started"
exec uvicorn "$@" --host 0.0.0.0 --port 8000
