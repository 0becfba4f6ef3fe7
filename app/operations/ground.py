"""What these verbs need to know of the server, handed in by the command: a room reads no settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Standing:
    """Where a server stands and what it was told."""

    database_url: str
    data_dir: Path
    public_url: str | None
    secret_file: Path | None
    trusted_hosts: str
    pages: Path
    """Folder of the built phone app."""
    limits: Mapping[str, int | float]

    @property
    def backups(self) -> Path:
        return self.data_dir / "backups"

    @property
    def secret(self) -> Path:
        return self.secret_file or self.data_dir / "secret"
