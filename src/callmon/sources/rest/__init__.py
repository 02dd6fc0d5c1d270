"""Asking the APIs of providers: when, how often, with which credential, and what to do when it goes wrong."""
