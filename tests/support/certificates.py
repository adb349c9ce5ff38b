"""Certificates for one test: an authority, and what it signs. Needs the program openssl."""

import os
import subprocess
from pathlib import Path


class Authority:
    """Files of PEM in one folder; keys that only their owner can read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "ca.pem"
        self._key = folder / "ca.key"
        self._openssl(
            *self._new_key(self._key), "-x509", "-subj", "/CN=authority", "-out", self.file
        )

    def issue(self, name: str, days: int = 30, host: str = "") -> tuple[Path, Path]:
        """A certificate and its key, for the host `name` (or `host`); days < 0: it has expired."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:{host or name},IP:127.0.0.1\n")
        self._openssl(*self._new_key(key), "-subj", f"/CN={host or name}", "-out", request)
        signed = ("-CA", self.file, "-CAkey", self._key, "-CAcreateserial")
        self._openssl(
            *("x509", "-req", "-in", request, *signed, "-extfile", extensions),
            *("-days", days, "-out", certificate),
        )
        return certificate, key

    @staticmethod
    def _new_key(path: Path) -> tuple[object, ...]:
        return (
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", path),
        )

    @staticmethod
    def _openssl(*arguments: object) -> None:
        command = ["openssl", *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True, timeout=60, umask=0o077)


def replace(target: Path, text: bytes) -> None:
    """In one step, as tools that renew certificates do."""
    added = target.with_suffix(".new")
    added.write_bytes(text)
    added.chmod(0o600)
    os.replace(added, target)
