"""Every refusal has words in KURIR_LOG_FORMAT=postfix, and those that are nobody's fault ban nobody."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REASON = re.compile(r'^    row\{[\w:]+, ([\w:]+), [\w:]+, "(\w+)"\},$', re.M)
WORDS = re.compile(r'^    \{"(\w+)", (?:"([^"]+)"|(\w+))\},$', re.M)
# Of a login, whose refusals are events of their own (`login_failed`).
LOGIN = re.compile(r"auth_(failed|malformed|cancelled|busy|unavailable)|too_many_logins")
# What fail2ban's filter of Postfix bans for, in its mode normal.
BANNED = re.compile(
    r"(Service unavailable|(Client host|Command|Data command) rejected|Relay access denied|"
    r"(Host|Domain) not found|need fully-qualified hostname|[Uu]ser unknown)\b"
)
HARMLESS = (
    "too_many_submitted too_many_different rate_limited runaway too_big header_too_big "
    "size_not_permitted too_many_rcpt disk_low store_error loop too_many_messages too_many_sessions tls_required "
    "auth_required shutdown not_signed"
).split()


class Words(unittest.TestCase):
    def setUp(self) -> None:
        text = (ROOT / "relay/inbound/observations.cpp").read_text(encoding="utf-8")
        self.reasons = {name for label, name in REASON.findall(text) if label != "nothing"}
        words = (ROOT / "relay/log/postfix_words.cpp").read_text(encoding="utf-8")
        self.words = {name: text for name, text, _ in WORDS.findall(words)}

    def test_every_refusal_has_words(self) -> None:
        self.assertGreater(len(self.reasons), 40)
        missing = {name for name in self.reasons - set(self.words) if not LOGIN.match(name)}
        self.assertEqual(missing, set())

    def test_nobody_is_banned_for_what_is_nobodys_fault(self) -> None:
        for name in HARMLESS:
            self.assertIn(name, self.words)
            self.assertNotRegex(self.words[name], BANNED)
        self.assertRegex(self.words["relay_denied"], BANNED)


if __name__ == "__main__":
    unittest.main()
