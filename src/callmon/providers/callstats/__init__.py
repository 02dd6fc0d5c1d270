"""callstats.io's ingest REST API: what its browser, native and middlebox clients send of a conference."""

from callmon.providers.callstats.callstats import Callstats

__all__ = ["Callstats"]
