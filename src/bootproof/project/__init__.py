"""Discover: what a backend says of itself, read and never run. The one entrance is `discover.discover`."""
