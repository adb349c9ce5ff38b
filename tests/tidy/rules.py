"""Rules about sizes, layers and names that are banned.

A rule takes the tree, a dictionary from path to text, and yields (path, line, complaint).
"""

import ast
import re

from source import code_of, functions_of, includes_of, is_cpp

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 80
COLUMNS_MAX = 100
CODE = (".cpp", ".hpp", ".py", ".cmake")


def line_at(text, offset):
    return text.count("\n", 0, offset) + 1


def file_size(tree):
    for path, text in tree.items():
        lines = text.count("\n")
        is_script = "." not in path.rpartition("/")[2]
        if (path.endswith(CODE) or is_script) and lines > FILE_LINES_MAX:
            yield path, lines, f"{lines} lines, {FILE_LINES_MAX} at most"


def python_functions_of(text):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = ast.walk(ast.parse(text))
    return [(node.lineno, node.end_lineno) for node in nodes if isinstance(node, kinds)]


def function_size(tree):
    for path, text in tree.items():
        spans = []
        if is_cpp(path):
            spans = functions_of(text)
        elif path.endswith(".py"):
            spans = python_functions_of(text)
        for first, last in spans:
            lines = last - first + 1
            if lines > FUNCTION_LINES_MAX:
                yield path, first, f"a function of {lines} lines, {FUNCTION_LINES_MAX} at most"


def columns(tree):
    for path, text in tree.items():
        if not is_cpp(path):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > COLUMNS_MAX:
                yield path, number, f"{len(line)} columns, {COLUMNS_MAX} at most"


# What each folder may include beside itself: arrows point down.
RELAY_BASE = {
    "queue",
    "dns",
    "metrics",
    "relay/base",
    "relay/smtp",
    "relay/config",
    "relay/net",
    "relay/storage",
}
LAYERS = {
    "relay/base": set(),
    "metrics": set(),
    "dns": {"metrics", "relay/base"},
    "queue": {"relay/base"},
    "queue/rocks": {"queue", "metrics", "relay/base"},
    "queue/postgres": {"queue", "relay/base"},
    "relay/smtp": {"relay/base"},
    "relay/sasl": {"relay/base", "relay/smtp"},
    "relay/suppression": {"queue", "relay/base", "relay/smtp"},
    "relay/config": {"relay/base", "relay/smtp", "relay/suppression", "relay/users"},
    "relay/log": {"metrics", "relay/base", "relay/sasl"},
    "relay/net": {"relay/base"},
    "relay/watch": {"relay/base", "relay/net"},
    "relay/users": {"relay/base", "relay/net", "relay/sasl", "relay/smtp"},
    "relay/tokens": {"relay/base", "relay/sasl"},
    "relay/dkim": {"relay/base", "relay/sasl", "relay/smtp"},
    "relay/signing": {"queue", "metrics", "relay/dkim", "relay/log", "relay/message", "relay/net"},
    "relay/spf": {"dns", "relay/base"},
    "relay/doctor": {"dns", "queue", "relay/base", "relay/config", "relay/dkim", "relay/spf"},
    "relay/mime": {"relay/base", "relay/sasl", "relay/smtp"},
    "relay/storage": {"queue"},
    "relay/sandbox": {"relay/base"},
    "relay/message": {"queue", "metrics", "relay/base", "relay/smtp", "relay/config", "relay/dkim"},
    "relay/rewrite": {"relay/base", "relay/smtp", "relay/config", "relay/message"},
    "relay/facts": {"queue", "metrics", "relay/smtp", "relay/log"},
    "relay/oauth": {
        "relay/base",
        "relay/log",
        "relay/net",
        "relay/sasl",
        "relay/tokens",
        "metrics",
    },
    "relay/quota": {"queue", "relay/base", "relay/config"},
    "relay/inbound": RELAY_BASE
    | {"relay/message", "relay/log", "relay/facts", "relay/quota", "relay/sasl", "relay/users"}
    | {"relay/rewrite", "relay/tokens", "relay/dkim", "relay/signing", "relay/suppression"},
    "relay/outbound": RELAY_BASE
    | {"relay/message", "relay/log", "relay/facts", "relay/rewrite", "relay/sasl"}
    | {"relay/dkim", "relay/signing", "relay/mime"},
    "relay/admin": RELAY_BASE | {"relay/log", "relay/suppression", "relay/users"},
    "relay/history": {"metrics", "relay/base", "relay/log"},
    "relay/control": RELAY_BASE
    | {"relay/log", "relay/outbound", "relay/admin", "relay/history", "relay/suppression"}
    | {"relay/message"},
    "relay/page": {"relay/admin", "metrics"},
    "relay/app": RELAY_BASE
    | {"relay/message", "relay/log", "relay/facts", "relay/inbound", "relay/outbound"}
    | {"relay/oauth", "relay/quota", "relay/rewrite", "relay/tokens", "relay/dkim"}
    | {"relay/signing", "relay/control", "relay/spf", "relay/doctor", "relay/suppression"}
    | {"relay/page", "relay/sandbox"}
    | {"relay/admin", "relay/history", "relay/sasl", "relay/users", "relay/watch"}
    | {"queue/rocks", "queue/postgres"},
    "relay": {"relay/app"},
}
FREE_FOLDERS = ("tests", "deploy")


def layers(tree):
    for path, text in tree.items():
        folder = path.rpartition("/")[0]
        if not is_cpp(path) or folder.split("/")[0] in FREE_FOLDERS:
            continue
        if folder not in LAYERS:
            yield path, 1, f"the folder {folder} has no place in the architecture (LAYERS)"
            continue
        for line, kind, name in includes_of(text):
            other = name.rpartition("/")[0]
            if kind == "<" or other == folder or other in LAYERS[folder]:
                continue
            yield path, line, f"{folder} may not include {name}: arrows point down"


def header_form(tree):
    for path, text in tree.items():
        if not path.endswith(".hpp"):
            continue
        if not text.startswith("// "):
            yield path, 1, "a header begins with a sentence that says what it is"
        if "\n#pragma once\n" not in text:
            yield path, 1, "a header needs #pragma once"


def own_header_first(tree):
    """So that each header is seen to compile on its own."""
    for path, text in tree.items():
        own = path[:-4] + ".hpp"
        if not path.endswith(".cpp") or own not in tree:
            continue
        line, _, first = next(includes_of(text), (1, "", ""))
        if first != own:
            yield path, line, f"the first include is not {own}"


MARKS = re.compile("TO" + "DO|FIX" + "ME|XX" + "X:")


def marks(tree):
    for path, text in tree.items():
        for match in MARKS.finditer(text):
            yield path, line_at(text, match.start()), f"{match.group()} never lands"


# (pattern in code, where it is allowed, what to use instead)
BANNED = [
    (r"\bdetached\b", r"$^", "a task_group"),
    (r"\bexperimental::|asio/experimental/", r"$^", "a timer as condition"),
    (r"\bawaitable_operators\b", r"$^", "the deadlines of net::stream"),
    (r"\bco_spawn\b", r"relay/net/|dns/|tests/", "task_group::spawn or net::ask"),
    (
        r"\bstd::c(?:out|err|log)\b|\bprintf\b|\bputs\(",
        r"relay/app/|relay/main|tests/|deploy/",
        "log::event",
    ),
    (r"\bsteady_clock::now\b", r"relay/net/|metrics/|tests/|deploy/", "a parameter `now`"),
    (
        r"\bthis_thread::sleep_|\busleep\(",
        r"tests/bench/|tests/faults/faulty/|deploy/demo/",
        "a timer",
    ),
    (
        r"\brandom_device\b|\bs?rand\(",
        r"relay/app/|relay/outbound/draw|dns/cares|tests/|deploy/",
        "a parameter with the draw",
    ),
    (
        r"\bmake_address(_v6)?\(",
        r"relay/base/numeric_address|relay/inbound/advice|relay/net/interfaces|dns/host|tests/",
        "base::numeric_address",
    ),
    (r"\bassert\.h\b|\bNDEBUG\b", r"$^", "<cassert>: assertions stay on"),
]
BANNED_IN_HEADERS = [(r"\busing\s+namespace\b", r"tests/", "names written out")]
BANNED_INCLUDES = [
    (r"ares\.h", r"dns/cares", "dns/resolver.hpp"),
    (r"spdlog/", r"relay/log/", "relay/log/log.hpp"),
    (r"fmt/", r"relay/(base|log)/", "relay/base/utc.hpp"),
    (r"prometheus/", r"metrics/", "metrics/metrics.hpp"),
    (r"rocksdb/", r"queue/rocks/|tests/(queue|faults|fuzz|support)/", "queue/store.hpp"),
    (r"queue/rocks/", r"queue/rocks/|relay/app/|tests/(queue|fuzz|bench)/", "queue/store.hpp"),
    (r"libpq", r"queue/postgres/|tests/queue/", "queue/postgres/connection.hpp"),
    (r"queue/postgres/", r"queue/postgres/|relay/app/|tests/(queue|fuzz)/", "queue/store.hpp"),
    (r"catch2/", r"tests/support/catch\.hpp", "tests/support/catch.hpp"),
    (r"boost/asio\.hpp", r"deploy/cmake/|tests/", "the header of each thing"),
    (
        r"openssl/",
        r"relay/net/(tls|certificate|server_certificate|handshake_fault|channel_ids)|tests/net/"
        r"|relay/sasl/(digest|secret)|relay/users/(check|hash)"
        r"|relay/tokens/(key_set|signature)|tests/tokens/"
        r"|relay/dkim/(body_hash|native_key|signing_key|public_key|key_generation)|tests/dkim/"
        r"|tests/bench/(tls_context|connection)|tests/outbound/tls_fallback_test",
        "relay/net/tls.hpp",
    ),
    (r"boost/beast", r"relay/(admin/|net/http_)|deploy/cmake/|tests/", "net::stream"),
]
# What is protocol and what is stored stands without sockets.
BANNED_INCLUDES_OF = [
    (
        r"relay/smtp/|relay/sasl/|relay/message/|relay/dkim/|queue/|metrics/",
        r"boost/(asio|beast)|relay/net/",
        "values",
    ),
]


def bans(tree):
    for path, text in tree.items():
        if not is_cpp(path):
            continue
        code = code_of(text)
        listed = BANNED + (BANNED_IN_HEADERS if path.endswith(".hpp") else [])
        for pattern, allowed, instead in listed:
            if re.match(allowed, path):
                continue
            for match in re.finditer(pattern, code):
                what = match.group().strip()
                yield path, line_at(code, match.start()), f"{what} is banned, use {instead}"


def banned_includes(tree):
    for path, text in tree.items():
        if not is_cpp(path):
            continue
        for line, _, name in includes_of(text):
            wrong = [
                instead
                for pattern, allowed, instead in BANNED_INCLUDES
                if re.match(pattern, name) and not re.match(allowed, path)
            ] + [
                instead
                for where, pattern, instead in BANNED_INCLUDES_OF
                if re.match(where, path) and re.match(pattern, name)
            ]
            for instead in wrong:
                yield path, line, f"{name} may not be included here, use {instead}"


MACHINE_PATH = re.compile(r"(?<![\w.:/$}])/(?:work|root|home)/[\w.]")


def machine_paths(tree):
    for path, text in tree.items():
        for match in MACHINE_PATH.finditer(text):
            yield path, line_at(text, match.start()), "a path of one machine"


RULES = [
    file_size,
    function_size,
    columns,
    layers,
    header_form,
    own_header_first,
    marks,
    bans,
    banned_includes,
    machine_paths,
]
