"""The forms of files that are one JSON value, in the order in which they are tried."""

from __future__ import annotations

from callmon.dumps import daily, internals, observertc, peermetrics, reports, telnyx, twilio
from callmon.dumps.form import Form

DOCUMENTS: tuple[Form, ...] = (
    internals.FORM,
    observertc.FORM,
    telnyx.FORM,
    twilio.FORM,
    daily.FORM,
    peermetrics.FORM,
    reports.FORM,
)
"""Every form; the first that fits reads the file."""
