"""Where the server's secret is not what it should be, a start ends in words."""

from pathlib import Path

import pytest

from app.store.secrets import load_secret
from tests.serving import Server


@pytest.mark.parametrize("content", [b"", b"short", b"changethis, changethis, changethis"])
def test_a_file_without_a_secret_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret file"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="secret file holds no secret"):
        load_secret(file, tmp_path)


def test_serve_says_which_file_cannot_be_read_and_what_to_do(sqlite_template: Path, tmp_path: Path) -> None:
    file = tmp_path / "no such file"
    server = Server(f"sqlite:///{sqlite_template}", tmp_path, {"URNA_SECRET_FILE": str(file)})
    refused = server.run("serve", "--port", "0", check=False)
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)
    assert all(word in refused.stderr for word in (str(file), "leave it out"))
