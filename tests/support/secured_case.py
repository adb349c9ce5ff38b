"""The base of the end-to-end tests with TLS: an authority, and a certificate of the relay."""

import shutil
import tempfile
from pathlib import Path

from tests.support import certificates
from tests.support.case import RelayCase
from tests.support.relay import Relay
from tests.support.tls_client import context


class SecuredCase(RelayCase):
    """`folder` is the test's own; `certificate` and `key` are for relay.test and 127.0.0.1."""

    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(tempfile.mkdtemp(prefix="kurir-certificates-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.ca = certificates.Authority(self.folder)
        self.certificate, self.key = self.ca.issue("relay.test")
        self.tls = context(self.ca.file)

    def name_ports(self, near: Relay, names: tuple[str, ...]) -> None:
        """Calls the ports of the relay's listeners by these names, in their order."""
        ports = [one["port"] for one in near.wait_log("lifecycle", what="listening")]
        self.ports = dict(zip(names, ports))
