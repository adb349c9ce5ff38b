"""The real relay, started for one test: own ports, own queue, its log and its metrics at hand.

    with Relay(relayhost="127.0.0.1:2500", retry_min="1s") as relay:
        ...

A keyword is the variable KURIR_<NAME IN CAPITALS>. The binary is $KURIR_BINARY, build/release/kurir
otherwise. A relay that ends in another way than the test asked for, or that a sanitizer complains
about, fails the test when it is stopped.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

from tests.support.client import Client, wait_until

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("KURIR_BINARY", ROOT / "build/release/kurir"))
FAULTY = BINARY.parent / "tests/kurir_faulty"  # the same with failpoints and mutants
COMPLAINT = re.compile(
    r"(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|"
    r"Assertion .* failed|terminate called|twice in one event)"
)
SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")

# Sanitized builds are slower; every patience of the tests is multiplied by this.
PATIENCE = float(os.environ.get("KURIR_TEST_PATIENCE", "1"))

# A relay ends with the thread that started it, which lives as long as this process: so a killed
# suite leaves none behind.
WITH_ITS_PARENT = ("setpriv", "--pdeathsig", "KILL")
STARTER = ThreadPoolExecutor(1)


def environment(settings: dict[str, object]) -> dict[str, str]:
    """The environment of a relay: this process's, but no KURIR_ variables than these settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KURIR_")}
    inherited.setdefault("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1")
    inherited.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    inherited.setdefault("TSAN_OPTIONS", f"suppressions={Path(__file__).with_name('tsan.supp')}")
    return inherited | {f"KURIR_{name.upper()}": str(value) for name, value in settings.items()}


def run(*arguments: str, timeout: float = 20.0, **settings: object) -> subprocess.CompletedProcess:
    """Runs the binary with these arguments to its end."""
    return subprocess.run(
        [BINARY, *arguments],
        env=environment(settings),
        text=True,
        timeout=timeout,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


class Relay:
    """One relay and its queue, which outlives restarts and goes with the context."""

    def __init__(
        self,
        queue_dir: Path | None = None,
        prefix: tuple[str, ...] = (),
        wait_ready: bool = True,
        **settings: object,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kurir-test-"))
        self.queue_dir = queue_dir or self.folder / "queue"
        self.settings = {
            "hostname": "relay.test",
            "listen": "127.0.0.1:0",
            "http_listen": "127.0.0.1:0",
            "queue_dir": self.queue_dir,
            "queue_min_free": "1M",
            "log_format": "json",
            "threads": 2,
        } | settings
        self.prefix = prefix
        self.wait_ready = wait_ready
        self.binary = BINARY
        self.variables: dict[str, str] = {}  # of the environment, beside the settings
        self.port = 0
        self.http_port = 0
        self.events: list[dict] = []
        self.other_output: list[str] = []
        self.process: subprocess.Popen | None = None
        self._grown = threading.Condition()
        self._silent = True

    def start(self, ready: bool | None = None) -> "Relay":
        """Starts the process; returns when its listeners are bound and, by default, it is ready."""
        begun = len(self.events)
        self._silent = False
        self.process = STARTER.submit(
            subprocess.Popen,
            [*self.prefix, *WITH_ITS_PARENT, self.binary, "serve"],
            env=environment(self.settings) | self.variables,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ).result()
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self._reader.start()
        self.port = self._bound(begun, "listening", "listen")
        self.http_port = self._bound(begun, "http_listening", "http_listen")
        wanted = self.wait_ready if ready is None else ready
        if wanted and not wait_until(self.ready, 20 * PATIENCE):
            raise AssertionError(f"not ready: {self.get('/readyz')}")
        return self

    def stop(self, timeout: float = 30.0) -> int:
        """SIGTERM, and the exit status, which is 0 if all went well."""
        if self.process is None:
            return 0
        self.signal(signal.SIGTERM)
        return self.wait(timeout * PATIENCE)

    def kill(self) -> None:
        """SIGKILL to the process and all it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):  # all of it is gone already
                os.killpg(self.process.pid, signal.SIGKILL)
            self.wait(10)

    def restart(self) -> "Relay":
        self.stop()
        return self.start()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self, timeout: float) -> int:
        status = self.process.wait(timeout)
        self._reader.join(5)
        self.process.stdout.close()
        self.process = None
        return status

    def __enter__(self) -> "Relay":
        try:
            return self.start()
        except BaseException:
            self.__exit__(AssertionError, None, None)
            raise

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if self.process is not None and kind is None:
                status = self.stop()
                assert status == 0, f"exit status {status} after SIGTERM\n{self.tail()}"
            self.assert_no_complaint()
        finally:
            self.kill()
            if kind is not None:
                print(self.tail())
            shutil.rmtree(self.folder, ignore_errors=True)

    def assert_no_complaint(self) -> None:
        complaints = [line for line in self.other_output if COMPLAINT.search(line)]
        assert not complaints, "\n".join(self.other_output)

    def tail(self, count: int = 40) -> str:
        """The end of what it wrote, for a failure's report."""
        events = [json.dumps(event) for event in self.events[-count:]]
        return "\n".join(["--- the relay's log:", *events, *self.other_output[-200:]])

    def client(self, **options) -> Client:
        """A client that has said EHLO."""
        return Client.greeted(self.port, **options)

    def submit(
        self,
        sender: str,
        recipients: str | list[str],
        data: bytes | str = b"",
        parameters: str = "",
    ) -> str:
        """Hands it one message and returns the queue id that its 250 names."""
        recipients = [recipients] if isinstance(recipients, str) else recipients
        text = data.encode() if isinstance(data, str) else data
        with self.client() as client:
            reply = client.mail(
                sender, recipients, text or b"Subject: a test\r\n\r\nA test.\r\n", parameters
            )
            assert reply.code == 250, str(reply)
            client.ask("QUIT", 221)
        return queue_id(reply.text)

    def select(self, event: str, **fields: object) -> list[dict]:
        """The log's lines of this event with these fields, so far."""
        return [
            one
            for one in list(self.events)
            if one.get("event") == event
            and all(one.get(key) == value for key, value in fields.items())
        ]

    def wait_log(
        self, event: str, count: int = 1, timeout: float = 20.0, **fields: object
    ) -> list[dict]:
        """Waits for so many such lines."""

        def found() -> list[dict]:
            return self.select(event, **fields)

        with self._grown:
            self._grown.wait_for(lambda: len(found()) >= count, timeout * PATIENCE)
        if len(found()) < count:
            raise AssertionError(
                f"{len(found())} of {count} {event} lines with {fields}\n{self.tail()}"
            )
        return found()

    def get(self, path: str) -> tuple[int, str]:
        """An HTTP answer: status and body; status 0 when there is none."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.http_port}{path}", timeout=10
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def ready(self) -> bool:
        return self.get("/readyz")[0] == 200

    def metrics(self) -> dict[str, float]:
        """Every sample of /metrics by its name with labels, as it stands there."""
        status, text = self.get("/metrics")
        assert status == 200, text
        samples = (SAMPLE.match(line) for line in text.splitlines() if not line.startswith("#"))
        return {
            found[1] + (f"{{{found[2]}}}" if found[2] else ""): float(found[3])
            for found in samples
            if found
        }

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the samples of one metric (without `kurir_`) that carry these labels."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(
            value
            for key, value in self.metrics().items()
            if re.match(rf"kurir_{name}(\{{|$)", key) and all(one in key for one in wanted)
        )

    def wait_metric(
        self, name: str, claim: Callable[[float], bool], timeout: float = 15.0, **labels: str
    ) -> float:
        wait_until(lambda: claim(self.metric(name, **labels)), timeout * PATIENCE, 0.05)
        value = self.metric(name, **labels)
        assert claim(value), f"{name} {labels} is {value}\n{self.tail()}"
        return value

    def _bound(self, begun: int, state: str, setting: str) -> int:
        """The port of the lifecycle line that says so, or the configured one if the log is text."""
        if self.settings["log_format"] != "json":
            return int(self.settings[setting].rpartition(":")[2])

        def said() -> list[dict]:
            return [
                one
                for one in self.events[begun:]
                if one.get("event") == "lifecycle" and one.get("what") == state
            ]

        with self._grown:
            self._grown.wait_for(lambda: said() or self._silent, 30 * PATIENCE)
        if not said():
            raise AssertionError(f"it does not say that it is {state}\n{self.tail()}")
        return int(said()[0]["port"])

    def _with_unique_keys(self, pairs: list[tuple[str, object]]) -> dict:
        """H8: no event of any test has a key twice."""
        names = [name for name, _ in pairs]
        for name in {name for name in names if names.count(name) > 1}:
            self.other_output.append(f"twice in one event: {name}: {pairs}")
        return dict(pairs)

    def _read(self, output) -> None:
        for raw in output:
            line = raw.decode("utf-8", "backslashreplace").rstrip("\n")
            try:
                event = json.loads(line, object_pairs_hook=self._with_unique_keys)
                known = isinstance(event, dict)
            except ValueError:
                known = False
            with self._grown:
                if known:
                    self.events.append(event)
                else:
                    self.other_output.append(line)
                self._grown.notify_all()
        with self._grown:
            self._silent = True  # nothing more comes: it is dead, or about to be
            self._grown.notify_all()


def queue_id(reply: str) -> str:
    """The queue id in the text of the final 250."""
    found = re.search(r"\b([0-9A-HJKMNP-TV-Z]{13})\b", reply)
    assert found, f"no queue id in {reply!r}"
    return found[1]
