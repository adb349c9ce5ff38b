"""Mail leaves with signatures that other people's verifiers find good, whatever it was and however
it came."""

import json
import os
import shutil
import smtplib
import subprocess
import unittest
from email.message import EmailMessage

from tests.support.dkim_keys import ED25519, RSA, DkimKeys
from tests.support.names import NameServer
from tests.support.relay import run
from tests.support.remote_server import Message, RemoteServer
from tests.support.signing_case import BOTH, FROM, MESSAGES, TEXT, SigningCase


class Signatures(SigningCase):
    def send_all(self, far: RemoteServer, chunks: bool) -> list[Message]:
        # Over a connection that is kept, all but the first message go by DATA.
        near = self.signing(far, connection_messages=1 if chunks else 100)
        for number, text in enumerate(MESSAGES.values()):
            with near.client(timeout=60) as client:
                if not chunks:
                    client.mail("one@a.example", [f"{number}@remote.test"], text, " BODY=8BITMIME")
                    continue
                client.ask("MAIL FROM:<one@a.example> BODY=8BITMIME", 250)
                client.ask(f"RCPT TO:<{number}@remote.test>", 250)
                half = len(text) // 2
                client.send(f"BDAT {half}\r\n".encode() + text[:half])
                client.expect(250)
                client.send(f"BDAT {len(text) - half} LAST\r\n".encode() + text[half:])
                client.expect(250)
        return far.wait_delivered(len(MESSAGES), timeout=120)

    def test_all_kinds_of_messages_by_DATA_and_by_BDAT(self) -> None:
        for name, options in {
            "BDAT": {},
            "DATA": {"extensions": ["8BITMIME", "PIPELINING", "SIZE 60000000"]},
        }.items():
            with self.subTest(name):
                found = self.send_all(self.remote(options), chunks=name == "BDAT")
                self.assertEqual({one.by for one in found}, {name})
                self.assert_good(*(one.data for one in found))

    def test_each_kind_of_key_alone(self) -> None:
        for name, algorithm in (("s.pem", RSA), ("s-ed25519.pem", ED25519)):
            with self.subTest(algorithm):
                folder = self.keys.folder / "a.example"
                for other in folder.iterdir():
                    other.unlink()
                shutil.copy2(self.made / "a.example" / name, folder)
                far = self.remote()
                self.signing(far).submit("one@a.example", "two@remote.test", MESSAGES["plain"])
                self.assert_good(*self.arrived(far, 1), algorithms=[algorithm])

    def test_whose_key_signs(self) -> None:
        self.keys.generate("b.example", "b")
        far = self.remote()
        near = self.signing(far, dkim_default="b.example", dkim_lifetime="30d")
        cases = {
            "its domain": ("a.example", "x.test", "d=a.example"),
            "the one above": ("deep.sub.a.example", "x.test", "i=@deep.sub.a.example"),
            "the reverse-path's": ("none.test", "a.example", "d=a.example"),
            "the default": ("none.test", "x.test", "d=b.example"),
        }
        for number, (author, sender, _) in enumerate(cases.values()):
            near.submit(
                f"one@{sender}", f"{number}@remote.test", f"From: x@{author}\r\n\r\ntext\r\n"
            )
        far.wait_delivered(len(cases))
        for number, (name, (*_, wanted)) in enumerate(cases.items()):
            with self.subTest(name):
                (message,) = far.delivered(f"^{number}@")
                field = message.data.partition(b"\r\nReceived:")[0]
                self.assertIn(wanted.encode(), field)
                self.assertIn(b" x=", field)
                fits = [RSA] if "b.example" in wanted else BOTH
                self.assert_good(message.data, algorithms=fits)

    def test_what_has_no_key_is_not_signed_and_counted(self) -> None:
        far = self.remote()
        near = self.signing(far)
        near.submit("one@none.test", "two@remote.test", b"From: x@none.test\r\n\r\ntext\r\n")
        near.submit("one@a.example", "two@remote.test", b"Subject: no author\r\n\r\ntext\r\n")
        near.submit(
            "one@a.example", "two@remote.test", FROM + b"To: x@remote.test\r\n" * 600 + TEXT
        )
        for data in self.arrived(far, 3):
            self.assertNotIn(b"DKIM-Signature", data)
        self.assertEqual(near.metric("dkim_unsigned_total", reason="no_key"), 1)
        self.assertEqual(near.metric("dkim_unsigned_total", reason="unsignable"), 2)
        (line, *_) = near.wait_log("dkim", what="unsignable")
        self.assertIn("has no From field", line["problem"])

    def test_ours_is_left_and_those_of_others_stay(self) -> None:
        far = self.remote()
        near = self.signing(far)
        near.submit("one@a.example", "two@remote.test", MESSAGES["plain"])
        (once,) = self.arrived(far, 1)
        near.submit("one@a.example", "two@remote.test", once)
        twice = self.arrived(far, 2)[1]
        self.assertEqual(twice.count(b"DKIM-Signature:"), 2)
        self.assert_good(twice)
        self.assertEqual(near.metric("dkim_signatures_total", result="present"), 2)

        changed = once.replace(b"Subject: a test", b"Subject: another")
        near.submit("one@a.example", "two@remote.test", changed)
        again = self.arrived(far, 3)[2]
        self.assertEqual(again.count(b"DKIM-Signature:"), 4)
        said = self.keys.verdicts(again)["libopendkim"][0]
        self.assertEqual([word for _, word in said], ["pass", "pass", "fail", "fail"])

    def test_a_bounce_is_signed_by_the_key_of_our_name(self) -> None:
        self.keys.generate("relay.test", "bounces")
        far = self.remote({"rules": [{"at": "rcpt", "match": "none@", "reply": "550 5.1.1 no"}]})
        near = self.signing(far)
        near.submit("one@a.example", "none@remote.test", MESSAGES["plain"])
        (bounce,) = self.arrived(far, 1)
        self.assertIn(b"multipart/report", bounce)
        self.assertIn(b"d=relay.test", bounce.partition(b"\r\nDate:")[0])
        self.assert_good(bounce, algorithms=[RSA])
        # What it returns of the message has the message's own signature.
        self.assertIn(b"d=a.example", bounce)

    def test_a_message_keeps_its_signature_when_the_relay_is_killed(self) -> None:
        far = self.remote({"rules": [{"at": "rcpt", "times": 1, "reply": "451 4.3.0 later"}]})
        near = self.signing(far, retry_min="3s")
        near.submit("one@a.example", "two@remote.test", MESSAGES["300 KiB"])
        near.wait_log("deferred")
        near.kill()
        shutil.rmtree(self.keys.folder / "a.example")  # the key is gone, the signature is not
        self.keys.generate("b.example", "b")
        near.start()
        self.assert_good(*self.arrived(far, 1))

    def test_what_is_converted_on_the_way_out_is_signed_again(self) -> None:
        far = self.remote({"extensions": ["PIPELINING", "SIZE"]})
        near = self.signing(far)
        header = "From: Jürg <one@a.example>\r\nSubject: Grüße\r\n\r\n"
        for text in ("grüße\r\n", "grüße\r\n" * 100_000):
            near.submit("one@a.example", "two@remote.test", (header + text).encode())
        found = far.wait_delivered(2, timeout=60)
        self.assert_good(*(one.data for one in found))
        for one in found:
            self.assertTrue(one.data.isascii())
            self.assertEqual(int(one.parameters["SIZE"]), len(one.data))


class Clients(SigningCase):
    def test_clients_of_other_people(self) -> None:
        far = self.remote()
        near = self.signing(far)
        folder = self.keys.folder.parent
        text = folder / "text"
        text.write_bytes(MESSAGES["of a list"])
        common = {"capture_output": True, "check": True, "timeout": 60}
        place = f"127.0.0.1:{near.port}"
        with smtplib.SMTP("127.0.0.1", near.port) as client:
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = (
                "Jürg <one@a.example>",
                "two@remote.test",
                "Grüße",
            )
            message.set_content("Grüße\n" * 50)
            message.add_attachment(os.urandom(5000), maintype="application", subtype="x")
            client.send_message(message)
        subprocess.run(
            ["swaks", "--silent", "3", "--server", place, "--from", "one@a.example"]
            + ["--to", "two@remote.test", "--body", ".one\n..two\n", "--pipeline"],
            **common,
        )
        subprocess.run(
            ["curl", "-sS", f"smtp://{place}", "--mail-from", "one@a.example"]
            + ["--mail-rcpt", "two@remote.test", "-T", text],
            **common,
        )
        subprocess.run(
            ["msmtp", "--host=127.0.0.1", f"--port={near.port}", "-f", "one@a.example"]
            + ["--file=/dev/null", "two@remote.test"],
            input=text.read_bytes().replace(b"\r\n", b"\n"),
            **common,
        )
        subprocess.run(
            [
                "node",
                "-e",
                "require('nodemailer').createTransport({host: '127.0.0.1', ignoreTLS: true, "
                f"port: {near.port}}}).sendMail({{from: 'Jürg <one@a.example>', "
                "to: 'two@remote.test', subject: 'Grüße', text: 'Grüße', html: '<p>Grüße</p>'})",
            ],
            env=os.environ | {"NODE_PATH": "/usr/share/nodejs"},
            **common,
        )
        self.assert_good(*self.arrived(far, 5))
        self.assertEqual(near.metric("dkim_signatures_total", result="made"), 10)
        self.assertEqual(near.metric("dkim_sign_duration_seconds_count"), 5)


class Folders(SigningCase):
    def refused(self, *words: str, **settings: object) -> None:
        for command in ("check-config", "serve"):
            done = run(command, hostname="relay.test", dkim_key_dir=self.keys.folder, **settings)
            self.assertEqual(done.returncode, 78, done.stderr)
            for one in words:
                self.assertIn(one, done.stderr)

    def test_every_mistake_is_told_with_its_file(self) -> None:
        folder = self.keys.folder / "a.example"
        key = folder / "s.pem"
        good = key.read_bytes()

        def tried(*words: str, **settings: object) -> None:
            with self.subTest(words):
                self.refused("KURIR_DKIM_", *words, **settings)

        key.chmod(0o644)
        tried("a.example/s.pem", "every user of the machine can read")
        key.chmod(0o600)
        for text, words in (
            (b"nonsense", "no key in PEM"),
            (good[: len(good) // 2], "damaged"),
            (b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "public key"),
        ):
            key.write_bytes(text)
            tried("a.example/s.pem", words)
        key.write_bytes(good)
        other = folder / "t.pem"
        shutil.copy2(key, other)
        tried("a.example/t.pem", "begins with")
        other.unlink()
        tried("b.example", "has no key", dkim_domains="a.example, b.example")
        tried("b.example", "has no key", dkim_default="b.example")
        tried("KURIR_DKIM_LIFETIME", "KURIR_MAX_QUEUE_TIME", dkim_lifetime="1d")
        for each in folder.iterdir():
            each.unlink()
        tried("has no keys", "kurir dkim generate")
        shutil.rmtree(self.keys.folder)
        tried("can't be read: No such file")

    def test_settings_without_a_folder_are_mistakes(self) -> None:
        done = run("check-config", hostname="relay.test", dkim_selector="x")
        self.assertEqual(done.returncode, 78)
        self.assertIn("KURIR_DKIM_KEY_DIR is not", done.stderr)

    def test_a_short_key_is_warned_of(self) -> None:
        key = self.keys.folder / "a.example" / "s.pem"
        subprocess.run(
            ["openssl", "genrsa", "-out", key, "1024"], capture_output=True, check=True, timeout=60
        )
        key.chmod(0o600)
        near = self.signing()
        (line,) = near.wait_log("dkim_keys", what="warning")
        self.assertIn("1024 bits", line["problem"])

    def test_keys_are_exchanged_while_it_runs(self) -> None:
        far = self.remote()
        near = self.signing(far)
        self.assertEqual(near.metric("dkim_keys", algorithm="rsa"), 1)
        self.keys.generate("b.example", "b")  # a folder of its own appears
        near.wait_metric("dkim_keys", lambda n: n == 2, algorithm="rsa")
        near.submit("one@b.example", "two@remote.test", b"From: x@b.example\r\n\r\ntext\r\n")
        self.assert_good(*self.arrived(far, 1), algorithms=[RSA])

        key = self.keys.folder / "a.example" / "s.pem"
        key.write_text("nonsense")
        (line,) = near.wait_log("dkim_keys", what="reload_failed")
        self.assertIn("a.example/s.pem", line["problem"])
        self.assertEqual(near.metric("reload_failing", what="dkim_keys"), 1)
        checks = json.loads(near.get("/readyz?verbose")[1])["checks"]
        (check,) = [each for each in checks if each["name"] == "files"]
        self.assertIn("a.example/s.pem", check["detail"])
        near.submit("one@a.example", "three@remote.test", MESSAGES["plain"])
        self.assert_good(*self.arrived(far, 2)[1:])  # by the old ones

        key.unlink()
        near.wait_metric("dkim_keys", lambda n: n == 1, algorithm="rsa")
        self.assertEqual(near.metric("reload_failing", what="dkim_keys"), 0)
        self.keys.generate("a.example", "n")
        near.wait_metric("dkim_keys", lambda n: n == 2, algorithm="rsa")
        near.submit("one@a.example", "four@remote.test", MESSAGES["plain"])
        data = self.arrived(far, 3)[2]
        self.assertIn(b"s=n;", data)
        self.assert_good(data)

    def test_a_key_signs_from_its_day_on(self) -> None:
        self.keys.generate("a.example", "next", "--from", "2100-01-01")
        self.keys.generate("a.example", "past", "--from", "2020-01-01")
        far = self.remote()
        self.signing(far).submit("one@a.example", "two@remote.test", MESSAGES["plain"])
        (data,) = self.arrived(far, 1)
        self.assertIn(b"s=past;", data)
        self.assert_good(data)


class Commands(SigningCase):
    def command(self, *arguments: str, **settings: object) -> subprocess.CompletedProcess:
        settings.setdefault("dkim_key_dir", self.keys.folder)
        return run("dkim", *arguments, hostname="relay.test", timeout=60, **settings)

    def test_keys_are_made_for_us_alone_and_never_over_others(self) -> None:
        done = self.command("generate", "New.example", "One", "--type", "both", "--bits", "4096")
        self.assertEqual(done.returncode, 0, done.stderr)
        folder = self.keys.folder / "new.example"
        names = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
        self.assertEqual(names, {"one.pem": 0o600, "one-ed25519.pem": 0o600})
        before = (folder / "one.pem").read_bytes()
        for arguments, words in (
            (("new.example", "one"), "has the selector one already"),
            (("new.example", "two"), "--from YYYY-MM-DD"),
        ):
            done = self.command("generate", *arguments)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(words, done.stderr)
        self.assertEqual((folder / "one.pem").read_bytes(), before)

    def test_what_makes_no_sense_is_refused(self) -> None:
        for arguments in (
            ("generate", "nodots"),
            ("generate", "x.example", "a/b"),
            ("generate", "x.example", "--from", "soon"),
            ("generate", "x.example", "--bits", "1024"),
            ("generate", "x.example", "--type", "dsa"),
            ("generate",),
            ("show",),
            (),
        ):
            with self.subTest(arguments):
                self.assertEqual(self.command(*arguments).returncode, 64)
        self.assertEqual(self.command("show", "a.example", dkim_key_dir="").returncode, 78)
        self.assertEqual(self.command("show", "none.example").returncode, 1)

    def test_show_prints_what_generate_printed(self) -> None:
        shown = self.command("show", "a.example")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        again = DkimKeys(self.keys.folder)
        again.publish(shown.stdout)
        self.assertEqual(sorted(again.zone.splitlines()), sorted(self.zone.splitlines()))

    def check(self, records: str) -> tuple[int, str]:
        with NameServer(records=records) as names:
            done = self.command("check", "a.example", dns_servers=names.address)
        return done.returncode, done.stdout + done.stderr

    def test_check_says_how_the_published_key_differs(self) -> None:
        rsa, ed25519 = self.zone.splitlines()
        name = rsa.split(" ")[0]
        self.assertEqual(self.check(self.zone)[0], 0)
        for records, words in (
            (ed25519, "is not published"),
            (f'{rsa}\n{name} IN TXT "v=spf1 -all"', "2 TXT records"),
            (f'{name} IN TXT "v=DKIM1; p="', "revokes"),
            (f'{name} IN TXT "v=spf1 -all"', "s._domainkey.a.example"),
            (ed25519.replace("s-ed25519.", "s.", 1), "another k="),
            (rsa.replace('"v=DKIM1; ', '"v=DKIM1; t=y; " "'), "t=y"),
            (rsa.replace('"v=DKIM1; ', '"v=DKIM1; t=s; " "'), "t=s"),
            (rsa.replace('"v=DKIM1; ', '"v=DKIM1; s=other; " "'), "s= or h="),
        ):
            with self.subTest(words):
                status, said = self.check(
                    records + "\n" + ed25519 if records != ed25519 else records
                )
                self.assertEqual(status, 1, said)
                self.assertIn(words, said)

    def test_check_without_a_name_server(self) -> None:
        done = self.command("check", "a.example", dns_servers="127.0.0.1:1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("can't be looked up", done.stdout)
