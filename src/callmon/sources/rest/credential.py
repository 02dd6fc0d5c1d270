"""What is shown at the door of an API, and kept from everybody else."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from urllib.parse import quote

LEAST = 6
"""A secret shorter than this is not looked for in what an API answers: it would be found by chance."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A token (``kind`` bearer), or a username and a password (``kind`` basic); None where none is set."""

    kind: str
    secret: str | None = field(default=None, repr=False)
    username: str | None = field(default=None, repr=False)

    @property
    def names(self) -> str:
        """What it consists of, in words and without its value."""
        return "the token" if self.kind == "bearer" else "the username and password"

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that it is read from."""
        return ("token",) if self.kind == "bearer" else ("username", "password")

    @property
    def missing(self) -> str | None:
        """The setting without which the other one is of no use, None where there is none such."""
        if self.kind == "bearer" or bool(self.username) == bool(self.secret):
            return None
        return "password" if self.username else "username"

    def headers(self) -> dict[str, str]:
        """Return the header that shows it; none where none is set."""
        if not self.secret:
            return {}
        return {
            "Authorization": f"Bearer {self.secret}" if self.kind == "bearer" else f"Basic {self._pair()}"
        }

    def conceal(self, data: bytes) -> bytes:
        """Return what came from outside with no secret in it, however it may be written there."""
        for text in self._forms():
            if text in data:
                data = data.replace(text, "…".encode())
        return data

    def conceal_text(self, text: str) -> str:
        """Return a text from outside with no secret in it."""
        return self.conceal(text.encode("utf-8", "replace")).decode()

    def _pair(self) -> str:
        return base64.b64encode(f"{self.username}:{self.secret}".encode()).decode()

    def _forms(self) -> list[bytes]:
        if not self.secret or len(self.secret) < LEAST:
            return []
        forms = {self.secret, quote(self.secret, safe="")}
        if self.username:
            forms.add(self._pair())
        return sorted((form.encode() for form in forms), key=len, reverse=True)
