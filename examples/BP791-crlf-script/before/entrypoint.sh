#!/bin/sh
set -e
exec uvicorn mill.main:app --host 0.0.0.0 --port 8000
