"""The terminal: screens that look at a board and never change it."""
