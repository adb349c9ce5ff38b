"""TLS to remote servers: what is asked of it, what it comes to, and where mail goes without it."""

import shutil
import signal
import ssl
import tempfile
import unittest
from pathlib import Path

from tests.support import certificates, peers
from tests.support.case import RelayCase
from tests.support.names import NameServer
from tests.support.relay import Relay, run
from tests.support.tls_server import TlsServer

BROKEN = {
    "refused for now": "say 454 4.7.0 not now\\r\\n",
    "refused": "say 554 5.7.3 no TLS here\\r\\n",
    "answered wrongly": "say 250 hello\\r\\n",
    "garbage": "say what is this\\r\\n",
    "injected reply": "inject 250-mx.test\\r\\n250 AUTH PLAIN\\r\\n",
    "injected piece": "inject 250-AUTH",
    "clear text": "talk",
    "closed at once": "cut 0",
    "closed in a record's header": "cut 3",
    "closed in the first record": "cut 40",
    "closed after its first messages": "cut 100000",
}
RECORDS = """
one.test.  MX 10 mx.hosts.test.
two.test.  MX 10 mx.hosts.test.
mx.hosts.test. A 127.21.0.1
"""


class RemoteTlsCase(RelayCase):
    """A relay, servers that speak TLS, and an authority that the relay may be told to trust."""

    def setUp(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="kurir-certificates-"))
        self.addCleanup(shutil.rmtree, folder, True)
        self.folder = folder
        self.ca = certificates.Authority(folder)

    def server(self, certificate=None, manner: str = "agree", **options) -> TlsServer:
        pair = certificate or self.ca.issue("mx.test")
        return self.enterContext(TlsServer(pair, manner, **options))

    def towards(self, far: TlsServer, scheme: str = "", tls: str = "", **settings) -> Relay:
        """A relay whose relayhost is this server; `tls` is the policy."""
        settings = {"relayhost": f"{scheme}127.0.0.1:{far.port}", "tls_ca": self.ca.file} | settings
        if tls:
            settings["relayhost_tls"] = tls
        return self.relay(**settings)

    def send(self, near: Relay, recipient: str = "b@remote.test") -> None:
        near.submit("a@client.test", recipient)

    def attempt(self, near: Relay) -> dict:
        """The first attempt that delivered."""
        (line, *_) = near.wait_log("attempt", delivered=1)
        return line

    def failure(self, near: Relay, reason: str) -> float:
        return near.metric("outbound_tls_failures_total", reason=reason)

    def assert_waits(self, near: Relay, far: TlsServer) -> dict:
        """The mail is deferred for TLS, is not bounced, and nothing of it was sent."""
        (line, *_) = near.wait_log("deferred", cause="tls")
        self.assertEqual(line["stage"], "tls")
        self.assertRegex(line["enhanced"], r"4\.7\.[45]")
        self.assertEqual(far.heard("MAIL"), 0)
        self.assertEqual(near.select("bounced"), [])
        return line


class Agreed(RemoteTlsCase):
    def test_by_default_mail_goes_under_tls_if_it_is_offered(self) -> None:
        for newest, version in (
            (ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
            (ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
        ):
            far = self.server(newest=newest)
            near = self.towards(far)
            self.send(near)
            self.assertEqual(far.wait_messages(1)[0][0], version)
            line = self.attempt(near)
            self.assertEqual((line["tls"], line["certificate"]), (version, "valid"))
            self.assertTrue(line["cipher"])
            count = near.metric("outbound_tls_total", version=version, certificate="valid")
            self.assertEqual(count, 1)
            # EHLO comes again, and nothing else came in clear.
            self.assertEqual([one[:8] for one in far.sessions[0].commands[:3]][1], "STARTTLS")
            self.assertEqual(far.heard("EHLO"), 2)

    def test_smtps_speaks_tls_from_the_first_byte(self) -> None:
        far = self.server(implicit=True)
        near = self.towards(far, "smtps://")
        self.send(near)
        self.assertTrue(far.wait_messages(1)[0][0])
        self.assertEqual(self.attempt(near)["certificate"], "valid")
        self.assertEqual(far.heard("STARTTLS"), 0)

    def test_a_certificate_is_worth_what_the_log_says(self) -> None:
        makers = {
            "valid": lambda: self.ca.issue("good"),
            "expired": lambda: self.ca.issue("old", days=-1),
            "wrong_name": lambda: self.ca.issue("wrong", address="127.0.0.9"),
            "self_signed": lambda: self.ca.self_signed("own"),
        }
        words = {
            "expired": "has expired",
            "wrong_name": "is not for 127.0.0.1",
            "self_signed": "is self-signed",
        }
        for kind, make in makers.items():
            pair = make()
            for policy in ("may", "encrypt", "verify"):
                with self.subTest(kind, policy=policy):
                    far = self.server(pair)
                    near = self.towards(far, tls=policy)
                    self.send(near)
                    if policy != "verify" or kind == "valid":
                        far.wait_messages(1)
                        self.assertEqual(self.attempt(near)["certificate"], kind)
                    else:
                        line = self.assert_waits(near, far)
                        self.assertIn(words[kind], line["response"])
                        self.assertEqual(line["enhanced"], "4.7.5")
                        self.assertGreaterEqual(self.failure(near, "certificate"), 1)

    def test_an_issuer_that_is_not_known_is_told_and_can_be_added(self) -> None:
        other = self.folder / "other"
        other.mkdir()
        stranger = certificates.Authority(other)
        roots = self.folder / "roots.pem"
        roots.write_bytes(self.ca.file.read_bytes())
        far = self.server(stranger.issue("mx.test"))
        near = self.towards(far, "smtp+starttls://", tls_ca=roots)
        self.send(near)
        self.assertIn("issuer", self.assert_waits(near, far)["response"])

        roots.write_bytes(b"no certificate\n")
        (line,) = near.wait_log("roots", what="reload_failed")
        self.assertIn("KURIR_TLS_CA", line["problem"])
        near.wait_metric("reload_failures_total", lambda count: count == 1, what="roots")
        self.assertEqual(near.metric("reload_failing", what="roots"), 1)
        self.assertEqual(near.metric("tls_reloads_total"), 0)
        self.assertIn("KURIR_TLS_CA", near.get("/readyz?verbose")[1])

        roots.write_bytes(self.ca.file.read_bytes() + stranger.file.read_bytes())
        near.wait_log("roots", what="loaded")
        self.assertEqual(near.metric("reload_failing"), 0)
        near.signal(signal.SIGHUP)
        near.wait_log("roots", 2, what="loaded")
        self.assertTrue(far.wait_messages(1)[0][0])
        self.assertEqual(self.attempt(near)["certificate"], "valid")

    def test_sessions_are_resumed(self) -> None:
        for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            far = self.server(self.ca.self_signed("own"), newest=newest)
            near = self.towards(far, tls="encrypt", connection_messages=1)
            for number in (1, 2):
                self.send(near)
                far.wait_messages(number)
            lines = near.wait_log("attempt", 2, delivered=1)
            self.assertEqual([one.get("resumed", False) for one in lines], [False, True])
            # What the certificate was worth at first is what it is worth now.
            self.assertEqual({one["certificate"] for one in lines}, {"self_signed"})
            self.assertEqual(near.metric("outbound_tls_resumed_total"), 1)

    def test_roots_that_can_not_be_read_keep_it_from_starting(self) -> None:
        bad = self.folder / "bad.pem"
        bad.write_text("no certificate\n", encoding="ascii")
        for file in (self.folder / "missing.pem", bad):
            for command in ("serve", "check-config"):
                with self.subTest(file=file.name, command=command):
                    done = run(
                        command,
                        hostname="relay.test",
                        listen="127.0.0.1:0",
                        http_listen="127.0.0.1:0",
                        queue_dir=self.folder / "queue",
                        queue_min_free="1M",
                        tls_ca=file,
                    )
                    self.assertEqual(done.returncode, 78)
                    self.assertIn("KURIR_TLS_CA", done.stderr)


class Broken(RemoteTlsCase):
    """A server that offers TLS and does not come to it."""

    def test_where_clear_is_allowed_mail_arrives_and_the_failure_is_remembered(self) -> None:
        self.side_by_side(
            self.check_mail_arrives_in_clear,
            {name: (manner,) for name, manner in BROKEN.items()},
        )

    def check_mail_arrives_in_clear(self, manner: str) -> None:
        far = self.server(manner=manner)
        near = self.towards(far, connection_messages=1)
        self.send(near)
        self.assertEqual(far.wait_messages(1)[0][0], "")
        line = self.attempt(near)
        self.assertEqual((line["tls"], line["in_clear"]), ("none", "failed"))
        self.send(near)
        far.wait_messages(2)
        self.assertEqual(far.heard("STARTTLS"), 1)
        lines = near.wait_log("attempt", 2, delivered=1)
        self.assertEqual(lines[1]["in_clear"], "failed_lately")

    def test_where_it_is_not_allowed_mail_waits(self) -> None:
        self.side_by_side(
            self.check_mail_waits, {name: (manner,) for name, manner in BROKEN.items()}
        )

    def check_mail_waits(self, manner: str) -> None:
        far = self.server(manner=manner)
        near = self.towards(far, tls="encrypt")
        self.send(near)
        self.assert_waits(near, far)

    def test_a_handshake_that_stops_is_given_up(self) -> None:
        for size in (0, 50):
            far = self.server(manner=f"stall {size}")
            near = self.towards(far, remote_command_timeout="1s")
            self.send(near)
            self.assertEqual(far.wait_messages(1)[0][0], "")
            self.assertEqual(self.failure(near, "timeout"), 1)

    def test_smtps_never_falls_back(self) -> None:
        for manner in ("talk", "cut 0", "cut 40"):
            far = self.server(manner=manner, implicit=True)
            near = self.towards(far, "smtps://")
            self.send(near)
            self.assert_waits(near, far)

    def test_a_server_that_does_not_offer_tls(self) -> None:
        far = self.server(offered=False)
        near = self.towards(far, "smtp+starttls://")
        self.send(near)
        line = self.assert_waits(near, far)
        self.assertIn("does not offer", line["response"])
        self.assertGreaterEqual(self.failure(near, "not_offered"), 1)

    def test_a_bounce_after_the_lifetime_says_why(self) -> None:
        far = self.server(offered=False)
        usual = self.remote()
        near = self.relay(
            usual,
            routes=f"to=strict.test -> smtp+starttls://127.0.0.1:{far.port}",
            max_queue_time="2s",
        )
        self.send(near, "b@strict.test")
        (bounce,) = usual.wait_delivered(1)
        self.assertIn(b"TLS is required", bounce.data)


class Policies(RemoteTlsCase):
    def direct(self, far: TlsServer, **settings) -> Relay:
        names = self.enterContext(NameServer(records=RECORDS))
        defaults = {
            "dns_servers": names.address,
            "prohibited_networks": "none",
            "remote_port": far.port,
            "tls_ca": self.ca.file,
        }
        return self.relay(**(defaults | settings))

    def test_one_host_with_two_policies_shares_nothing(self) -> None:
        far = self.server(self.ca.issue("mx", host="other.test"), addresses=("127.21.0.1",))
        near = self.direct(far, remote_tls_rules="one.test=verify", connection_idle="1m")
        self.send(near, "b@two.test")
        far.wait_messages(1)
        self.send(near, "b@one.test")
        line = self.assert_waits_for(near, "b@one.test")
        self.assertIn("is not for mx.hosts.test", line["response"])
        self.send(near, "c@two.test")
        far.wait_messages(2)
        self.assertEqual({one[0] for one in far.messages}, {"TLSv1.3"})
        for one in far.sessions:
            heard = [line for line in one.commands if line.startswith("RCPT")]
            self.assertFalse(any("one.test" in line for line in heard), heard)
            self.assertEqual(one.server_name if one.tls else "mx.hosts.test", "mx.hosts.test")

    def assert_waits_for(self, near: Relay, recipient: str) -> dict:
        (line, *_) = near.wait_log("deferred", to=recipient)
        self.assertEqual((line["cause"], line["stage"]), ("tls", "tls"))
        return line

    def test_the_mx_host_is_verified_by_its_name(self) -> None:
        far = self.server(self.ca.issue("mx", host="mx.hosts.test"), addresses=("127.21.0.1",))
        near = self.direct(far, remote_tls="verify")
        self.send(near, "b@one.test")
        self.assertTrue(far.wait_messages(1)[0][0])
        self.assertEqual(far.sessions[0].server_name, "mx.hosts.test")

    def test_off_never_asks_for_tls(self) -> None:
        far = self.server(addresses=("127.21.0.1",))
        near = self.direct(far, routes="to=one.test -> mx?tls=off")
        self.send(near, "b@one.test")
        self.assertEqual(far.wait_messages(1)[0][0], "")
        self.assertEqual(self.attempt(near)["in_clear"], "policy")
        self.send(near, "b@two.test")
        self.assertTrue(far.wait_messages(2)[1][0])

    def test_kurir_route_tells_the_policy(self) -> None:
        done = run(
            *("route", "a@client.test", "b@one.test"),
            hostname="relay.test",
            routes="to=one.test -> mx?tls=verify",
        )
        self.assertIn("tls=verify", done.stdout)


class PeerCases:
    """What every real mail server must show, with certificates of each kind."""

    def peer(self, certificate: Path, key: Path) -> peers.Peer:
        raise NotImplementedError

    def test_its_certificate_is_worth_what_it_is(self) -> None:
        kinds = {
            "valid": self.ca.issue("good"),
            "expired": self.ca.issue("old", days=-1),
            "wrong_name": self.ca.issue("wrong", address="127.0.0.9"),
            "self_signed": self.ca.self_signed("own"),
        }
        for kind, pair in kinds.items():
            with self.subTest(kind), self.peer(*pair) as far:
                settings = {"relayhost": f"127.0.0.1:{far.port}", "tls_ca": self.ca.file}
                easy = self.relay(**settings)
                strict = self.relay(**settings, relayhost_tls="verify")
                for near in (easy, strict):
                    self.send(near, f"box@{far.domain}")
                line = self.attempt(easy)
                self.assertEqual(line["certificate"], kind)
                self.assertRegex(line["tls"], r"TLSv1\.[23]")
                if kind == "valid":
                    self.assertEqual(self.attempt(strict)["certificate"], "valid")
                else:
                    strict.wait_log("deferred", cause="tls")
                    self.assertEqual(strict.select("delivered"), [])
                strict.stop()
                easy.stop()


def with_pair(peer: peers.Peer, certificate: Path, key: Path) -> None:
    peer.write("etc/peer.pem", certificate.read_text())
    peer.write("etc/peer.key", key.read_text())


class TlsPostfix(peers.Postfix):
    settings = {
        "smtpd_tls_security_level": "may",
        "smtpd_tls_cert_file": "/etc/peer.pem",
        "smtpd_tls_key_file": "/etc/peer.key",
    }


class TlsExim(peers.Exim):
    def configure(self) -> None:
        super().configure()
        file = self.folder / "files/etc/exim4/exim4.conf"
        file.write_text(
            "tls_advertise_hosts = *\ntls_certificate = /etc/peer.pem\n"
            "tls_privatekey = /etc/peer.key\n" + file.read_text()
        )


class TlsOpenSmtpd(peers.OpenSmtpd):
    def configure(self) -> None:
        super().configure()
        file = self.folder / "files/etc/smtpd.conf"
        listen = f"listen on 127.0.0.1 port {self.port}"
        file.write_text(
            'pki peer cert "/etc/peer.pem"\npki peer key "/etc/peer.key"\n'
            + file.read_text().replace(listen, f"{listen} tls pki peer")
        )


def peer_cases(kind: type[peers.Peer]) -> type:
    """The cases with one server."""

    class Case(PeerCases, RemoteTlsCase):
        def peer(self, certificate: Path, key: Path) -> peers.Peer:
            made = kind()
            with_pair(made, certificate, key)
            return made

    Case.__name__ = Case.__qualname__ = f"With{kind.package}"
    return unittest.skipUnless(peers.available(), "layering file systems takes root")(Case)


WithPostfix = peer_cases(TlsPostfix)
WithExim = peer_cases(TlsExim)


@unittest.skipUnless(peers.available(), "layering file systems takes root")
class WithOpenSmtpd(RemoteTlsCase):
    """Debian's OpenSMTPD, whose key is in another process, fails in the handshake: its way of asking
    for a signature does not work with OpenSSL 3. So it shows what a real server does that offers TLS
    and can't speak it."""

    def test_a_server_that_offers_what_it_can_not_do(self) -> None:
        far = TlsOpenSmtpd()
        with_pair(far, *self.ca.issue("good"))
        (far.folder / "files/etc/peer.key").chmod(0o600)
        with far:
            settings = {"relayhost": f"127.0.0.1:{far.port}", "tls_ca": self.ca.file}
            easy = self.relay(**settings)
            strict = self.relay(**settings, relayhost_tls="encrypt")
            for near in (easy, strict):
                self.send(near, f"box@{far.domain}")
            self.assertEqual(self.attempt(easy)["in_clear"], "failed")
            (line, *_) = strict.wait_log("deferred", cause="tls")
            self.assertEqual(line["enhanced"], "4.7.5")
            self.assertEqual(strict.select("delivered"), [])
            strict.stop()
            easy.stop()
