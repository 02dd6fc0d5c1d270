"""What callmon.toml may say of the callstats API: whose tokens are taken."""

from __future__ import annotations

from pydantic import Field, model_validator

from callmon.config.secret import Secret
from callmon.config.section import Section


class Callstats(Section):
    """The ingest API of callstats, served beside all else once an app is named."""

    app_id: str | None = Field(None, min_length=1, description="Id of the app whose clients may send.")
    secret: Secret | None = Field(None, description="The app's secret, with which clients sign (HS256).")
    public_key: Secret | None = Field(
        None, description="Public key of the app in PEM (ES256); needs pip install 'callmon[callstats]'."
    )
    key_id: str | None = Field(None, min_length=1, description="Name of the public key that tokens must say.")
    token_key: Secret | None = Field(
        None, description="Secret that signs the tokens given out; without it they end with the process."
    )
    token_s: float = Field(
        3600.0, ge=60, le=86_400, description="Seconds that a token given out is good for."
    )
    stats_s: float = Field(15.0, ge=1, le=60, description="Seconds between two reports of a browser client.")
    url: str | None = Field(
        None,
        pattern=r"^https?://[^/]+$",
        description="Address by which clients find this server, if by another.",
    )

    @model_validator(mode="after")
    def refuse_open(self) -> Callstats:
        """Refuse an app without a key: then anybody could send, or nobody."""
        keys = self.secret is not None or self.public_key is not None
        if (self.app_id is not None) != keys:
            raise ValueError("callstats wants both an app and a key: set app_id, and secret or public_key")
        return self
