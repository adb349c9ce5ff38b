"""The command line: what is wrong with a configuration is said before anything is opened."""

import os
import smtplib
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from tests.support.case import RelayCase
from tests.support.relay import BINARY, run

GOOD = {"hostname": "relay.test", "listen": "127.0.0.1:0", "http_listen": "127.0.0.1:0"}


class Configuration(unittest.TestCase):
    def refused(self, *expected: str, **settings: object) -> str:
        """Each mistake is a line that names its variable; status 78 from both commands."""
        said = ""
        for command in ("check-config", "serve"):
            result = run(command, **(GOOD | settings))
            said = result.stderr + result.stdout
            self.assertEqual(result.returncode, 78, said)
            for one in expected:
                self.assertIn(one, said)
        return said

    def test_a_good_configuration_is_said_to_be_good(self) -> None:
        self.assertEqual(run("check-config", **GOOD).returncode, 0)

    def test_an_unknown_variable_gets_the_nearest_name(self) -> None:
        self.refused("KURIR_RELAYHOSTS", "KURIR_RELAYHOST", relayhosts="x.test")

    def test_bad_values_get_what_is_valid(self) -> None:
        for name, value in (
            ("max_message_size", "25X"),
            ("retry_min", "soon"),
            ("listen", "nowhere"),
            ("trusted_networks", "10.0.0.0/33"),
            ("bare_newline", "ignore"),
            ("threads", "257"),
            ("max_recipients", "-1"),
            ("log_level", "loud"),
            ("relayhost", "host:port"),
            ("remote_port", "65536"),
            ("max_queue_time", "4 fortnights"),
        ):
            with self.subTest(name=name):
                self.refused(f"KURIR_{name.upper()}", **{name: value})

    def test_every_mistake_has_its_line(self) -> None:
        said = self.refused(
            "KURIR_MAX_HOPS",
            "KURIR_THREADS",
            "KURIR_NONSENSE",
            max_hops="x",
            threads="x",
            nonsense="x",
        )
        mistakes = [line for line in said.splitlines() if "KURIR_" in line]
        self.assertEqual(len(mistakes), 3, said)

    def test_a_value_may_stand_in_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "hostname"
            file.write_text("from-a-file.test\n", encoding="ascii")
            shown = run("config", hostname_file=file).stdout
            self.assertIn("from-a-file.test", shown)
            self.refused("KURIR_HOSTNAME", "KURIR_HOSTNAME_FILE", hostname_file=file)
            self.refused("KURIR_POSTMASTER_FILE", postmaster_file=Path(folder) / "missing")

    def test_an_open_relay_needs_a_second_word(self) -> None:
        for everybody in ("0.0.0.0/0", "0.0.0.0/1 128.0.0.0/1", "::/1 8000::/1"):
            self.refused("KURIR_TRUSTED_NETWORKS", "open-relay", trusted_networks=everybody)

    def test_operating_a_password_in_a_url_is_never_printed(self) -> None:
        for value in ("smtp://me:geheim@mail.test", "smtps://me:geheim@mail.test:465"):
            said = self.refused("KURIR_RELAYHOST", relayhost=value)
            self.assertNotIn("geheim", said)
            self.assertIn("mail.test", said)

    def test_operating_what_a_kubernetes_service_sets_is_ignored(self) -> None:
        links = {
            "port": "tcp://10.0.0.1:2525",
            "service_host": "10.0.0.1",
            "service_port": "2525",
            "service_port_smtp": "2525",
            "port_2525_tcp": "tcp://10.0.0.1:2525",
            "port_2525_tcp_addr": "10.0.0.1",
        }
        checked = run("check-config", **(GOOD | links))
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn("notice: ", checked.stderr)
        self.refused("KURIR_PORT", port="2525")

    def test_config_shows_the_value_in_force_and_its_source(self) -> None:
        shown = run("config", **(GOOD | {"max_recipients": 77})).stdout

        line = next(one for one in shown.splitlines() if "KURIR_MAX_RECIPIENTS" in one)
        self.assertIn("77", line)
        self.assertTrue(line.rstrip().endswith("# KURIR_MAX_RECIPIENTS"), line)
        self.assertIn("KURIR_MAX_HOPS", shown)
        self.assertIn("default", shown)

    def test_version_and_help(self) -> None:
        shown = run("version").stdout
        self.assertRegex(shown, r"^kurir \d+\.\d+\.\d+\n$")
        for flag in ("--version", "-V"):
            with self.subTest(flag=flag):
                asked = run(flag)
                self.assertEqual((asked.returncode, asked.stdout), (0, shown))
        shown = run("--help").stdout
        for word in ("serve", "check-config", "config", "health", "version", "KURIR_LISTEN"):
            self.assertIn(word, shown)
        self.assertNotEqual(run("no-such-command").returncode, 0)


class Health(RelayCase):
    def test_health_tells_a_ready_relay_from_a_stopped_one(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")
        asked = {"http_listen": f"127.0.0.1:{near.http_port}"}

        self.assertEqual(run("health", **asked).returncode, 0)
        near.stop()
        self.assertNotEqual(run("health", **asked).returncode, 0)

    def test_health_asks_the_relay_whatever_became_of_its_other_settings(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")
        others = {
            "users_file": "/no/such/file",
            "permissions": "nonsense",
            "source_addresses": "198.51.100.77",
            "hostname": "not a name",
        }
        asked = {"http_listen": f"127.0.0.1:{near.http_port}"} | others
        self.assertEqual(run("health", **asked).returncode, 0)
        self.assertEqual(run("health", **asked | {"http_listen": "x"}).returncode, 78)

    def test_an_open_relay_by_its_second_word_is_warned_about_at_every_start(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", trusted_networks="0.0.0.0/0 open-relay")

        self.assertTrue(
            [
                one
                for one in near.events
                if one["level"] == "warning" and "KURIR_TRUSTED_NETWORKS" in str(one)
            ]
        )

    def test_operating_the_variable_of_another_image_is_pointed_out(self) -> None:
        with patch.dict(os.environ, {"SMTP_SERVER": "mail.test", "SMTP_HEADER_TAG": "geheim"}):
            near = self.relay()

        said = [str(one) for one in near.events if one["event"] == "config"]
        taken = [one for one in said if "SMTP_SERVER is read as KURIR_RELAYHOST" in one]
        self.assertEqual(len(taken), 1, said)
        self.assertTrue([one for one in said if "SMTP_HEADER_TAG is not read" in one], said)
        self.assertNotIn("geheim", "".join(said))

    def test_operating_notice_tells_what_became_of_mail_without_sessions(self) -> None:
        far = self.remote({"rules": [{"at": "rcpt", "match": "no@", "reply": "550 5.1.1 no"}]})
        near = self.relay(far, log_level="notice")
        near.submit("you@app.test", "yes@remote.test")
        near.submit("you@app.test", "no@remote.test")
        near.wait_log(event="delivered", to="yes@remote.test")
        near.wait_log(event="bounced", to="no@remote.test")
        with smtplib.SMTP("127.0.0.1", near.port) as client:
            client.ehlo()
            self.assertEqual(client.docmd("MAIL", "FROM:<you@app.test> SIZE=99999999999")[0], 552)
        near.wait_log(event="rejected")
        near.stop()

        seen = {(one["event"], one["level"]) for one in near.events}
        self.assertLessEqual(
            {(event, "notice") for event in ("delivered", "bounced", "rejected", "lifecycle")}, seen
        )
        self.assertEqual({"session", "attempt", "received"} & {event for event, _ in seen}, set())

    def test_a_host_name_without_a_dot_is_warned_about(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", hostname="relay")

        self.assertTrue(
            [
                one
                for one in near.events
                if one["level"] == "warning" and "KURIR_HOSTNAME" in str(one)
            ]
        )


class Hardening(unittest.TestCase):
    @unittest.skipUnless(os.access("/usr/bin/readelf", os.X_OK), "binutils are missing")
    def test_the_binary_is_position_independent_with_full_relro(self) -> None:
        shown = subprocess.run(
            ["readelf", "-Wld", BINARY], capture_output=True, text=True, check=True
        ).stdout
        for word in ("GNU_RELRO", "BIND_NOW", "PIE"):
            self.assertIn(word, shown)
