"""Packages of npm that tests need, installed by a lock file into the build folder."""

import fcntl
import shutil
import subprocess
from pathlib import Path

FILES = ("package.json", "package-lock.json", ".npmrc")


def installed(lock_folder: Path, place: Path) -> Path:
    """`place`, with the packages of the lock file in `lock_folder`; installs what is not there yet."""
    place.mkdir(exist_ok=True, parents=True)
    done = place / "node_modules/installed-by"
    wanted = (lock_folder / "package-lock.json").read_bytes()
    with (place / "lock").open("w") as lock:  # modules of tests run side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_bytes() != wanted:
            for name in FILES:
                if (lock_folder / name).exists():
                    shutil.copy(lock_folder / name, place)
            command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel", "error"]
            subprocess.run(command, cwd=place, check=True, timeout=300, stdout=subprocess.DEVNULL)
            done.write_bytes(wanted)
    return place
