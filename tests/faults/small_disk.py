"""A file system of a few megabytes, that a test can fill up. Mounting it takes root."""

import contextlib
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

PIECE = bytes(65536)


def can_mount() -> bool:
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "probe", folder], capture_output=True, check=False
        )
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return mounted.returncode == 0


def small_disk(case: unittest.TestCase, size: int) -> Path:
    """The folder of an empty one of so many bytes, which goes with the test."""
    disk = Path(tempfile.mkdtemp(prefix="kurir-disk-"))
    case.addCleanup(disk.rmdir)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "kurir", disk], check=True)
    case.addCleanup(subprocess.run, ["umount", "--lazy", disk], check=True)
    return disk


def fill(file: Path) -> None:
    """Appends to a file until its file system has no room: also what became free since."""
    with file.open("ab", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(PIECE)
