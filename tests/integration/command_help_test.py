"""Completion and manual, by the shells and the readers that people have."""

import shutil
import subprocess
import unittest

from tests.support.relay import run

# What a shell does at a tab: the words of the line, the last of which is to be completed.
IN_BASH = """
source /dev/stdin <<<"$SCRIPT"
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_kurir
printf '%s\\n' "${COMPREPLY[@]}"
"""
IN_ZSH = """
compdef() { }
eval "$SCRIPT"
compadd() { shift; print -l -- "$@" }
words=("$@")
CURRENT=$#words
_kurir
"""


class CommandHelp(unittest.TestCase):
    def printed(self, *words: str) -> str:
        done = run(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def need(self, program: str) -> None:
        if shutil.which(program) is None:
            self.skipTest(f"{program} is not installed")

    def completed(self, shell: str, code: str, *words: str) -> list[str]:
        self.need(shell)
        options = ["--norc"] if shell == "bash" else ["-f"]
        done = subprocess.run(
            [shell, *options, "-c", code, shell, *words],
            env={"SCRIPT": self.printed("completion", shell), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def in_bash(self, *words: str) -> list[str]:
        return self.completed("bash", IN_BASH, *words)

    def in_zsh(self, *words: str) -> list[str]:
        return self.completed("zsh", IN_ZSH, *words)

    def test_bash_completes_commands_criteria_and_values(self) -> None:
        self.assertIn("queue", self.in_bash("kurir", ""))
        self.assertEqual(self.in_bash("kurir", "que"), ["queue"])
        self.assertEqual(self.in_bash("kurir", "queue", "ho"), ["hold"])
        self.assertEqual(self.in_bash("kurir", "queue", "hold", "--dest"), ["--destination"])
        self.assertEqual(self.in_bash("kurir", "queue", "--state", "he"), ["held"])
        self.assertEqual(self.in_bash("kurir", "queue", "hold", "--priority", "u"), ["urgent"])
        self.assertEqual(self.in_bash("kurir", "queue", "--from", ""), [])
        self.assertEqual(self.in_bash("kurir", "completion", "z"), ["zsh"])

    def test_zsh_knows_the_same(self) -> None:
        self.assertIn("queue", self.in_zsh("kurir", ""))
        self.assertIn("hold", self.in_zsh("kurir", "queue", ""))
        self.assertIn("--destination", self.in_zsh("kurir", "queue", "hold", "--"))
        self.assertIn("held", self.in_zsh("kurir", "queue", "--state", ""))
        self.assertEqual(self.in_zsh("kurir", "queue", "--from", ""), [])

    def test_another_shell_is_a_mistake(self) -> None:
        self.assertEqual(run("completion", "fish").returncode, 64)
        self.assertEqual(run("completion").returncode, 64)

    def test_the_manual_has_all_and_its_readers_have_no_complaint(self) -> None:
        page = self.printed("manual")
        for text in ("kurir queue hold", "KURIR_QUEUE_DIR", r"\-\-destination", ".SH EXIT STATUS"):
            self.assertIn(text, page)
        for reader in (["mandoc", "-T", "lint", "-W", "warning"], ["groff", "-man", "-ww", "-z"]):
            with self.subTest(reader[0]):
                self.need(reader[0])
                done = subprocess.run(
                    reader, input=page, capture_output=True, text=True, timeout=20, check=False
                )
                self.assertEqual((done.stdout, done.stderr), ("", ""))


if __name__ == "__main__":
    unittest.main()
