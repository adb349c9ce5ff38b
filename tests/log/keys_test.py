"""H8: the check of the events' keys, over all of them and over samples that must fail."""

import tempfile
import unittest
from pathlib import Path

from tests.log import check_keys

ROOT = Path(__file__).resolve().parents[2]
TWICE = """
void f() {
    log::event line(log::level::info, "x");
    line.with("from", a);
    if (b) line.with("from", c);
}
"""
ONCE = """
void f() {
    log::event line(log::level::info, "x");
    if (b) {
        line.with("from", c);
    } else if (d) {
        line.with("from", a);
    }
}
"""


class Keys(unittest.TestCase):
    def faults(self, text: str) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "a.cpp"
            file.write_text(text, encoding="utf-8")
            return check_keys.faults(file)

    def test_H8_no_event_of_the_program_has_a_key_twice(self) -> None:
        self.assertEqual(check_keys.main(str(ROOT / "relay")), 0)

    def test_H8_a_key_that_may_come_twice_is_found(self) -> None:
        self.assertEqual(len(self.faults(TWICE)), 1)
        self.assertEqual(self.faults(ONCE), [])


if __name__ == "__main__":
    unittest.main()
