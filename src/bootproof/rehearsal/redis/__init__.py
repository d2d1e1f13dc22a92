"""A Redis of its own for each boot: the server, and the relay that a project takes for its own."""
