"""`kurir queue export` and `import`: a queue as a tar archive, from one relay to another."""

import io
import json
import subprocess
import tarfile

from tests.support.case import RelayCase
from tests.support.relay import BINARY, environment

NOWHERE = "127.0.0.1:1"
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


def unpacked(text: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(text)) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar.getmembers()}


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
        self.assertTrue(far.wait_for(lambda one: len(one.messages) >= 3))
        got = {each.recipients[0]: each for each in far.messages}
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
        self.assertEqual(said.count(" was here as "), 2)
        self.assertEqual(self.ids_of(relay), sorted(self.ids))

    def test_received_time_and_hold_are_kept(self) -> None:
        old = self.stuck()
        self.command(old, "hold", "--to", "carl@*", "--because", "why")
        exported = self.command(old, "export", "--state", "held").stdout
        new = self.relay(relayhost=NOWHERE, hostname="new.test")
        self.command(new, "import", text=exported)
        line = self.command(new, "--json", "--state", "held").stdout
        envelope = json.loads(unpacked(exported)[self.ids[1] + ".json"])
        self.assertEqual(json.loads(line)["received_at"], envelope["received_at"])

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
                ("folder/F.json", envelope),
                ("folder/F.eml", content),
                ("G.json", envelope),
            ]
        )
        new = self.relay(relayhost=NOWHERE, hostname="new.test")
        done = self.command(new, "import", text=text, status=1)
        said = done.stderr.decode()
        for name in ("README", "A.eml", "B.eml", "C.eml", "D.eml", "E.json", "G.json"):
            self.assertIn(f"kurir queue: {name}: ", said)
        self.assertEqual(done.stdout.decode().split()[:3], ["F", "is", "now"])
        self.assertEqual(len(self.ids_of(new)), 1)

    def test_hostile_archives_are_refused(self) -> None:
        new = self.relay(relayhost=NOWHERE, hostname="new.test")
        whole = archive([("A.json", b"{}"), ("A.eml", b"x" * 2000)])
        link = io.BytesIO()
        with tarfile.open(fileobj=link, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            entry = tarfile.TarInfo("L.eml")
            entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(entry)
        for text, words in (
            (b"", "cut"),
            (b"x" * 1024, "no tar archive"),
            (whole[:1100], "header"),
            (whole[:700], "A.json"),
            (archive([("../A.json", b"{}")]), "../A.json"),
            (link.getvalue(), "L.eml"),
        ):
            with self.subTest(words):
                said = self.command(new, "import", text=text, status=64).stderr.decode()
                self.assertIn(words, said)

    def test_no_relay(self) -> None:
        relay = self.stuck()
        exported = self.command(relay, "export").stdout
        relay.stop()
        self.command(relay, "import", text=exported, status=2)
