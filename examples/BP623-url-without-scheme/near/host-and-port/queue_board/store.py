from redis.asyncio import Redis

# not from_url("keys.example.com:6379"): host and port need no scheme
client = Redis(host="keys.example.com", port=6379, db=2, decode_responses=True)
