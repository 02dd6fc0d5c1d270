"""One dialect each: what a provider's messages mean, and nothing about sockets."""
