"""KURIR_ADOPT: queues of relays that are gone are emptied into this relay's queue."""

import json
import shutil
import unittest
from pathlib import Path

from tests.integration.handover_test import LATER, HandoverCase
from tests.integration.operators_test import NOBODY_HOME
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer
from tests.support.relay import Relay, run

LARGE = b"Subject: large\r\n\r\n" + b"y" * 70 + b"\r\n" + (b"z" * 70 + b"\r\n") * 9000


class AdoptionCase(HandoverCase):
    def setUp(self) -> None:
        super().setUp()
        self.volumes = self.folder / "volumes"
        self.volumes.mkdir()

    def gone(self, name: str, count: int, **settings) -> Relay:
        """A relay that has stopped, with so many messages in `volumes`."""
        relay = self.relay(
            queue_dir=self.volumes / name,
            **{"hostname": f"{name.partition('/')[0]}.test", "relayhost": NOBODY_HOME} | settings,
        )
        for number in range(count):
            user = f"{name.replace('/', '-')}-{number}"
            relay.submit("app@shop.test", [f"{user}@one.test", f"{user}@two.test"])
        if count and "relayhost" not in settings:
            relay.wait_log("destination_suspended")
        return relay

    def heir(self, remote=None, **settings) -> Relay:
        return self.taker(remote, adopt=self.volumes, **settings)

    def emptied(self, relay: Relay, folder: Path, count: int = 1) -> dict:
        lines = relay.wait_log(
            "adoption", count, timeout=60, what="ended", folder=str(self.volumes / folder)
        )
        return lines[-1]


class Adopting(AdoptionCase):
    def test_folders_that_are_free_are_emptied_and_the_others_later(self) -> None:
        (self.volumes / "b").mkdir()
        first, second = self.gone("a", 3), self.gone("b/queue", 2)
        large = first.submit("app@shop.test", "large@one.test", LARGE)
        damaged, busy = self.gone("damaged", 1), self.gone("busy", 2)
        for each in (first, second, damaged):
            self.assertEqual(each.stop(), 0)
        (self.volumes / "damaged/db/CURRENT").unlink()
        (self.volumes / "no queue").mkdir()
        far = self.remote()
        new = self.heir(far)
        ended = self.emptied(new, "a")
        self.assertEqual((ended["moved"], ended["left"], ended["because"]), (4, 0, ""))
        self.assertEqual(self.emptied(new, "b/queue")["moved"], 2)
        trouble = new.wait_log("adoption", what="not_emptied")
        self.assertEqual([each["folder"] for each in trouble], [str(self.volumes / "damaged")])
        self.assertIn("CURRENT", trouble[0]["because"])
        self.assertEqual(new.select("adoption", what="begun", folder=str(busy.queue_dir)), [])
        self.reach(far, 11)
        origins = {each["origin"].split("/")[0] for each in new.select("imported")}
        self.assertEqual(origins, {"a.test", "b.test"})
        self.assertIn(large, " ".join(each["origin"] for each in new.select("imported")))
        # It is another relay's until that has stopped.
        self.assertEqual(busy.stop(), 0)
        self.assertEqual(self.emptied(new, "busy")["moved"], 2)
        self.assertEqual(new.metric("adopted_messages_total"), 8)
        self.reach(far, 15)
        self.assertEqual(len([each for each in far.messages if b"large" in each.data]), 1)
        # What was emptied has been left as a queue.
        first.start()
        self.assertEqual(self.listed(first), [])

    def test_mail_keeps_its_state(self) -> None:
        far = self.remote(LATER)
        old = self.gone("a", 3, relayhost=f"127.0.0.1:{far.port}", retry_min="1h", retry_max="2h")
        old.wait_log("deferred", 6)
        self.queue(old, "hold", "--to", "a-1@one.test", "--because", "a reason")
        before = self.entries(old)
        self.assertEqual(old.stop(), 0)
        new = self.heir(retry_min="1h", retry_max="2h")
        self.emptied(new, "a")
        after = self.entries(new)
        same = ("from", "to", "state", "priority", "attempts", "tenant", "why")
        views = [
            sorted(json.dumps([each.get(key) for key in same]) for each in entries)
            for entries in (before, after)
        ]
        self.assertEqual(views[1], views[0])
        for was, now in zip(*(self.times(each, "next_attempt_at") for each in (before, after))):
            self.assertAlmostEqual(now, was, delta=60)
        self.assertEqual(len(self.entries(new, "--state", "held")), 1)

    def test_a_copy_is_adopted_once(self) -> None:
        """A folder that is put back, as after a kill between the commit here and the removal there."""
        old = self.gone("a", 3)
        self.assertEqual(old.stop(), 0)
        shutil.copytree(self.volumes / "a", self.folder / "copy", symlinks=True)
        far = self.remote()
        new = self.heir(far)
        self.emptied(new, "a")
        self.reach(far, 6)
        self.assertEqual(new.stop(), 0)
        shutil.rmtree(self.volumes / "a")
        shutil.copytree(self.folder / "copy", self.volumes / "a", symlinks=True)
        new.start()
        ended = self.emptied(new, "a", 2)
        self.assertEqual((ended["moved"], ended["left"]), (3, 0))
        self.assertEqual(self.listed(new), [])
        self.assertEqual(len(new.select("imported")), 3)
        self.assertEqual(new.metric("queue_messages"), 0)
        self.reach(far, 6)

    def test_captured_mail_is_left_alone(self) -> None:
        old = self.gone("a", 0, capture="on")
        old.submit("app@shop.test", "bob@one.test")
        self.assertEqual(old.stop(), 0)
        far = self.remote()
        new = self.heir(far)
        told = new.wait_log("adoption", what="not_emptied")[0]
        self.assertIn("KURIR_CAPTURE", told["because"])
        self.assertEqual(new.select("imported"), [])
        old.start()
        self.assertEqual(len(self.listed(old)), 1)

    def test_its_own_queue_is_none_of_others(self) -> None:
        far = self.remote()
        new = self.heir(far, queue_dir=self.volumes / "own")
        old = self.gone("a", 1)
        self.assertEqual(old.stop(), 0)
        self.emptied(new, "a")
        own = [each for each in new.select("adoption") if each.get("folder", "").endswith("own")]
        self.assertEqual(own, [])

    def test_of_an_empty_queue_it_says_so_once(self) -> None:
        """Whoever waits for `left` 0 learns that the volume can go."""
        self.assertEqual(self.gone("a", 0).stop(), 0)
        new = self.heir(self.remote())
        ended = self.emptied(new, "a")
        self.assertEqual((ended["moved"], ended["left"], ended["because"]), (0, 0, ""))
        old = self.gone("b", 1)
        self.assertEqual(old.stop(), 0)
        self.emptied(new, "b")  # it has looked at all folders again
        lines = new.select("adoption", folder=str(self.volumes / "a"))
        self.assertEqual([each["what"] for each in lines], ["ended"])

    def test_what_is_too_large_stays_there(self) -> None:
        old = self.gone("a", 1)
        large = old.submit(
            "app@shop.test", "x@one.test", b"Subject: x\r\n\r\n" + b"y\r\n" * 600_000
        )
        self.assertEqual(old.stop(), 0)
        far = self.remote()
        new = self.heir(far, max_message_size="1K")
        ended = self.emptied(new, "a")
        self.assertEqual((ended["moved"], ended["left"]), (1, 1))
        line = new.select("adoption", what="not_taken")[0]
        self.assertEqual(line["queue_id"], large)
        self.assertIn("KURIR_MAX_MESSAGE_SIZE", line["because"])
        self.assertEqual(new.stop(), 0)
        old.start()
        self.assertEqual(self.listed(old), [large])

    def test_what_another_relay_may_have_stays_held(self) -> None:
        old = self.gone("a", 1)
        moved = old.submit("app@shop.test", "moved@one.test")
        for to, reason in (
            ("a-0@*", "handed over to far:1 as a.test"),
            ("moved@*", "moved to far"),
        ):
            self.queue(old, "hold", "--to", to, "--because", reason)
        self.assertEqual(old.stop(), 0)
        far = self.remote()
        new = self.heir(far)
        self.emptied(new, "a")
        held = json.dumps(self.entries(new, "--state", "held"))
        self.assertIn("adopted: handed over to far:1 as a.test", held)
        self.assertIn("adopted: moved to far", held)
        self.assertEqual(len(set(self.listed(new))), 2)
        self.assertEqual(far.messages, [])
        self.assertNotIn(moved, self.listed(new))

    def test_what_it_was_handed_over_itself_is_known(self) -> None:
        """The relay died before it removed what it had handed over, and its volume is adopted."""
        far = self.remote()
        new = self.taker(far)
        old = self.gone("a", 2)
        reason = f"handed over to {NOBODY_HOME} as a.test"
        copy = self.folder / "copy"
        self.queue(old, "hold", "--because", reason)
        old.stop()
        shutil.copytree(self.volumes / "a", copy, symlinks=True)
        old.settings["handover"] = self.url()
        old.start()
        self.queue(old, "release")
        self.assertEqual(old.stop(), 0)
        self.assertEqual(self.ended(old)["moved"], 2)
        self.reach(far, 4)
        shutil.rmtree(self.volumes / "a")
        shutil.move(copy, self.volumes / "a")
        self.assertEqual(new.stop(), 0)
        new.settings["adopt"] = self.volumes
        new.start()
        ended = self.emptied(new, "a")
        self.assertEqual((ended["moved"], ended["left"]), (2, 0))
        self.assertEqual(self.listed(new), [])
        self.reach(far, 4)


class IntoADatabase(AdoptionCase):
    def test_a_folder_is_emptied_into_a_queue_that_several_share(self) -> None:
        old = self.gone("a", 2)
        self.assertEqual(old.stop(), 0)
        database = self.enterContext(PostgresServer()).create_database()
        far = self.remote()
        new = self.heir(far, store="postgresql", database_url=database.url)
        ended = self.emptied(new, "a")
        self.assertEqual((ended["moved"], ended["left"]), (2, 0))
        self.reach(far, 4)
        new.stop()  # before its database

    def test_a_queue_goes_into_a_database_and_back_with_its_lists(self) -> None:
        """As the README has it: the lists are copied, the mail is adopted, and moved on the way back."""
        old = self.gone("a/queue", 2)
        self.told(old, "suppress", "add", "dead.example")
        self.told(old, "suspend", "--domain", "one.test", "--for", "2h")
        self.assertEqual(old.stop(), 0)
        database = self.enterContext(PostgresServer()).create_database()
        shared = {"store": "postgresql", "database_url": database.url, "relayhost": NOBODY_HOME}
        new = self.relay(**shared, adopt=self.volumes, queue_dir=self.with_lists_of(old, "new"))
        self.assertEqual(self.emptied(new, "a/queue")["left"], 0)
        self.check_lists(new)
        tokens = self.folder / "tokens"
        tokens.write_text(f"mover act {'t' * 40}\n")
        tokens.chmod(0o600)
        port = free_port()
        back = self.relay(
            queue_dir=self.with_lists_of(new, "back"),
            relayhost=NOBODY_HOME,
            admin_listen=f"127.0.0.1:{port}",
            admin_token_file=tokens,
        )
        self.queue(new, "move", "--yes", "--relay", f"http://{'t' * 40}@127.0.0.1:{port}")
        self.assertEqual(self.listed(new), [])
        self.assertEqual(len(self.entries(back)), 4)  # two messages, to two domains each
        self.check_lists(back)
        new.stop()  # before its database

    def with_lists_of(self, relay: Relay, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        for each in ("suppressions", "suspensions"):
            shutil.copy2(relay.queue_dir / each, folder / each)
        return folder

    def check_lists(self, relay: Relay) -> None:
        self.assertIn("dead.example", self.told(relay, "suppress", "list"))
        self.assertIn("domain=one.test", self.told(relay, "suspensions"))

    def told(self, relay: Relay, *words: str) -> str:
        done = run(*words, **relay.settings)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout


if __name__ == "__main__":
    unittest.main()
