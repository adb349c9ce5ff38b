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

    def issue(
        self, name: str, days: int = 30, host: str = "", address: str = "127.0.0.1"
    ) -> tuple[Path, Path]:
        """A certificate and its key, for the host `name` (or `host`); days < 0: it has expired."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:{host or name},IP:{address}\n")
        self._openssl(*self._new_key(key), "-subj", f"/CN={host or name}", "-out", request)
        signed = ("-CA", self.file, "-CAkey", self._key, "-CAcreateserial")
        self._openssl(
            *("x509", "-req", "-in", request, *signed, "-extfile", extensions),
            *("-days", days, "-out", certificate),
        )
        return certificate, key

    def self_signed(self, name: str) -> tuple[Path, Path]:
        """For the host `name` and for 127.0.0.1, signed by its own key."""
        certificate, key = self.folder / f"{name}.own.pem", self.folder / f"{name}.own.key"
        names = f"subjectAltName=DNS:{name},IP:127.0.0.1"
        self._openssl(
            *self._new_key(key),
            "-x509",
            "-subj",
            f"/CN={name}",
            "-addext",
            names,
            "-out",
            certificate,
        )
        return certificate, key

    def issue_client(
        self,
        file: str,
        subject: str,
        names: str = "",
        days: int = 30,
        usage: str = "clientAuth",
        signed_ago: int = 0,
    ) -> tuple[Path, Path]:
        """A client's certificate and its key: `names` as OpenSSL writes them, "DNS:a,email:b@c".

        It was signed so many seconds ago, and is valid for so many days from then.
        """
        certificate, key = self.folder / f"{file}.pem", self.folder / f"{file}.key"
        request, extensions = self.folder / f"{file}.csr", self.folder / f"{file}.ext"
        text = f"extendedKeyUsage={usage}\n"
        extensions.write_text(text + (f"subjectAltName={names}\n" if names else ""))
        self._openssl(*self._new_key(key), "-utf8", "-subj", subject, "-out", request)
        signed = ("-CA", self.file, "-CAkey", self._key, "-CAcreateserial")
        self._openssl(
            *("x509", "-req", "-in", request, *signed, "-extfile", extensions),
            *("-days", days, "-out", certificate),
            ago=signed_ago,
        )
        return certificate, key

    @staticmethod
    def _new_key(path: Path) -> tuple[object, ...]:
        return (
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", path),
        )

    @staticmethod
    def _openssl(*arguments: object, ago: int = 0) -> None:
        clock = ["faketime", "-f", f"-{ago}s"] if ago else []
        command = [*clock, "openssl", *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True, timeout=60, umask=0o077)


def replace(target: Path, text: bytes) -> None:
    """In one step, as tools that renew certificates do."""
    added = target.with_suffix(".new")
    added.write_bytes(text)
    added.chmod(0o600)
    os.replace(added, target)
