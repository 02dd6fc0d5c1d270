"""Tokens that are told by how they are built: whoever gives them out begins them with letters of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """Tokens of one vendor: ``clues``, one of which is in each of them, letter by letter, and what they look like.

    Those without clues are found by ``HEX``.
    A ``pattern`` may keep what stands before the token in its first group.
    """

    vendor: str
    clues: tuple[str, ...]
    pattern: str


TOKENS: tuple[Token, ...] = (
    Token("Amazon", ("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    Token(
        "Anthropic and OpenAI",
        ("sk-",),
        r"(?<![\w-])sk-(?:[a-z]+\d*-){0,2}(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Z])[\w-]{16,}",
    ),
    Token("GitHub", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"\bgh[pousr]_[A-Za-z0-9]{16,}"),
    Token("GitHub, fine-grained", ("github_pat_",), r"\bgithub_pat_\w{16,}"),
    Token("GitLab", ("glpat-", "gldt-"), r"\bgl(?:pat|dt)-[\w.-]{12,}"),
    Token("Google, API key", ("AIza",), r"\bAIza[\w-]{30,}"),
    Token("Google, OAuth", ("ya29.", "GOCSPX-"), r"\b(?:ya29\.|GOCSPX-)[\w.-]{10,}"),
    Token("npm", ("npm_",), r"\bnpm_[A-Za-z0-9]{20,}"),
    Token("SendGrid", ("SG.",), r"\bSG\.[\w-]{10,}(?:\.[\w-]{8,})?"),
    Token("Slack", ("xox",), r"\bxox[abcdeprs](?:\.xox[abcdeprs])?-[\w-]{8,}"),
    Token("Slack, app", ("xapp-",), r"\bxapp-\d-[\w-]{8,}"),
    Token("Slack, webhook", ("hooks.slack.com",), r"(hooks\.slack\.com/(?:services|workflows)/)[\w/-]+"),
    Token("Stripe", ("k_live_", "k_test_"), r"(?<![A-Za-z0-9])[sr]k_(?:live|test)_\w{8,}"),
    Token("Stripe, webhook", ("whsec_",), r"\bwhsec_[\w+/=]{8,}"),
    Token("Telnyx", ("KEY",), r"\bKEY[0-9A-F]{16,}(?:_\w{6,})?"),
    Token("Twilio, API key", (), r"\bSK[0-9a-f]{32}\b"),
    Token("Twilio, account with its token", (), r"\b(AC[0-9a-f]{32}(?:[:/,;| ]|%3A){1,3})[0-9a-f]{32}\b"),
)
"""All that are known, in the order of their vendors."""

CLUES = tuple(dict.fromkeys(clue for token in TOKENS for clue in token.clues))
"""A text without any of these, letter by letter, has no such token in it."""

BYTE_CLUES = tuple(clue.encode() for clue in CLUES)
"""The same in UTF-8."""

HEX = re.compile(r"(?:AC|SK)[0-9a-f]{32}")
"""How the names of Twilio's accounts and keys begin; "AC" and "SK" alone are in many texts."""

BYTE_HEX = re.compile(HEX.pattern.encode())
"""The same in UTF-8."""

PATTERNS = tuple(re.compile(token.pattern, re.ASCII) for token in TOKENS)
"""What they look like."""
