"""`kurir queue export` and `import`: a queue as a tar archive, from one relay to another."""

import http.server
import io
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
import threading
from pathlib import Path

from tests.support.case import RelayCase
from tests.support.relay import BINARY, environment, run

NOWHERE = "127.0.0.1:1"
DEFER = {"rules": [{"at": "rcpt", "reply": "452 4.2.2 mailbox full"}]}
LARGE = b"Subject: large\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"y" * 998 + b"\r\n") * 900


def archive(files: list[tuple[str, bytes]]) -> bytes:
    """What `tar --format=ustar` makes of these files."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def rounded(value):
    """Without the milliseconds of its times: two processes read two clocks."""
    return json.loads(re.sub(r"(T\d\d:\d\d:\d\d)\.\d+Z", r"\1Z", json.dumps(value)))


def unpacked(text: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(text)) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar.getmembers()}


def recipients_of(server) -> list[str]:
    """Of all messages that it has taken."""
    return [one for each in server.messages for one in each.recipients]


class TransferCase(RelayCase):
    def command(self, relay, *words: str, text: bytes = b"", status: int = 0):
        done = subprocess.run(
            [BINARY, "queue", *words],
            input=text,
            env=environment(relay.settings),
            capture_output=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(done.returncode, status, (words, done.stdout[-300:], done.stderr))
        return done

    def stuck(self, **settings):
        """A relay whose mail can't leave, with two messages."""
        relay = self.relay(relayhost=NOWHERE, hostname="old.test", **settings)
        self.ids = [
            relay.submit("app@shop.test", ["bob@one.test", "eve@two.test"], LARGE),
            relay.submit("", "carl@two.test"),
        ]
        relay.wait_log("destination_suspended")
        return relay

    def ids_of(self, relay) -> list[str]:
        done = subprocess.run(
            [BINARY, "queue", "--ids"],
            env=environment(relay.settings),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return sorted(set(done.stdout.split()))


class Exporting(TransferCase):
    def test_an_archive_has_envelopes_and_bodies(self) -> None:
        relay = self.stuck()
        files = unpacked(self.command(relay, "export").stdout)
        wanted = sorted(each + end for each in self.ids for end in (".json", ".eml"))
        self.assertEqual(sorted(files), wanted)
        envelope = json.loads(files[self.ids[0] + ".json"])
        self.assertEqual(envelope["from"], "app@shop.test")
        self.assertEqual(
            sorted(each["domain"] for each in envelope["deliveries"]), ["one.test", "two.test"]
        )
        self.assertTrue(files[self.ids[0] + ".eml"].endswith(LARGE.partition(b"\r\n\r\n")[2]))
        self.assertEqual(self.ids_of(relay), sorted(self.ids))

    def test_tar_unpacks_and_packs_it(self) -> None:
        relay = self.stuck()
        folder = Path(tempfile.mkdtemp(prefix="kurir-tar-"))
        self.addCleanup(shutil.rmtree, folder, True)
        text = self.command(relay, "export").stdout
        subprocess.run(["tar", "-x", "-C", folder], input=text, check=True)
        for name, content in unpacked(text).items():
            self.assertEqual((folder / name).read_bytes(), content)
        names = [each + end for each in self.ids for end in (".json", ".eml")]
        for layout in ("ustar", "gnu", "pax"):
            packed = subprocess.run(
                ["tar", "-c", f"--format={layout}", "-C", folder, *names],
                capture_output=True,
                check=True,
            )
            new = self.relay(relayhost=NOWHERE, hostname="new.test")
            said = self.command(new, "import", text=packed.stdout).stdout.decode()
            self.assertEqual(said.count(" is now "), 2, layout)

    def test_what_cannot_be_read_is_not_left_out(self) -> None:
        """A relay whose store is being reopened answers 503: nothing has left it."""

        class Reopening(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                place = self.path.partition("?")[0].rpartition("/")[2]
                status, value = 200, {"entries": [{"id": "0" * 13}], "complete": True}
                if place == "envelope":
                    status, value = self.server.envelope, {"size": 1, "chunks": 1}
                elif place != "queue":
                    status, value = self.server.content, {"detail": "reopening"}
                text = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *words) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Reopening)
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        relay = f"http://{'a' * 40}@127.0.0.1:{server.server_port}"
        for envelope, content, status in ((503, 404, 2), (200, 503, 2), (200, 404, 1)):
            with self.subTest(envelope=envelope, content=content):
                server.envelope, server.content = envelope, content
                done = run("queue", "export", admin=relay)
                self.assertEqual(done.returncode, status, done.stderr)

    def test_only_what_fits(self) -> None:
        relay = self.stuck()
        files = unpacked(self.command(relay, "export", "--to", "eve@*").stdout)
        self.assertEqual(sorted(files), [self.ids[0] + ".eml", self.ids[0] + ".json"])
        deliveries = json.loads(files[self.ids[0] + ".json"])["deliveries"]
        addresses = [one["address"] for each in deliveries for one in each["recipients"]]
        self.assertEqual(addresses, ["eve@two.test"])
        self.command(relay, "export", "--to", "nobody@*", status=1)


class Importing(TransferCase):
    def test_another_relay_delivers_what_was_exported(self) -> None:
        old = self.stuck()
        exported = self.command(old, "export").stdout
        far = self.remote()
        new = self.relay(far, hostname="new.test")
        said = self.command(new, "import", text=exported).stdout.decode()
        self.assertEqual(said.count(" is now "), 2)
        self.assertTrue(far.wait_for(lambda one: len(recipients_of(one)) >= 3))
        got = {one: each for each in far.messages for one in each.recipients}
        self.assertEqual(sorted(got), ["bob@one.test", "carl@two.test", "eve@two.test"])
        content = unpacked(exported)[self.ids[0] + ".eml"]
        self.assertEqual(got["bob@one.test"].data, content)
        # Again: it came while this process runs.
        said = self.command(new, "import", text=exported).stdout.decode()
        self.assertEqual(said.count(" was here as "), 2)

    def test_it_can_be_repeated_after_a_kill(self) -> None:
        old = self.stuck()
        exported = self.command(old, "export").stdout
        new = self.relay(relayhost=NOWHERE, hostname="new.test")
        self.command(new, "import", text=exported)
        before = self.ids_of(new)
        self.assertEqual(len(before), 2)
        new.kill()
        new.start()
        new.wait_log("lifecycle", what="recovered", count=2)
        said = self.command(new, "import", text=exported).stdout.decode()
        self.assertEqual(said.count(" was here as "), 2)
        self.assertEqual(self.ids_of(new), before)

    def test_its_own_mail_is_not_doubled(self) -> None:
        relay = self.stuck()
        exported = self.command(relay, "export").stdout
        said = self.command(relay, "import", text=exported).stdout.decode()
        self.assertEqual(said.count(" waits here as "), 2)
        self.assertEqual(self.ids_of(relay), sorted(self.ids))

    def test_what_is_known_of_mail_is_kept(self) -> None:
        far = self.remote(DEFER)
        old = self.relay(far, hostname="old.test", retry_min="1h", retry_max="2h")
        ids = [
            old.submit("app@shop.test", ["bob@one.test", "eve@two.test"], LARGE),
            old.submit("", "carl@two.test"),
        ]
        old.wait_log("deferred", count=3)
        self.command(old, "hold", "--to", "carl@*", "--because", "why")
        self.command(old, "reroute", "--to", "eve@*", "--to-route", "", "--yes", status=1)
        exported = self.command(old, "export").stdout
        new = self.relay(far, hostname="new.test", retry_min="1h", retry_max="2h")
        self.command(new, "import", text=exported)
        again = self.command(new, "export").stdout
        told = {}
        for text in (exported, again):
            for name, content in unpacked(text).items():
                if name.endswith(".json"):
                    envelope = json.loads(content)
                    own = {each: envelope.pop(each) for each in ("id", "origin", "chunks")}
                    envelope["deliveries"].sort(key=lambda each: each["domain"])
                    for delivery in envelope["deliveries"]:
                        for recipient in delivery["recipients"]:
                            recipient.pop("place")  # in the order in which they came
                    told.setdefault(envelope["session"], []).append((envelope, own))
        self.assertEqual(len(told), len(ids))
        for (before, was), (after, now) in told.values():
            self.assertNotEqual(was["id"], now["id"])
            self.assertEqual(rounded(before), rounded(after))
            for delivery in after["deliveries"]:
                for recipient in delivery["recipients"]:
                    self.assertEqual(recipient["attempts"], 1)
                    self.assertIn("mailbox full", recipient["reply"])
        states = self.command(new, "--json").stdout.splitlines()
        self.assertEqual(
            sorted(json.loads(each)["state"] for each in states), ["deferred", "deferred", "held"]
        )
        # The attempts go on from there.
        self.command(new, "retry", "--to", "bob@*")
        self.assert_soon(
            lambda: b'"attempts":2' in self.command(new, "--json", "--to", "bob@*").stdout
        )

    def test_a_part_that_has_left_is_taken_alone(self) -> None:
        """What is deleted in its own relay comes back, and what still waits is not doubled."""
        relay = self.stuck()
        exported = self.command(relay, "export", "--id", self.ids[0]).stdout
        self.command(relay, "delete", "--to", "eve@*", "--yes")
        said = self.command(relay, "import", text=exported).stdout.decode()
        self.assertIn(" is now ", said)
        recipients = []
        for line in self.command(relay, "--json", "--from", "app@*").stdout.splitlines():
            recipients += json.loads(line)["to"]
        self.assertEqual(sorted(recipients), ["bob@one.test", "eve@two.test"])
        said = self.command(relay, "import", text=exported).stdout.decode()
        self.assertIn(" waits here as ", said)

    def test_two_exports_of_one_message_double_nobody(self) -> None:
        old = self.stuck()
        one = self.command(old, "export", "--to", "bob@*").stdout
        both = self.command(old, "export", "--id", self.ids[0]).stdout
        far = self.remote()
        new = self.relay(far, hostname="new.test")
        self.command(new, "import", text=one)
        far.wait_delivered(1)
        self.assertEqual(new.restart().process.poll(), None)
        self.command(new, "import", text=both)
        self.command(new, "import", text=one)
        self.assert_soon(lambda: len(recipients_of(far)) >= 2)
        self.assertEqual(sorted(recipients_of(far)), ["bob@one.test", "eve@two.test"])

    def test_nothing_is_left_of_a_message_that_was_cut(self) -> None:
        old = self.stuck()
        exported = self.command(old, "export", "--id", self.ids[0]).stdout
        new = self.relay(relayhost=NOWHERE, hostname="new.test")
        cut = exported[: len(exported) - 100_000]
        said = self.command(new, "import", text=cut, status=64).stderr.decode()
        self.assertIn(f"the archive ends within {self.ids[0]}.eml", said)
        self.assertEqual(self.ids_of(new), [])
        new.restart()
        self.assertEqual(new.metric("queue_messages"), 0)
        self.command(new, "import", text=exported)
        self.assertEqual(len(self.ids_of(new)), 1)

    def test_a_full_disk_is_told(self) -> None:
        old = self.stuck()
        exported = self.command(old, "export").stdout
        new = self.relay(
            relayhost=NOWHERE, hostname="new.test", queue_min_free="1024G", wait_ready=False
        )
        new.wait_log("lifecycle", what="admin_listening")
        done = self.command(new, "import", text=exported, status=2)
        self.assertIn("too full; import the same again", done.stderr.decode())
        self.assertEqual(self.ids_of(new), [])

    def test_what_is_wrong_is_named_and_the_rest_is_taken(self) -> None:
        old = self.stuck()
        files = unpacked(self.command(old, "export", "--id", self.ids[1]).stdout)
        envelope = files[self.ids[1] + ".json"]
        content = files[self.ids[1] + ".eml"]
        bare = content.replace(b"\r\n", b"\n")
        wrong = json.loads(envelope) | {"origin": "x/1/2", "size": len(bare)}
        text = archive(
            [
                ("README", b"hello"),
                ("A.eml", content),
                ("B.json", b"{}"),
                ("B.eml", b""),
                ("C.json", json.dumps(wrong).encode()),
                ("C.eml", bare),
                ("D.json", envelope),
                ("D.eml", content + b"more"),
                ("E.json", envelope),
                (
                    "H.json",
                    json.dumps(json.loads(envelope) | {"format": "kurir-message-9"}).encode(),
                ),
                ("H.eml", content),
                ("folder/F.json", envelope),
                ("folder/F.eml", content),
                ("G.json", envelope),
            ]
        )
        new = self.relay(relayhost=NOWHERE, hostname="new.test")
        done = self.command(new, "import", text=text, status=1)
        said = done.stderr.decode()
        for name in ("README", "A.eml", "B.eml", "C.eml", "D.eml", "E.json", "G.json", "H.eml"):
            self.assertIn(f"kurir: {name}: ", said)
        self.assertEqual(done.stdout.decode().split()[:3], ["F", "is", "now"])
        self.assertEqual(len(self.ids_of(new)), 1)

    def test_hostile_archives_are_refused(self) -> None:
        new = self.relay(relayhost=NOWHERE, hostname="new.test")
        whole = archive([("A.json", b"{}"), ("A.eml", b"x" * 2000)])
        huge = tarfile.TarInfo("A.json")
        huge.size = 8**11 - 1
        link = io.BytesIO()
        with tarfile.open(fileobj=link, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            entry = tarfile.TarInfo("L.eml")
            entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(entry)
        for text, words in (
            (b"", "cut"),
            (b"x" * 1024, "no tar archive"),
            (whole[:1100], "cut"),
            (whole[:700], "A.json"),
            (archive([("../A.json", b"{}")]), "../A.json"),
            (link.getvalue(), "L.eml"),
            (huge.tobuf(tarfile.USTAR_FORMAT), "A.json: an envelope has 16 MiB at most"),
        ):
            with self.subTest(words):
                said = self.command(new, "import", text=text, status=64).stderr.decode()
                self.assertIn(words, said)

    def test_no_relay(self) -> None:
        relay = self.stuck()
        exported = self.command(relay, "export").stdout
        relay.stop()
        self.command(relay, "import", text=exported, status=2)
