#!/bin/sh
set -e
exec uvicorn kiosk.main:app --host 0.0.0.0 --port "${PORT:-8000}"
