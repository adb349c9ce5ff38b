"""aiosmtpd, Python's SMTP server, as Debian has it, to be delivered to.

    with Aiosmtpd("--smtputf8") as server:
        server.messages()  ->  the bytes of each message that it has taken, in their order

`--smtputf8` enables that extension; with `--decode-data` it offers no 8BITMIME, because it gives
its handler text instead of bytes. As a program, which Debian's own Python runs, it is that server.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

READY = b"listening\n"


class Aiosmtpd:
    """The program, on a free port of loopback; it ends with the context."""

    def __init__(self, *options: str) -> None:
        from tests.support.ports import free_port

        self._options = options
        self._folder = Path(tempfile.mkdtemp(prefix="kurir-aiosmtpd-"))
        self.port = free_port()

    def __enter__(self) -> "Aiosmtpd":
        self._process = subprocess.Popen(
            ["/usr/bin/python3", "-B", __file__, str(self.port), self._folder, *self._options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        if self._process.stdout.readline() != READY:
            self.__exit__()
            raise AssertionError("aiosmtpd does not listen")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(20)
        self._process.stdout.close()
        shutil.rmtree(self._folder)

    def messages(self) -> list[bytes]:
        paths = sorted(self._folder.glob("*.eml"), key=lambda path: int(path.stem))
        return [path.read_bytes() for path in paths]


class Keeper:
    """A handler that keeps the bytes of what it is given."""

    def __init__(self, folder: Path, decodes: bool) -> None:
        self.folder = folder
        self.decodes = decodes
        self.taken = 0

    async def handle_DATA(self, _server, _session, envelope) -> str:  # aiosmtpd's name
        text = envelope.content.encode("ascii") if self.decodes else envelope.content
        name = f"{self.taken}"
        self.taken += 1
        (self.folder / name).write_bytes(text)
        (self.folder / name).rename(self.folder / f"{name}.eml")
        return "250 2.0.0 kept"


def main() -> None:
    from aiosmtpd.controller import Controller

    parser = argparse.ArgumentParser(description="aiosmtpd, which keeps each message in a file.")
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--smtputf8", action="store_true")
    parser.add_argument("--decode-data", action="store_true")
    options = parser.parse_args()
    controller = Controller(
        Keeper(options.folder, options.decode_data),
        hostname="127.0.0.1",
        port=options.port,
        server_kwargs={
            "enable_SMTPUTF8": options.smtputf8,
            "decode_data": options.decode_data,
        },
    )
    controller.start()
    sys.stdout.buffer.write(READY)
    sys.stdout.flush()
    signal.pause()


if __name__ == "__main__":
    main()
