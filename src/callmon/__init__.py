"""Watch live voice and video calls in the terminal."""

__version__ = "0.1.0"
