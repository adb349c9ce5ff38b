"""The suppression list: who is on it gets no mail, and whoever sends it is told."""

import pathlib
import subprocess

from tests.support.case import RelayCase
from tests.support.relay import Relay, run
from tests.support.remote_server import RemoteServer

ADDRESS = "This address is on our suppression list"
DOMAIN = "This domain is on our suppression list"


class Suppression(RelayCase):
    def listed(self, *entries: str, **settings: object) -> tuple[Relay, RemoteServer]:
        """A relay with these entries in a file, and the server that gets its mail."""
        far = self.remote()
        near = self.relay(far)
        near.stop()
        self.list_file(near).write_text("\n".join(entries) + "\n", encoding="utf-8")
        near.settings.update(settings, suppression_list_file=self.list_file(near))
        return near.start(), far

    @staticmethod
    def list_file(near: Relay) -> pathlib.Path:
        return near.folder / "suppressed"

    def change(self, near: Relay, *entries: str) -> None:
        """Waits until the relay has noticed the new file."""
        before = near.metric("config_reloads_total", result="ok")
        self.list_file(near).write_text("\n".join(entries) + "\n", encoding="utf-8")
        near.wait_metric("config_reloads_total", lambda n: n > before, result="ok")

    def swaks(self, near: Relay, recipient: str, *options: str) -> subprocess.CompletedProcess:
        command = ["swaks", "--server", f"127.0.0.1:{near.port}", "--helo", "client.test"]
        command += ["--from", "a@shop.test", "--to", recipient, *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def assert_refused(self, near: Relay, recipient: str, text: str, *options: str) -> None:
        done = self.swaks(near, recipient, *options)
        self.assertIn(f"<** 550 5.7.1 {text}\n", done.stdout)
        self.assertEqual(done.returncode, 24, done.stdout)  # no recipient was taken

    def assert_taken(self, near: Relay, recipient: str, *options: str) -> None:
        done = self.swaks(near, recipient, *options)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_refused_at_rcpt_with_the_reason(self) -> None:
        near, far = self.listed(
            'ann@remote.test reason="she asked us to stop"  # by phone',
            "*@closed.test",
            "gone.test reason=closed",
        )
        self.assert_refused(near, "ann@remote.test", f"{ADDRESS}: she asked us to stop")
        self.assert_refused(near, "Ann@REMOTE.test", f"{ADDRESS}: she asked us to stop")
        self.assert_refused(near, "any@closed.test", DOMAIN)
        self.assert_refused(near, "any@gone.test", f"{DOMAIN}: closed")
        self.assert_taken(near, "anna@remote.test")
        self.assert_taken(near, "any@sub.closed.test")

        far.wait_delivered(2)
        line = near.wait_log("rejected", reason="suppressed", to="ann@remote.test")[0]
        self.assertEqual((line["stage"], line["enhanced"]), ("rcpt", "5.7.1"))
        self.assertEqual(
            line["admit_by"],
            "remove ann@remote.test from KURIR_SUPPRESSION_LIST: she asked us to stop",
        )
        self.assertEqual(near.metric("smtp_rejects_total", stage="rcpt", reason="suppressed"), 4)
        self.assertEqual(near.metric("suppressed_recipients_total", outcome="rejected"), 4)
        self.assertEqual(near.metric("suppressed_recipients_total", outcome="bounced"), 0)

    def test_accepted_and_bounced(self) -> None:
        near, far = self.listed("ann@remote.test", "b@other.test", suppression="bounce")
        near.submit("a@shop.test", ["ann@remote.test", "eve@remote.test", "b@other.test"])

        bounce, message = sorted(far.wait_delivered(2), key=lambda each: each.sender)
        self.assertEqual(message.recipients, ["eve@remote.test"])
        self.assertEqual((bounce.sender, bounce.recipients), ("", ["a@shop.test"]))
        text = bounce.data.decode()
        for listed in ("ann@remote.test", "b@other.test"):
            self.assertIn(f"Final-Recipient: rfc822; {listed}", text)
        self.assertNotIn("Final-Recipient: rfc822; eve@remote.test", text)
        self.assertEqual(text.count("Status: 5.7.1"), 2)
        self.assertIn("on the suppression list", text)
        (line,) = near.wait_log("suppression", what="bounced")
        self.assertEqual((line["recipients"], line["to"]), (2, "ann@remote.test, b@other.test"))
        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(near.metric("suppressed_recipients_total", outcome="bounced"), 2)

    def test_all_recipients_bounced_and_nothing_else_is_sent(self) -> None:
        near, far = self.listed("remote.test", suppression="bounce")
        self.assert_taken(near, "ann@remote.test")
        (bounce,) = far.wait_delivered(1)
        self.assertEqual((bounce.sender, bounce.recipients), ("", ["a@shop.test"]))
        near.wait_metric("queue_messages", lambda n: n == 0)

    def test_off(self) -> None:
        near, far = self.listed("ann@remote.test", suppression="off")
        self.assert_taken(near, "ann@remote.test")
        far.wait_delivered(1)

    def test_the_file_is_read_again(self) -> None:
        near, far = self.listed("ann@remote.test")
        self.assert_refused(near, "ann@remote.test", ADDRESS)
        self.change(near, "bob@remote.test reason=new")
        self.assert_taken(near, "ann@remote.test")
        self.assert_refused(near, "bob@remote.test", f"{ADDRESS}: new")
        far.wait_delivered(1)

    def test_a_mistake_in_the_file_changes_nothing(self) -> None:
        near, _ = self.listed("ann@remote.test")
        before = near.metric("config_reloads_total", result="failed")
        self.list_file(near).write_text("bob@remote.test\nnobody\n", encoding="utf-8")
        near.wait_metric("config_reloads_total", lambda n: n > before, result="failed")
        (line,) = near.wait_log("config", what="reload_failed")
        self.assertIn("nobody", str(line))
        self.assertIn("line 2", str(line))
        self.assert_refused(near, "ann@remote.test", ADDRESS)

    def test_expired_entries_do_not_count(self) -> None:
        near, far = self.listed(
            "ann@remote.test until=2020-01-31", "bob@remote.test until=2099-01-31T12:00:00Z"
        )
        self.assert_taken(near, "ann@remote.test")
        self.assert_refused(near, "bob@remote.test", ADDRESS)
        far.wait_delivered(1)

    def test_an_entry_of_a_tenant_stops_only_its_mail(self) -> None:
        near, far = self.listed("ann@remote.test tenant=shop.test", "b@remote.test tenant=other")
        self.assert_refused(near, "ann@remote.test", ADDRESS)
        self.assert_taken(near, "b@remote.test")
        done = self.swaks(near, "ann@remote.test", "--from", "a@news.test")
        self.assertEqual(done.returncode, 0, done.stdout)
        far.wait_delivered(2)

    def test_where_mail_ends_counts(self) -> None:
        near, far = self.listed(
            "new@remote.test",
            "old@mapped.test",
            "copies@remote.test",
            recipient_map="ann@remote.test -> new@remote.test; old@mapped.test -> b@remote.test",
            always_bcc="from=@shop.test copies@remote.test",
        )
        self.assert_refused(near, "ann@remote.test", ADDRESS)
        # The copy has no RCPT.
        self.assert_taken(near, "old@mapped.test")
        recipients = {each for message in far.wait_delivered(1) for each in message.recipients}
        self.assertIn("b@remote.test", recipients)
        near.wait_log("suppression", what="bounced", to="copies@remote.test")
        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertFalse(far.delivered("copies@remote.test"))

    def test_the_list_in_the_queue_folder_survives(self) -> None:
        near, _ = self.listed("ann@remote.test")
        (kept,) = near.folder.rglob("suppressions")
        self.assertEqual(kept.read_bytes(), b"kurir-suppressions 1\n")
        near.stop()
        kept.write_bytes(kept.read_bytes() + b"+\x20")
        near.start()
        (line,) = near.wait_log("suppressions", what="cut")
        self.assertEqual(line["bytes"], 2)
        self.assertEqual(near.metric("suppression_entries"), 0)
        near.stop()
        kept.write_bytes(b"kurir-suppressions 2\nof another time")
        refused = run("serve", **near.settings)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("suppressions_failed", refused.stdout)
        self.assertIn("later version", refused.stdout)
