"""F7: the queue's file system fills up; mail is refused in time, and nothing acknowledged is lost.

The queue is on a small tmpfs of its own, which takes root; otherwise these tests are skipped and
say so.
"""

import contextlib
import os
import unittest
from pathlib import Path

from tests.faults.scenario import Scenario, World
from tests.faults.small_disk import can_mount, small_disk
from tests.support.client import Client, ConnectionEnded, wait_until
from tests.support.relay import PATIENCE
from tests.support.script import Script

SIZE = 192 * 1024 * 1024


@unittest.skipUnless(can_mount(), "mounting a small file system takes root")
class DiskFull(Scenario):
    def setUp(self) -> None:
        super().setUp()
        self.disk = small_disk(self, SIZE)

    def start(self, **settings: object) -> World:
        """A relay that can deliver nothing yet."""
        world = self.world(queue_dir=self.disk / "queue", **settings)
        world.far.sites["127.0.0.1"] = Script(
            rules=[{"at": "connect", "reply": "421 4.3.2 not yet"}]
        )
        self.near, self.ledger = world.near, world.ledger
        return world.start()

    def send(self, size: int) -> int:
        """Sends one message by the ledger; the code that decided, 0 for none."""
        entry, text = self.ledger.compose(["user@remote.test"], size)
        try:
            with Client(self.near.port) as client:
                reply = client.reply()
                if reply.code == 220:
                    client.ask("EHLO client.test", 250)
                    reply = client.ask("MAIL FROM:<sender@client.test>")
                if reply.code == 250:
                    client.ask("RCPT TO:<user@remote.test>", 250)
                    reply = client.ask("DATA")
                if reply.code == 354:
                    client.send((b"\r\n" + text).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n")
                    reply = client.reply()
        except (ConnectionEnded, OSError, AssertionError) as error:
            self.ledger.record(entry, "unknown", repr(error))
            return 0
        self.ledger.record(entry, "acked" if reply.code == 250 else "nacked", str(reply))
        return reply.code

    def fill(self, leave: int) -> Path:
        """A file of somebody else that leaves so many bytes."""
        status = os.statvfs(self.disk)
        file = self.disk / "somebody-else"
        with file.open("wb", buffering=0) as out:
            # What the relay writes at the same moment may take some of it.
            with contextlib.suppress(OSError):
                out.write(bytes(status.f_bavail * status.f_frsize - leave))
        return file

    def test_f7_low_space_is_452_at_mail_and_over_when_there_is_room(self) -> None:
        self.on_disk = self.start(queue_min_free="30M")
        self.assertEqual(self.send(1000), 250)
        hog = self.fill(10_000_000)

        self.assertTrue(wait_until(lambda: self.send(1000) == 452, 15))
        self.assertEqual(self.near.get("/readyz")[0], 503)
        self.near.wait_metric("load_shedding", lambda n: n == 1, reason="disk")
        self.assertGreaterEqual(self.near.metric("smtp_rejects_total", reason="disk_low"), 1)

        hog.unlink()
        self.assertTrue(wait_until(lambda: self.send(1000) == 250, 30))
        self.assertTrue(wait_until(self.near.ready, 15))
        self.settle()

    def test_f7_a_disk_that_is_really_full_loses_nothing_and_recovers(self) -> None:
        self.on_disk = self.start(queue_min_free="0")
        codes = [self.send(200_000) for _ in range(20)]
        self.assertEqual(set(codes), {250})
        hog = self.fill(0)

        codes = [self.send(400_000) for _ in range(30)]
        self.assertTrue(set(codes) & {452, 451, 421}, codes)
        self.assertNotEqual(codes[-1], 250)

        hog.unlink()
        self.assertTrue(wait_until(lambda: self.send(1000) == 250, 60))
        self.settle()

    def test_R7_mail_does_not_fill_the_disk_that_removals_need_whatever_the_limit(
        self,
    ) -> None:
        self.on_disk = self.start(queue_min_free="0")
        codes = [self.send(400_000)]
        while codes[-1] == 250 and len(codes) < 2 * SIZE // 400_000:
            codes.append(self.send(400_000))
        self.assertEqual(codes[-1], 452, codes[-5:])
        self.assertGreater(len(codes), 50)
        for _ in range(100):
            self.assertNotIn(self.send(4000), (250, 451))
        status = os.statvfs(self.disk)
        self.assertGreater(status.f_bavail * status.f_frsize, SIZE // 8)
        self.near.kill()  # and a restart finds the room that it needs
        self.on_disk.crashes += 1
        self.on_disk.start(ready=False)
        self.settle(probe=False)
        self.assertTrue(wait_until(lambda: self.send(1000) == 250, 60 * PATIENCE))
        self.settle()

    def test_f7_what_is_queued_is_still_delivered_from_a_full_disk(self) -> None:
        self.on_disk = self.start(queue_min_free="1M")
        for _ in range(20):
            self.assertEqual(self.send(100_000), 250)
        self.fill(0)
        self.settle()

    def settle(self, probe: bool = True) -> None:
        """The far end takes mail again: all that was acknowledged comes out, once."""
        self.on_disk.far.sites["127.0.0.1"] = Script()
        account = self.on_disk.account(probe=probe and self.has_room())
        print(account, flush=True)
        self.assertEqual(account.duplicates, 0)

    def has_room(self) -> bool:
        return not (self.disk / "somebody-else").exists()
