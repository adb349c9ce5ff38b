#!/usr/bin/env python3
"""Each rule of the tidy test can fail, and does so only when it should."""

import unittest

import cases
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
MADE = '#include "metrics/queue.hpp"\n    : queue_messages(to, {"queue_messages", "Messages."}),\n'
MEMBER = "// Some.\n#pragma once\nstruct queue {\n    histogram queue_messages;\n};\n"
ROW = "| `%s` | x | y | z |\n"
LONG = "    ++count;\n"

# For each rule: the text that it must complain of, and one like it that is fine, as
# {path: (bad, good)}, beside files that are the same in both.
SAMPLES = {
    cases.cases_tested: {
        "tests/CASES.md": (
            "| A1 | line ends | `tests/dialogues/dots.txt` |\n",
            "| A7 | dots | `tests/dialogues/dots.txt` |\n",
        ),
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
        "queue/a.cpp": ('#include "relay/net/clock.hpp"', '#include "metrics/queue.hpp"'),
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
        "queue/a.cpp": ("#include <prometheus/counter.h>", "#include <rocksdb/db.h>"),
        "queue/b.cpp": ("#include <boost/asio/post.hpp>", "#include <boost/system/error_code.hpp>"),
        "relay/message/a.cpp": ("#include <boost/asio/post.hpp>", "#include <vector>"),
        "relay/inbound/a.cpp": ("#include <boost/beast/http.hpp>", "#include <vector>"),
    },
    rules.machine_paths: {
        "README.md": ("in /wo" + "rk/main/build", "in `./build`, https://a/work/b"),
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
}


class each_rule(unittest.TestCase):
    def test_has_samples(self):
        self.assertEqual(set(SAMPLES), set(rules.RULES + names.RULES + cases.RULES))

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
