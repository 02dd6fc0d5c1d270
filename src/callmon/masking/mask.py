"""Aliases: the same name is the same alias in everything that one mask has masked, and no two share one.

Aliases are numbers in the order in which names were met. There is no key: what stands behind ``ip-3`` is only in
the mask itself, which nobody keeps, so that an alias neither leads back to a name nor from one file to another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from callmon.masking.members import PLACES
from callmon.masking.patterns import ARRAY, PATTERNS, kind_of_address, reduce_agent
from callmon.masking.terms import is_term
from callmon.masking.trie import expression
from callmon.masking.words import KIND_OF_MEMBER, VOCABULARY, member
from callmon.model.frames import Json

REMEMBERED = 20_000
"""So many texts are remembered with what became of them: most are said again and again."""

_SHAPES = {"lan6": "fd:lan-{}", "link6": "fe80:lan-{}", "ip6": "ip6:{}", "mdns": "mdns-{}.local"}
_COUNTED_AS = {"lan6": "lan", "link6": "lan", "phone2": "phone"}
_DIGITS = re.compile(r"\D")
_LIKE_A_NUMBER = re.compile(r"\+?[\d ().-]*\d[\d ().-]*")
_SEPARATORS = re.compile(r"\s*(?:→|->|·|\||,|<|>|\(|\)|\")\s*")
_PLACES = re.compile(r"[^\s,;\"'<>\\]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|(?:turns?|stuns?|sips?|tel|mailto):")
_PORT = re.compile(r":\d{1,5}$")
_HISTORY = frozenset({"times", "columns", "coarse_times", "coarse", "buckets"})


class Mask:
    """What replaces names by aliases; ``learn`` what it shall find before masking anything.

    Where it is told nothing it still finds what can be told by its look: addresses, hosts, phone numbers, ids.
    """

    def __init__(self) -> None:
        """Know nobody."""
        self._aliases: dict[tuple[str, str], str] = {}
        self._numbers: dict[str, int] = {}
        self._given: set[str] = set()
        self._known: dict[str, str] = {}
        self._inside: dict[str, str] = {}
        self._finder: re.Pattern[str] | None = None
        self._done: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._taken: set[str] = set()

    def learn(self, kind: str, name: object) -> None:
        """Remember that a text is somebody's or something's name, wherever it stands from now on.

        Kinds are call, room, person, phone, leg, stream, device and the like. A word of callmon's own
        vocabulary, or a single letter, names nobody. Parts of a name such as ``Ana → Support`` are names too.
        """
        text = str(name).strip() if isinstance(name, str | int) and not isinstance(name, bool) else ""
        if not text or text.casefold() in VOCABULARY or len(text) < 2 or text in self._given:
            return
        if text in self._known:
            return
        if kind == "phone" and not _is_number(text):
            kind = "person"
        parts = [part for part in _SEPARATORS.split(text) if part]
        if len(parts) > 1:
            for part in parts:
                self.learn(kind, part)
            return
        alias = self._look(text) or (self._phone(text) if _is_number(text) else self._alias(kind, text))
        self._known[text] = alias
        for form in forms(text):
            self._inside.setdefault(form, alias)
        self._finder = None
        self._done.clear()

    def alias(self, kind: str, name: object) -> str:
        """Return the alias of a name of which the place says what it is; a word of callmon's own stays."""
        text = str(name)
        if not text or text.casefold() in VOCABULARY or text in self._given:
            return text
        self.learn(kind, text)
        known = self._known.get(text)
        return known if known is not None else self.text(text) if len(text) > 1 else text

    def whole(self, text: str) -> str:
        """Return the alias of a text of which nobody knows what is in it: of a name its own, else ``text-1``."""
        found = self.text(text)
        return found if found in self._given else self._alias("text", text)

    def id(self, text: str) -> str:
        """Return the id of an object, or the name of a member: as it is where it names nobody, else an alias.

        Wherever it stands, and whatever is learned meanwhile, it is the same, and no two become one.
        """
        found = self._ids.get(text)
        if found is None:
            found = self.text(text)
            if found not in self._given and (not is_term(found) or found != text and found in self._taken):
                found = self._alias("id", text)
            self._taken.add(found)
            self._ids[text] = found
            self._done.pop(text, None)
        return found

    def host(self, text: str) -> str:
        """Return an address or a host masked where the place says that it is one."""
        return text if text.strip("[]") in self._given else self._host(text)

    def place(self, text: str) -> str:
        """Return the addresses, hosts and URLs of a member that holds such, masked; ports stay."""
        return _PLACES.sub(lambda found: self._place(found[0]), text)

    def learn_place(self, text: object) -> None:
        """Remember a host wherever it stands from now on, where it has not the look of one."""
        if not isinstance(text, str) or len(text) > 253 or _SCHEME.match(text):
            return
        host = text.rpartition(":")[0] if _PORT.search(text) and text.count(":") == 1 else text
        known = not host or host.isdecimal() or " " in host or kind_of_address(host) is not None
        if not known and self._look(host) is None:
            self.learn("host", host.lower())

    def text(self, text: str) -> str:
        """Return a text with every name in it replaced."""
        if not text or text in self._given:
            return text
        known = self._known.get(text)
        if known is not None:
            return known
        done = self._done.get(text)
        if done is None:
            whole = self._ids.get(text)
            done = whole or self._replaced(reduce_agent(text) if text.startswith("Mozilla/") else text)
            if len(self._done) >= REMEMBERED:
                self._done.clear()
            self._done[text] = done
        return done

    def value(self, item: Json) -> Any:
        """Return a JSON value with every text in it masked, names of members as well."""
        if isinstance(item, str):
            return self.text(item)
        if isinstance(item, dict):
            return unique(
                (self.text(str(key)), below if key in _HISTORY and _is_history(below) else self.value(below))
                for key, below in item.items()
            )
        if isinstance(item, list | tuple):
            return [self.value(below) for below in item]
        return item

    def study(self, item: Json, name: str = "") -> None:
        """Learn the names that a message gives in members that are there for names, at any depth."""
        if isinstance(item, dict):
            for key, below in item.items():
                if type(below) is not float:
                    self.study(below, key)
        elif isinstance(item, list):
            for below in item:
                self.study(below, name)
        elif isinstance(item, str | int):
            self._study(item, member(name))

    def _study(self, item: str | int, what: str) -> None:
        if what in PLACES:
            self.learn_place(item)
            return
        kind, text = KIND_OF_MEMBER.get(what), str(item)
        # A number as such may be anything; a text of a few words is a name.
        if kind not in (None, "secret") and len(text) <= 120 and (isinstance(item, str) or len(text) >= 7):
            self.learn(str(kind), text.removeprefix("client:").removeprefix("sip:").partition("@")[0])

    def _replaced(self, text: str) -> str:
        if self._finder is None:
            looks = "|".join(f"(?P<{name}>{pattern})" for name, pattern in PATTERNS)
            names = f"(?i:{expression(self._inside)})"
            # A name first, unless it goes on as an address or a host: that is then masked as a whole.
            self._finder = re.compile(rf"(?P<known>{names})(?![\w.@-])|{looks}|(?P<within>{names})")
        return self._finder.sub(self._found, text)

    def _found(self, found: re.Match[str]) -> str:
        name, text = found.lastgroup or "", found[0]
        if text in self._given:
            return text
        if name in ("known", "within"):
            exact = self._inside.get(text)
            return exact if exact is not None else self._inside.get(text.lower(), "name")
        if text in self._known:
            return self._known[text]
        return self._of_look(name, text)

    def _look(self, text: str) -> str | None:
        """Return the alias of a text that is as a whole something that can be told by its look."""
        for name, pattern in _WHOLE.items():
            if name not in ("hex", "uuid", "sid") and pattern.fullmatch(text):
                return self._of_look(name, text)
        return None

    def _of_look(self, name: str, text: str) -> str:
        parts: Mapping[str, Callable[[str], str]] = {
            "candidate": self._candidate,
            "url": self._url,
            "server": self._server,
            "sip": self._sip,
            "mail": self._mail,
            "tel": lambda it: "tel:" + self._phone(it[4:]),
            "phone": self._phone,
            "phone2": self._phone,
            "ip": self._address,
            "ip6": self._address,
            "uuid": lambda it: self._alias("id", it.lower()),
            "sid": lambda it: self._alias("id", it),
            "hex": lambda it: self._alias("id", it),
            "ufrag": lambda it: self._alias("secret", it),
            "host": self._host,
        }
        make = parts.get(name)
        return make(text) if make is not None else self._alias(name, text)

    def _phone(self, text: str) -> str:
        return self._alias("phone", _DIGITS.sub("", text))

    def _address(self, text: str) -> str:
        kind = kind_of_address(text)
        if not kind:
            return text
        return self._alias(kind, text.lower())

    def _candidate(self, text: str) -> str:
        """Return a candidate masked; its fifth word is an address or a host, and so is what is related to it."""
        words = text.split(" ")
        for index in (4, 9):
            if index < len(words):
                words[index] = self.host(words[index])
        return " ".join([f"candidate:{self.text(words[0].partition(':')[2])}", *words[1:]])

    def _place(self, text: str) -> str:
        if text in self._given or text.isdecimal() or text.casefold() in VOCABULARY:
            return text
        if _SCHEME.match(text):
            return self.text(text)
        return self._host(text) if kind_of_address(text) is not None else self._at(text)

    def _host(self, text: str) -> str:
        bare = text.strip("[]")
        kind = kind_of_address(bare)
        if kind is not None:
            return self._address(bare)
        if bare in self._given or bare.lower() == "localhost":
            return text
        if bare.lower() in self._known:
            return self._known[bare.lower()]
        if bare.lower().endswith(".local"):
            return self._alias("mdns", bare.lower())
        return self._alias("host", bare.lower())

    def _at(self, place: str) -> str:
        """Return ``host:port`` masked; the port stays."""
        found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(:\d+)?(.*)", place, re.DOTALL)
        if found is None or not found[1]:
            return self._alias("host", place) if place else ""
        host = self._host(found[1].strip("[]"))
        return (f"[{host}]" if found[1].startswith("[") else host) + (found[2] or "")

    def _server(self, text: str) -> str:
        scheme, _, rest = text.partition(":")
        place, mark, query = rest.partition("?")
        user, at, host = place.rpartition("@")
        who = f"{self._user(user)}@" if at else ""
        kept = f"?{query}" if mark and re.fullmatch(r"transport=\w+", query) else ""
        return f"{scheme}:{who}{self._at(host)}{kept}"

    def _url(self, text: str) -> str:
        scheme, _, rest = text.partition("://")
        place = re.split(r"[/?#]", rest, maxsplit=1)
        user, at, host = place[0].rpartition("@")
        who = f"{self._user(user)}@" if at else ""
        return f"{scheme}://{who}{self._at(host)}" + ("/…" if len(place) > 1 and place[1] else "")

    def _sip(self, text: str) -> str:
        scheme, _, rest = text.partition(":")
        user, at, host = rest.rpartition("@")
        if not at:
            return f"{scheme}:{self._user(rest) if _is_number(rest) else self._at(rest)}"
        return f"{scheme}:{self._user(user)}@{self._at(host)}"

    def _mail(self, text: str) -> str:
        user, _, host = text.rpartition("@")
        return f"{self._user(user)}@{self._at(host)}"

    def _user(self, user: str) -> str:
        name = user.partition(":")[0]
        if name in self._known or name in self._given:
            return self._known.get(name, name)
        return self._phone(name) if _is_number(name) else self._alias("person", name)

    def _alias(self, kind: str, name: str) -> str:
        key = (_COUNTED_AS.get(kind, kind), name)
        found = self._aliases.get(key)
        if found is None:
            count = self._numbers[key[0]] = self._numbers.get(key[0], 0) + 1
            found = self._aliases[key] = _SHAPES.get(kind, f"{key[0]}-{{}}").format(count)
            self._given.add(found)
        return found


_WHOLE = {name: re.compile(pattern) for name, pattern in PATTERNS}


def _is_number(text: str) -> bool:
    """Return whether a text is a phone number or an extension."""
    return len(_DIGITS.sub("", text)) >= 3 and _LIKE_A_NUMBER.fullmatch(text.strip()) is not None


def forms(text: str) -> list[str]:
    """Return how a name may stand inside a text; a number also without its sign and its spaces.

    A number of fewer than four digits is only known where the place says what it is: in a text it is a figure.
    """
    if text.isdecimal() or _is_number(text):
        digits = _DIGITS.sub("", text)
        return list(dict.fromkeys((text, digits))) if len(digits) >= 4 else []
    return list(dict.fromkeys((text, text.lower())))


def _is_history(item: Json) -> bool:
    """Return whether a value is numbers only, as ``engine.snapshot`` writes columns and counts."""
    if isinstance(item, dict):
        return all(
            _is_history(below) if isinstance(below, str) else isinstance(below, int)
            for below in item.values()
        )
    return isinstance(item, str) and ARRAY.fullmatch(item) is not None


def unique(pairs: Any) -> dict[str, Any]:
    """Return a dictionary of all pairs; a name that is there already gets a sign, so that nothing is lost."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        while key in found:
            key += "'"
        found[key] = value
    return found
