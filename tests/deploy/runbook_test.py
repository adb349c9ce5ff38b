"""deploy/prometheus/RUNBOOK.md quotes what the program prints, and names what the dashboard shows."""

import os
import re
import unittest

from tests.deploy import checks

RUNBOOK = (checks.DEPLOY / "prometheus" / "RUNBOOK.md").read_text()

# What is not the program's: commands, and words of other programs.
COMMANDS = ("curl ", "docker compose ", "gdb ", "kubectl exec ", "kurir ", "smartctl")
OTHERS = {
    "nofile",
    "ulimits",
    "deploy/fail2ban/kurir.conf",
    "/readyz?verbose",
    "invalid_client",
    "invalid_grant",
}


def literals():
    """Every string literal of the program, joined where the compiler joins them."""
    text = []
    for folder in ("dns", "metrics", "queue", "relay"):
        for path in sorted((checks.ROOT / folder).rglob("*.[ch]pp")):
            source = re.sub(r'"\s*\n\s*"', "", path.read_text())
            text += re.findall(r'"((?:[^"\\\n]|\\.)*)"', source)
    labels = "".join(  # names of values are exported
        path.read_text() for path in (checks.ROOT / "metrics").glob("labels*.hpp")
    )
    return text + re.findall(r"^enum class [^{]*\{([^}]*)\}", labels, re.MULTILINE)


class Runbook(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.printed = literals()
        cls.words = {word for text in cls.printed for word in re.findall(r"\w+", text)}
        settings = checks.settings_source()
        cls.settings = set(re.findall(r'"(KURIR_\w+)"', settings))

    def is_printed(self, quoted):
        """Whether a quotation is a metric, a setting (with its value), a word or a phrase of the program."""
        if quoted.startswith("KURIR_"):
            return quoted.partition("=")[0] in self.settings
        if quoted.startswith(("kurir_", "process_")):
            return quoted in checks.exported()
        if quoted in {os.strerror(number) for number in range(1, 134)}:
            return True
        if re.fullmatch(r"\w+", quoted):
            return quoted in self.words
        return any(quoted.strip("/") in text for text in self.printed)

    def test_operating_every_quotation_is_something_the_program_prints(self):
        quotations = re.findall(r"`([^`]+)`", RUNBOOK) + re.findall(r'"([^"]+)"', RUNBOOK)
        self.assertGreater(len(quotations), 40)
        for quoted in quotations:
            if quoted in OTHERS or quoted.startswith(COMMANDS):
                continue
            self.assertTrue(self.is_printed(quoted), quoted)

    def test_operating_a_quotation_that_nothing_prints_is_noticed(self):
        for quoted in (
            "kurir_nothing_total",
            "KURIR_X=on",
            "never_logged",
            "is not in use by",
        ):
            self.assertFalse(self.is_printed(quoted), quoted)

    def test_operating_rows_and_panels_are_those_of_the_dashboard(self):
        dashboard = (checks.DEPLOY / "grafana" / "overview.py").read_text()
        titles = set(re.findall(r'\("([^"]+)", (?:\[|"|\n)', dashboard))
        for named in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", RUNBOOK):
            self.assertIn(named, titles)

    def test_operating_alerts_that_are_referred_to_exist(self):
        headings = set(re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE))
        self.assertLessEqual(set(re.findall(r"\bKurir[A-Z]\w+", RUNBOOK)), headings)
