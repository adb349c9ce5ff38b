"""kurir hash-password: what it prints is a hash of the password, for others too."""

import base64
import ctypes
import hashlib
import hmac
import os
import pty
import re
import subprocess
import unittest

from tests.support.relay import BINARY

PASSWORD = "pencil and paper"
libcrypt = ctypes.CDLL("libcrypt.so.1")
libcrypt.crypt.restype = ctypes.c_char_p


def crypt(password: str, setting: str) -> str:
    return libcrypt.crypt(password.encode(), setting.encode()).decode()


def hash_password(*arguments: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [BINARY, "hash-password", *arguments], input=given, capture_output=True, timeout=60
    )


def printed(*arguments: str, given: bytes = PASSWORD.encode()) -> str:
    result = hash_password(*arguments, given=given)
    assert result.returncode == 0, result.stderr
    assert result.stderr == b"", result.stderr
    line = result.stdout.decode()
    assert line.count("\n") == 1 and line.endswith("\n"), line
    return line.rstrip("\n")


class HashPassword(unittest.TestCase):
    def test_a_yescrypt_hash_that_the_c_library_takes(self) -> None:
        for end in (b"", b"\n", b"\r\n", b"\nanother line\n"):
            with self.subTest(end=end):
                made = printed(given=PASSWORD.encode() + end)
                self.assertRegex(made, r"^\$y\$j9T\$")
                self.assertEqual(crypt(PASSWORD, made), made)
                self.assertNotEqual(crypt(PASSWORD + "x", made), made)
        self.assertNotEqual(printed(), printed())

    def test_keys_of_scram_that_hashlib_derives_too(self) -> None:
        made = printed("--scram")
        form = re.fullmatch(r"\{SCRAM-SHA-256\}(\d+):([^$]+)\$([^:]+):(.+)", made)
        assert form is not None, made
        iterations = int(form.group(1))
        salt, stored, server = (base64.b64decode(form.group(i)) for i in (2, 3, 4))
        self.assertGreaterEqual(iterations, 4096)
        salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), salt, iterations)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        self.assertEqual(hashlib.sha256(client_key).digest(), stored)
        self.assertEqual(hmac.digest(salted, b"Server Key", "sha256"), server)

    def test_with_a_name_the_whole_line(self) -> None:
        name, made = printed("shop@example.com").split(":", 1)
        self.assertEqual(name, "shop@example.com")
        self.assertEqual(crypt(PASSWORD, made), made)
        self.assertRegex(printed("--scram", "shop"), r"^shop:\{SCRAM-SHA-256\}")

    def test_what_can_not_be_hashed_is_told_without_the_password(self) -> None:
        for arguments, given, status in (
            ((), b"", 1),
            ((), b"\n", 1),
            ((), b"sesame\0open", 1),
            ((), b"sesame" * 1000, 1),
            (("--scram",), b"sesame\x07", 1),
            (("--scram",), b"sesame\xff", 1),
            (("a:b",), b"sesame", 64),
            (("a b",), b"sesame", 64),
            (("--nonsense",), b"sesame", 64),
        ):
            with self.subTest(arguments=arguments, given=given[:20]):
                result = hash_password(*arguments, given=given)
                self.assertEqual(result.returncode, status)
                self.assertEqual(result.stdout, b"")
                self.assertNotEqual(result.stderr, b"")
                self.assertNotIn(b"sesame", result.stderr)

    def test_on_a_terminal_it_asks_twice_and_shows_nothing(self) -> None:
        for second, status in ((PASSWORD, 0), ("pen", 1)):
            with self.subTest(second=second):
                shown, made, ended = self.typed(PASSWORD, second)
                self.assertEqual(ended, status)
                self.assertIn("Password: ", shown)
                self.assertIn("Again: ", shown)
                self.assertNotIn("pen", shown)
                if status == 0:
                    self.assertEqual(crypt(PASSWORD, made), made)
                else:
                    self.assertEqual(made, "")

    def typed(self, first: str, second: str) -> tuple[str, str, int]:
        """What the terminal showed, what was printed, and the exit status."""
        ours, theirs = pty.openpty()
        program = subprocess.Popen(
            [BINARY, "hash-password"], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs
        )
        os.close(theirs)
        shown = ""
        for prompt, answer in (("Password: ", first), ("Again: ", second)):
            while not shown.endswith(prompt):
                shown += os.read(ours, 1000).decode()
            os.write(ours, answer.encode() + b"\n")
        try:
            while more := os.read(ours, 1000):
                shown += more.decode()
        except OSError:
            pass  # the other side is closed
        out, _ = program.communicate(timeout=60)
        os.close(ours)
        return shown, out.decode().strip(), program.returncode


if __name__ == "__main__":
    unittest.main()
