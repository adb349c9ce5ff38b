"""Our signatures before the verifiers of others, and theirs before ours."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.dkim.messages import delivered, messages

ROOT = Path(__file__).resolve().parents[2]
TOOL = os.environ.get("KURIR_DKIM_TOOL", str(ROOT / "build/release/tests/kurir_dkim_tool"))
FOLDER = Path(__file__).resolve().parent / "verifiers"
DOMAIN = "b.example"
SELECTORS = {"rsa": "r", "ed25519": "e"}
RSA, ED25519 = "rsa-sha256", "ed25519-sha256"
# Debian's Python has Debian's modules, whichever Python runs this.
DKIMPY = ("/usr/bin/python3", "-B", FOLDER / "dkimpy.py")
VERIFIERS = {
    "dkimpy": (*DKIMPY, "verify"),
    "libopendkim": ("/usr/bin/python3", "-B", FOLDER / "opendkim.py"),
    "Mail::DKIM": ("perl", FOLDER / "mail_dkim.pl"),
}


def run(*command, message: bytes = b"") -> bytes:
    done = subprocess.run(
        [str(part) for part in command],
        input=message,
        capture_output=True,
        check=False,
        timeout=120,
    )
    if done.returncode != 0:
        raise AssertionError(f"{command[:4]}: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


class Verifiers(unittest.TestCase):
    """One RSA and one Ed25519 key for all."""

    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="kurir-dkim-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.keys = {}
        web, zone = [], []
        for kind, selector in SELECTORS.items():
            cls.keys[kind] = cls.folder / f"{kind}.pem"
            cls.keys[kind].write_bytes(run(TOOL, "generate", kind))
            name = f"{selector}._domainkey.{DOMAIN}"
            record = run(TOOL, "record", selector, DOMAIN, cls.keys[kind]).decode()
            web.append(f"{name}\t{record}")
            zone.append(run(TOOL, "zone", selector, DOMAIN, cls.keys[kind]).decode())
        cls.web, cls.zone = cls.folder / "web", cls.folder / "zone"
        cls.web.write_text("".join(web))
        cls.zone.write_text("".join(zone))

    def sign(self, message: bytes) -> bytes:
        both = [part for kind, s in SELECTORS.items() for part in (s, self.keys[kind])]
        return run(TOOL, "sign", DOMAIN, *both, message=message)

    def verdicts(self, verifier: str, signed: dict[str, bytes]) -> dict[str, dict[str, list[str]]]:
        """By message and algorithm: what is said of each signature, top down."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        said: dict[str, dict[str, list[str]]] = {name: {} for name in signed}
        paths = {}
        for number, (name, message) in enumerate(signed.items()):
            path = folder / str(number)
            path.write_bytes(message)
            paths[str(path)] = name
        zone = self.zone if verifier == "Mail::DKIM" else self.web
        for line in run(*VERIFIERS[verifier], zone, *paths).decode().splitlines():
            path, algorithm, word = line.split("\t")
            said[paths[path]].setdefault(algorithm, []).append(word)
        return said

    def expect(self, signed: dict[str, bytes], word: str) -> None:
        """Every verifier says this of our signatures, which are the first ones."""
        for verifier in VERIFIERS:
            known = (RSA,) if verifier == "Mail::DKIM" else (RSA, ED25519)
            for name, said in self.verdicts(verifier, signed).items():
                with self.subTest(verifier=verifier, message=name):
                    self.assertEqual(
                        {each: said.get(each, ["none"])[0] for each in known},
                        {each: word for each in known},
                    )

    def test_every_odd_message_verifies(self) -> None:
        signed = {name: delivered(self.sign(text)) for name, text in messages().items()}
        self.assertGreater(len(signed), 60)
        self.expect(signed, "pass")

    def test_white_space_may_change_on_the_way(self) -> None:
        text = b"From: one@b.example\r\nSubject: a  test\r\n\r\nA  text \r\n\r\n"
        signed = self.sign(text)
        end = signed.index(text)
        changed = signed[:end] + b"from:one@b.example\r\nSUBJECT:\ta\r\n test \r\n\r\nA text\r\n"
        self.expect({"changed": changed}, "pass")

    def test_a_body_without_its_blank_line_gets_one(self) -> None:
        """It begins with the first line that is no field; verifiers need the blank line to see it."""
        header, body = b"From: one@b.example\r\nSubject: a test\r\n", b"A text\r\n\r\nof lines\r\n"
        signed = self.sign(header + body)
        self.expect({"with it": signed[: -len(body)] + b"\r\n" + body}, "pass")

    def test_what_is_added_or_changed_breaks_it(self) -> None:
        text = messages()["header: MIME"]
        signed = self.sign(text)
        begin = signed.index(text)
        changes = {
            "a word of the body": signed.replace(b"A text", b"A word"),
            "a line of the body": signed + b"more\r\n",
            "the subject": signed.replace(b"Subject: a test", b"Subject: other"),
            "the type": signed.replace(b"multipart/mixed", b"text/html"),
        }
        names = ("From", "Subject", "To", "Date", "Reply-To", "List-Unsubscribe", "CFBL-Address")
        for name in (*names, "Content-Type", "MIME-Version", "Message-ID"):
            field = f"{name}: x@y.example\r\n".encode()
            changes[f"{name} above"] = field + signed
            changes[f"{name} between"] = signed[:begin] + field + signed[begin:]
            changes[f"{name} below"] = signed.replace(b"\r\n\r\n", b"\r\n" + field + b"\r\n", 1)
        self.expect(changes, "fail")

    def test_what_servers_add_does_not_break_it(self) -> None:
        signed = self.sign(messages()["body: plain"])
        added = b"Return-Path: <x@y.example>\r\nReceived: from a by b;\r\n now\r\nX-Spam: no\r\n"
        self.expect({"above": added + signed}, "pass")

    def test_signatures_of_others_verify_before_ours(self) -> None:
        path = self.folder / "message"
        for kind in SELECTORS:
            for name, text in list(messages().items())[::3]:
                text = delivered(text)
                path.write_bytes(text)
                field = run(*DKIMPY, "sign", DOMAIN, "r", self.keys[kind], path)
                said = run(TOOL, "verify", self.keys[kind], message=field + text).split()
                with self.subTest(kind=kind, message=name):
                    self.assertEqual(said[0], b"good")


if __name__ == "__main__":
    unittest.main()
