"""Forms of files: dumps and captures of other tools, read into frames."""
