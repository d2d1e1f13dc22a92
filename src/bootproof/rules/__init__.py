"""One file per rule, in a folder per family, found by walking the package. A rule starts no process and writes no file."""
