"""callmon.toml: where it is, what it may say, and where each value came from."""
