"""The description of the API (OpenAPI 3.1): served, valid, and the same as the code and its answers."""

import json
import re
import subprocess
import unittest
from pathlib import Path

from tests.integration.admin_access_test import ACTOR, AdminCase
from tests.integration.operators_test import NOBODY_HOME
from tests.page.page_test import HERE, PLACE
from tests.support.npm import installed

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [*(ROOT / "relay/control").glob("*.cpp")]
ENDPOINT = re.compile(r'"(/api/v1/[^"]*)",\s*(?:\.method = )?(?:http::)?verb::(\w+)')
LINT = """
import { Validator } from "@seriousme/openapi-schema-validator";
const checked = await new Validator().validate(process.argv[2]);
if (!checked.valid) { console.log(JSON.stringify(checked.errors, null, 1)); process.exit(1); }
"""


def described() -> dict:
    return json.loads((ROOT / "relay/page/files/openapi.json").read_text(encoding="utf-8"))


def served_by_code() -> set[tuple[str, str]]:
    found = set()
    for source in SOURCES:
        for path, verb in ENDPOINT.findall(source.read_text(encoding="utf-8")):
            found.add((path, verb.rstrip("_")))
    return found


class Description(AdminCase):
    def test_it_has_every_endpoint_of_the_code_and_no_other(self) -> None:
        code = served_by_code()
        self.assertGreater(len(code), 20)
        document = {
            (path, verb)
            for path, item in described()["paths"].items()
            for verb in item
            if verb != "parameters"
        }
        self.assertEqual(document, code)

    def test_a_linter_has_no_complaint(self) -> None:
        place = installed(HERE, PLACE)
        script = place / "lint.mjs"
        script.write_text(LINT, encoding="utf-8")
        document = ROOT / "relay/page/files/openapi.json"
        done = subprocess.run(
            ["node", script, document], capture_output=True, text=True, timeout=60, check=False
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def check_answer(self, schema: dict, value: object, place: str) -> None:
        """`value` has what the schema requires, and nothing that it does not describe."""
        document = described()
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        kind = schema.get("type")
        types = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
        types["number"] = (int, float)
        if kind:
            self.assertIsInstance(value, types[kind], place)
        if kind == "array":
            for each in value:
                self.check_answer(schema["items"], each, f"{place}[]")
        if kind != "object":
            return
        self.assertLessEqual(set(schema.get("required", [])), set(value), place)
        known = schema.get("properties", {})
        for name, each in value.items():
            if name in known:
                self.check_answer(known[name], each, f"{place}.{name}")
            elif schema.get("required"):
                self.assertIn(place.rpartition(".")[2].rstrip("[]"), ("events", "failures"), name)

    def test_answers_are_as_it_says(self) -> None:
        relay = self.open()
        self.queue(relay, "hold", "--domain", "two.test", "--yes")
        for path, words in (
            ("suspensions", {"from": "*@list.test", "for": "1h"}),
            ("suppressions", {"address": "gone@one.test"}),
            ("transcripts", {"client": "192.0.2.1", "for": "1m"}),
        ):
            order = json.dumps(words | {"by": "ann"})
            reply, text = self.ask(f"/api/v1/{path}", ACTOR, "POST", order)
            self.assertEqual(reply.status, 200, text)
        wanted = {
            "/api/v1/queue-sums": "?by=domain",
            "/api/v1/trace": f"?subject={self.ids[0]}",
        }
        served, text = self.ask("/openapi.json")
        self.assertEqual((served.status, json.loads(text)), (200, described()))
        for path, item in described()["paths"].items():
            if "get" not in item or path.endswith(("{number}", "events", "envelope")):
                continue
            asked = path.replace("{id}", self.ids[0]).replace("{name}", NOBODY_HOME)
            asked += wanted.get(path, "")
            with self.subTest(asked):
                reply, text = self.ask(asked, ACTOR)
                self.assertEqual(reply.status, 200, text)
                schema = item["get"]["responses"]["200"]["content"]["application/json"]["schema"]
                self.check_answer(schema, json.loads(text), path)


if __name__ == "__main__":
    unittest.main()
