"""deploy/sbom: the bill of materials is SPDX, whole, and the same for the same image."""

import json
import re
import tempfile
import unittest
from pathlib import Path

from tests.deploy import checks

STATUS = """\
Package: libc6
Maintainer: nobody
Description: a package
Status: install ok installed
Architecture: amd64
Source: glibc
Version: 2.36-9+deb12u10

Package: libstdc++6
Maintainer: nobody
Description: a package
Status: install ok installed
Architecture: amd64
Source: gcc-12 (12.2.0-14)
Version: 1:12.2.0-14~x

Package: gone
Maintainer: nobody
Description: a package
Status: deinstall ok config-files
Architecture: all
Version: 1

"""
CREATED = "2026-11-28T08:00:00Z"


class Bill(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "status").write_text(STATUS)
        (self.folder / "linked").write_text("libstdc++6\nlibc6\n")
        (self.folder / "built").write_text("# tools\nbash unless zsh\nno-such-package\n")

    def bill(self, version="1.2.3"):
        lists = [self.folder / name for name in ("linked", "built")]
        done = checks.run(checks.DEPLOY / "sbom", version, CREATED, self.folder, *lists)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_operating_it_names_what_is_installed_and_nothing_else(self):
        bill = json.loads(self.bill())
        found = {each["SPDXID"]: each for each in bill["packages"]}
        self.assertEqual(len(found), len(bill["packages"]))
        self.assertEqual(
            {name for name in found if "-image-" in name},
            {"SPDXRef-image-libc6", "SPDXRef-image-libstdc-plus-plus6"},
        )
        locator = found["SPDXRef-image-libstdc-plus-plus6"]["externalRefs"][0]["referenceLocator"]
        self.assertEqual(locator, "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14~x?arch=amd64")
        self.assertEqual(found["SPDXRef-image-libc6"]["sourceInfo"], "built from glibc")
        self.assertEqual(found["SPDXRef-kurir"]["versionInfo"], "1.2.3")
        self.assertIn("SPDXRef-build-bash", found)

    def test_operating_it_is_spdx(self):
        bill = json.loads(self.bill())
        self.assertEqual((bill["spdxVersion"], bill["dataLicense"]), ("SPDX-2.3", "CC0-1.0"))
        self.assertEqual(bill["creationInfo"]["created"], CREATED)
        known = {each["SPDXID"] for each in bill["packages"]} | {bill["SPDXID"]}
        for each in known:
            self.assertTrue(re.fullmatch(r"SPDXRef-[a-zA-Z0-9.-]+", each), each)
        kinds = set()
        for each in bill["relationships"]:
            kinds.add(each["relationshipType"])
            self.assertLessEqual({each["spdxElementId"], each["relatedSpdxElement"]}, known)
        self.assertEqual(kinds, {"DESCRIBES", "DEPENDS_ON", "BUILD_DEPENDENCY_OF"})

    def test_operating_the_same_image_gives_the_same_text(self):
        self.assertEqual(self.bill(), self.bill())
        spaces = {json.loads(self.bill(version))["documentNamespace"] for version in ("1", "2")}
        self.assertEqual(len(spaces), 2)

    def test_operating_a_wrong_call_is_explained(self):
        done = checks.run(checks.DEPLOY / "sbom", "1")
        self.assertEqual(done.returncode, 64)
        self.assertIn("usage:", done.stdout)


if __name__ == "__main__":
    unittest.main()
