"""The base of the end-to-end tests: relays and scripted servers that end with the test."""

import unittest
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Mapping

from tests.support.client import wait_until
from tests.support.names import NameServer
from tests.support.relay import PATIENCE, Relay
from tests.support.remote_server import RemoteServer
from tests.support.script import Script

MESSAGE = b"From: a@client.test\r\nTo: b@remote.test\r\nSubject: a test\r\n\r\nA test.\r\n"


FRAMES = 8  # lines of a traceback, two or three for each call
SIDE_BY_SIDE = 10  # relays that wait more than they work


def failed_at(trace: str) -> list[str]:
    """The last calls of a traceback and the first line of the error, whose text may be a whole log."""
    lines = trace.splitlines()
    error = next((at for at, line in enumerate(lines) if at > 0 and line[:1] != " "), len(lines))
    return [line[:300] for line in lines[max(0, error - FRAMES) : error + 1]]


class RelayCase(unittest.TestCase):
    """A test of the real relay.

    When the test ends, each relay must stop with status 0 and without a sanitizer's complaint, and
    no scripted server may have had an objection to what the relay said to it.
    """

    maxDiff = None
    _told_why = False

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        self._result = result
        return super().run(result)

    def remote(
        self, script: Script | dict | None = None, well_behaved: bool = True, **options
    ) -> RemoteServer:
        """A started scripted server."""
        server = RemoteServer(script, **options).start()
        self.addCleanup(self._stop_remote, server, well_behaved)
        return server

    def relay(self, remote: RemoteServer | None = None, **settings: object) -> Relay:
        """A started relay, with `remote` as its relayhost; it retries within a second."""
        if remote is not None:
            settings.setdefault("relayhost", f"127.0.0.1:{remote.port}")
        settings.setdefault("retry_min", "1s")
        relay = Relay(**settings)
        self.addCleanup(self._stop_relay, relay)
        try:
            return relay.start()
        except BaseException:
            relay.kill()
            raise

    def direct(self, far: RemoteServer, records: str, **settings: object) -> Relay:
        """A started relay that finds its way by MX, to the port of `far`, and may go to loopback."""
        names = self.enterContext(NameServer(records=records))
        return self.relay(
            dns_servers=names.address,
            prohibited_networks="none",
            remote_port=far.port,
            **settings,
        )

    def side_by_side(self, check: Callable, cases: Mapping[str, tuple]) -> None:
        """Subtests that mostly wait: `check`, a method of this test, with each case's arguments.

        Several run at a time, each as a test of its own: with its own relays and servers, which end
        with it.
        """
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            results = list(pool.map(lambda one: self._alone(check, one), cases.values()))
        for name, result in zip(cases, results):
            with self.subTest(name):
                self.assertEqual(result.testsRun, 1)
                self.assertFalse(result.skipped)
                for _, trace in result.failures + result.errors:
                    self.fail(trace)

    def _alone(self, check: Callable, arguments: tuple) -> unittest.TestResult:
        result = unittest.TestResult()
        alone = type(self)(self._testMethodName)
        setattr(alone, self._testMethodName, lambda: check.__func__(alone, *arguments))
        alone.run(result)
        return result

    def assert_soon(
        self, claim: Callable, message: str | Callable[[], str] = "", timeout: float = 15.0
    ) -> None:
        """That `claim()` comes to hold within this time. A callable `message` tells how it is then."""
        if not wait_until(claim, timeout * PATIENCE):
            self.fail(message() if callable(message) else message or "it does not come to hold")

    def _stop_relay(self, relay: Relay) -> None:
        failures = [] if self._result is None else self._result.failures + self._result.errors
        why = [trace for test, trace in failures if test is self]
        if why and not self._told_why:  # before the logs, which are long
            print("---", *failed_at(why[-1]), sep="\n")
            self._told_why = True
        relay.__exit__(AssertionError if why else None, None, None)

    def _stop_remote(self, server: RemoteServer, well_behaved: bool) -> None:
        server.stop()
        if well_behaved:
            self.assertEqual(server.violations, [])
