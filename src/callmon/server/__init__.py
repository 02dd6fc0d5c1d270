"""Frames that come to us over HTTP and WebSocket, and the read-only answers to who asks about calls."""
