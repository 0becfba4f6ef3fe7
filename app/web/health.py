"""GET /healthz: the process lives. GET /readyz: it can do its work."""

import shutil
from typing import Any

from fastapi import APIRouter
from sqlalchemy import text

from app.errors import UrnaError
from app.store.database import reading, writing
from app.store.schema import is_current
from app.web.access import open_to_all
from app.web.ground import Ground, GroundDep

router = APIRouter(tags=["health"], dependencies=[open_to_all()])
DISK_FREE_BYTES_MIN = 100 * 1024 * 1024


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers. Says nothing about the database: a restart would not mend that."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(ground: GroundDep) -> dict[str, Any]:
    """Database writable, schema at its head, disk free. Raises UrnaError `not_ready` naming what is not."""
    checks = {"database": _is_writable(ground), "disk": _has_room(ground)}
    missing = sorted(name for name, fine in checks.items() if not fine)
    if missing:
        raise UrnaError("not_ready", f"Not ready: {', '.join(missing)}.", headers={"Retry-After": "5"})
    return {"status": "ready", **checks}


def _is_writable(ground: Ground) -> bool:
    """The schema is compared outside the write: this door is open to all, and phones wait for that lock."""
    try:
        with reading(ground.engine) as connection:
            if not is_current(connection):
                return False
        with writing(ground.engine) as connection:
            connection.execute(text("UPDATE log_head SET server_seq = server_seq WHERE mission IS NULL"))
            return True
    except Exception:
        return False


def _has_room(ground: Ground) -> bool:
    folder = ground.settings.data_dir
    return shutil.disk_usage(folder if folder.exists() else ".").free >= DISK_FREE_BYTES_MIN
