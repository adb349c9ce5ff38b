"""Coming from another image: its README's example environment, unchanged, and what Kurir makes of it."""

import subprocess
import tempfile
from pathlib import Path

from tests.support import certificates
from tests.support.case import RelayCase
from tests.support.relay import BINARY, Relay, environment

SECRET = "geheim"


class Images(RelayCase):
    def image(self, variables: dict[str, str], **settings: object) -> Relay:
        """A relay that has these variables and nothing but its test's folders and ports."""
        near = Relay(**settings)
        if "hostname" not in settings:
            near.settings.pop("hostname")
        near.variables = variables
        self.addCleanup(self._stop_relay, near)
        near.start()
        self.values = self.values_of(near)
        said = [str(each) for each in near.events] + [str(self.values)]
        self.assertNotIn(SECRET, "".join(said))
        return near

    def run_with(self, near: Relay, *arguments: str) -> str:
        done = subprocess.run(
            [BINARY, *arguments],
            env=environment(near.settings) | near.variables,
            text=True,
            timeout=20,
            capture_output=True,
            check=True,
        )
        return done.stdout

    def values_of(self, near: Relay) -> dict[str, tuple[str, str]]:
        """The value in effect of each setting, and where it comes from."""
        values = {}
        for line in self.run_with(near, "config").splitlines():
            value, _, origin = line.partition("  # ")
            name, _, text = value.partition(" ")
            values[name] = text.strip(), origin
        return values

    def assert_value(self, setting: str, value: str, origin: str) -> None:
        self.assertEqual(self.values[setting], (value, origin))

    def assert_told(self, near: Relay, *names: str) -> None:
        """Each of these is read as a setting, or it is said why it is not."""
        said = [each.get("notice", "") + each.get("warning", "") for each in near.select("config")]
        for name in names:
            with self.subTest(name):
                lines = [each for each in said if name in each.replace(",", " ").split()]
                self.assertEqual(len(lines), 1, said)

    def route(self, near: Relay) -> str:
        return self.run_with(near, "route", "a@example.com", "b@remote.test")

    def test_boky_postfix(self) -> None:
        near = self.image(
            {
                "ALLOWED_SENDER_DOMAINS": "example.com example.org",
                "RELAYHOST": "[smtp.gmail.com]:587",
                "RELAYHOST_USERNAME": "you@gmail.com",
                "RELAYHOST_PASSWORD": SECRET,
                "POSTFIX_myhostname": "smtp.example.org",
                "POSTFIX_mynetworks": "10.1.2.0/24",
                "POSTFIX_message_size_limit": "26214400",
                "POSTFIX_smtp_tls_security_level": "encrypt",
                "MASQUERADED_DOMAINS": "example.com",
                "LOG_FORMAT": "json",
                "TZ": "Europe/Amsterdam",
            }
        )
        self.assert_value("KURIR_HOSTNAME", "smtp.example.org", "POSTFIX_myhostname")
        self.assert_value("KURIR_TRUSTED_NETWORKS", "10.1.2.0/24", "POSTFIX_mynetworks")
        self.assert_value("KURIR_MAX_MESSAGE_SIZE", "25M", "POSTFIX_message_size_limit")
        self.assertIn("relayhost smtp.gmail.com:587", self.route(near))
        self.assert_told(
            near,
            *("ALLOWED_SENDER_DOMAINS", "RELAYHOST", "RELAYHOST_USERNAME", "RELAYHOST_PASSWORD"),
            *("POSTFIX_myhostname", "POSTFIX_mynetworks"),
        )
        with near.client() as client:
            self.assertIn("smtp.example.org", str(client.ask("EHLO client.test", 250)))
            client.ask("MAIL FROM:<a@example.com>", 250)
            client.ask("RCPT TO:<b@remote.test>", 550)  # this machine is not in the networks

    def test_juanluisbaptiste_postfix(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            secret = Path(folder) / "smtp_password"
            secret.write_text(f"{SECRET}\n", encoding="utf-8")
            near = self.image(
                {
                    "SMTP_SERVER": "smtp.bar.com",
                    "SMTP_USERNAME": "foo@bar.com",
                    "SMTP_PASSWORD_FILE": str(secret),
                    "SERVER_HOSTNAME": "helpdesk.mycompany.com",
                    "SMTP_NETWORKS": "10.1.2.0/24,192.0.2.0/24",
                    "OVERWRITE_FROM": "email@company.com",
                    "MESSAGE_SIZE_LIMIT": "10240000",
                }
            )
            self.assert_value("KURIR_HOSTNAME", "helpdesk.mycompany.com", "SERVER_HOSTNAME")
            self.assert_value("KURIR_TRUSTED_NETWORKS", "10.1.2.0/24 192.0.2.0/24", "SMTP_NETWORKS")
            self.assertIn("relayhost smtp.bar.com:587", self.route(near))  # its usual port
            self.assert_value("KURIR_FORCE_FROM", "email@company.com", "OVERWRITE_FROM")
            self.assert_told(near, "SMTP_SERVER", "SMTP_PASSWORD_FILE", "OVERWRITE_FROM")
            near.stop()

    def test_namshi_smtp(self) -> None:
        near = self.image(
            {
                "RELAY_NETWORKS": ":192.168.0.0/24:10.0.0.0/16",
                "MAILNAME": "mail.example.com",
                "SES_USER": "somebody",
                "SES_PASSWORD": SECRET,
                "SES_REGION": "eu-west-1",
                "RELAY_DOMAINS": "a.example : b.example",
            }
        )
        self.assert_value("KURIR_HOSTNAME", "mail.example.com", "MAILNAME")
        self.assert_value("KURIR_TRUSTED_NETWORKS", "192.168.0.0/24 10.0.0.0/16", "RELAY_NETWORKS")
        self.assertIn(
            "relayhost smtp+starttls://email-smtp.eu-west-1.amazonaws.com:587", self.route(near)
        )
        self.assert_told(near, "SES_PASSWORD", "RELAY_DOMAINS")

    def test_namshi_smtp_with_certificates(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = certificates.Authority(Path(folder)).issue("mail.example.com")
            near = self.image(
                {
                    "CERTIFICATE_PATH": str(certificate),
                    "KEY_PATH": str(key),
                    "GMAIL_USER": "you@gmail.com",
                    "GMAIL_PASSWORD": SECRET,
                    "MAILNAME": "mail.example.com",
                }
            )
            self.assertEqual(self.values["KURIR_TLS_CERT"][0], str(certificate))
            self.assertIn("relayhost smtp+starttls://smtp.gmail.com:587", self.route(near))
            with near.client() as client:
                self.assertIn("STARTTLS", str(client.ask("EHLO client.test", 250)))
            near.stop()

    def test_bytemark_smtp(self) -> None:
        near = self.image(
            {
                "RELAY_HOST": "smtp.example.com",
                "RELAY_PORT": "587",
                "RELAY_USERNAME": "alice@example.com",
                "RELAY_PASSWORD": SECRET,
                "RELAY_NETS": "10.0.0.0/8;172.16.0.0/12;192.168.0.0/16",
            },
            hostname="relay.test",
        )
        self.assert_value(
            "KURIR_TRUSTED_NETWORKS", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16", "RELAY_NETS"
        )
        self.assertIn("relayhost smtp.example.com:587", self.route(near))
        self.assert_told(near, "RELAY_HOST", "RELAY_PORT", "RELAY_USERNAME", "RELAY_PASSWORD")

    def test_tozd_postfix(self) -> None:
        near = self.image(
            {
                "MAILNAME": "mail.example.com",
                "MY_NETWORKS": "172.17.0.0/16 127.0.0.0/8",
                "MY_DESTINATION": "localhost.localdomain, localhost",
                "ROOT_ALIAS": "user@example.com",
                "LOG_TO_STDOUT": "1",
            }
        )
        self.assert_value("KURIR_HOSTNAME", "mail.example.com", "MAILNAME")
        self.assert_value("KURIR_TRUSTED_NETWORKS", "172.17.0.0/16 127.0.0.0/8", "MY_NETWORKS")
        self.assertIn("MX", self.route(near).upper())
        self.assert_told(near, "MAILNAME", "MY_NETWORKS", "MY_DESTINATION", "ROOT_ALIAS")
        with near.client() as client:
            client.ask("MAIL FROM:<a@example.com>", 250)
            client.ask("RCPT TO:<b@remote.test>", 250)

    def test_wader_postfix_relay(self) -> None:
        near = self.image(
            {
                "POSTFIX_myhostname": "smtp.domain.tld",
                "OPENDKIM_DOMAINS": "smtp.domain.tld",
                "POSTFIX_mynetworks": "127.0.0.0/8,172.16.0.0/12",
                "POSTFIX_inet_protocols": "all",
                "POSTMASTER_ADDRESS": "ops@domain.tld",
                "POSTFIX_smtpd_relay_restrictions": "permit_sasl_authenticated,reject",
            }
        )
        self.assert_value("KURIR_HOSTNAME", "smtp.domain.tld", "POSTFIX_myhostname")
        self.assert_value("KURIR_POSTMASTER", "ops@domain.tld", "POSTMASTER_ADDRESS")
        self.assert_value("KURIR_IP_FAMILY", "auto", "POSTFIX_inet_protocols")
        self.assert_told(near, "OPENDKIM_DOMAINS", "POSTFIX_smtpd_relay_restrictions")

    def test_panubo_postfix(self) -> None:
        near = self.image(
            {
                "MAILNAME": "mail1.example.com",
                "RELAYHOST_AUTH": "yes",
                "RELAYHOST": "[smtp.sendgrid.net]:587",
                "RELAYHOST_PASSWORDMAP": f"[smtp.sendgrid.net]:587:apikey:{SECRET}",
                "SIZELIMIT": "15728640",
            }
        )
        self.assert_value("KURIR_HOSTNAME", "mail1.example.com", "MAILNAME")
        self.assert_value("KURIR_MAX_MESSAGE_SIZE", "15M", "SIZELIMIT")
        self.assertIn("relayhost smtp.sendgrid.net:587", self.route(near))
        self.assert_told(near, "RELAYHOST_PASSWORDMAP")

    def test_docker_mailserver(self) -> None:
        near = self.image(
            {
                "OVERRIDE_HOSTNAME": "mail.example.com",
                "DEFAULT_RELAY_HOST": "[mail.example.net]:587",
                "RELAY_USER": "somebody",
                "RELAY_PASSWORD": SECRET,
                "POSTFIX_INET_PROTOCOLS": "ipv4",
                "POSTFIX_MESSAGE_SIZE_LIMIT": "10240000",
                "PERMIT_DOCKER": "network",
                "LOG_LEVEL": "trace",
                "ENABLE_OPENDKIM": "1",
            }
        )
        self.assert_value("KURIR_HOSTNAME", "mail.example.com", "OVERRIDE_HOSTNAME")
        self.assert_value("KURIR_IP_FAMILY", "ipv4", "POSTFIX_INET_PROTOCOLS")
        self.assert_value("KURIR_LOG_LEVEL", "debug", "LOG_LEVEL")
        self.assertIn("172.16.0.0/12", self.values["KURIR_TRUSTED_NETWORKS"][0])
        self.assertIn("relayhost mail.example.net:587", self.route(near))
        self.assert_told(near, "RELAY_USER", "RELAY_PASSWORD", "ENABLE_OPENDKIM")

    def test_mailhog_and_mailpit(self) -> None:
        for variables in (
            {"MH_HOSTNAME": "mail.example.com", "MH_STORAGE": "maildir"},
            {
                "MAILNAME": "mail.example.com",
                "MP_SMTP_BIND_ADDR": "0.0.0.0:1025",
                "MP_SMTP_RELAY_HOST": "smtp.example.com",
                "MP_SMTP_RELAY_PORT": "587",
                "MP_SMTP_RELAY_USERNAME": "you",
                "MP_SMTP_RELAY_PASSWORD": SECRET,
            },
        ):
            near = self.image(variables)
            self.assertEqual(self.values["KURIR_HOSTNAME"][0], "mail.example.com")
            self.assert_told(near, *variables)
            # Whoever comes from a server that catches mail must know that this one delivers.
            warnings = [each["warning"] for each in near.select("config") if "warning" in each]
            self.assertTrue([each for each in warnings if "Kurir delivers mail" in each])

    def test_a_service_called_smtp(self) -> None:
        far = self.remote()
        near = self.image(
            {
                "SMTP_PORT": "tcp://10.0.0.1:25",
                "SMTP_PORT_25_TCP": "tcp://10.0.0.1:25",
                "SMTP_SERVICE_HOST": "10.0.0.1",
                "RELAYHOST": f"127.0.0.1:{far.port}",
                "MAILNAME": "mail.example.com",
            }
        )
        notices = [each["notice"] for each in near.select("config") if "notice" in each]
        self.assertTrue([each for each in notices if each.startswith("SMTP_PORT is ignored")])
        near.submit("a@client.test", "b@remote.test")
        far.wait_delivered(1)
