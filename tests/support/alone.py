"""Tests in a network of their own, whose addresses and routes they may change.

They stand in a module that is no *_test.py; a test of one calls `run_alone` with their names.
"""

import subprocess
import sys
import unittest

from tests.support.relay import PATIENCE, ROOT


def run_alone(case: unittest.TestCase, name: str) -> None:
    """Runs the test of this name in a network of its own, where it must pass."""
    said = subprocess.run(
        ["unshare", "--net", sys.executable, "-m", "unittest", name],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=150 * PATIENCE,
        check=False,
    )
    case.assertEqual(said.returncode, 0, said.stdout + said.stderr)
    case.assertIn("Ran 1 test", said.stderr)


def ip(*arguments: str) -> None:
    """The command of this name."""
    subprocess.run(["ip", *arguments], check=True)
