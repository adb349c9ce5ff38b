"""Limits of clients hold over all relays that share a queue."""

import time
import unittest

from tests.integration.shared_queue_test import SharedQueueCase
from tests.support.client import Client
from tests.support.relay import Relay

HOUR = 3600
EXCHANGES = "store_exchanges_total"


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def record(lines: str) -> str:
    """Counts as relay/quota/record.hpp writes them."""
    text = "kurir-quotas 1\n" + lines
    return f"{text}end {crc32c(text.encode()):08x}\n"


class SharedClients(SharedQueueCase):
    def nodes(self, count: int, **settings: object) -> list[Relay]:
        """So many relays that have told each other something, and know it."""
        far = self.remote()
        made = [self.node(far, **settings) for _ in range(count)]
        self.exchange(*made)
        return made

    def exchange(self, *nodes: Relay) -> None:
        """Waits until all relays have told what they have counted, and have heard it."""
        for _ in ("told", "heard"):
            # One that was under way may have begun before.
            wanted = [(node, node.metric(EXCHANGES) + 2) for node in nodes]
            for node, count in wanted:
                node.wait_metric(EXCHANGES, lambda value: value >= count, 30)
                self.assertGreaterEqual(node.metric(EXCHANGES), count)

    def write(self, client: Client, sender: str, recipients: list[str]) -> list[int]:
        """The reply to MAIL, and to each recipient; the message is sent if one is taken."""
        replies = [client.ask(f"MAIL FROM:<{sender}>").code]
        if replies[0] != 250:
            return replies
        replies += [client.ask(f"RCPT TO:<{name}@remote.test>").code for name in recipients]
        if 250 in replies[1:]:
            client.ask("DATA", 354)
            client.send(b"Subject: x\r\n\r\nx\r\n.\r\n")
            replies.append(client.reply().code)
        else:
            client.ask("RSET", 250)
        return replies

    def taken(self, node: Relay, count: int, sender: str = "a@client.test") -> int:
        """How many of so many messages are taken; the others have to wait."""
        with node.client() as client:
            replies = [self.write(client, sender, ["b"])[0] for _ in range(count)]
        self.assertLessEqual(set(replies), {250, 450})
        return replies.count(250)

    def test_the_rate_of_a_client_is_that_of_one_relay(self) -> None:
        first, second = self.nodes(2, client_rate="20/d")
        self.assertEqual(self.taken(first, 30), 10)  # its part, until the other knows
        self.exchange(first, second)
        self.assertEqual(self.taken(second, 30), 5)
        taken = 15

        def all_of_it() -> bool:
            nonlocal taken
            taken += self.taken(first, 10)
            return taken >= 20

        self.assert_soon(all_of_it, "the whole limit at one relay", 60)
        self.exchange(first, second)
        self.assertEqual(self.taken(first, 5) + self.taken(second, 5), 0)
        self.assertEqual(taken, 20)

        # One that starts then is told.
        third = self.node(self.remote(), client_rate="20/d")
        self.exchange(third)
        self.assertEqual(self.taken(third, 5), 0)

    def test_the_rate_of_a_sender_is_that_of_one_relay(self) -> None:
        first, second = self.nodes(2, sender_rate="10/d")
        self.assertEqual(self.taken(first, 20), 5)
        self.exchange(first, second)
        self.assertEqual(self.taken(second, 20, "A@client.test"), 2)
        self.assertEqual(self.taken(second, 1, "other@client.test"), 1)

    def test_relays_with_queues_of_their_own_know_nothing_of_each_other(self) -> None:
        nodes = [self.relay(self.remote(), client_rate="20/d") for _ in range(2)]
        self.assertEqual([self.taken(node, 30) for node in nodes], [20, 20])

    def new_recipients(self, node: Relay, names: list[str]) -> int:
        with node.client() as client:
            return sum(self.write(client, "a@client.test", [name])[1] == 250 for name in names)

    def test_different_recipients_are_those_of_all_relays(self) -> None:
        first, second = self.nodes(2, permissions="* distinct=20/d")
        names = [f"n{i}" for i in range(100)]
        self.assertEqual(self.new_recipients(first, names[:8]), 8)
        self.exchange(first, second)
        # The same ones are not counted again; of twelve that are left it has half.
        self.assertEqual(self.new_recipients(second, names[:8]), 8)
        self.assertEqual(self.new_recipients(second, names[20:40]), 6)
        self.exchange(first, second)
        self.assertEqual(self.new_recipients(first, names[20:26]), 6)
        taken = 14

        def all_of_them() -> bool:
            nonlocal taken
            taken += self.new_recipients(first, names[40 + taken : 44 + taken])
            return taken >= 20

        self.assert_soon(all_of_them, "the whole limit at one relay", 60)
        self.exchange(first, second)
        self.assertEqual(taken, 20)
        self.assertEqual(self.new_recipients(second, names[90:]), 0)
        self.assertEqual(self.new_recipients(second, names[:8]), 8)

        # All end, with their queue folders: the database knows the recipients of the day.
        first.kill()
        second.kill()
        third = self.node(self.remote(), permissions="* distinct=20/d")
        self.exchange(third)
        self.assertEqual(self.new_recipients(third, ["later"]), 0)
        self.assertEqual(self.new_recipients(third, names[:8]), 8)

    def test_a_runaway_is_stopped_whichever_relay_it_uses(self) -> None:
        first, second = self.nodes(2, runaway="2x")
        now = int(time.time())
        hour = now // HOUR
        # What two relays that are gone have told of the last days: 60 an hour together. (Messages
        # of another part, and what can't be read, do no harm.)
        with first.client() as client:
            self.write(client, "a@client.test", ["b"])
        self.exchange(first, second)
        words = self.database.run(
            "SELECT convert_from(words, 'UTF8') FROM node WHERE words LIKE '%account%'"
        )
        account = words.split("account ")[1].split()[0]
        for teller in (1, 2):
            for back in (40, 10):
                told = record(
                    f"account {account}\nusual {hour - back} {hour - back}:{20 * teller}\n"
                )
                part = f"{teller} {hour - back}\n{now * 1000}\n{told}"
                self.tell_lasting(f"kurir-words 1\npart hours {len(part)}\n{part}\n")
        self.tell_lasting("kurir-words 2\n")
        self.tell_lasting("kurir-words 1\npart later 3\nabc\n")
        self.exchange(first, second)

        # Twice 60 in an hour are too many.
        self.assertEqual(self.taken(first, 70), 70)
        self.exchange(first, second)
        self.assertEqual(self.taken(second, 70), 70 - 21)
        (stopped,) = second.wait_log("runaway")
        self.assertEqual((stopped["messages_last_hour"], stopped["messages_usual"]), (120, 60))
        self.exchange(first, second)
        self.assertEqual(self.taken(first, 2), 0)

    def tell_lasting(self, text: str) -> None:
        self.database.run(
            "WITH e AS (UPDATE lasting_end SET number = number + 1 RETURNING number)"
            " INSERT INTO lasting SELECT number, queue_now(), queue_now() + 86400000,"
            f" decode('{text.encode().hex()}', 'hex') FROM e"
        )


if __name__ == "__main__":
    unittest.main()
