"""What is told to other services, and the queue that tells it."""
