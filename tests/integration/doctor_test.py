"""What `kurir doctor` finds: in unbound's records, with Postfix as the remote server and as a relayhost."""

import json
import os
import unittest

from tests.integration.relayhost_login_test import PostfixProvider
from tests.support import peers
from tests.support.dkim_keys import DkimKeys
from tests.support.dns_server import DnsServer
from tests.support.local_names import LocalNames, local_records
from tests.support.login_case import GOOD
from tests.support.relay import run
from tests.support.secured_case import SecuredCase

ADDRESS = "192.0.2.25"
NAMES = (
    f"mail.a.test. 60 A {ADDRESS}",
    "25.2.0.192.in-addr.arpa. 60 PTR mail.a.test.",
    "a.test. 60 MX 10 mx.a.test.",
    "mx.a.test. 60 A 127.0.0.1",
)
POLICY = '_dmarc.a.test. 60 TXT "v=DMARC1; p=reject; adkim=s"'
SPF = (
    f'a.test. 60 TXT "v=spf1 include:spf.a.test -all"',
    f'spf.a.test. 60 TXT "v=spf1 a:mail.a.test"',
)


class DoctorCase(SecuredCase):
    def setUp(self) -> None:
        super().setUp()
        self.queue = self.folder / "queue"
        self.queue.mkdir()
        self.settings: dict[str, object] = GOOD | {
            "hostname": "mail.a.test",
            "queue_dir": self.queue,
            "queue_min_free": "1",
            "max_message_size": "100K",
            "prohibited_networks": "none",
        }

    def with_keys(self) -> DkimKeys:
        keys = DkimKeys(self.folder / "keys")
        keys.folder.mkdir()
        keys.generate("a.test", "r")
        self.settings["dkim_key_dir"] = keys.folder
        return keys

    def names(self, *records: str) -> None:
        self.settings["dns_servers"] = self.enterContext(LocalNames(*records)).address

    def look(self, *arguments: str, status: int = 0, **settings: object) -> dict[str, list[dict]]:
        """The findings by what was looked at."""
        done = run(
            "doctor",
            "--json",
            "--address",
            ADDRESS,
            *arguments,
            timeout=60,
            **(self.settings | settings),
        )
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        found: dict[str, list[dict]] = {}
        for line in done.stdout.splitlines():
            finding = json.loads(line)
            found.setdefault(finding["check"], []).append(finding)
        for each in sum(found.values(), []):
            if each["status"] in ("warning", "wrong"):
                self.assertTrue(each["advice"], each)
        return found

    def one(self, found: dict[str, list[dict]], check: str) -> dict:
        (finding,) = found[check]
        return finding

    def assert_status(self, found: dict, check: str, status: str, *parts: str) -> None:
        finding = self.one(found, check)
        self.assertEqual(finding["status"], status, finding)
        for part in parts:
            self.assertIn(part, finding["found"] + " " + finding["advice"])


class Doctor(DoctorCase):
    def test_all_is_well(self) -> None:
        keys = self.with_keys()
        self.names(*NAMES, *SPF, POLICY, *local_records(keys.zone))
        far = self.remote(well_behaved=False)
        found = self.look("a.test", remote_port=far.port)
        self.assert_status(found, "hostname", "ok", ADDRESS)
        self.assert_status(found, "ptr", "ok", "is mail.a.test, which has the address")
        self.assert_status(found, "spf", "ok", "by include:spf.a.test, with 2 look-ups")
        self.assert_status(found, "dkim", "ok", "publishes our key")
        self.assert_status(found, "dmarc", "ok", "policy reject at a.test")
        self.assert_status(found, "port", "ok", "says: 220")
        self.assert_status(found, "disk", "ok")
        self.assert_status(found, "trust", "ok")
        self.assertNotEqual(self.one(found, "clock")["status"], "wrong")

    def test_each_thing_that_is_wrong_is_told_with_what_to_do(self) -> None:
        self.with_keys()
        self.names("mx.a.test. 60 A 192.0.2.1", 'a.test. 60 TXT "v=spf1 mx -all"', POLICY)
        found = self.look(status=1, hostname="mail.a.test")
        self.assert_status(found, "hostname", "wrong", "publish an A or AAAA record of mail.a.test")
        self.assert_status(found, "ptr", "wrong", "set its reverse name (PTR) to mail.a.test")
        self.assert_status(found, "spf", "wrong", f"add ip4:{ADDRESS}", "before -all")
        self.assert_status(found, "dkim", "wrong", "kurir dkim show a.test")
        self.assert_status(found, "dmarc", "wrong", "told to reject")
        self.assert_status(found, "port", "skipped")

    def test_a_name_that_does_not_have_the_address(self) -> None:
        self.names("mail.a.test. 60 A 192.0.2.9", "25.2.0.192.in-addr.arpa. 60 PTR mail.a.test.")
        found = self.look(status=1)
        self.assert_status(found, "ptr", "wrong", "which does not have the address")
        self.assert_status(found, "domains", "skipped", "kurir doctor DOMAIN")

    def test_a_name_server_that_fails_proves_nothing(self) -> None:
        broken = self.enterContext(DnsServer("* FAULT servfail"))
        self.settings["dns_servers"] = broken.address
        found = self.look("a.test", status=0)
        for check in ("hostname", "ptr", "spf", "dmarc"):
            self.assert_status(found, check, "warning")

    def test_what_the_machine_lacks(self) -> None:
        self.names(*NAMES)
        certificate, key = self.ca.issue("old.test", days=3)
        found = self.look(
            status=1,
            tls_cert=certificate,
            tls_key=key,
            queue_min_free="1024G",
            trusted_networks="20.0.0.0/8",
        )
        self.assert_status(found, "certificate", "warning", "for old.test", "renew it")
        self.assert_status(found, "disk", "wrong", "no mail is accepted")
        self.assert_status(found, "trust", "warning", "all relay")

    def test_a_queue_that_was_written_in_the_future(self) -> None:
        self.names(*NAMES)
        (self.queue / "CURRENT").touch()
        os.utime(self.queue / "CURRENT", (4_000_000_000, 4_000_000_000))
        self.assert_status(self.look(status=1), "clock", "wrong", "set the clock")

    def test_a_port_that_nobody_answers_on(self) -> None:
        self.names(*NAMES)
        found = self.look("a.test", status=1, remote_port=1)
        self.assert_status(found, "port", "wrong", "Connection refused", "close port 1")

    def test_mx_hosts_are_left_alone_where_a_relayhost_takes_the_mail(self) -> None:
        self.names(*NAMES)
        far = self.remote()
        found = self.look("a.test", relayhost=f"127.0.0.1:{far.port}", remote_port=1)
        self.assert_status(found, "port", "skipped", "no mail goes there")
        self.assert_status(found, "spf", "skipped", "the provider says")
        self.assert_status(found, "relayhost", "ok", "can be used")

    def test_its_text_is_for_people(self) -> None:
        self.names(*NAMES, *SPF)
        done = run(
            "doctor", "--address", ADDRESS, "A.test.", timeout=60, remote_port=1, **self.settings
        )
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(f"ok       ptr           {ADDRESS}: is mail.a.test", done.stdout)
        self.assertIn("warning  dmarc         a.test: publishes no DMARC record", done.stdout)
        self.assertIn(" do: publish a TXT record at _dmarc.a.test", done.stdout)

    def test_mistakes_of_its_user(self) -> None:
        self.assertEqual(run("doctor", "a b", **self.settings).returncode, 64)
        self.assertEqual(run("doctor", "192.0.2.1", **self.settings).returncode, 64)
        self.assertEqual(run("doctor", "--address", "x", **self.settings).returncode, 64)
        self.assertEqual(run("doctor", "--never", **self.settings).returncode, 64)
        self.assertEqual(run("doctor", **(self.settings | {"retry_min": "5"})).returncode, 78)


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class WithPostfix(DoctorCase):
    def test_port_25_and_a_relayhost_with_a_login(self) -> None:
        self.names(*NAMES)
        with peers.Postfix() as far:
            found = self.look("a.test", remote_port=far.port)
            self.assert_status(found, "port", "ok", "220 postfix.test ESMTP Postfix")
        with PostfixProvider() as provider:
            login = {
                "relayhost": f"127.0.0.1:{provider.port}",
                "relayhost_username": "app",
                "relayhost_auth_insecure": "on",
            }
            found = self.look(relayhost_password="secret", **login)
            self.assert_status(found, "relayhost", "ok", "logs us in")
            found = self.look(relayhost_password="other", status=1, **login)
            self.assert_status(found, "relayhost", "wrong", "535 5.7.8", "KURIR_RELAYHOST_PASSWORD")
