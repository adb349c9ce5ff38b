"""Messages of a shared queue that the database has damaged: told, kept aside, and no harm to others."""

import unittest

from tests.integration.shared_queue_test import SharedQueueCase

NOBODY_HOME = "127.0.0.1:9"  # a relayhost that can't be reached
DAMAGE = {
    "an envelope": "UPDATE message SET envelope = set_byte(envelope, 20, 255)",
    "a body": "DELETE FROM body",
    "the middle of a long body": "DELETE FROM body",
}


class SharedDamage(SharedQueueCase):
    def test_a_damaged_message_is_kept_aside_and_others_go_on(self) -> None:
        first = self.node(relayhost=NOBODY_HOME)
        ids = {}
        for kind in (*DAMAGE, "nothing"):
            size = 2_000_000 if "long" in kind else 10
            body = b"Subject: x\r\n\r\n" + b"a line of a body\r\n" * (size // 18 + 1)
            ids[kind] = first.submit("a@client.test", "user@remote.test", body)
        first.kill()
        known = dict(zip(self.database.ids(), map(int, self.column("message", "id"))))
        numbers = {kind: known[each] for kind, each in ids.items()}
        for kind, change in DAMAGE.items():
            column = "id" if "UPDATE" in change else "message"
            where = f" WHERE {column} = {numbers[kind]}"
            self.database.run(change + where + (" AND chunk = 3" if "long" in kind else ""))
        far = self.remote()
        second = self.node(far)
        said = second.wait_log("quarantined", count=len(DAMAGE), timeout=60)
        self.assertEqual({each["key"] for each in said}, {ids[kind] for kind in DAMAGE})
        second.wait_metric("queue_quarantined_records_total", lambda count: count == len(DAMAGE))
        far.wait_delivered(1)
        self.assert_empty()
        kept = {int(each) for each in self.column("quarantine", "message")}
        self.assertEqual(kept, {numbers[kind] for kind in DAMAGE})

    def column(self, table: str, name: str) -> list[str]:
        return self.database.run(f"SELECT {name} FROM {table}").split()


if __name__ == "__main__":
    unittest.main()
