"""Boot a copy of a project in isolation: the zygote, trials, the database, the sandbox, the probes."""
