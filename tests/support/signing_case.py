"""The base of tests of signatures: a relay with keys for a.example, messages of all kinds, and what
every verifier has to say of what arrives."""

import shutil
import tempfile
from pathlib import Path

from tests.support.case import RelayCase
from tests.support.dkim_keys import ED25519, RSA, DkimKeys
from tests.support.relay import Relay
from tests.support.remote_server import RemoteServer

FROM = b"From: One <one@a.example>\r\n"
START = FROM + b"To: two@remote.test\r\nSubject: a test\r\n"
TEXT = b"\r\nA text.\r\n"
WORDS = b"some words that fill a line, and more of them until it is full\r\n"
MESSAGES = {
    "plain": START + TEXT,
    "no body": START + b"\r\n",
    "only a header": START,
    "no blank line": START + b"this line is no field\r\nand this neither\r\n",
    "nothing but From": FROM + TEXT,
    "white space": START + b"X: y\r\n\r\n  a \t b \r\n\r\n \r\nend  \r\n\r\n\r\n",
    "long fields": START + b"References:" + b"\r\n <0123456789@a.example>" * 2000 + b"\r\n" + TEXT,
    "dots": START + b"\r\n.\r\n..\r\n.a\r\n",
    "of a list": START
    + b"List-Unsubscribe: <https://a.example/u>\r\n"
    + b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    + TEXT,
    "several authors": b"From: one@a.example, two@a.example\r\nSender: one@a.example\r\n" + TEXT,
    "From twice": FROM + b"From: other@a.example\r\n" + TEXT,
    "8-bit": START + "\r\nGrüße, 世界\r\n".encode(),
    "to be corrected": b"Bcc: secret@a.example\r\nX-Kurir-Priority: bulk\r\n" + START + TEXT,
    "300 KiB": START + b"\r\n" + WORDS * 4800,
    "20 MB": START + b"\r\n" + WORDS * 320_000,
}
BOTH = [RSA, ED25519]


class SigningCase(RelayCase):
    """One RSA and one Ed25519 key for a.example."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.made = Path(tempfile.mkdtemp(prefix="kurir-keys-"))
        cls.addClassCleanup(shutil.rmtree, cls.made)
        keys = DkimKeys(cls.made)
        keys.generate("a.example", "s", "--type", "both")
        cls.zone = keys.zone

    def setUp(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="kurir-signing-"))
        self.addCleanup(shutil.rmtree, folder)
        self.keys = DkimKeys(folder / "keys")
        shutil.copytree(self.made, self.keys.folder)
        self.keys.zone = self.zone

    def signing(self, remote: RemoteServer | None = None, **settings: object) -> Relay:
        return self.relay(remote, dkim_key_dir=self.keys.folder, max_message_size="50M", **settings)

    def assert_good(self, *messages: bytes, algorithms: list[str] | None = None) -> None:
        """Every verifier finds these signatures, and no others, and all of them good."""
        wanted = BOTH if algorithms is None else algorithms
        for verifier, said in self.keys.verdicts(*messages).items():
            for number, (words, message) in enumerate(zip(said, messages)):
                with self.subTest(verifier=verifier, message=number):
                    if verifier == "Mail::DKIM":  # knows no Ed25519
                        words = [one for one in words if one[0] == RSA]
                        expected = [(one, "pass") for one in wanted if one == RSA]
                    else:
                        expected = [(one, "pass") for one in wanted]
                    self.assertEqual(words, expected, message[:2000])

    def arrived(self, far: RemoteServer, count: int) -> list[bytes]:
        return [one.data for one in far.wait_delivered(count, timeout=60)]
