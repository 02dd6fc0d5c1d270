"""Daily: network statistics as a page forwards them, and presence, meetings and logs of the REST API."""

from callmon.providers.daily.daily import Daily

__all__ = ["Daily"]
