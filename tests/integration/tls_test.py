"""TLS for clients: by STARTTLS and from the first byte, with the certificates that are configured."""

import signal
import smtplib
import ssl
import subprocess
from pathlib import Path

from tests.support import certificates, relay
from tests.support.case import MESSAGE
from tests.support.relay import Relay
from tests.support.secured_case import SecuredCase
from tests.support.tls_client import TlsClient, context

LISTEN = "127.0.0.1:0, 127.0.0.1:0?tls=require, 127.0.0.1:0?tls=implicit, 127.0.0.1:0?tls=off"
NAMES = ("offer", "require", "implicit", "off")


class TlsCase(SecuredCase):
    """A relay with a listener of each kind, and a certificate for relay.test."""

    def secure_relay(self, remote=None, **settings: object) -> Relay:
        settings = {"tls_cert": self.certificate, "tls_key": self.key, "listen": LISTEN} | settings
        near = self.relay(remote, **settings)
        self.name_ports(near, NAMES)
        return near

    def handshakes(self, near: Relay, labels: str) -> float:
        return sum(
            count
            for sample, count in near.metrics().items()
            if sample.startswith("kurir_smtp_tls_handshakes_total") and labels in sample
        )

    def implicit(self, **options) -> TlsClient:
        client = TlsClient(self.ports["implicit"])
        self.addCleanup(client.close)
        return client.start_tls(options.pop("tls", self.tls), "relay.test", **options)

    def starttls(self, listener: str = "offer", **options) -> TlsClient:
        client = TlsClient.secured(
            self.ports[listener], options.pop("tls", self.tls), "relay.test", **options
        )
        self.addCleanup(client.close)
        return client


class Tls(TlsCase):
    def test_mail_comes_in_by_starttls_and_from_the_first_byte(self) -> None:
        far = self.remote()
        near = self.secure_relay(far)
        for newest, version in (
            (ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
            (ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
        ):
            tls = context(self.ca.file, newest)
            with smtplib.SMTP("127.0.0.1", self.ports["offer"], timeout=30) as client:
                client.starttls(context=tls)
                client.sendmail("a@client.test", ["b@remote.test"], MESSAGE)
            secure = self.implicit(tls=tls)
            secure.expect(220)
            secure.ask("EHLO client.test", 250)
            self.assertEqual(secure.mail("a@client.test", ["b@remote.test"], MESSAGE).code, 250)
            secure.ask("QUIT", 221)
            self.assertTrue(secure.ended())
            lines = near.wait_log("received", 2, tls=version)
            self.assertTrue(all(one["cipher"] for one in lines), lines)
            self.assertEqual([one.get("server_name") for one in lines], [None, "relay.test"])
            sessions = near.wait_log("session", 2, tls=version)
            self.assertEqual({one["reason"] for one in sessions}, {"quit"})
            for name in ("none", "known"):
                count = self.handshakes(near, f'name="{name}",version="{version}"')
                self.assertEqual(count, 1, name)
        for message in far.wait_delivered(4):
            header = message.data.partition(b"\r\n\r\n")[0]
            self.assertRegex(header, rb"with ESMTPS \(TLSv1\.[23], [A-Z0-9_-]+\) id ")

    def test_a_clear_session_says_nothing_of_tls(self) -> None:
        far = self.remote()
        near = self.secure_relay(far)
        near.submit("a@client.test", "b@remote.test", MESSAGE)
        self.assertNotIn("tls", near.wait_log("received")[0])
        self.assertIn(b"with ESMTP id ", far.wait_delivered(1)[0].data)

    def test_S069_starttls_is_offered_where_it_can_succeed(self) -> None:
        self.secure_relay()
        for name, offered in (("offer", True), ("require", True), ("off", False)):
            with TlsClient(self.ports[name]) as client:
                client.expect(220)
                lines = client.ask("EHLO client.test", 250).lines
                self.assertEqual("STARTTLS" in lines, offered, name)
                if not offered:
                    client.ask("STARTTLS", 502)
        secure = self.starttls()
        self.assertNotIn("STARTTLS", secure.ask("EHLO client.test", 250).lines)
        secure.ask("STARTTLS", 503)
        secure.ask("NOOP", 250)

    def test_S071_nothing_of_before_counts(self) -> None:
        self.secure_relay()
        client = TlsClient.greeted(self.ports["offer"])
        self.addCleanup(client.close)
        client.ask("MAIL FROM:<a@client.test>", 250)
        client.ask("RCPT TO:<b@remote.test>", 250)
        client.ask("STARTTLS", 220)
        client.start_tls(self.tls, "relay.test")
        client.ask("DATA", 503)
        client.ask("STARTTLS", 503)
        client.ask("EHLO client.test", 250)
        client.begin_message()

    def test_S072_a_listener_that_requires_tls(self) -> None:
        near = self.secure_relay()
        with TlsClient.greeted(self.ports["require"]) as client:
            for line in ("MAIL FROM:<a@client.test>", "RCPT TO:<b@remote.test>", "VRFY a", "HELP"):
                self.assertTrue(client.ask(line, 530).text.startswith("5.7.0"))
            for line in ("NOOP", "RSET", "EHLO client.test"):
                client.ask(line, 250)
            client.ask("QUIT", 221)
        secure = self.starttls("require")
        secure.begin_message()
        near.wait_log("rejected", 4, reason="tls_required")
        self.assertEqual(near.metric("smtp_rejects_total", reason="tls_required"), 4)

    def test_a_certificate_for_each_name(self) -> None:
        second, key = self.ca.issue("other", host="*.other.test")
        near = self.secure_relay(
            tls_cert=f"{self.certificate}, {second}", tls_key=f"{self.key} {key}"
        )
        for asked, shown in (
            ("relay.test", "relay.test"),
            ("mail.other.test", "*.other.test"),
            ("unknown.test", "relay.test"),
            (None, "relay.test"),
        ):
            tls = context(self.ca.file)
            tls.check_hostname = False
            client = TlsClient(self.ports["implicit"]).start_tls(tls, asked)
            self.addCleanup(client.close)
            subject = dict(pair for rdn in client.socket.getpeercert()["subject"] for pair in rdn)
            self.assertEqual(subject["commonName"], shown)
            client.expect(220)
        handshakes = {
            name: self.handshakes(near, f'name="{name}"') for name in ("known", "unknown", "none")
        }
        self.assertEqual(handshakes, {"known": 2, "unknown": 1, "none": 1})

    def test_a_bad_certificate_holds_back_none_of_the_others(self) -> None:
        second, second_key = self.ca.issue("other", host="other.test")
        near = self.secure_relay(
            tls_cert=f"{self.certificate}, {second}", tls_key=f"{self.key} {second_key}"
        )
        first_shown, second_shown = self.shown("relay.test"), self.shown("other.test")
        second.write_text("-----BEGIN CERTIFICATE-----\nhalf\n")
        line = near.wait_log("certificates", what="reload_failed")[0]
        self.assertIn(str(second), line["problem"])

        renewed, key = self.ca.issue("renewed", host="relay.test")
        certificates.replace(self.certificate, renewed.read_bytes())
        certificates.replace(self.key, key.read_bytes())
        self.assert_soon(lambda: self.shown("relay.test") != first_shown)
        self.assertEqual(self.shown("other.test"), second_shown)
        self.assertEqual(near.metric("reload_failing", what="certificates"), 1)

        renewed, key = self.ca.issue("mended", host="other.test")
        certificates.replace(second, renewed.read_bytes())
        certificates.replace(second_key, key.read_bytes())
        near.wait_metric("reload_failing", lambda n: n == 0, what="certificates")
        self.assertNotEqual(self.shown("other.test"), second_shown)

    def shown(self, name: str) -> str:
        """The serial number of the certificate for this name."""
        with TlsClient(self.ports["implicit"]) as client:
            client.start_tls(self.tls, name)
            return client.socket.getpeercert()["serialNumber"]

    def test_certificate_and_key_in_one_file(self) -> None:
        both = self.ca.folder / "both.pem"
        certificates.replace(both, self.key.read_bytes() + self.certificate.read_bytes())
        near = self.relay(tls_cert=both)
        self.ports = {"offer": near.port}
        self.starttls().ask("NOOP", 250)

    def test_swaks_and_openssl(self) -> None:
        far = self.remote()
        self.secure_relay(far)
        for option, name in (("-tls", "require"), ("-tlsc", "implicit")):
            swaks = ["swaks", option, "--tls-verify", "--tls-ca-path", self.ca.file]
            address = ["--server", "127.0.0.1", "--port", self.ports[name]]
            mail = ["--from", "a@client.test", "--to", "b@remote.test", "--tls-sni", "relay.test"]
            subprocess.run(
                [str(one) for one in swaks + address + mail],
                check=True,
                capture_output=True,
                timeout=60,
            )
        far.wait_delivered(2)
        ended = subprocess.run(
            ["openssl", "s_client", "-starttls", "smtp", "-CAfile", self.ca.file]
            + ["-verify_return_error", "-servername", "relay.test"]
            + ["-connect", f"127.0.0.1:{self.ports['offer']}"],
            input="QUIT\r\n",
            text=True,
            capture_output=True,
            timeout=60,
        )
        self.assertIn("Verification: OK", ended.stdout)

    def test_alpn_is_smtp_or_nothing(self) -> None:
        near = self.secure_relay()
        self.tls.set_alpn_protocols(["h2", "smtp"])
        self.assertEqual(self.implicit().socket.selected_alpn_protocol(), "smtp")
        self.tls.set_alpn_protocols(["h2", "http/1.1"])
        with self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
            self.implicit()
        self.assertEqual(near.wait_log("tls_failed")[0]["reason"], "alpn")

    def test_a_ticket_is_good_for_its_own_listener_only(self) -> None:
        near = self.secure_relay()
        for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            tls = context(self.ca.file, newest)
            first = self.starttls(tls=tls)
            ticket = first.socket.session
            self.assertTrue(ticket.has_ticket)
            self.assertFalse(first.socket.session_reused)
            self.assertTrue(self.starttls(tls=tls, session=ticket).socket.session_reused)
            ticket = self.starttls(tls=tls).socket.session
            self.assertFalse(self.implicit(tls=tls, session=ticket).socket.session_reused)
            ticket = self.starttls(tls=tls).socket.session
            self.assertFalse(
                self.starttls("require", tls=tls, session=ticket).socket.session_reused
            )
        self.assertEqual(near.metric("smtp_tls_resumed_total"), 2)

    def test_tls_min(self) -> None:
        near = self.secure_relay(tls_min="1.3")
        with self.assertRaises(ssl.SSLError):
            self.implicit(tls=context(self.ca.file, ssl.TLSVersion.TLSv1_2))
        self.assertEqual(near.wait_log("tls_failed")[0]["reason"], "version")
        self.implicit().expect(220)


class Starting(TlsCase):
    def assert_refused(self, variable: str, *words: object, **settings: object) -> None:
        settings = {"hostname": "relay.test"} | settings
        for command in ("check-config", "serve"):
            done = relay.run(command, **settings)
            self.assertEqual(done.returncode, 78, done.stdout + done.stderr)
            self.assertIn(f"{variable}:", done.stderr)
            for word in words:
                self.assertIn(str(word), done.stderr)

    def test_what_can_t_be_used_is_named(self) -> None:
        expired, expired_key = self.ca.issue("expired.test", days=-1)
        other_key = self.ca.issue("other.test")[1]
        none = self.ca.folder / "none"
        self.assert_refused("KURIR_TLS_CERT", none, tls_cert=none, tls_key=self.key)
        self.assert_refused("KURIR_TLS_KEY", none, tls_cert=self.certificate, tls_key=none)
        self.assert_refused(
            "KURIR_TLS_KEY", other_key, "another", tls_cert=self.certificate, tls_key=other_key
        )
        self.assert_refused(
            "KURIR_TLS_CERT", expired, "expired", tls_cert=expired, tls_key=expired_key
        )
        self.key.chmod(0o644)
        self.assert_refused(
            "KURIR_TLS_KEY", self.key, "read", tls_cert=self.certificate, tls_key=self.key
        )

    def test_tls_without_a_certificate(self) -> None:
        done = relay.run("check-config", hostname="relay.test", listen=":0?tls=require")
        self.assertEqual(done.returncode, 78)
        self.assertIn("KURIR_TLS_CERT is not set", done.stderr)

    def test_a_certificate_of_our_own(self) -> None:
        near = self.relay(tls_cert="generate")
        line = near.select("certificates", what="generated")[0]
        self.assertEqual(line["hostname"], "relay.test")
        made = Path(line["file"])
        self.assertEqual(made.stat().st_mode & 0o777, 0o600)
        self.assertTrue(made.is_relative_to(near.queue_dir))
        self.ports = {"offer": near.port}
        self.starttls(tls=context(made)).ask("NOOP", 250)
        near.restart()
        self.ports = {"offer": near.port}
        self.starttls(tls=context(made)).ask("NOOP", 250)
        self.assertEqual(len(near.select("certificates", what="generated")), 1)


class Reloading(TlsCase):
    def reload(self, near: Relay, result: str) -> None:
        before = near.metric("tls_reloads_total", result=result)
        near.signal(signal.SIGHUP)
        near.wait_metric("tls_reloads_total", lambda n: n > before, result=result)

    def shown(self, near: Relay) -> int:
        return self.implicit().socket.getpeercert()["serialNumber"]

    def test_new_certificates_are_for_new_sessions(self) -> None:
        near = self.secure_relay()
        first = self.shown(near)
        early = self.implicit()
        early.expect(220)
        renewed, key = self.ca.issue("renewed", host="relay.test", days=60)
        expiry = near.metric("tls_certificate_expiry_timestamp_seconds")
        certificates.replace(self.certificate, renewed.read_bytes())
        self.reload(near, "failed")  # half of it is there
        self.assertIn(
            "KURIR_TLS_KEY", near.wait_log("certificates", what="reload_failed")[0]["problem"]
        )
        self.assertEqual(self.shown(near), first)
        self.assertEqual(near.metric("tls_certificate_expiry_timestamp_seconds"), expiry)

        certificates.replace(self.key, key.read_bytes())
        self.reload(near, "ok")
        self.assertNotEqual(self.shown(near), first)
        self.assertGreater(near.metric("tls_certificate_expiry_timestamp_seconds"), expiry)
        early.ask("EHLO client.test", 250)
        early.ask("QUIT", 221)

    def test_a_certificate_that_expires_soon_is_shown_until_it_is_renewed(self) -> None:
        near = self.secure_relay()
        self.assertNotIn("certificates", near.get("/readyz?verbose")[1])
        for days, words in ((3, "expires soon"), (60, "")):
            pair = self.ca.issue(f"days{days}", host="relay.test", days=days)
            certificates.replace(self.certificate, pair[0].read_bytes())
            certificates.replace(self.key, pair[1].read_bytes())
            self.reload(near, "ok")
            status, told = near.get("/readyz?verbose")
            self.assertEqual(status, 200)
            self.assertEqual("expires soon" in told, bool(words), told)

    def test_a_bad_file_keeps_the_old_certificate(self) -> None:
        near = self.secure_relay()
        first = self.shown(near)
        expired, expired_key = self.ca.issue("expired", host="relay.test", days=-1)
        good = self.certificate.read_bytes(), self.key.read_bytes()
        for certificate, key in (
            (b"", good[1]),
            (good[0][:100], good[1]),
            (good[0], b"no key"),
            (expired.read_bytes(), expired_key.read_bytes()),
        ):
            certificates.replace(self.certificate, certificate)
            certificates.replace(self.key, key)
            self.reload(near, "failed")
            self.assertEqual(self.shown(near), first)
        self.certificate.unlink()
        self.reload(near, "failed")
        self.assertEqual(self.shown(near), first)

    def test_other_settings_are_read_all_the_same(self) -> None:
        limit = self.ca.folder / "recipients"
        limit.write_text("5")
        near = self.secure_relay(max_recipients_file=limit)
        limit.write_text("1")
        self.certificate.unlink()
        self.reload(near, "failed")
        self.assertEqual(
            near.wait_log("config", what="reloaded")[0]["changed"], "KURIR_MAX_RECIPIENTS"
        )
