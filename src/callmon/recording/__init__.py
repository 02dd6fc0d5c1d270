"""What was taken, kept: the tape of the recent past, and recordings that can be played again."""
