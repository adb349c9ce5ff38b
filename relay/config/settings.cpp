#include "relay/config/settings.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "relay/base/text.hpp"
#include "relay/config/kinds.hpp"
#include "relay/config/login_rows.hpp"
#include "relay/config/settings_login.hpp"
#include "relay/config/settings_of_proxies.hpp"
#include "relay/config/settings_permissions.hpp"
#include "relay/config/settings_remote_tls.hpp"
#include "relay/config/settings_tokens.hpp"
#include "relay/config/single_kinds.hpp"
#include "relay/config/source_rows.hpp"
#include "relay/config/staging_rows.hpp"

namespace kurir::config {
namespace {

using c = config;

constexpr auto at_reload = effect::at_reload;

kind<duration> timeout() {
    return time("100ms", "1d");
}

std::vector<setting> identity() {
    return {
        row({"KURIR_HOSTNAME",
             "",
             "The name that Kurir uses towards clients and servers. Default: the host's name. If "
             "it has no dot, EHLO gives the address instead."},
            &c::hostname,
            host_name()),
        row({"KURIR_LOCAL_DOMAIN",
             "",
             "Completes the addresses of trusted clients that lack a full domain: root, "
             "root@localhost, www-data@3f2a1b4c5d6e. Default: KURIR_HOSTNAME, if that has a dot; "
             "otherwise such addresses are refused.",
             at_reload},
            &c::local_domain,
            domain_name()),
        row({"KURIR_POSTMASTER",
             "",
             "Where mail to <Postmaster> without a domain goes; also the contact in bounces. "
             "Default: postmaster@ the local domain, if there is one; otherwise such "
             "mail is refused.",
             at_reload},
            &c::postmaster,
            mail_address()),
    };
}

std::vector<setting> accepting() {
    return {
        row({"KURIR_LISTEN",
             "[::]:2525",
             "Addresses to listen on. [::] also accepts IPv4; a port alone means [::], or 0.0.0.0 "
             "on a machine without IPv6. The priority is for mail without its own "
             "(X-Kurir-Priority). tls: offer means STARTTLS, and is the default if there is a "
             "certificate; implicit means TLS from the first byte. auth: offer is the default "
             "where TLS is on and there are users; require means that nobody else may send. With "
             "certificate and users the default also has [::]:2587?auth=require and "
             "[::]:2465?tls=implicit&auth=require. proxy: the load balancers whose connections "
             "begin with a PROXY header. name: for log and metrics."},
            &c::listen,
            listeners()),
        row({"KURIR_TRUSTED_NETWORKS",
             "loopback",
             "Clients that may send to any address. A list that covers much of the "
             "Internet, such as 0.0.0.0/0, needs the word open-relay beside it.",
             at_reload},
            &c::trusted_networks,
            trusted_networks()),
        xclient_networks_row(),
        row({"KURIR_MAX_MESSAGE_SIZE", "25M", "The largest message that is accepted.", at_reload},
            &c::max_message_size,
            size("1K", "2G")),
        row({"KURIR_MAX_RECIPIENTS", "1000", "Most recipients of one message.", at_reload},
            &c::max_recipients,
            number("1", "100000")),
        row({"KURIR_MAX_HOPS",
             "100",
             "Received: lines above which a message counts as looping.",
             at_reload},
            &c::max_hops,
            number("1", "10000")),
        row({"KURIR_MAX_LINE_LENGTH",
             "64K",
             "The longest line in the body of a message. Lines over 998 bytes are passed on "
             "unchanged and counted.",
             at_reload},
            &c::max_line_length,
            size("998", "16M")),
        row({"KURIR_BARE_NEWLINE",
             "normalize",
             "What to do with a bare line feed or carriage return, or a NUL, in a message: "
             "normalize makes it a line end (a NUL: a space), reject refuses the message.",
             at_reload},
            &c::bare_newline,
            one_of({"reject", "normalize|normalise"})),
        row({"KURIR_MAX_HEADER_SIZE",
             "1M",
             "The largest header section that is accepted, even if it is a single line.",
             at_reload},
            &c::max_header_size,
            size("16K", "16M")),
        row({"KURIR_HEADER_FIXUP",
             "on",
             "Add Date: and Message-ID: where they are missing or empty; complete From: and "
             "Sender: with KURIR_LOCAL_DOMAIN.",
             at_reload},
            &c::header_fixup,
            on_or_off()),
        row({"KURIR_KEEP_HEADERS",
             "",
             "Header fields that are kept in messages instead of being removed: Bcc, Resent-Bcc, "
             "X-Kurir-Priority, X-Kurir-Route.",
             at_reload},
            &c::keep_headers,
            field_names()),
    };
}

std::vector<setting> securing() {
    return {
        row({"KURIR_TLS_CERT",
             "",
             "Our certificates with their chains (PEM), each chosen by the name that a client asks "
             "for; the first one otherwise. generate: a self-signed one for KURIR_HOSTNAME. "
             "The files are read again when they change. Unset: no TLS."},
            &c::tls_cert,
            certificate_paths()),
        row({"KURIR_TLS_KEY",
             "",
             "The keys of these certificates in the same order (PEM, without a password). Unset: "
             "each is in the file of its certificate. Other users must not be able to read them."},
            &c::tls_key,
            key_paths()),
        row({"KURIR_TLS_MIN",
             "1.2",
             "The lowest version of TLS that clients may use. Below 1.2 weak ciphers and keys are "
             "accepted, too."},
            &c::tls_min,
            one_of({"1.0", "1.1", "1.2", "1.3"})),
        client_ca_row(),
    };
}

std::vector<setting> sessions() {
    return {
        row({"KURIR_MAX_SESSIONS",
             "2000",
             "Most sessions at a time. Clients that may not relay get at most a quarter of them, "
             "and make room for others."},
            &c::max_sessions,
            number("1", "100000")),
        row({"KURIR_MAX_SESSIONS_PER_CLIENT",
             "200",
             "Most sessions at a time from one IPv4 address or one IPv6 /64."},
            &c::max_sessions_per_client,
            number("1", "100000")),
        row({"KURIR_CLIENT_RATE",
             "",
             "Messages that one client may submit: a user who has logged in, or else an IPv4 "
             "address or an IPv6 /64; above that, it gets 450 and the time to wait. Unset: no "
             "limit."},
            &c::client_rate,
            rate_limit()),
        row({"KURIR_SENDER_RATE",
             "",
             "Messages that may be submitted with the same sender address. Unset: no limit."},
            &c::sender_rate,
            rate_limit()),
        row({"KURIR_SESSION_MESSAGES",
             "0",
             "Messages in one session: the next MAIL gets 421, and the client continues in a new "
             "session. 0: no limit.",
             at_reload},
            &c::session_messages,
            number("0", "1000000")),
        row({"KURIR_MAX_ERRORS", "20", "Failed commands after which a session is ended.", at_reload
            },
            &c::max_errors,
            number("1", "10000")),
        row({"KURIR_COMMAND_TIMEOUT",
             "5m",
             "How long to wait for a client's next command.",
             at_reload},
            &c::command_timeout,
            timeout()),
        row({"KURIR_DATA_TIMEOUT",
             "3m",
             "How long to wait for the next part of a message.",
             at_reload},
            &c::data_timeout,
            timeout()),
        row({"KURIR_MIN_DATA_RATE",
             "100",
             "Lowest rate at which a message must arrive, in bytes per second, on average over "
             "KURIR_DATA_TIMEOUT; a slower client's session ends. 0: no minimum.",
             at_reload},
            &c::min_data_rate,
            size("0", "1G")),
        row({"KURIR_SESSION_TIMEOUT",
             "1h",
             "How long a session may last without a new message.",
             at_reload},
            &c::session_timeout,
            timeout()),
    };
}

std::vector<setting> queueing() {
    return {
        row({"KURIR_QUEUE_DIR",
             "/var/lib/kurir/queue",
             "Where accepted mail is stored. Only one process at a time can use it."},
            &c::queue_dir,
            folder()),
        row({"KURIR_QUEUE_MODE",
             "owner",
             "Who may read the queue folder: only the user Kurir runs as, or also the group "
             "(0750, for backups). A narrower umask is kept."},
            &c::queue_mode,
            one_of({"owner", "group"})),
        row({"KURIR_QUEUE_LOCK_WAIT",
             "0",
             "How long a start waits for another process to release the queue."},
            &c::queue_lock_wait,
            time("0", "1h")),
        row({"KURIR_QUEUE_MIN_FREE",
             "512M",
             "With less free disk space than this, new mail is refused until there is 1.2 times as "
             "much. Space for removals is always kept: 64 MiB, or a quarter of a small "
             "disk."},
            &c::queue_min_free,
            size("0", "1024G")),
        row({"KURIR_MAX_QUEUE_TIME", "4d", "How long delivery is tried before the bounce."},
            &c::max_queue_time,
            time("1s", "30d")),
        row({"KURIR_RETRY_MIN",
             "5m",
             "The pause after the first attempt; it doubles after each further one."},
            &c::retry_min,
            time("100ms", "1d")),
        row({"KURIR_RETRY_MAX", "2h", "The longest pause between attempts."},
            &c::retry_max,
            time("100ms", "7d")),
        row({"KURIR_BOUNCE_FULL_SIZE",
             "50K",
             "Bounces return messages up to this size whole, larger ones with their header only.",
             at_reload},
            &c::bounce_full_size,
            size("0", "1G")),
    };
}

std::vector<setting> naming() {
    return {
        row({"KURIR_DNS_SERVERS", "", "Name servers to use. Unset: those of /etc/resolv.conf."},
            &c::dns_servers,
            name_servers()),
        row({"KURIR_PROHIBITED_NETWORKS",
             "loopback linklocal unspecified private shared documentation multicast reserved",
             "Networks to which mail routed by DNS is never sent. A relayhost may be anywhere.",
             at_reload},
            &c::prohibited_networks,
            networks()),
        row({"KURIR_REMOTE_PORT", "25", "The port of mail servers found by DNS."},
            &c::remote_port,
            number("1", "65535")),
        row({"KURIR_IP_FAMILY", "auto", "Which addresses of remote servers are used."},
            &c::family,
            one_of({"auto", "ipv4", "ipv6"})),
    };
}

std::vector<setting> delivering() {
    return {
        row({"KURIR_RELAYHOST",
             "",
             "The server for all mail, never looked up as MX. Several: a comma separates servers "
             "in "
             "the order of preference, a vertical bar servers that share the load. Unset: mail is "
             "routed by DNS."},
            &c::relayhost,
            smarthost()),
        relayhost_tls_row(""),
        row({"KURIR_ROUTES",
             "",
             "Which mail takes another route than KURIR_RELAYHOST or DNS: rules, one on a line or "
             "separated by ;, of which the first that matches counts. See \"Routes\".",
             at_reload},
            &c::routes,
            routes()),
        source_addresses_row(),
        source_row("KURIR_RELAYHOST_SOURCE", ""),
        row({"KURIR_DELIVERY_WORKERS",
             "500",
             "Most deliveries at a time, to all destinations together."},
            &c::delivery_workers,
            number("1", "100000")),
        row({"KURIR_DESTINATION_CONCURRENCY", "20", "Most connections at a time to one destination."
            },
            &c::destination_concurrency,
            number("1", "10000")),
        row({"KURIR_DESTINATION_RATE",
             "none",
             "Messages to one destination in a period (s, min, h, d): a rate alone for all of "
             "them, gmail.com=10/s or *.outlook.com=200/min for some. The most specific rule wins."
            },
            &c::destination_rate,
            destination_rates()),
        row({"KURIR_CONNECTION_MESSAGES", "100", "Most messages over one connection.", at_reload},
            &c::connection_messages,
            number("1", "1000000")),
        row({"KURIR_TRANSACTION_RECIPIENTS",
             "100",
             "Most recipients in one transaction; fewer with a server that allows fewer.",
             at_reload},
            &c::transaction_recipients,
            number("1", "10000")),
        row({"KURIR_MAILBOX_FULL",
             "bounce",
             "What to do when a server permanently refuses a recipient because the mailbox is full "
             "(5.2.2).",
             at_reload},
            &c::mailbox_full,
            one_of({"bounce", "retry"})),
        row({"KURIR_REMOTE_IGNORE",
             "",
             "Extensions that are not used with some servers even if they offer them: "
             "PIPELINING, CHUNKING, SIZE, 8BITMIME or SMTPUTF8, for a host, a domain or *.",
             at_reload},
            &c::remote_ignore,
            ignored_extensions()),
        row({"KURIR_CONNECTION_IDLE", "5s", "How long a connection is kept for the next message."},
            &c::connection_idle,
            time("0", "5m")),
    };
}

std::vector<setting> waiting() {
    return {
        row({"KURIR_REMOTE_CONNECT_TIMEOUT",
             "30s",
             "How long to wait for a connection to one address.",
             at_reload},
            &c::remote_connect_timeout,
            timeout()),
        row({"KURIR_REMOTE_GREETING_TIMEOUT",
             "5m",
             "How long to wait for a server's greeting.",
             at_reload},
            &c::remote_greeting_timeout,
            timeout()),
        row({"KURIR_REMOTE_COMMAND_TIMEOUT",
             "5m",
             "How long to wait for the reply to EHLO, MAIL or RCPT.",
             at_reload},
            &c::remote_command_timeout,
            timeout()),
        row({"KURIR_REMOTE_DATA_TIMEOUT", "2m", "How long to wait for the reply to DATA.", at_reload
            },
            &c::remote_data_timeout,
            timeout()),
        row({"KURIR_REMOTE_BLOCK_TIMEOUT",
             "3m",
             "How long sending one part of a message may take.",
             at_reload},
            &c::remote_block_timeout,
            timeout()),
        row({"KURIR_REMOTE_FINAL_TIMEOUT",
             "10m",
             "How long to wait for the reply to a whole message. A shorter time causes duplicates.",
             at_reload},
            &c::remote_final_timeout,
            timeout()),
        row({"KURIR_REMOTE_QUIT_TIMEOUT", "5s", "How long to wait for the reply to QUIT.", at_reload
            },
            &c::remote_quit_timeout,
            timeout()),
    };
}

std::vector<setting> running() {
    return {
        row({"KURIR_THREADS", "0", "I/O threads; 0: one for each CPU that Kurir may use."},
            &c::threads,
            number("0", "256")),
        row({"KURIR_HTTP_LISTEN", "127.0.0.1:9925", "The address for /metrics, /livez and /readyz."
            },
            &c::http_listen,
            http_endpoint()),
        row({"KURIR_SHUTDOWN_DELAY",
             "0",
             "How long mail is still accepted after SIGTERM, while load balancers notice."},
            &c::shutdown_delay,
            time("0", "5m")),
        row({"KURIR_SHUTDOWN_GRACE",
             "30s",
             "After KURIR_SHUTDOWN_DELAY, how long transactions in progress may still take."},
            &c::shutdown_grace,
            time("0", "1h")),
        row({"KURIR_CORE_DUMPS",
             "off",
             "Let the system write core dumps and let debuggers attach. A dump contains mail."},
            &c::core_dumps,
            on_or_off()),
        row({"KURIR_LOG_FORMAT",
             "auto",
             "How the log is written; auto: text on a terminal, else json."},
            &c::log_format,
            one_of({"auto", "json", "text"})),
        row({"KURIR_LOG_LEVEL",
             "info",
             "The lowest level that is logged. notice leaves out sessions, attempts and received, "
             "and keeps the outcome for each recipient."},
            &c::log_level,
            one_of({"debug", "info", "notice", "warning|warn", "error|err"})),
    };
}

struct group {
    std::string_view heading;
    std::vector<setting> rows;
};

std::vector<setting> table() {
    group groups[] = {
        {"Who we are", identity()},
        {"Accepting mail", accepting()},
        {"Who may send what", settings_of_permissions()},
        {"TLS for clients", securing()},
        {"Passwords", settings_of_logins()},
        {"Logins by token", settings_of_tokens()},
        {"Sessions of clients", sessions()},
        {"The queue", queueing()},
        {"Names", naming()},
        {"Delivering", delivering()},
        {"TLS to remote servers", remote_tls_rows()},
        {"Logging in to KURIR_RELAYHOST", login_rows("KURIR_RELAYHOST_", "")},
        {"Waiting for remote servers", waiting()},
        {"Staging", staging_rows()},
        {"Running", running()},
    };
    std::vector<setting> all;
    for (auto& [heading, rows] : groups) {
        rows.front().heading = heading;
        std::ranges::move(rows, std::back_inserter(all));
    }
    return all;
}

}  // namespace

std::span<const setting> settings() {
    static const std::vector<setting> all = table();
    return all;
}

}  // namespace kurir::config
