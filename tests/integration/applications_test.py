"""Applications that log in, with the settings that their own documentation shows.

Each runs the real library: nodemailer, PHPMailer, Ruby's mail (what Rails sends with), Django,
JavaMail (what Spring sends with), Go's net/smtp, and an Alertmanager. Each verifies the relay's
certificate, as it does by default.
"""

import email
import json
import os
import subprocess
import urllib.request
from pathlib import Path

from tests.support import java
from tests.support.client import wait_until
from tests.support.ports import free_port
from tests.support.relay import BINARY, PATIENCE, ROOT, Relay
from tests.support.remote_server import RemoteServer
from tests.support.secured_case import SecuredCase

FOLDER = Path(__file__).with_name("applications")
COMMANDS = {
    "nodemailer": ("node", FOLDER / "nodemailer.js"),
    "PHPMailer": ("php", FOLDER / "phpmailer.php"),
    "Rails": ("ruby", FOLDER / "rails.rb"),
    "Django": ("/usr/bin/python3", "-B", FOLDER / "django_mail.py"),
    "JavaMail": java.JAVA_MAIL,
    "Go": ("go", "run", FOLDER / "mail.go"),
}
USER, PASSWORD = "shop", "correct horse, battery"
JAVA_TEXT = "Thank you.\r\n.\r\nThe line before is a dot. \u2714\r\n"
LISTEN = "127.0.0.1:0?auth=require, 127.0.0.1:0?tls=implicit&auth=require"

ALERTMANAGER = """
global:
  smtp_smarthost: '127.0.0.1:{port}'
  smtp_from: 'alertmanager@shop.test'
  smtp_auth_username: '{user}'
  smtp_auth_password: '{password}'
route:
  receiver: mail
  group_wait: 0s
receivers:
- name: mail
  email_configs:
  - to: 'ops@remote.test'
"""


class ApplicationCase(SecuredCase):
    """A relay that takes mail only after a login, by STARTTLS and by TLS from the first byte."""

    def setUp(self) -> None:
        super().setUp()
        self.far = self.remote()

    def login_relay(self, far: RemoteServer, *options: str, **settings: object) -> Relay:
        users = self.folder / "users"
        users.touch(0o600)
        users.write_text(f"{USER}:{self.hashed(*options)}\n")
        near = self.relay(
            far,
            tls_cert=self.certificate,
            tls_key=self.key,
            users_file=users,
            listen=LISTEN,
            trusted_networks="none",
            **settings,
        )
        self.name_ports(near, ("starttls", "implicit"))
        return near

    def hashed(self, *options: str) -> str:
        """The password as `kurir hash-password` writes it."""
        done = subprocess.run(
            [BINARY, "hash-password", *options],
            input=PASSWORD,
            text=True,
            capture_output=True,
            check=True,
            timeout=60,
        )
        return done.stdout.strip()

    def environment(self, secure: str, password: str = PASSWORD) -> dict[str, str]:
        return os.environ | {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.ports[secure]),
            "SMTP_SECURE": secure,
            "SMTP_USERNAME": USER,
            "SMTP_PASSWORD": password,
            "MAIL_TO": "customer@remote.test",
            "SSL_CERT_FILE": str(self.ca.file),
            "NODE_EXTRA_CA_CERTS": str(self.ca.file),
            "NODE_PATH": "/usr/share/nodejs",
            "GO111MODULE": "off",
            "GOCACHE": str(ROOT / "build/go"),  # else each test compiles the library anew
        }

    def send(
        self, name: str, secure: str, password: str = PASSWORD, **variables: str
    ) -> subprocess.CompletedProcess:
        own = java.trusting(self.ca.file, self.folder) if name == "JavaMail" else {}
        return subprocess.run(
            list(map(str, COMMANDS[name])),
            env=self.environment(secure, password) | own | variables,
            text=True,
            capture_output=True,
            timeout=120 * PATIENCE,  # a JVM on a busy machine
            check=False,
        )


class Applications(ApplicationCase):
    def test_each_logs_in_and_its_mail_arrives_by_starttls_and_under_tls(self) -> None:
        near = self.login_relay(self.far)
        expected = 0
        for name in COMMANDS:
            for secure in self.ports:
                with self.subTest(name, secure=secure):
                    done = self.send(name, secure=secure)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                    expected += 1
                    self.assert_soon(lambda: len(self.far.delivered()) == expected)
        for message in self.far.delivered():
            self.assertEqual(message.sender, "shop@shop.test")
            self.assertEqual(message.recipients, ["customer@remote.test"])
            self.assertRegex(message.data, b"with (ESMTPSA|UTF8SMTPSA) ")  # the latter is Go
        self.assertEqual({one["user"] for one in near.wait_log("received", expected)}, {USER})

    def test_each_is_told_of_a_wrong_password_and_sends_nothing(self) -> None:
        self.login_relay(self.far)
        for name in COMMANDS:
            with self.subTest(name):
                done = self.send(name, secure="starttls", password="wrong")
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertRegex(done.stdout + done.stderr, "535|not authenticate")
        self.assertEqual(self.far.delivered(), [])

    def test_rails_logs_in_by_login_too(self) -> None:
        self.login_relay(self.far)
        done = self.send("Rails", secure="starttls", SMTP_AUTHENTICATION="login")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assert_soon(lambda: len(self.far.delivered()) == 1)

    def test_javamail_logs_in_by_each_mechanism_with_recipients_and_an_attachment(self) -> None:
        near = self.login_relay(self.far)
        people = [f"{name}@remote.test" for name in ("customer", "second", "hidden", "file")]
        for number, mechanism in enumerate(("PLAIN", "LOGIN")):
            done = self.send(
                "JavaMail",
                secure=("starttls", "implicit")[number],
                SMTP_AUTHENTICATION=mechanism,
                MAIL_TO=", ".join(people[:2]),
                MAIL_BCC=", ".join(people[2:]),
            )
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            logins = near.metric("smtp_logins_total", outcome="succeeded", mechanism=mechanism)
            self.assertEqual(logins, 1)
        for message in self.far.wait_delivered(2):
            self.assertEqual(sorted(message.recipients), sorted(people))
            self.assertNotIn(b"hidden@", message.data)
            parts = list(email.message_from_bytes(message.data).walk())[1:]
            text, invoice = (part.get_payload(decode=True) for part in parts)
            self.assertEqual(text.decode(), JAVA_TEXT)
            self.assertEqual(parts[1].get_filename(), "invoice.txt")
            self.assertEqual(invoice, b"invoice " * 1000)


class Alertmanager(ApplicationCase):
    def test_an_alert_comes_by_mail_with_nothing_but_host_user_and_password(self) -> None:
        near = self.login_relay(self.far)
        port = self.start_alertmanager()
        alert = [{"labels": {"alertname": "DiskFull"}, "annotations": {"summary": "/ is full"}}]
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/v2/alerts",
            json.dumps(alert).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30 * PATIENCE) as answer:
            self.assertEqual(answer.status, 200)
        self.assert_soon(lambda: len(self.far.delivered()) == 1, timeout=60)
        message = self.far.delivered()[0]
        self.assertEqual(message.recipients, ["ops@remote.test"])
        self.assertIn(b"DiskFull", message.data)
        self.assertEqual(near.wait_log("received")[0]["user"], USER)

    def start_alertmanager(self) -> int:
        """Its port, once it answers."""
        config = self.folder / "alertmanager.yml"
        config.write_text(
            ALERTMANAGER.format(port=self.ports["starttls"], user=USER, password=PASSWORD)
        )
        port = free_port()
        process = subprocess.Popen(
            [
                *("setpriv", "--pdeathsig", "KILL", "prometheus-alertmanager"),
                *(f"--config.file={config}", f"--storage.path={self.folder}/alerts"),
                *(f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="),
            ],
            env=self.environment("starttls"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.kill)
        ready = f"http://127.0.0.1:{port}/-/ready"
        self.assertTrue(wait_until(lambda: answers(ready), 30 * PATIENCE))
        return port


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
