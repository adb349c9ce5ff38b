"""The real resolver, asked through tests/dns/resolve_probe, and what it says of failures."""

import os
import subprocess
import unittest

from tests.support.dns_server import DnsServer

NOT_FOUND = "error: no such name"
NO_DATA = "error: no such record"
NULL_MX = "error: the domain accepts no mail"
SERVFAIL = "error: the name server failed"
REFUSED = "error: the name server refused to answer"
TIMEOUT = "error: no name server answered in time"
MALFORMED = "error: the name server's answer makes no sense"
UNREACHABLE = "error: no name server could be asked"
CANCELLED = "error: the look-up was cancelled"
OTHER_FAMILY = (
    "error: it has addresses only of the IP family that is switched off (KURIR_IP_FAMILY)"
)
UNPROVEN = "error: the name server's answer is empty and proves nothing (no SOA record)"

PROVEN = {NOT_FOUND, NO_DATA, NULL_MX}


class Probe:
    """A running resolve_probe; `options` become --option value."""

    def __init__(self, *servers: str, environment: dict[str, str] | None = None, **options: object):
        arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        self._process = subprocess.Popen(
            [os.environ["RESOLVE_PROBE"], ",".join(servers), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | (environment or {}),
        )

    def __enter__(self) -> "Probe":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        status = self._process.wait(30)
        assert kind or status == 0, f"the probe ended with status {status}"

    def ask(self, *questions: str) -> list[str]:
        """What is said to questions that are asked at once."""
        return self._talk("\n".join(questions) + "\n\n")

    def metrics(self) -> dict[str, int]:
        lines = [line.rpartition(" ") for line in self._talk("metrics\n")]
        return {name: int(value) for name, _, value in lines}

    def _talk(self, text: str) -> list[str]:
        self._process.stdin.write(text)
        self._process.stdin.flush()
        lines = []
        while line := self._process.stdout.readline().rstrip("\n"):
            lines.append(line)
        return lines


class ResolverCase(unittest.TestCase):
    def names(self, zone: str = "") -> DnsServer:
        return self.enterContext(DnsServer(zone))

    def probe(self, *servers: str, **options: object) -> Probe:
        return self.enterContext(Probe(*servers, **options))
