"""The project's own files, for tests of the code itself."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Our apps, top layer first.
APPS = ("config", "targets", "subsidies", "evaluations", "plans", "incubators", "accounts", "core")


def relative(path: Path) -> Path:
    """A path as seen from the project's folder, for messages."""
    return path.relative_to(ROOT)


@cache
def project_files() -> tuple[Path, ...]:
    """Files that are or would be committed: tracked or not, but never ignored ones."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return tuple(path for name in sorted(filter(None, names)) if (path := ROOT / name).is_file())


def python_files() -> list[Path]:
    """Our Python files without migrations, which Django writes."""
    return [path for path in project_files() if path.suffix == ".py" and "migrations" not in path.parts]


def text_files() -> list[Path]:
    """Files that people read or that carry settings; pictures and workbooks are left out."""
    return [path for path in project_files() if path.suffix not in {".png", ".jpg", ".ico", ".xlsx", ".woff2", ".pdf"}]
