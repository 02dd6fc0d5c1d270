"""Where frames come from when callmon goes for them itself."""
