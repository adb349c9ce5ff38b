"""Two relays with one queue in PostgreSQL, of which one dies at a named moment; and which mail its death
may double.

    pair = Dying(case, database)
    pair.start_other()
    pair.start_to_die(armed)       # "batch_committed:3=kill"
    with pair.clients():
        pair.wait_death(armed)
    ...                 # the other one delivers
    pair.explained      # recipients that have it twice by now

A death doubles what the remote server has and the database does not know of: what the dead relay has
claimed still, and not finished. That is read from the tables when its last session has ended, so the
account can ask for as many duplicates, and no fewer.
"""

import contextlib
import re
from typing import Iterator

from tests.faults.cluster import LEASE, Cluster, ClusterScenario
from tests.faults.scenario import SEED
from tests.support.client import ConnectionEnded, wait_until
from tests.support.ledger import TOKEN
from tests.support.load import Load
from tests.support.postgres import Database
from tests.support.proxy import Proxy
from tests.support.relay import FAULTY, PATIENCE
from tests.support.remote_server import Message
from tests.support.script import Script

NAME = "dying.test"
PAUSE = 0.15  # between two messages of a client: there is no more than the other one can deliver
SMALL = (200, 2000, 20_000)
NUMBER = re.compile(r"-(\d+)@")  # of a recipient, as tests/support/load.py names it
SESSIONS = (
    f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{NAME}'"
    " AND datname = current_database()"
)
CLAIMED = """
SELECT substring(encode(b.bytes, 'escape') FROM 'X-Ledger: ([0-9a-f]{{32}})'),
  (SELECT string_agg(r.recipient::text, ',') FROM recipient r
    WHERE r.message = e.message AND r.finished)
FROM entry e JOIN body b ON b.message = e.message AND b.chunk = 0
WHERE e.owner IS NOT NULL AND e.owner <> '{}'
"""


class Dying(Cluster):
    """`node` has failpoints, and reaches the database through `proxy`; `other` is a relay as shipped."""

    def __init__(self, case: ClusterScenario, database: Database, lease: int = LEASE) -> None:
        super().__init__(case, database, nodes=2, database_lease=f"{lease}s")
        self.node, self.other = self.nodes
        self.proxy = case.enterContext(Proxy(database.port))
        through = database.but(port=self.proxy.port)
        self.node.binary = FAULTY
        self.node.settings |= {
            "hostname": NAME,
            "database_url": f"{through.url}?application_name={NAME}",
        }
        self.explained = 0
        self._given: set[tuple[str, str]] = set()  # by the one that dies, since its start
        self._keep = self.world.far.on_message
        self.world.far.on_message = self._note
        self._owner = ""

    def far_is(self, script: Script) -> None:
        self.world.far.sites["127.0.0.1"] = script

    def start_other(self) -> None:
        """It is the first."""
        self.other.start()
        known = "SELECT owner FROM node"
        assert wait_until(lambda: self.database.run(known), 20 * PATIENCE, 0.1), self.tails()
        self._owner = self.database.run(known)

    def start_to_die(self, armed: str) -> None:
        self._given.clear()
        self.node.other_output.clear()
        self.world.start_to_die(armed)

    @contextlib.contextmanager
    def clients(self, sizes: tuple[int, ...] = SMALL) -> Iterator[None]:
        """Of the relay that dies."""
        with Load(self.ledger, self.dice.randrange(2**32), 2, sizes, pause=PAUSE) as load:
            load.port = self.node.port
            try:
                yield
            finally:
                load.port = None

    def send_to_die(self, count: int = 1, **options: object) -> None:
        """Some small messages; the relay may die amid them."""
        with contextlib.suppress(OSError, ConnectionEnded, AssertionError):
            self.send(self.node, count, **options)

    def wait_death(self, armed: str) -> None:
        """By these failpoints, and no other way; until the database has ended what it had begun."""
        said = f"it has not come by {armed}, seed {SEED}"
        assert self.world.died(60), f"{said}\n{self.node.tail()}"
        assert self.world.reached(armed), f"not of {armed}: {self.node.other_output}"
        assert not self.world.surprises, self.world.surprises
        ended = wait_until(lambda: self.database.run(SESSIONS) == "0", 30 * PATIENCE, 0.05)
        assert ended, "its sessions go on"

    def unrecorded(self) -> dict[str, set[str]]:
        """Messages that it had claimed, and their recipients that are finished."""
        rows = self.database.run(CLAIMED.format(self._owner)).splitlines()
        return {token: set(done.split(",")) for token, done in (row.split("|") for row in rows)}

    def explain(self, unrecorded: dict[str, set[str]]) -> None:
        """Once the other one has delivered all: what was doubled by this death."""
        for token, recipient in self._given:
            number = NUMBER.search(recipient)[1]
            if token in unrecorded and number not in unrecorded[token]:
                self.explained += 1

    def deliver(self) -> None:
        """What the dead one has left, by the other."""
        patience = (LEASE + 60) * PATIENCE
        gone = wait_until(lambda: self.database.count("message") == 0, patience, 0.2)
        assert gone and self.ledger.outstanding() == 0, self.tails()

    def _note(self, message: Message) -> None:
        if message.accepted and message.helo == NAME:
            token = TOKEN.search(message.data)[1].decode()
            self._given |= {(token, one) for one in message.recipients}
        self._keep(message)
