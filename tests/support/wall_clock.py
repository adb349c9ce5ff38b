"""A wall clock for one relay, by libfaketime. Its monotonic clock stays right."""

from pathlib import Path

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


class Clock:
    """The wall clock of one relay. Never behind the true time: libfaketime moves the timers of a
    process that live by the monotonic clock as well, and those that are over would then wait.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.jump_to(0)
        self.variables = {
            "LD_PRELOAD": LIBRARY,
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def jump_to(self, seconds: int) -> None:
        """It is so far ahead of the true time from now on."""
        following = self._file.with_suffix(".new")
        following.write_text(f"{seconds:+d}\n")
        following.replace(self._file)


def remove_shared_memory() -> None:
    """What libfaketime leaves of processes that were killed."""
    for kind in ("faketime_shm_", "sem.faketime_sem_"):
        for file in Path("/dev/shm").glob(f"{kind}*"):
            if not Path("/proc", file.name.removeprefix(kind)).exists():
                file.unlink(missing_ok=True)
