"""Rules about names that code and pages must both know: variables, metrics, events;
and function words, which are no names."""

import re

from rules import line_at
from source import code_of, is_cpp

SETTINGS = "relay/config/settings.cpp"
SETTINGS_FILES = "relay/config/settings"  # how their names begin
LOGINS = "relay/config/login_rows.cpp"
CONFIG = "relay/config/config.hpp"
SETTINGS_README = "README.md"
METRICS_README = "metrics/README.md"

TESTS_README = "tests/README.md"

# Names beside the settings: options of the build, and examples in prose.
BUILD_OPTIONS = {
    "KURIR_TESTS",
    "KURIR_FUZZ",
    "KURIR_SANITIZE",
    "KURIR_VERSION",
    "KURIR_FAILPOINTS",
}
EXAMPLES = {"KURIR_X", "KURIR_X_FILE", "KURIR_PORT"}
# Where names are wrong on purpose.
MISTAKES = ("tests/config/", "tests/tidy/", "tests/integration/command_line_test.py")
VARIABLE = re.compile(r"\bKURIR_[A-Z0-9_]*[A-Z0-9]\b")


def settings_of(tree):
    """Their names; that of a family ends with an underscore."""
    rows = [
        text
        for path, text in tree.items()
        if path.startswith(SETTINGS_FILES) or path.endswith("_rows.hpp")
    ]
    names = {name for text in rows for name in re.findall(r'"(KURIR_[A-Z0-9_]+)"', text)}
    # Those that each relayhost has, of which the one without a name has no other row.
    for_relayhosts = re.findall(r'(?:\{|prefix \+ )"([A-Z_]+)",$', tree.get(LOGINS, ""), re.M)
    return names | {"KURIR_RELAYHOST_" + each for each in for_relayhosts}


def is_in_family(name, known):
    return any(name.startswith(each) for each in known if each.endswith("_"))


def table_names(readme, pattern):
    return re.findall(rf"^\| `({pattern})` \|", readme, re.M)


def variables_documented(tree):
    declared = settings_of(tree)
    documented = set(table_names(tree.get(SETTINGS_README, ""), "KURIR_[A-Z0-9_]+"))
    families = table_names(tree.get(SETTINGS_README, ""), r"KURIR_[A-Z0-9_]+<NAME>\w*")
    documented |= {name.partition("<")[0] for name in families}
    for name in sorted(declared - documented):
        yield SETTINGS_README, 1, f"{name} of {SETTINGS} is not documented"
    for name in sorted(documented - declared):
        if name.removesuffix("_FILE") in declared:
            continue
        yield SETTINGS_README, 1, f"{name} is not in {SETTINGS}"


def variables_known(tree):
    """What is spoken of is a setting; the tests may have variables of their own."""
    known = settings_of(tree)
    known |= {name + "_FILE" for name in known} | BUILD_OPTIONS | EXAMPLES
    of_tests = set(VARIABLE.findall(tree.get(TESTS_README, "")))
    for path, text in tree.items():
        if path.startswith(MISTAKES) or path == TESTS_README:
            continue
        allowed = known | of_tests if path.startswith("tests/") else known
        for match in VARIABLE.finditer(text):
            if match.group() not in allowed and not is_in_family(match.group(), known):
                where = f"{SETTINGS} or {TESTS_README}"
                yield path, line_at(text, match.start()), f"{match.group()} is not in {where}"


def members_configured(tree):
    """Each member of `struct config` is one variable."""
    declared = settings_of(tree)
    body = code_of(tree.get(CONFIG, "")).partition("\nstruct config {")[2].partition("\n};")[0]
    for match in re.finditer(r"(\w+)(?: = [^;]+|\{\})?;", body):
        member = match.group(1)
        names = {
            "family": "KURIR_IP_FAMILY",
            "open_relay": "KURIR_TRUSTED_NETWORKS",
            "client_tokens": "KURIR_OAUTH_JWKS",
            "dkim": "KURIR_DKIM_KEY_DIR",
            "relayhosts": "KURIR_RELAYHOST_",
            "relayhost_login": "KURIR_RELAYHOST_USERNAME",
            "relayhost_logins": "KURIR_RELAYHOST_",
            "sources": "KURIR_SOURCE_ADDRESSES",
            "relayhost_sources": "KURIR_RELAYHOST_SOURCE",
            "lifetimes_from": "KURIR_CAPTURE",  # follows from it
        }
        name = names.get(member, "KURIR_" + member.upper())
        if name not in declared:
            yield CONFIG, 1, f"{member} has no setting {name} in {SETTINGS}"


def metrics_of(tree):
    """Name to kind (c, g or h) of each metric that the code makes."""
    names = {}
    for path, text in tree.items():
        if not re.fullmatch(r"metrics/\w+\.cpp", path):
            continue
        for name in re.findall(r'\w+\(\s*(?:target,\s*)?\{"(\w+)",', text):
            names["kurir_" + name] = "?"
        for name in re.findall(r'"(process_\w+)"', text):
            names[name] = "?"
    for path, text in tree.items():
        if re.fullmatch(r"metrics/\w+\.hpp", path):
            for kind, name in re.findall(r"^    (\w+)(?:<[^;]*>)? (\w+);", text, re.M):
                if "kurir_" + name in names:
                    names["kurir_" + name] = kind[0]
    return names


def metrics_documented(tree):
    made = set(metrics_of(tree))
    documented = set(table_names(tree.get(METRICS_README, ""), "[a-z_]+"))
    for name in sorted(made - documented):
        yield METRICS_README, 1, f"{name} is not documented"
    for name in sorted(documented - made):
        yield METRICS_README, 1, f"{name} is not made by the code"


METRIC = re.compile(r"(?<![\w:.\-/])(?:kurir|process)_[a-z0-9_]*[a-z0-9]\b(?!:)")
# Pages speak of other names with an underscore too; only these look like metrics.
UNIT = re.compile(r"\w+_(total|seconds|bytes|info|ratio|bucket|sum|count)")


def is_made(name, made):
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    return name in made or (base != name and made.get(base) == "h")


def metrics_known(tree):
    """Dashboards, rules and pages speak of metrics that exist."""
    made = metrics_of(tree)
    for path, text in tree.items():
        watches = path.startswith(("deploy/prometheus/", "deploy/grafana/"))
        if not watches and not path.endswith(".md"):
            continue
        for match in METRIC.finditer(text):
            name = match.group()
            if (watches or UNIT.fullmatch(name)) and not is_made(name, made):
                yield path, line_at(text, match.start()), f"{name} is no metric"


EVENTS_README = "relay/log/README.md"
EVENT = re.compile(r'\bevent(?: \w+)?\(\s*(?:log::)?level::\w+,\s*"([a-z_]+)"')


def events_documented(tree):
    """Each event that the program logs has a row, and each row names events that it logs."""
    table = re.findall(r"^\| (`.*?) \|", tree.get(EVENTS_README, ""), re.M)
    documented = set(re.findall(r"`([a-z_]+)`", " ".join(table)))
    program = {path: text for path, text in tree.items() if path.startswith("relay/")}
    for path, text in program.items():
        for match in EVENT.finditer(text) if is_cpp(path) else ():
            if match.group(1) not in documented:
                line = line_at(text, match.start())
                yield path, line, f"{match.group(1)} has no row in {EVENTS_README}"
    code = "".join(text for path, text in program.items() if is_cpp(path))
    for name in sorted(documented):
        if f'"{name}"' not in code:
            yield EVENTS_README, 1, f"nothing logs {name}"


# Folders whose parameters, members and variables have nouns as names. Their subfolders too.
NOUN_FOLDERS = (
    "dns/",
    "metrics/",
    "queue/",
    "relay/admin/",
    "relay/app/",
    "relay/config/",
    "relay/dkim/",
    "relay/facts/",
    "relay/inbound/",
    "relay/log/",
    "relay/message/",
    "relay/net/",
    "relay/smtp/",
    "relay/outbound/",
    "relay/quota/",
    "relay/storage/",
    "tests/",
)
FUNCTION_WORDS = "by|from|how|it|of|one|to|what|where|which|who|whom|whose|with"
# No names either, in the tests.
OTHER_WORDS = ("here", "is", "meant", "then", "there", "when")
# A declared name is behind its type (a pointer to a function: an asterisk), and before what may
# follow it.
DECLARED = re.compile(
    rf"(?:(?<=[\w>\]&*] )|(?<=::\*))({FUNCTION_WORDS}|{'|'.join(OTHER_WORDS)}|now)_?"
    r"(?=\s*(?:[,;)={\[]|:[^:]|$))",
    re.M,
)
NO_TYPE = re.compile(
    r"(?:^|[^\w])(?:return|co_return|co_await|co_yield|throw|case|new|else|not|and|or)$|\s(?:[&*>]|&&)$"
)
A_TIME = re.compile(
    r"time_point|calendar_time|sys_time|instant|\bclock\b|\bnow\(\)|steady\(\)|start\b|noon\b"
)


def is_range(statement, word):
    """`from` and `to` together name a range, or the two sides of a copy."""
    other = {"from": "to", "to": "from"}.get(word)
    return other is not None and re.search(rf"[\w>\]&*] {other}\b", statement) is not None


def nouns(tree):
    """Function words are no names; `now` is a time."""
    for path, text in tree.items():
        if not is_cpp(path) or not path.startswith(NOUN_FOLDERS):
            continue
        code = code_of(text)
        for match in DECLARED.finditer(code):
            word = match.group(1)
            first = max(code.rfind(end, 0, match.start()) for end in ";{}") + 1
            before = code[first : match.start()].rstrip()
            statement = code[first : code.find(";", match.end())]
            if NO_TYPE.search(before) or is_range(statement, word):
                continue
            if word in OTHER_WORDS and not path.startswith("tests/"):
                continue
            if word != "now":
                yield path, line_at(code, match.start()), f"{word} is no noun"
            elif not A_TIME.search(statement):
                yield path, line_at(code, match.start()), "now is no time here"


RULES = [
    events_documented,
    variables_documented,
    variables_known,
    members_configured,
    metrics_documented,
    metrics_known,
    nouns,
]
