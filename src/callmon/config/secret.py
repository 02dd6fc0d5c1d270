"""References to secrets: the configuration says where one is, and only who uses it reads it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

_COMMAND_S = 30


class SecretError(Exception):
    """A secret that its reference does not lead to, and what to do about it."""


class Secret(BaseModel):
    """Where a secret is: an environment variable, a file, a command, or, ill-advised, the text itself."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    env: str | None = Field(None, min_length=1, description="Name of the environment variable that holds it.")
    file: str | None = Field(None, min_length=1, description="Path of the file that holds it; ~ is the home.")
    command: str | None = Field(
        None, min_length=1, description="Command, run without a shell, that prints it."
    )
    literal: SecretStr | None = Field(None, description="The secret itself; any reader of the file knows it.")

    @model_validator(mode="before")
    @classmethod
    def accept_text(cls, given: Any) -> Any:
        """Take a plain string for the secret itself."""
        return {"literal": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def refuse_several(self) -> Secret:
        """Refuse a reference that leads to several places, or to none."""
        if len(self.model_fields_set) != 1:
            raise ValueError('not one secret: write {env = "NAME"}, {file = "PATH"} or {command = "…"}')
        return self

    def describe(self) -> str:
        """Return the reference as it may be shown: never the secret."""
        if self.literal is not None:
            return "(written in the file)"
        ((kind, place),) = ((name, getattr(self, name)) for name in self.model_fields_set)
        return f'{{{kind} = "{place}"}}'

    def probe(self, env: Mapping[str, str]) -> None:
        """Raise SecretError where the secret is known not to be there; of a command only whether there is one."""
        if self.command is None:
            self.resolve(env)
            return
        try:
            words = shlex.split(self.command)
        except ValueError:
            words = []
        if not words or shutil.which(words[0]) is None:
            raise SecretError(f"the command {self.command!r} is not there: try it in a shell")

    def resolve(self, env: Mapping[str, str]) -> SecretStr:
        """Return the secret, or raise SecretError; a command is run and waited for."""
        if self.literal is not None:
            return self.literal
        if self.env is not None:
            text = env.get(self.env, "")
            if not text:
                raise SecretError(f"the environment variable {self.env} is not set: export it")
        elif self.file is not None:
            text = _read(self.file)
        else:
            text = _run(self.command or "")
        text = text.strip()
        if not text:
            raise SecretError(f"{self.describe()} is empty: put the secret there")
        return SecretStr(text)


def _read(name: str) -> str:
    try:
        return Path(name).expanduser().read_text("utf-8")
    except RuntimeError:  # of ~ and a name: nobody here is called so
        raise SecretError(f"the file {name} cannot be read (no such home): put the secret there") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None)
        reason = reason or ("not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "no path")
        raise SecretError(f"the file {name} cannot be read ({reason}): put the secret there") from None


def _run(command: str) -> str:
    try:
        done = subprocess.run(
            shlex.split(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_COMMAND_S
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise SecretError(f"the command {command!r} did not run ({reason}): try it in a shell") from None
    if done.returncode != 0:
        raise SecretError(f"the command {command!r} failed with {done.returncode}: try it in a shell")
    return done.stdout
