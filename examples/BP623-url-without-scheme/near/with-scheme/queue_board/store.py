from redis.asyncio import Redis

SHOWN = "keys.example.com:6379/2"
client = Redis.from_url(f"redis://{SHOWN}", decode_responses=True)
