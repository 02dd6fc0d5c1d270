"""Names and addresses replaced by aliases, so that what leaves this machine can be shown to others."""
