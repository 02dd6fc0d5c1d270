"""Documents that are kept to the letter beside a test, and written anew on request."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from tests.schema import check_document


def check_kept(document: dict[str, Any], path: Path) -> None:
    """Fail unless a document is as the schema says, and as it is kept; ``CALLMON_SNAP=1`` keeps this one."""
    check_document(document)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    assert not re.search(r": -0(\.0*)?[,\n]", text)
    if os.environ.get("CALLMON_SNAP") == "1":
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")
