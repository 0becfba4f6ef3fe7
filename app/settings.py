"""Settings from the environment (URNA_*), frozen, with the unit in every name."""

from functools import cache
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting of the server. An odd value or an unknown scheme is refused at start."""

    model_config = SettingsConfigDict(env_prefix="URNA_", frozen=True, extra="ignore")

    database_url: str = "sqlite:///var/urna.db"
    data_dir: Path = Path("var")
    public_url: str | None = None
    secret_file: Path | None = None
    """File with at least 32 bytes of secret; default: `secret` in the data folder, made at first start."""
    trusted_hosts: str = "*"
    push_operations_max: int = Field(default=100, ge=1, le=1000)
    push_body_bytes_max: int = Field(default=1_048_576, ge=65_536)
    operation_bytes_max: int = Field(default=65_536, ge=1024)
    push_burst_per_device: int = Field(default=120, ge=1)
    push_per_s_per_device: float = Field(default=1.0, gt=0)
    writer_queue_max: int = Field(default=2000, ge=1)
    writer_group_operations_max: int = Field(default=1000, ge=1)
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=1, le=65_535)
    enrolment_valid_h: int = Field(default=72, ge=1)
    stream_open_s: float = Field(default=900, ge=0, le=86_400)
    webhook_private_addresses: bool = False
    """Whether a webhook may be called in the own network, and without https."""

    @field_validator("database_url")
    @classmethod
    def scheme_is_known(cls, url: str) -> str:
        if url.startswith("sqlite:///"):
            return url
        if url.startswith(("postgresql://", "postgresql+psycopg://")):
            return "postgresql+psycopg://" + url.split("://", 1)[1]
        raise ValueError("URNA_DATABASE_URL starts with sqlite:/// or postgresql://")

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


@cache
def settings() -> Settings:
    return Settings()
