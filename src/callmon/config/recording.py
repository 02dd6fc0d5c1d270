"""The sections of the configuration about what is kept: the tape of the recent past, and recordings."""

from __future__ import annotations

from pydantic import Field

from callmon.config.section import Section


class Tape(Section):
    """How much of the recent past is kept on disk, so that one can go back to it."""

    on: bool = Field(True, description="Keep it at all.")
    keep_s: float = Field(1800.0, ge=60, le=86_400, description="Seconds of everything that are kept.")
    limit_mb: int = Field(512, ge=16, description="Megabytes on disk at most; then less is kept.")


class Record(Section):
    """Recordings: where they go, and when another file is begun."""

    folder: str = Field(
        "", description="Folder for recordings without a name; empty is callmon's data directory."
    )
    rotate_mb: float = Field(
        0.0, ge=0, description="Megabytes after which another file is begun; 0 is never."
    )
    rotate_s: float = Field(0.0, ge=0, description="Seconds after which another file is begun; 0 is never.")
    keep_files: int = Field(0, ge=0, description="Files of a recording that stay, the newest; 0 is all.")
