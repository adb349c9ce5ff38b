"""Every client seems to be the network's gateway, as behind a published port of a container."""

import json
import os
import shutil
import subprocess
import sys
import unittest

from tests.support.case import RelayCase
from tests.support.relay import PATIENCE, Relay

# A network of its own whose gateway is 10.99.0.1. Once that is said, the address becomes one of this
# machine, so that clients can have it.
NETWORK = """
set -e
ip link set lo up
ip link add inside type veth peer name outside
ip address add 10.99.0.2/24 dev inside
ip link set inside up
ip link set outside up
ip route add default via 10.99.0.1
ip address add 10.99.0.1/32 dev lo
ip address add 10.99.0.7/32 dev lo
exec "$@"
"""

# Within it: so many sessions from an address, then what /readyz says, plain and verbose.
LOOK = """
import json, socket, sys, urllib.request
source, sessions, smtp, http = sys.argv[1], *map(int, sys.argv[2:])
for _ in range(sessions):
    with socket.create_connection(("10.99.0.2", smtp), 10, source_address=(source, 0)) as client:
        assert client.recv(100).startswith(b"220")
        client.sendall(b"QUIT\\r\\n")
        while client.recv(1000):
            pass
for query in ("", "?verbose"):
    with urllib.request.urlopen(f"http://127.0.0.1:{http}/readyz{query}", timeout=10) as answer:
        print(json.dumps({"status": answer.status, **json.load(answer)}))
"""


def can_make_networks() -> bool:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    tried = subprocess.run(
        ["unshare", "--net", "bash", "-c", NETWORK, "_", "true"], capture_output=True, check=False
    )
    return tried.returncode == 0


@unittest.skipUnless(can_make_networks(), "a network of its own takes root and iproute2")
class Gateway(RelayCase):
    def inside(self, **settings: object) -> Relay:
        return self.relay(
            prefix=("unshare", "--net", "bash", "-c", NETWORK, "_"),
            wait_ready=False,
            listen="10.99.0.2:0",
            **settings,
        )

    def look(self, near: Relay, source: str, sessions: int) -> tuple[dict, dict]:
        """What /readyz says after these sessions, plain and verbose."""
        ended = subprocess.run(
            [
                *(
                    "nsenter",
                    "--target",
                    str(near.process.pid),
                    "--net",
                    sys.executable,
                    "-c",
                    LOOK,
                ),
                *(source, str(sessions), str(near.port), str(near.http_port)),
            ],
            capture_output=True,
            text=True,
            timeout=60 * PATIENCE,
            check=True,
        )
        plain, verbose = map(json.loads, ended.stdout.splitlines())
        return plain, verbose

    def gateway_in(self, answer: dict) -> list[dict]:
        return [one for one in answer["checks"] if one["name"] == "gateway"]

    def test_readyz_says_so_as_long_as_it_lasts(self) -> None:
        near = self.inside(trusted_networks="private")
        _, verbose = self.look(near, "10.99.0.1", 19)
        self.assertTrue(self.gateway_in(verbose)[0]["ok"])
        plain, verbose = self.look(near, "10.99.0.1", 1)
        near.wait_log("gateway", client_ip="10.99.0.1")
        self.assertEqual((plain["status"], plain["ready"]), (200, True))
        self.assertEqual(self.gateway_in(plain), [])
        self.assertEqual((verbose["status"], verbose["ready"]), (200, True))
        told = self.gateway_in(verbose)[0]
        self.assertFalse(told["ok"])
        self.assertIn("10.99.0.1", told["detail"])
        _, verbose = self.look(near, "10.99.0.7", 1)
        self.assertTrue(self.gateway_in(verbose)[0]["ok"])

    def test_a_gateway_that_is_not_trusted_is_a_client_like_any_other(self) -> None:
        near = self.inside(trusted_networks="10.99.0.2")
        _, verbose = self.look(near, "10.99.0.1", 25)
        self.assertTrue(self.gateway_in(verbose)[0]["ok"])
        self.assertEqual(near.select("gateway"), [])

    def test_a_gateway_that_is_a_proxy_is_no_client(self) -> None:
        near = self.relay(
            prefix=("unshare", "--net", "bash", "-c", NETWORK, "_"),
            wait_ready=False,
            listen="10.99.0.2:0, 10.99.0.2:0?proxy=10.99.0.1",
            trusted_networks="private",
        )
        _, verbose = self.look(near, "10.99.0.1", 19)
        script = (
            "import socket, sys\n"
            "for _ in range(5):\n"
            "    with socket.create_connection(('10.99.0.2', int(sys.argv[1])), 10,\n"
            "                                  source_address=('10.99.0.1', 0)) as client:\n"
            "        client.sendall(b'PROXY TCP4 10.99.0.7 10.99.0.2 1 25\\r\\n')\n"
            "        assert client.recv(100).startswith(b'220')\n"
        )
        port = near.wait_log("lifecycle", 2, what="listening")[1]["port"]
        subprocess.run(
            [
                *("nsenter", "--target", str(near.process.pid), "--net", sys.executable),
                *("-c", script, str(port)),
            ],
            timeout=60 * PATIENCE,
            check=True,
        )
        _, verbose = self.look(near, "10.99.0.1", 0)
        self.assertTrue(self.gateway_in(verbose)[0]["ok"])
