"""The shapes of load that the matrix measures, and what each relay must be told for them."""

import dataclasses

MANY = 1000  # destinations


@dataclasses.dataclass(frozen=True)
class Shape:
    """One load. Whatever is not said is as in the first: 4 KiB, 20 clients that keep connections."""

    name: str
    size: int = 4096
    connections: int = 20
    per_connection: int = 0  # messages; 0: the connection is kept
    recipients: int = 1
    domains: int = 0  # 0: one, over a relayhost
    idle: int = 0  # sessions that say EHLO and nothing else, beside the clients
    queued: int = 0  # messages for other destinations in Kurir's queue, not due meanwhile
    pipelining: bool = False
    tls: bool = False  # STARTTLS on both sides
    login: bool = False  # AUTH PLAIN on each connection of a client
    messages: int = 2_000_000
    share: float = 0  # of the rate that the first shape reached; 0: as fast as it goes
    postfix: bool = True
    settings: tuple[tuple[str, str], ...] = ()  # Kurir's
    parameters: tuple[str, ...] = ()  # Postfix's

    def load(self, rate: float = 0) -> list[str]:
        """The load generator's options."""
        options = {
            "--size": self.size,
            "--connections": self.connections,
            "--per-connection": self.per_connection,
            "--recipients": self.recipients,
            "--domains": self.domains,
            "--idle": self.idle,
            "--messages": self.messages,
            "--rate": rate,
        }
        words = [str(word) for option in options.items() for word in option]
        return words + ["--pipelining"] * self.pipelining


MATRIX = [
    Shape("4 KiB, 20 connections kept"),
    Shape("the same at half that rate", share=0.5),
    Shape("clients pipeline", pipelining=True),
    Shape("one message per connection", per_connection=1),
    Shape("STARTTLS, connections kept", tls=True),
    Shape("one message each, TLS, AUTH", per_connection=1, tls=True, login=True),
    Shape("64 KiB", size=65536),
    Shape("1 client", connections=1),
    Shape("200 clients", connections=200),
    Shape("50 recipients", recipients=50),
    Shape("1,000 destinations", domains=MANY),
    Shape(
        "50 MB, 4 clients",
        size=50_000_000,
        connections=4,
        messages=24,
        settings=(("KURIR_MAX_MESSAGE_SIZE", "64M"),),
        parameters=("message_size_limit=0", "mailbox_size_limit=0"),
    ),
    Shape(
        "10,000 more sessions, idle",
        idle=10_000,
        settings=(
            ("KURIR_MAX_SESSIONS", "20000"),
            ("KURIR_MAX_SESSIONS_PER_CLIENT", "20000"),
        ),
        postfix=False,  # ten thousand processes
    ),
    Shape("10,000 more messages wait", queued=10_000, postfix=False),
    Shape("100,000 more messages wait", queued=100_000, postfix=False),
    Shape("1,000,000 more messages wait", queued=1_000_000, postfix=False),
]


def routes(shape: Shape, sink: str, names: str) -> tuple[dict[str, str], str]:
    """What makes each relay send to the sink: settings of Kurir, and a transport map for Postfix.

    Many destinations are many domains, each with a host of its own at an address of its own, where
    the same sink listens. Kurir finds them by MX; Postfix is told, and asks no DNS.
    """
    if not shape.domains:
        return {"KURIR_RELAYHOST": sink}, ""
    port = sink.rsplit(":", 1)[1]
    transports = [
        f"d{number}.bench.example smtp:[127.1.{number // 250}.{number % 250 + 1}]:{port}\n"
        for number in range(shape.domains)
    ]
    settings = {
        "KURIR_DNS_SERVERS": names,
        "KURIR_REMOTE_PORT": port,
        "KURIR_PROHIBITED_NETWORKS": "none",
    }
    return settings, "".join(transports)
