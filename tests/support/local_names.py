"""A real recursive name server with records of its own: Debian's unbound.

    with LocalNames("mx.a.test. A 192.0.2.1", '_dmarc.a.test. TXT "v=DMARC1; p=none"') as names:
        Relay(dns_servers=names.address, ...)

It answers for test. and for 192.0.2.0/24 and asks nobody else. Names it does not know are NXDOMAIN.
"""

import re

from tests.dns.recursive import Recursive

ZONES = ("test.", "2.0.192.in-addr.arpa.")
NOBODY = 1  # a port
TXT = re.compile(r'"([^"]*)"')


class LocalNames(Recursive):
    def __init__(self, *records: str) -> None:
        super().__init__(NOBODY)
        lines = ["server:"]
        for zone in ZONES:
            lines.append(f"  local-zone: {zone} static")
            lines.append(f"  local-data: '{zone} 60 SOA ns.test. hostmaster.test. 1 3600 600 9 5'")
        lines += [f"  local-data: '{record}'" for record in records]
        with (self._folder / "unbound.conf").open("a", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")


def local_records(zone: str) -> list[str]:
    """Lines of a zone file, each with TXT strings in parentheses, as records of one line."""
    records = []
    for line in zone.splitlines():
        name = line.split()[0]
        strings = " ".join(f'"{text}"' for text in TXT.findall(line))
        records.append(f"{name} 60 TXT {strings}")
    return records
