"""What testssl.sh finds on the listeners: protocols, ciphers, the certificate, known attacks."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

from tests.support.relay import PATIENCE
from tests.support.secured_case import SecuredCase

LISTEN = "127.0.0.1:0, 127.0.0.1:0?tls=implicit"
CHECKS = ("-p", "-s", "-f", "-S", "-U")  # without those that take minutes and judge nothing
GRAVE = ("MEDIUM", "HIGH", "CRITICAL", "FATAL")
NO_FAULT = {"cert_revocation"}  # the authority of these tests publishes no list


class TestSsl(SecuredCase):
    def test_nothing_grave_is_found(self) -> None:
        certificate, key = self.ca.issue("lasting", days=365, host="relay.test")
        near = self.relay(listen=LISTEN, tls_cert=certificate, tls_key=key)
        self.name_ports(near, ("starttls", "implicit"))
        ways = {"starttls": ("--starttls", "smtp"), "implicit": ()}
        with ThreadPoolExecutor() as pool:
            results = dict(zip(ways, pool.map(self.found, ways, ways.values())))
        for way, findings in results.items():
            with self.subTest(way):
                grave = {
                    name: text
                    for name, (severity, text) in findings.items()
                    if severity in GRAVE and name not in NO_FAULT
                }
                self.assertEqual(grave, {})
                # It has looked, and at this relay.
                for name in ("TLS1_2", "TLS1_3", "PFS", "heartbleed", "secure_client_renego"):
                    self.assertIn(findings[name][0], ("OK", "INFO"), name)
                self.assertEqual(findings["cert_commonName"][1], "relay.test")
                self.assertEqual(findings["cert_chain_of_trust"][0], "OK")
                for name in ("SSLv2", "SSLv3", "TLS1", "TLS1_1"):
                    self.assertIn("not offered", findings[name][1])
                worst = sorted({severity for severity, _ in findings.values()})
                print(f"testssl.sh, {way}: {len(findings)} findings, {', '.join(worst)}")

    def found(self, way: str, options: tuple[str, ...]) -> dict[str, tuple[str, str]]:
        """Severity and text by the name of each finding."""
        file = self.ca.folder / f"{way}.json"
        subprocess.run(
            ["testssl", "--quiet", "--warnings", "off", "--nodns", "none", "--ip", "127.0.0.1"]
            + ["--add-ca", str(self.ca.file), "--jsonfile", str(file)]
            + [*CHECKS, *options, f"relay.test:{self.ports[way]}"],
            capture_output=True,
            timeout=270 * PATIENCE,
            check=False,  # it counts its findings in the exit status
        )
        told = json.loads(file.read_text(encoding="utf-8"))
        return {one["id"].split(" ")[0]: (one["severity"], one["finding"]) for one in told}
