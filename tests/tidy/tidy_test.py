#!/usr/bin/env python3
"""Each rule of the tidy test can fail, and does so only when it should."""

import unittest

import anchors
import cases
import citations
import code_names
import names
import rules
from source import code_of, functions_of

SETTINGS = '{"KURIR_HOSTNAME", "", ""}'
CONFIG = """// A value.
#pragma once
struct config {
    std::string hostname;  // ours; really
%s};
"""
MADE = (
    '#include "metrics/queue.hpp"\n    : queue_messages(target, {"queue_messages", "Messages."}),\n'
)
MEMBER = "// Some.\n#pragma once\nstruct queue {\n    histogram queue_messages;\n};\n"
ROW = "| `%s` | x | y | z |\n"
LONG = "    ++count;\n"

# For each rule: the text that it must complain of, and one like it that is fine, as
# {path: (bad, good)}, beside files that are the same in both.
SAMPLES = {
    anchors.anchors_exist: {
        "README.md": (
            ROW % "KURIR_HOSTNAME" + "[a](#gone)\n```\n# Gone\n```\n",
            ROW % "KURIR_HOSTNAME" + "# A `b`, c_d\n## Two\n## Two\n[a](#a-b-c_d) [b](#two-1)\n",
        ),
        "queue/README.md": (
            "# Part\n[a](../tests/README.md#part)\n",
            "# Part\n[a](README.md#part), https://a.b/c#gone, [b](https://a.b/c.md#gone)\n",
        ),
        "dns/README.md": ("# Two\n[a](#two-1)\n", "```\n[a](#gone)\n```\n"),
    },
    cases.cases_tested: {
        "tests/CASES.md": (
            "| A1 | line ends | `tests/dialogues/dots.txt` |\n",
            "| A7 | dots | `tests/dialogues/dots.txt` |\n",
        ),
    },
    citations.numbers_exist: {
        "dns/a.cpp": ("// (C052)\n", '// (C051), A7, A17, 0xA9, U+D12\nf("S999 D99");\n'),
        "dns/b.hpp": ("// so (decision\n// 9)\n", "// so (decision\n// 3); two decisions\n"),
        "queue/a.cpp": ("/* F2 */", "/* F1, and an F-string: F2x */"),
        "queue/b.cpp": ("// I2", "// I1; states S3, S4"),
        "relay/smtp/a.cpp": ("// security 2.2", "// Security 2.1, RFC 5321 section 2.2"),
        "tests/dns/a_test.cpp": ('TEST_CASE("A8 x", "[dns]") {', 'TEST_CASE("A7 x", "[D9]") {'),
        "tests/a_test.py": ("def test_c051_c052_x(): pass", "def test_c051_A7_x(): pass"),
        "tests/b_test.py": (
            'def f():\n    """S002."""',
            'def f():\n    """C051."""\n    g("S002")',
        ),
        "tests/dialogues/a.txt": ("# S002: x\nS: 220\n", "# C051: x\nC: NOOP S002\n"),
        "README.md": (ROW % "KURIR_HOSTNAME" + "H9", ROW % "KURIR_HOSTNAME" + "```\nH9\n```\n"),
        "tests/CASES.md": ("| D6 | x |\n", None),
        "relay/CONFORMANCE.md": ("", "| C051 | M | x | y |\n| S002 | M | x | y |\n"),
    },
    citations.numbers_unique: {
        "relay/CONFORMANCE.md": ("| C051 | M |\n" * 2, "| C051 | M | C051 |\n| C052 | M |\n"),
        "relay/DECISIONS.md": ("3. One.\n3. Two.\n", "3. One.\n\n   3. Within.\n4. Two.\n"),
    },
    citations.forms: {
        "dns/a.hpp": ("// (decisions 3)", "// (decision 3); 3 decisions"),
        "dns/b.hpp": ("// conformance\n// C051", "// conformance to RFC 5321; C051"),
        "tests/a.py": ("# security.md 2.1", "# tests/SECURITY.md, security 2.1"),
        "tests/b.py": ('"""x (faults.md F1)."""', '"""x (F1)."""'),
    },
    citations.files_exist: {
        "dns/a.hpp": ("// see architecture.md", "// see README.md, metrics/README.md, b.hpp"),
        "dns/b.hpp": ("// as dns/gone does", "// as dns/a does, in dns/ and `dns`"),
        "queue/a.cpp": ("// see queue.hpp", '// see metrics/queue.hpp\nf("gone.hpp");'),
        "queue/README.md": ("[x](GONE.md)", "[GONE.md](../README.md#part), https://a.b/GONE.md"),
        "queue/b.md": ("`tests/gone/`", "`tests/dialogues/`, `tests/KIND/x`, `tests/*/GONE.md`"),
        "tests/a.py": ("# see sha" + "red/design/x", "# see $sha" + "red/x; resha" + "red/x"),
        "tests/b.py": ('"""As in GONE.md."""', 'f("GONE.md")  # as in README.md'),
        "tests/dialogues/run": ("#!/bin/sh\n# as dot.txt", "#!/bin/sh\n# as dots.txt\ncat a.txt"),
    },
    code_names.code_names_exist: {
        "relay/FLOW.md": ("`cache::gone`", "`cache::find`, `some::find()`, a `b c` and `x.hpp`"),
        "relay/HOWTO.md": (
            "`commented`",
            "`found`, `an_event`, `seed`, `KURIR_X`\n```\n`a`\n```\n",
        ),
        "relay/config/README.md": ("`found::cache`", "`cache->find`"),
        "relay/smtp/README.md": ("`other::find`", "other"),
        "dns/cache.hpp": ("// Names.\n#pragma once\nclass cache {};\n", None),
    },
    rules.file_size: {"dns/a.cpp": ("\n" * 501, "\n" * 500)},
    rules.function_size: {
        "dns/a.cpp": (
            "template <class T>\nint f(T t) {\n" + LONG * 79 + "}\n",
            "template <class T>\nint f(T t) {\n" + LONG * 77 + "}\n",
        ),
        "tests/a.py": ("def f():\n" + "    pass\n" * 80, "def f():\n" + "    pass\n" * 79),
    },
    rules.columns: {"dns/a.cpp": ("x" * 101, "é" * 100)},
    rules.layers: {
        "queue/a.cpp": ('#include "queue/rocks/a.hpp"', '#include "queue/b.hpp"'),
        "queue/rocks/a.cpp": ('#include "relay/net/clock.hpp"', '#include "metrics/queue.hpp"'),
        "relay/config/a.hpp": ('#include "queue/message.hpp"', '#include "relay/config/b.hpp"'),
        "relay/net/a.hpp": ('#include "queue/store.hpp"', '#include "relay/net/b.hpp"'),
        "relay/inbound/a.hpp": (
            '#include "relay/outbound/route.hpp"',
            '#include "relay/message/trace.hpp"',
        ),
        "relay/other/a.cpp": ("int a;", None),
        "relay/smtp/a.cpp": ('#include "relay/config/config.hpp"', '#include "relay/smtp/b.hpp"'),
    },
    rules.header_form: {
        "dns/a.hpp": ("#pragma once\n", "// Names.\n#pragma once\n"),
        "dns/b.hpp": ("// Names.\n", "// Names.\n\n#pragma once\n"),
    },
    rules.own_header_first: {
        "metrics/queue.cpp": (
            "#include <array>\n" + MADE,
            MADE,
        ),
    },
    rules.marks: {"dns/a.cpp": ("// TO" + "DO: later", "// later")},
    rules.bans: {
        "queue/a.cpp": ("asio::co_spawn(c, f(), detached);", "// detached\ngroup.spawn(f());"),
        "queue/b.cpp": ("auto now = std::chrono::steady_clock::now();", 'f("steady_clock::now");'),
        "relay/inbound/a.cpp": ("std::cout << 1;", "log::event(level, name);"),
        "relay/inbound/b.cpp": ("std::this_thread::sleep_for(1s);", "timer.async_wait(token);"),
        "relay/inbound/c.hpp": ("using namespace std;", "namespace asio = boost::asio;"),
        "relay/message/a.cpp": ("std::random_device seed;", "draw();"),
        "relay/net/a.cpp": ("using namespace asio::experimental::awaitable_operators;", ""),
    },
    rules.banned_includes: {
        "dns/cache.cpp": ("#include <ares.h>", "#include <vector>"),
        "dns/cares.cpp": ("#include <spdlog/spdlog.h>", "#include <ares.h>"),
        "queue/a.cpp": ("#include <rocksdb/db.h>", "#include <vector>"),
        "queue/rocks/a.cpp": ("#include <prometheus/counter.h>", "#include <rocksdb/db.h>"),
        "tests/outbound/a.cpp": ('#include "queue/rocks/a.hpp"', '#include "queue/store.hpp"'),
        "queue/b.cpp": ("#include <boost/asio/post.hpp>", "#include <boost/system/error_code.hpp>"),
        "relay/message/a.cpp": ("#include <boost/asio/post.hpp>", "#include <vector>"),
        "relay/inbound/a.cpp": ("#include <boost/beast/http.hpp>", "#include <vector>"),
        "relay/outbound/a.cpp": ("#include <openssl/ssl.h>", '#include "relay/net/tls.hpp"'),
    },
    rules.machine_paths: {
        "README.md": ("in /wo" + "rk/main/build", "in `./build`, https://a/work/b"),
    },
    names.events_documented: {
        "relay/inbound/a.cpp": (
            'log::event(log::level::info, "new_one");',
            'log::event line(\n    log::level::info, "one");\nsay("text");',
        ),
        "relay/log/README.md": ("| `one`, `two` | x |\n", "| `one` | `other` |\n"),
    },
    names.variables_documented: {
        "README.md": ("", ROW % "KURIR_HOSTNAME"),
        "relay/config/settings.cpp": (SETTINGS + '"KURIR_NEW"', SETTINGS),
    },
    names.variables_known: {
        "deploy/compose.yaml": ("KURIR_HOST_NAME: x", "KURIR_HOSTNAME_FILE: x"),
        "tests/a.py": ("KURIR_ROUNDS", "KURIR_SEED"),
        "dns/a.cpp": ("KURIR_SEED", "KURIR_VERSION"),
    },
    names.members_configured: {
        "relay/config/config.hpp": (CONFIG % "    bool other = true;\n", CONFIG % ""),
    },
    names.metrics_documented: {
        "metrics/README.md": (ROW % "kurir_queue", ROW % "kurir_queue_messages"),
    },
    names.metrics_known: {
        "deploy/grafana/a.json": ("rate(kurir_queue_mesages[5m])", "kurir_queue_messages"),
        "deploy/prometheus/a.yml": ("kurir_queue_messages_total", "kurir_queue_messages_bucket"),
        "relay/README.md": ("`kurir_nothing_total`", "`kurir_relay_smtp`"),
    },
    names.nouns: {
        "dns/a.hpp": ("void f(const T& of);", "void of(T with(), T of_all); // T of;"),
        "dns/b.hpp": (
            "    T* which_ = nullptr;",
            "    return which;\n    f(a * to, b && from, c > it);",
        ),
        "dns/c.hpp": ("void f(T\n    x, T to);", "void f(T from, T to);"),
        "dns/d.cpp": ("void f(life& now);", "void f(time_point now);\nauto now = clock::now();"),
        "dns/e.cpp": (
            "void f(void (T::*what)());",
            "void f(void (T::*action)()); return x * what;",
        ),
        "tests/a.cpp": ("auto then = f();", "auto next = f();\nif (then) g(); // T then;"),
        "tests/b.hpp": ("    T there_;", "    T server_;\n    return there;"),
    },
}
BESIDE = {
    "tests/dialogues/dots.txt": "# A7 dots anywhere, and A17\n",
    "relay/config/settings.cpp": SETTINGS,
    "relay/config/config.hpp": CONFIG % "",
    "README.md": ROW % "KURIR_HOSTNAME",
    "tests/README.md": "KURIR_SEED repeats a run.",
    "metrics/queue.cpp": MADE,
    "metrics/queue.hpp": MEMBER,
    "metrics/README.md": ROW % "kurir_queue_messages",
    "dns/a.hpp": "// Names (C051).\n#pragma once\n",
    "dns/b.hpp": "// Names.\n#pragma once\n",
    "dns/cache.hpp": "// commented\n#pragma once\nnamespace some {\nclass cache {\n    int find();\n};\n}\n",
    "dns/cache.cpp": '#include "dns/cache.hpp"\nint other(bool found) { return say("an_event"); }\n',
    "tests/a.sh": "seed=1",
    "relay/FLOW.md": "`cache::find`",
    "relay/log/README.md": "| `one` | x |\n",
    "relay/inbound/e.cpp": 'log::event(level::info, "one");\n',
    "relay/CONFORMANCE.md": "| C051 | M | x | y |\n",
    "relay/DECISIONS.md": "3. One.\n",
    "tests/CASES.md": "".join(
        f"| {case} | `tests/dialogues/dots.txt` |\n" for case in ("A7", "A17")
    ),
    "tests/SECURITY.md": "## 2.1 Smuggling\n",
    "tests/FAULTS.md": "- **I1 Nothing** is lost\n\n| F1 | kill |\n",
}


class each_rule(unittest.TestCase):
    def test_has_samples(self):
        known = (rules, names, cases, citations, code_names, anchors)
        self.assertEqual(set(SAMPLES), {rule for each in known for rule in each.RULES})

    def test_complains_of_bad_samples_and_only_of_them(self):
        for rule, samples in SAMPLES.items():
            for path, (bad, good) in samples.items():
                with self.subTest(rule=rule.__name__, path=path):
                    found = list(rule({**BESIDE, path: bad}))
                    self.assertTrue(found, "no complaint")
                    self.assertTrue(all(line >= 1 for _, line, _ in found))
                    if good is not None:
                        self.assertEqual(list(rule({**BESIDE, path: good})), [])


class source(unittest.TestCase):
    def test_comments_and_literals_are_blanked_in_place(self):
        text = 'a(\'\\\'\', "/* \\" */"); // b\nc(1\'000\'000, R"("d")"); /* e\nf */ g\n'
        code = code_of(text)
        self.assertEqual(len(code), len(text))
        self.assertEqual(code.count("\n"), text.count("\n"))
        for gone in "bdef":
            self.assertNotIn(gone, code)
        for kept in ("a(", "c(1'000'000", " g"):
            self.assertIn(kept, code)

    def test_functions_are_found_with_their_first_and_last_line(self):
        text = (
            "namespace a {\n"  # 1
            "class b : public c<int> {\n"  # 2
            "public:\n"  # 3
            "    b(int d)\n"  # 4
            "        : e(d) {\n"  # 5
            "        if (d) {\n"  # 6
            "        }\n"  # 7
            "    }\n"  # 8
            "    int f() const { return 1; }\n"  # 9
            "    std::array<int, 2> g{1, 2};\n"  # 10
            "};\n"  # 11
            "template <class T>\n"  # 12
            "T h(T i) {\n"  # 13
            "    struct j {};\n"  # 14
            "}\n"  # 15
            "}\n"
        )
        self.assertEqual(list(functions_of(text)), [(3, 8), (9, 9), (12, 15)])


if __name__ == "__main__":
    unittest.main()
