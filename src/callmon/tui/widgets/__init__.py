"""What the screens are made of; each draws lines, knows no board and asks nobody."""
