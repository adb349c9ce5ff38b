"""SIGHUP reads the files of settings again; what is under way keeps what it began with.

The relay also watches them, so a file that a test has just written may be in effect before the
signal: the changes of both count.
"""

import signal

from tests.support.case import MESSAGE, RelayCase
from tests.support.client import Client
from tests.support.relay import Relay
from tests.support.sessions import Sessions


class Reloading(RelayCase):
    lines = 0  # of reloads that the test has seen

    def files(self, near: Relay, **values: str) -> None:
        """Gives these settings in files; of a relay that was not started, or for its next reload."""
        for name, value in values.items():
            path = near.folder / name
            path.write_text(value, encoding="utf-8")
            near.settings.pop(name, None)
            near.settings[f"{name}_file"] = path

    def relay_with(self, remote=None, **values: str) -> Relay:
        near = self.relay(remote)
        near.stop()
        self.files(near, **values)
        return near.start()

    def reload(self, near: Relay, result: str = "ok") -> dict:
        """Reloads, and returns the log line of it, with all that changed since the last reload."""
        what = "reloaded" if result == "ok" else "reload_failed"
        before = near.metric("config_reloads_total", result=result)
        lines = len(near.select("config", what=what))
        near.signal(signal.SIGHUP)
        near.wait_metric("config_reloads_total", lambda n: n > before, result=result)
        found = near.wait_log("config", what=what, count=lines + 1)
        changed = [each["changed"] for each in found[self.lines :] if each.get("changed")]
        if result == "ok":
            self.lines = len(found)
            found[-1]["changed"] = " ".join(changed)
        return found[-1]

    def test_a_session_keeps_what_it_began_with(self) -> None:
        near = self.relay_with(max_recipients="2", max_message_size="1M")
        with near.client() as early:
            self.files(near, max_recipients="1", max_message_size="2M")
            line = self.reload(near)
            self.assertEqual(line["changed"], "KURIR_MAX_MESSAGE_SIZE KURIR_MAX_RECIPIENTS")
            self.assertNotIn("needs_restart", line)

            self.assert_takes(early, recipients=2, size=1 << 20)
            with near.client() as late:
                self.assert_takes(late, recipients=1, size=2 << 20)
            self.assert_takes(early, recipients=2, size=1 << 20)

    def assert_takes(self, client: Client, recipients: int, size: int) -> None:
        """So many recipients of one message are taken, and this size is offered."""
        self.assertIn(f"SIZE {size}", str(client.ask("EHLO client.test", 250)))
        client.ask("MAIL FROM:<a@client.test>", 250)
        for number in range(recipients):
            client.ask(f"RCPT TO:<u{number}@remote.test>", 250)
        client.ask("RCPT TO:<more@remote.test>", 452)
        client.ask("RSET", 250)

    def test_who_may_relay_is_read_again(self) -> None:
        far = self.remote()
        near = self.relay_with(far, trusted_networks="192.0.2.0/24")
        with near.client() as stranger:
            stranger.ask("MAIL FROM:<a@client.test>", 250)
            stranger.ask("RCPT TO:<b@remote.test>", 550)
            self.files(near, trusted_networks="loopback # this machine")
            line = self.reload(near, "failed")
            self.assertIn("KURIR_TRUSTED_NETWORKS_FILE", line["problem"])
            self.files(near, trusted_networks="loopback")
            self.reload(near)
            stranger.ask("RCPT TO:<b@remote.test>", 550)
        near.submit("a@client.test", "b@remote.test")
        far.wait_delivered(1)

    def test_an_attempt_keeps_what_it_began_with(self) -> None:
        full = {"at": "rcpt", "reply": "552 5.2.2 mailbox full"}
        far = self.remote({"rules": [{"at": "connect", "times": 1, "delay": 3}, full]})
        near = self.relay_with(far, mailbox_full="retry")
        first = near.submit("a@client.test", "first@remote.test")
        near.wait_metric("outbound_connections", lambda n: n == 1, state="connecting")
        self.files(near, mailbox_full="bounce")
        self.reload(near)
        second = near.submit("a@client.test", "second@remote.test")

        self.assertEqual(len(near.wait_log("deferred", queue_id=first)), 1)
        self.assertEqual(len(near.wait_log("bounced", queue_id=second)), 1)
        self.assertEqual(near.select("bounced", queue_id=first), [])

    def test_a_mistake_in_one_file_holds_back_that_file_and_is_named(self) -> None:
        near = self.relay_with(max_recipients="2", max_hops="50")
        begun = near.metric("config_reloaded_timestamp_seconds")
        self.files(near, max_recipients="many")
        line = self.reload(near, "failed")
        self.assertIn("KURIR_MAX_RECIPIENTS_FILE: 'many' is not a number", line["problem"])
        self.assertIn(str(near.folder / "max_recipients"), line["problem"])
        self.assertEqual(near.metric("config_reloaded_timestamp_seconds"), begun)
        with near.client() as client:
            client.begin_message(recipients=["a@remote.test", "b@remote.test"])

        self.files(near, max_hops="60")
        near.wait_log("config", what="reloaded", changed="KURIR_MAX_HOPS")
        self.assertEqual(near.metric("reload_failing", what="settings"), 1)
        self.files(near, max_recipients="1")
        near.wait_log("config", what="reloaded", changed="KURIR_MAX_RECIPIENTS")
        self.assertGreater(near.metric("config_reloaded_timestamp_seconds"), begun)
        self.assertEqual(near.metric("reload_failing"), 0)

    def test_good_files_are_taken_beside_bad_ones_under_load_and_no_session_drops(self) -> None:
        far, news = self.remote(), self.remote()
        near = self.relay_with(
            far,
            permissions="127.0.0.9 rate=10/min\n",
            routes="to=news.test -> news\n",
            relayhost_news=f"127.0.0.1:{news.port}",
            max_recipients="100",
        )
        with Sessions(near.client) as load:
            load.wait_for_more()
            self.files(near, permissions="127.0.0.9 rate=10/min\n127.0.0.8 from\n")
            self.files(near, relayhost_news="two words", routes="to=more.test -> news\n")
            self.files(near, max_recipients="1")
            near.wait_log("config", what="reloaded", changed="KURIR_MAX_RECIPIENTS")
            found = near.wait_log("config", 3, what="reload_failed")
            said = "\n".join(each["problem"] for each in found)
            self.assertRegex(said, "KURIR_PERMISSIONS_FILE: .*line 2")
            self.assertIn("KURIR_RELAYHOST_NEWS_FILE", said)
            self.assertRegex(said, "/routes is held back, because it belongs to .*/relayhost_news")
            for kind in ("permissions", "relayhosts", "routes"):
                self.assertEqual(near.metric("reload_failing", what=kind), 1, kind)
            self.assertEqual(near.metric("reload_failing", what="settings"), 0)
            load.wait_for_more()
            near.submit("a@client.test", "b@news.test")
            news.wait_delivered(1)

            self.files(near, relayhost_news=f"127.0.0.1:{news.port}")
            near.wait_log("config", what="reloaded", changed="KURIR_ROUTES")
            near.wait_metric("reload_failing", lambda n: n == 0, what="routes")
            self.assertEqual(near.metric("reload_failing", what="permissions"), 1)
            near.submit("a@client.test", "b@more.test")
            news.wait_delivered(2)
            load.wait_for_more()
        self.assertEqual(load.problems, [])
        far.wait_delivered(sum(load.sent))

    def test_what_needs_a_restart_is_named_and_stays(self) -> None:
        far = self.remote()
        near = self.relay_with(far, retry_min="1m", hostname="relay.test")
        self.files(near, hostname="other.test")
        line = self.reload(near)
        self.assertEqual(line["needs_restart"], "KURIR_HOSTNAME")
        self.assertEqual(line["changed"], "")
        with Client(near.port) as client:
            self.assertIn("relay.test", str(client.expect(220)))
            client.ask("EHLO client.test", 250)
            self.assertEqual(client.mail("a@client.test", ["b@remote.test"], MESSAGE).code, 250)
        near.restart()
        with Client(near.port) as client:
            self.assertIn("other.test", str(client.expect(220)))
