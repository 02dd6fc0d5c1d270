"""Invented people, places and addresses, out of the ranges reserved for fiction and documentation."""

from __future__ import annotations

from random import Random

FIRST = (
    "Ines", "Tomas", "Aiko", "Maya", "Jonas", "Leila", "Oskar", "Priya", "Mateo", "Freya", "Samir", "Nora",
    "Kofi", "Elena", "Bao", "Hanna", "Luca", "Zofia", "Amara", "Felix", "Rosa", "Viktor", "Noor", "Emil",
    "Tara", "Idris", "Mina", "Anton", "Chidi", "Paula", "Sven", "Yara", "Hugo", "Lena", "Ravi", "Greta",
    "Omar", "Silvia", "Juno", "Marek", "Adele", "Kenji", "Ruth", "Diego", "Wen", "Astrid", "Pavel", "Salma",
)  # fmt: skip
LAST = (
    "Duarte", "Lind", "Okafor", "Sato", "Varga", "Rahimi", "Brandt", "Iyer", "Castillo", "Moen", "Haddad",
    "Novak", "Mensah", "Petrova", "Tran", "Keller", "Ricci", "Wolska", "Diallo", "Weber",
)  # fmt: skip
DESKS = (
    "Front desk", "Support", "Billing", "Night line", "Dispatch", "Bookings", "Pharmacy", "Returns", "Claims",
    "Triage", "Reception", "Orders", "Intake", "Helpdesk",
)  # fmt: skip
ROOMS = (
    "harbour-clinic", "planning", "ward-3-rounds", "design-review", "class-7b", "board", "field-crew",
    "morning-standup", "interview-2", "choir-practice",
)  # fmt: skip
NUMBERS = (
    "+1 202 555 01{:02d}",
    "+1 415 555 01{:02d}",
    "+44 20 7946 09{:02d}",
    "+44 7700 9001{:02d}",
    "+61 3 5550 10{:02d}",
)
"""Ranges that the numbering plans of these countries keep free for fiction."""

NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
"""The documentation networks of RFC 5737."""

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def people(rng: Random, count: int) -> list[str]:
    """Return the names of ``count`` people, no two the same."""
    return [f"{first} {rng.choice(LAST)}" for first in rng.sample(FIRST, count)]


def number(rng: Random) -> str:
    """Return a telephone number that nobody has."""
    return rng.choice(NUMBERS).format(rng.randrange(100))


def agent(rng: Random) -> str:
    """Return the label of a call to a desk: who talks, and from where."""
    return f"{rng.choice(DESKS)} {rng.randrange(1, 9)} · {rng.choice(FIRST)}"


def room(rng: Random) -> str:
    """Return the name of a room."""
    return f"{rng.choice(ROOMS)}-{rng.randrange(10, 100)}"


def uuid(rng: Random) -> str:
    """Return a random UUID (RFC 9562, version 4)."""
    h = f"{rng.getrandbits(128):032x}"
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{'89ab'[int(h[16], 16) % 4]}{h[17:20]}-{h[20:]}"


def ssrc(rng: Random) -> int:
    """Return a synchronisation source."""
    return rng.randrange(1 << 20, 1 << 32)


def token(rng: Random, length: int = 8) -> str:
    """Return a few characters as browsers use in ids and user fragments."""
    return "".join(rng.choices(_BASE64, k=length))


def hexes(rng: Random, length: int = 8) -> str:
    """Return a few hexadecimal digits."""
    return f"{rng.getrandbits(4 * length):0{length}x}"


def address(rng: Random, network: int | None = None) -> str:
    """Return an address out of a documentation network."""
    chosen = NETWORKS[network] if network is not None else rng.choice(NETWORKS)
    return f"{chosen}.{rng.randrange(2, 254)}"


def port(rng: Random) -> int:
    """Return an ephemeral port."""
    return rng.randrange(40_000, 65_000)


def fingerprint(rng: Random) -> str:
    """Return the SHA-256 fingerprint of a certificate."""
    return ":".join(f"{byte:02X}" for byte in rng.randbytes(32))
