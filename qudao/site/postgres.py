"""The embedded PostgreSQL."""
from pathlib import Path
def socket_directory(data: Path) -> Path:
    return data / "postgres-socket"
