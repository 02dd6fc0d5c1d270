"""The forms of files that are one JSON value, in the order in which they are tried."""

from __future__ import annotations

from callmon.dumps import internals
from callmon.dumps.form import Form

DOCUMENTS: tuple[Form, ...] = (internals.FORM,)
"""Every form; the first that fits reads the file."""
