"""Where an API is: its address, what it is asked under, and what is none of its addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit, urlunsplit

from callmon.config.address import check_base
from callmon.model.frames import Fetch
from callmon.model.text import printable
from callmon.sources.rest.credential import Credential

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take, in seconds: until the connection stands, between bytes, and in all."""

    connect_s: float = 15.0
    idle_s: float = 30.0
    whole_s: float = 90.0


class Elsewhere(Exception):
    """An address that does not belong to the API, and why; it is not asked, and no credential goes there."""


@dataclass(frozen=True, slots=True)
class Api:
    """An API under ``base_url``; ``vendor_url`` is where the vendor has it, for which it may stand in.

    ``credential`` reads the credential anew each time, since it may have been replaced. ValueError where the
    address is none, or would show a secret to the network.
    """

    base_url: str
    vendor_url: str
    credential: Callable[[], Credential]
    allow_plain_http: bool = False

    def __post_init__(self) -> None:
        """Refuse an address that is none, and one that would show a secret to the network."""
        check_base(self.base_url, self.allow_plain_http)

    @property
    def place(self) -> str:
        """The address as it may be shown."""
        return self.base_url

    def address(self, fetch: Fetch) -> str:
        """Return the address of a fetch; Elsewhere when it leads away from the API."""
        if "://" in fetch.path or fetch.path.startswith("//"):
            url = self._given(fetch.path)
        else:
            url = f"{self.base_url.rstrip('/')}/{fetch.path.lstrip('/')}"
        if not fetch.query:
            return url
        return f"{url}{'&' if '?' in url else '?'}{urlencode(fetch.query)}"

    def moved(self, url: str, location: str) -> str:
        """Return where a redirect leads; Elsewhere when that is not the API."""
        return self._given(urljoin(url, location))

    def _given(self, url: str) -> str:
        """Return an address that came from outside: verbatim, or, of the vendor's own, at the base URL."""
        try:
            given, base, vendor = urlsplit(url), urlsplit(self.base_url), urlsplit(self.vendor_url)
            if _origin(given) == _origin(base):
                return url
            if _origin(given) == _origin(vendor) and _is_under(given.path, vendor.path):
                path = base.path.rstrip("/") + given.path[len(vendor.path.rstrip("/")) :]
                return urlunsplit((base.scheme, base.netloc, path, given.query, ""))
        except ValueError:
            raise Elsewhere("it gave an address that is none") from None
        raise Elsewhere(f"it leads to {printable(given.hostname or '?', 80)}, which is not {base.hostname}")


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)


def _is_under(path: str, root: str) -> bool:
    root = root.rstrip("/")
    return path == root or path.startswith(f"{root}/")
