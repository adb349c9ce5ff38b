"""Settings for staging: all mail to one address, or kept and not delivered; and how loud they are."""

import json
import time
from email import message_from_bytes

from tests.support.case import MESSAGE, RelayCase
from tests.support.relay import Relay, run

GOOD = {"hostname": "relay.test", "listen": "127.0.0.1:0", "http_listen": "127.0.0.1:0"}
REFUSING = {"rules": [{"at": "rcpt", "reply": "550 5.1.1 nobody"}]}
DEFERRING = {"rules": [{"at": "rcpt", "reply": "450 4.2.0 later"}]}


def originals(data: bytes) -> list[str]:
    return message_from_bytes(data).get_all("X-Kurir-Original-To", [])


class Redirect(RelayCase):
    def redirected(self, **settings: object) -> tuple[Relay, object]:
        far = self.remote()
        return self.relay(far, redirect_all_to="qa@stage.test", **settings), far

    def test_all_recipients_become_one_and_are_named(self) -> None:
        near, far = self.redirected()
        near.submit("me@client.test", ["a@one.test", "b@two.test", "A@ONE.test", "a@one.test"])
        (message,) = far.wait_delivered(1)
        self.assertEqual(message.recipients, ["qa@stage.test"])
        self.assertEqual(message.sender, "me@client.test")
        self.assertEqual(originals(message.data), ["a@one.test", "b@two.test", "A@one.test"])

    def test_a_quoted_address_adds_no_field(self) -> None:
        near, far = self.redirected()
        address = '"x\\"> y, X-Evil: 1"@one.test'
        near.submit("me@client.test", address, MESSAGE)
        (message,) = far.wait_delivered(1)
        self.assertEqual(originals(message.data), [address])
        self.assertIsNone(message_from_bytes(message.data)["X-Evil"])
        self.assertEqual(message_from_bytes(message.data)["Subject"], "a test")

    def test_a_bounce_goes_there_too_and_no_further(self) -> None:
        bad = self.remote(REFUSING)
        near, far = self.redirected(routes=f"from=me@client.test -> 127.0.0.1:{bad.port}")
        near.submit("me@client.test", "a@one.test")
        (bounce,) = far.wait_delivered(1)
        self.assertEqual(bounce.sender, "")
        self.assertEqual(bounce.recipients, ["qa@stage.test"])
        self.assertEqual(originals(bounce.data)[0], "me@client.test")
        self.assertIn(b"qa@stage.test", bounce.data)

    def test_the_route_is_that_of_the_address(self) -> None:
        other = self.remote()
        near, far = self.redirected(routes=f"to=one.test -> 127.0.0.1:{other.port}")
        near.submit("me@client.test", "a@one.test")
        far.wait_delivered(1)
        self.assertEqual(other.connections, [])

    def test_it_is_told_everywhere(self) -> None:
        near, _ = self.redirected()
        self.assertTrue(
            any("KURIR_REDIRECT_ALL_TO" in one["warning"] for one in near.wait_log("config"))
        )
        self.assertEqual(near.metric("staging", mode="redirect"), 1)
        self.assertEqual(near.metric("staging", mode="capture"), 0)
        status, text = near.get("/readyz?verbose")
        self.assertEqual(status, 200)
        (check,) = [one for one in json.loads(text)["checks"] if one["name"] == "staging"]
        self.assertIn("qa@stage.test", check["detail"])
        self.assertIn(
            "qa@stage.test", run("config", **GOOD, redirect_all_to="qa@stage.test").stdout
        )
        said = run("check-config", **GOOD, redirect_all_to="qa@stage.test")
        self.assertIn("KURIR_REDIRECT_ALL_TO", said.stderr)

    def test_a_mistake_in_it_never_lets_mail_through(self) -> None:
        for wrong in ("qa", "qa@", "@stage.test", "qa@stage.test,b@stage.test"):
            said = run("serve", **GOOD, redirect_all_to=wrong)
            self.assertEqual(said.returncode, 78, wrong)


class Capture(RelayCase):
    def test_mail_is_kept_and_delivered_after_a_start_without(self) -> None:
        far = self.remote()
        near = self.relay(far, capture="on", max_queue_time="1s")
        for number in range(3):
            near.submit("me@client.test", f"u{number}@one.test")
        self.assertTrue(any("KURIR_CAPTURE" in one["warning"] for one in near.select("config")))
        self.assertEqual(near.metric("staging", mode="capture"), 1)
        status, text = near.get("/readyz?verbose")
        self.assertEqual(status, 200)
        self.assertIn("nothing is delivered", text)

        # Its lifetime is over, twice, and it is there still; also after another start.
        time.sleep(2)
        near.restart()
        time.sleep(1)
        self.assertEqual(far.connections, [])
        self.assertEqual(near.select("bounced"), [])

        near.stop()
        near.settings["capture"] = "off"
        near.start()
        far.wait_delivered(3)
        self.assertEqual(near.metric("staging", mode="capture"), 0)
        self.assertEqual(
            {one.recipients[0] for one in far.messages}, {f"u{n}@one.test" for n in range(3)}
        )

    def test_its_end_is_told_by_the_clock_of_the_queue(self) -> None:
        """That clock stands while the relay does not run."""
        near = self.relay(self.remote(DEFERRING), capture="on")
        near.submit("me@client.test", "u@one.test")
        near.stop()
        stopped = time.time()
        time.sleep(10)
        near.settings["capture"] = "off"
        begun = time.time()
        near.start()
        took = time.time() - begun
        text = (near.queue_dir / "capture").read_text()
        self.assertLessEqual(int(text.removeprefix("until ")) / 1000, stopped + took)

    def test_what_can_not_be_delivered_then_has_its_whole_time(self) -> None:
        far = self.remote(DEFERRING)
        near = self.relay(far, capture="on", max_queue_time="6s", retry_min="100ms", retry_max="1s")
        near.submit("me@client.test", "u@one.test")
        time.sleep(7)
        near.stop()
        near.settings["capture"] = "off"
        near.start()
        # At the first attempt its age is over a lifetime, if capturing counted.
        near.wait_log("deferred")
        near.wait_log("bounced", expired=True, timeout=30)
        self.assertGreater(len(near.select("deferred")), 1)
