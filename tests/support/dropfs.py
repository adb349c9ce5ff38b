"""dropfs, a file system in memory that forgets at a power cut what was not synced.

    with Disk() as disk:
        relay = Relay(queue_dir=disk.folder / "queue")
        ...
        disk.outage()            # from now on nothing reaches it, and whoever tries waits
        relay.process.kill()
        disk.cut(seed=1)         # what is there now is what a power cut may leave

It takes /dev/fuse, root, and build/release/tests/dropfs; `why_not()` says what is missing. The
commands are explained in dropfs.cpp.
"""

import functools
import os
import subprocess
import tempfile
from pathlib import Path

from tests.support.client import wait_until
from tests.support.relay import BINARY

DROPFS = BINARY.parent / "tests/dropfs"
TAILS = ("dropped", "kept", "prefix", "pages")  # what becomes of bytes that were not synced


@functools.cache
def why_not() -> str:
    """What this machine lacks to have such a disk; empty if nothing."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "it takes /dev/fuse, which this machine does not have or not give"
    if os.geteuid() != 0:
        return "mounting a file system takes root"
    if not DROPFS.exists():
        return f"{DROPFS} is not built"
    try:
        with Disk():
            return ""
    except AssertionError as error:
        return str(error)


class Disk:
    """One such file system, mounted on a temporary folder for the time of the context."""

    def __enter__(self) -> "Disk":
        self.folder = Path(tempfile.mkdtemp(prefix="kurir-dropfs-"))
        self._process = subprocess.Popen(
            [DROPFS, self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,  # an interrupt of the test is not for it: it must unmount later
        )

        def here() -> bool:
            return self._process.poll() is not None or os.path.ismount(self.folder)

        wait_until(here, 10)
        if self._process.poll() is not None or not os.path.ismount(self.folder):
            self.__exit__()
            raise AssertionError("dropfs cannot be mounted here")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:  # somebody still has a file open
            subprocess.run(["umount", "--lazy", self.folder], check=False)
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        if os.path.ismount(self.folder):
            subprocess.run(["umount", "--lazy", self.folder], check=True)
        self.folder.rmdir()

    def outage(self, operation: str = "", nth: int = 1, when: str = "before") -> None:
        """Power fails now, or before or after the nth `operation`."""
        self.command(f"outage {operation} {nth} {when}" if operation else "outage")

    def has_power(self) -> bool:
        return self.figures()["power"] == 1

    def cut(self, seed: int, tails: str = "dropped") -> None:
        """After the outage, and after the end of all who used it: power returns."""
        self.command(f"cut {seed} {tails}")

    def fail(
        self, operation: str, error: str, files: str = "*", nth: int = 1, times: int = 1
    ) -> None:
        """The nth read, write or sync of these files from now on fails, and more after it."""
        self.command(f"fail {operation} {error} {files} {nth} {times}")

    def delay(self, operation: str, seconds: float) -> None:
        self.command(f"delay {operation} {int(seconds * 1000)}")

    def lie(self) -> None:
        """Syncs answer without doing anything."""
        self.command("lie")

    def strict(self) -> None:
        """Only a sync of a folder commits names, not one of any file, as POSIX has it."""
        self.command("strict")

    def clear(self) -> None:
        """No faults from now on."""
        self.command("clear")

    def figures(self) -> dict[str, int]:
        """How many reads, writes and syncs there were, how many of them failed; and the power."""
        words = self.command("figures").split()
        return {name: int(value) for name, _, value in (word.partition("=") for word in words)}

    def command(self, text: str) -> str:
        """One command; what it answers beyond ok."""
        self._process.stdin.write(text + "\n")
        verdict, _, answer = self._process.stdout.readline().strip().partition(" ")
        assert verdict == "ok", f"dropfs does not obey: {text}"
        return answer
