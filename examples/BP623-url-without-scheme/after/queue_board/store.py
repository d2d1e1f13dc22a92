from redis.asyncio import Redis

from queue_board import config

client = Redis.from_url(config.KEYS, decode_responses=True)
