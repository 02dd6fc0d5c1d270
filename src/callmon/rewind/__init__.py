"""The calls as they were at an earlier moment, from what was kept of it."""
