"""Mail of PHPMailer, JavaMail and Go's net/smtp leaves with signatures that verify, and reads as it
was written: a text, an 8-bit text, and HTML with an attachment."""

import email
import email.policy
from email.message import EmailMessage

from tests.integration.applications_test import ApplicationCase
from tests.support.signing_case import SigningCase

LIBRARIES = ("PHPMailer", "JavaMail", "Go")
TEXT = "Thank you.\n.\n..\nFrom here on, blanks follow:  \n\n\tThe end.\n"
TEXTS = {"text": TEXT, "8bit": "Grüße, 世界 ✔\n" + TEXT, "html": "Thank you, Jürg. ✔"}


class SignedApplications(ApplicationCase, SigningCase):
    def test_each_kind_of_message_is_signed_and_reads_the_same(self) -> None:
        self.login_relay(self.far, dkim_key_dir=self.keys.folder)
        wanted = [(library, kind) for library in LIBRARIES for kind in TEXTS]
        for library, kind in wanted:
            done = self.send(
                library,
                secure="starttls",
                MAIL_FROM="one@a.example",
                MAIL_TO=f"{library}-{kind}@remote.test",
                MAIL_KIND=kind,
                MAIL_TEXT=TEXTS[kind],
            )
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        found = self.far.wait_delivered(len(wanted))
        self.assert_good(*(one.data for one in found))
        for library, kind in wanted:
            with self.subTest(library, kind=kind):
                (message,) = self.far.delivered(f"^{library}-{kind}@")
                self.assert_reads(message.data, kind)
                if kind == "8bit":
                    self.assertFalse(message.data.isascii())

    def assert_reads(self, data: bytes, kind: str) -> None:
        message = email.message_from_bytes(data, policy=email.policy.default)
        texts = [part for part in message.walk() if part.get_content_maintype() == "text"]
        self.assertIn(TEXTS[kind].rstrip(), words(texts[0]))
        if kind == "html":
            self.assertIn("text/html", [part.get_content_type() for part in texts])
            (invoice,) = (part for part in message.walk() if part.get_filename() == "invoice.txt")
            self.assertEqual(invoice.get_payload(decode=True), b"invoice " * 1000)


def words(part: EmailMessage) -> str:
    return part.get_content().replace("\r\n", "\n")
