"""Files that change are read again without being asked: whole, and only when they are good."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from tests.support import certificates
from tests.support.case import MESSAGE, RelayCase
from tests.support.relay import Relay
from tests.support.sessions import Sessions
from tests.support.tls_client import TlsClient, context

# In a user namespace of its own, in which no inotify instance may be made.
NO_INOTIFY = ("unshare", "--user", "--map-root-user", "sh", "-c")
NO_INOTIFY_SCRIPT = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$0" "$@"'


class Watching(RelayCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kurir-watch-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def value(self, name: str, text: str) -> Path:
        """A file with the value of a setting."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def mistakes(self, near: Relay) -> dict:
        """What /readyz?verbose says of files, while /readyz says that all is well."""
        status, text = near.get("/readyz?verbose")
        self.assertEqual(status, 200)
        plain = json.loads(near.get("/readyz")[1])
        self.assertNotIn("files", [each["name"] for each in plain["checks"]])
        (check,) = [each for each in json.loads(text)["checks"] if each["name"] == "files"]
        return check

    def test_every_way_to_write_a_file(self) -> None:
        hops = self.value("hops", "50")
        near = self.relay(max_hops_file=hops)

        def replace(text: str) -> None:
            new = self.value("new", text)
            os.replace(new, hops)

        def removed_first(text: str) -> None:
            hops.unlink()
            hops.write_text(text, encoding="utf-8")

        ways = (lambda text: hops.write_text(text, encoding="utf-8"), replace, removed_first)
        for at, way in enumerate(ways):
            way(str(60 + at))
            lines = near.wait_log("config", at + 1, what="reloaded")
            self.assertEqual([each["changed"] for each in lines], ["KURIR_MAX_HOPS"] * (at + 1))
        self.assertEqual(near.metric("reload_failures_total"), 0)

    def test_what_needs_a_restart_is_said(self) -> None:
        longest = self.value("longest", "1m")
        near = self.relay(retry_max_file=longest)
        longest.write_text("2m", encoding="utf-8")
        (line,) = near.wait_log("config", what="reloaded")
        self.assertEqual(line["needs_restart"], "KURIR_RETRY_MAX")

    def test_a_mistake_keeps_what_was_until_it_is_mended(self) -> None:
        routes = self.value("routes", "to=none.test -> mx\n")
        near = self.relay(routes_file=routes)
        self.assertEqual(self.mistakes(near)["ok"], True)
        for count, (damage, words) in enumerate(
            (
                (lambda: routes.write_text("\n\nto=a.test -> nobody\n"), "line 3"),
                (lambda: routes.write_text("\nto=\n"), "line 2"),
                (routes.unlink, "can't be read"),
            ),
            1,
        ):
            damage()
            line = near.wait_log("config", count, what="reload_failed")[-1]
            self.assertIn("KURIR_ROUTES", line["problem"])
            self.assertIn(words, line["problem"])
            near.wait_metric("reload_failures_total", lambda n: n == count, what="routes")
            self.assertEqual(near.metric("reload_failing", what="routes"), 1)
            check = self.mistakes(near)
            self.assertFalse(check["ok"])
            self.assertIn(words, check["detail"])
        routes.mkdir()  # another way to say the same, which is not told twice
        routes.rmdir()
        routes.write_text("to=none.test -> mx\n", encoding="utf-8")
        near.wait_log("config", what="reloaded")
        self.assertTrue(self.mistakes(near)["ok"])
        self.assertEqual(near.metric("reload_failing"), 0)
        self.assertEqual(near.metric("config_reloads_total", result="failed"), 3)

    def test_a_file_that_is_written_slowly_is_no_row_of_mistakes(self) -> None:
        hops = self.value("hops", "50")
        near = self.relay(max_hops_file=hops)
        done = threading.Event()
        with hops.open("w", encoding="utf-8") as file:
            for _ in range(30):
                file.write("a mistake ")
                file.flush()
                done.wait(0.05)
        hops.write_text("60", encoding="utf-8")
        near.wait_log("config", what="reloaded")
        self.assertLessEqual(near.metric("reload_failures_total"), 2)

    def test_without_inotify_there_is_a_look_every_minute(self) -> None:
        trial = [*NO_INOTIFY, NO_INOTIFY_SCRIPT, "true"]
        if subprocess.run(trial, check=False, capture_output=True).returncode != 0:
            self.skipTest("no user namespace can be made here")
        hops = self.value("hops", "50")
        near = Relay(max_hops_file=hops, prefix=(*NO_INOTIFY, NO_INOTIFY_SCRIPT))
        self.addCleanup(self._stop_relay, near)
        near.start()
        (line,) = near.wait_log("config", what="watch_limited")
        self.assertIn("max_user_instances", line["error"])
        hops.write_text("60", encoding="utf-8")
        near.wait_log("config", what="reloaded", timeout=90)
        self.assertEqual(len(near.select("config", what="watch_limited")), 1)


class MountedSecret(RelayCase):
    """A certificate as Kubernetes mounts it: the files are links, and an update moves `..data`."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kurir-secret-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.ca = certificates.Authority(self.folder)
        self.mount = self.folder / "mount"
        self.mount.mkdir()
        self.versions = 0
        self.publish(*self.ca.issue("first", host="relay.test"))
        for name in ("tls.crt", "tls.key"):
            (self.mount / name).symlink_to(Path("..data") / name)

    def publish(self, certificate: Path, key: Path) -> None:
        self.versions += 1
        version = self.mount / f"..{self.versions}"
        version.mkdir()
        for source, name in ((certificate, "tls.crt"), (key, "tls.key")):
            shutil.copy(source, version / name)
        link = self.mount / "..data_tmp"
        link.symlink_to(version.name)
        os.replace(link, self.mount / "..data")
        shutil.rmtree(self.mount / f"..{self.versions - 1}", ignore_errors=True)

    def start(self, remote=None) -> Relay:
        near = self.relay(
            remote,
            tls_cert=self.mount / "tls.crt",
            tls_key=self.mount / "tls.key",
            listen="127.0.0.1:0?tls=implicit",
        )
        return near

    def session(self, near: Relay) -> TlsClient:
        client = TlsClient(near.port)
        self.addCleanup(client.close)
        client.start_tls(context(self.ca.file), "relay.test")
        client.expect(220)
        client.ask("EHLO client.test", 250)
        return client

    def shown(self, near: Relay) -> int:
        with TlsClient(near.port) as client:
            client.start_tls(context(self.ca.file), "relay.test")
            return client.socket.getpeercert()["serialNumber"]

    def test_an_exchange_under_load_drops_no_session(self) -> None:
        far = self.remote()
        near = self.start(far)
        first = self.shown(near)
        early = self.session(near)
        with Sessions(lambda: self.session(near)) as load:
            load.wait_for_more()
            self.publish(*self.ca.issue("second", host="relay.test"))
            near.wait_log("certificates", 2, what="loaded")
            self.assertNotEqual(self.shown(near), first)
            load.wait_for_more()
        self.assertEqual(load.problems, [])
        self.assertEqual(early.mail("a@client.test", ["b@remote.test"], MESSAGE).code, 250)
        early.ask("QUIT", 221)
        near.wait_log("session", len(load.sent) + 1, reason="quit")
        far.wait_delivered(sum(load.sent) + 1)
        self.assertEqual(near.select("certificates", what="reload_failed"), [])

    def test_a_bad_version_is_not_shown_to_anybody(self) -> None:
        near = self.start()
        first = self.shown(near)
        wrong, _ = self.ca.issue("wrong", host="relay.test")
        _, key = self.ca.issue("other", host="relay.test")
        self.publish(wrong, key)
        (line,) = near.wait_log("certificates", what="reload_failed")
        self.assertIn("KURIR_TLS_KEY", line["problem"])
        self.assertEqual(self.shown(near), first)
        self.assertEqual(near.metric("reload_failures_total", what="certificates"), 1)
        detail = json.loads(near.get("/readyz?verbose")[1])["checks"][-1]["detail"]
        self.assertIn("tls.key", detail)
        shutil.rmtree(self.mount)
        line = near.wait_log("certificates", 2, what="reload_failed")[-1]
        self.assertIn("can't be read", line["problem"])

        self.mount.mkdir()
        self.publish(*self.ca.issue("third", host="relay.test"))
        for name in ("tls.crt", "tls.key"):
            (self.mount / name).symlink_to(Path("..data") / name)
        near.wait_log("certificates", 2, what="loaded")
        self.assertNotEqual(self.shown(near), first)
        self.assertEqual(near.metric("reload_failing"), 0)

    def test_certificate_and_key_are_replaced_one_after_the_other(self) -> None:
        near = self.start()
        first = self.shown(near)
        certificate, key = self.ca.issue("second", host="relay.test")
        for name, source in (("tls.crt", certificate), ("tls.key", key)):
            certificates.replace(self.mount / "..1" / name, source.read_bytes())
        near.wait_log("certificates", 2, what="loaded")
        self.assertNotEqual(self.shown(near), first)
