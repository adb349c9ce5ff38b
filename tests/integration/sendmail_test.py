"""`sendmail` and `mailq` as applications start them, with the programs that people have."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.support.case import RelayCase
from tests.support.relay import BINARY, environment

EX_USAGE, EX_DATAERR, EX_NOUSER, EX_UNAVAILABLE, EX_TEMPFAIL = 64, 65, 67, 69, 75
NOWHERE = "127.0.0.1:1"


class SendmailCase(RelayCase):
    def setUp(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="kurir-names-"))
        self.addCleanup(shutil.rmtree, folder)
        self.sendmail = folder / "sendmail"
        self.mailq = folder / "mailq"
        for name in (self.sendmail, self.mailq):
            name.symlink_to(BINARY)

    def started(self, **settings):
        self.far = self.remote()
        relay = self.relay(self.far, local_domain="home.test", **settings)
        self.variables = environment(relay.settings | {"listen": f"127.0.0.1:{relay.port}"})
        return relay

    def send(self, *words: str, text: str | bytes = "Subject: x\n\nA text.\n", status: int = 0):
        done = subprocess.run(
            [self.sendmail, *words],
            input=text.encode() if isinstance(text, str) else text,
            env=self.variables,
            capture_output=True,
            timeout=20,
            check=False,
        )
        self.assertEqual(done.returncode, status, (words, done.stdout, done.stderr))
        return done.stdout.decode() + done.stderr.decode()

    def arrived(self, count: int = 1):
        """The last of so many messages."""
        self.assertTrue(self.far.wait_for(lambda far: len(far.messages) >= count))
        return self.far.messages[count - 1]


class Sending(SendmailCase):
    def test_a_message_to_a_recipient(self) -> None:
        self.started()
        self.send("-i", "-f", "app@shop.test", "bob@far.test", text="Subject: x\n\n.\nJ\xf6rg\n")
        got = self.arrived()
        self.assertEqual(got.sender, "app@shop.test")
        self.assertEqual(got.recipients, ["bob@far.test"])
        self.assertIn(b"\r\n\r\n.\r\nJ\xc3\xb6rg\r\n", got.data)
        for field in (b"\r\nFrom: <app@shop.test>", b"\r\nDate: ", b"\r\nMessage-ID: <"):
            self.assertIn(field.lower(), b"\r\n" + got.data.lower())

    def test_a_dot_ends_it_without_i(self) -> None:
        self.started()
        self.send("bob@far.test", text="Subject: x\n\nA\n.\nB\n")
        self.assertTrue(self.arrived().data.endswith(b"\r\n\r\nA\r\n"))

    def test_recipients_from_the_header(self) -> None:
        self.started()
        text = "To: Bob <bob@far.test>\nBcc: eve@far.test\nFrom: a@shop.test\n\nA text.\n"
        self.send("-t", "-i", "-f", "a@shop.test", text=text)
        got = self.arrived()
        self.assertEqual(sorted(got.recipients), ["bob@far.test", "eve@far.test"])
        self.assertNotIn(b"eve", got.data)

    def test_as_cron_does(self) -> None:
        self.started()
        text = (
            "From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@host> job\n"
            "Content-Type: text/plain; charset=UTF-8\n\noutput\n"
        )
        self.send("-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root", text=text)
        got = self.arrived()
        self.assertEqual(got.recipients, ["root@home.test"])
        self.assertEqual(got.sender.partition("@")[2], "home.test")

    def test_the_null_sender(self) -> None:
        self.started()
        self.send("-f", "<>", "bob@far.test")
        self.assertEqual(self.arrived().sender, "")

    def test_a_session_is_passed_through(self) -> None:
        self.started()
        session = (
            "EHLO me.test\r\nMAIL FROM:<a@shop.test>\r\nRCPT TO:<bob@far.test>\r\nDATA\r\n"
            "Subject: x\r\n\r\nA text.\r\n.\r\nQUIT\r\n"
        )
        said = self.send("-bs", text=session)
        self.assertTrue(said.startswith("220 "), said)
        self.assertIn("\r\n221 ", said)
        self.assertEqual(self.arrived().recipients, ["bob@far.test"])


class Refusing(SendmailCase):
    def test_the_status_says_why(self) -> None:
        self.started(max_message_size="100K")
        self.assertIn("-Z", self.send("-Z", "bob@far.test", status=EX_USAGE))
        self.assertIn("recipient", self.send(status=EX_USAGE))
        self.assertIn("larger", self.send("b@far.test", text="x" * 200_000, status=EX_DATAERR))
        self.send("bob@far.test", "no address", status=EX_NOUSER)
        self.assertIn(
            "127.0.0.1:1", self.send("--relay", NOWHERE, "b@far.test", status=EX_TEMPFAIL)
        )
        self.send("-bs", "--relay", NOWHERE, status=EX_TEMPFAIL)
        self.assertEqual(self.far.messages, [])

    def test_who_may_not_relay_is_told(self) -> None:
        self.started(trusted_networks="none")
        self.send("-f", "a@shop.test", "bob@far.test", status=EX_UNAVAILABLE)

    def test_a_full_disk_is_temporary(self) -> None:
        self.started(queue_min_free="1024G", wait_ready=False)
        self.send("bob@far.test", status=EX_TEMPFAIL)


class Listing(SendmailCase):
    def test_mailq_is_the_queue(self) -> None:
        relay = self.relay(relayhost=NOWHERE)
        number = relay.submit("app@shop.test", "bob@far.test")
        relay.wait_log("destination_suspended")
        for words in ([self.mailq, "--ids"], [BINARY, "mailq", "--ids"], [self.sendmail, "-bp"]):
            done = subprocess.run(
                words,
                env=environment(relay.settings),
                capture_output=True,
                text=True,
                timeout=20,
                check=True,
            )
            self.assertIn(number, done.stdout)


class Callers(SendmailCase):
    """Programs that start /usr/sbin/sendmail, as they do it."""

    def need(self, program: str) -> str:
        found = shutil.which(program)
        if found is None:
            self.skipTest(f"{program} is not installed")
        return found

    def call(self, *words: str, text: str = "", **variables: str) -> None:
        done = subprocess.run(
            words,
            input=text,
            env=self.variables | variables,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_mail_of_php(self) -> None:
        self.started()
        script = "exit(mail('bob@far.test', 'Gr\\u{fc}\\u{df}e', \"One\\nTwo\") ? 0 : 1);"
        self.call(self.need("php"), "-d", f"sendmail_path={self.sendmail} -t -i", "-r", script)
        got = self.arrived()
        self.assertEqual(got.recipients, ["bob@far.test"])
        self.assertTrue(got.data.endswith(b"One\r\nTwo\r\n"))

    def test_s_nail(self) -> None:
        self.started()
        settings = self.sendmail.parent / "mailrc"
        settings.write_text(f"set v15-compat mta={self.sendmail}\n")
        self.call(
            self.need("s-nail"),
            "-s",
            "a subject",
            "-c",
            "eve@far.test",
            "bob@far.test",
            text="A text.\n",
            MAILRC=str(settings),
        )
        got = self.arrived()
        self.assertEqual(sorted(got.recipients), ["bob@far.test", "eve@far.test"])
        self.assertIn(b"\r\nSubject: a subject\r\n", got.data)

    def test_git_format_patch_and_send_email(self) -> None:
        self.started()
        git = self.need("git")
        self.need("/usr/lib/git-core/git-send-email")
        patch = self.sendmail.parent / "0001-x.patch"
        patch.write_text("From: A <a@shop.test>\nSubject: [PATCH] x\n\nA text.\n\n-- \n2.39\n")
        self.call(
            git,
            "send-email",
            f"--sendmail-cmd={self.sendmail} -i",
            "--from=a@shop.test",
            "--to=bob@far.test",
            "--envelope-sender=a@shop.test",
            "--suppress-cc=all",
            "--confirm=never",
            "--quiet",
            str(patch),
            HOME=str(self.sendmail.parent),
            # On a machine without a domain git finds none by itself.
            GIT_AUTHOR_NAME="A",
            GIT_AUTHOR_EMAIL="a@shop.test",
            GIT_COMMITTER_NAME="A",
            GIT_COMMITTER_EMAIL="a@shop.test",
        )
        got = self.arrived()
        self.assertEqual((got.sender, got.recipients), ("a@shop.test", ["bob@far.test"]))


if __name__ == "__main__":
    unittest.main()
