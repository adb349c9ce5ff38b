#include "relay/config/settings.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "relay/config/kinds.hpp"

namespace kurir::config {
namespace {

using c = config;

constexpr bounds timeout{"100ms", "1d"};

std::vector<setting> identity() {
    return {
        one(single::host_name,
            {"KURIR_HOSTNAME",
             "",
             "The name we give ourselves to clients and servers. Default: the host's "
             "name. Without a dot, servers are greeted with the address instead."}),
        one(single::domain_name,
            {"KURIR_LOCAL_DOMAIN",
             "",
             "Completes the addresses of trusted clients that lack a full domain: root, "
             "root@localhost, www-data@3f2a1b4c5d6e. Default: KURIR_HOSTNAME, if that has a dot; "
             "otherwise such addresses are refused."}),
        one(single::mail_address,
            {"KURIR_POSTMASTER",
             "",
             "Where mail to <Postmaster> without a domain goes, and whom bounces name as "
             "contact. Default: postmaster@ the local domain, if there is one; otherwise such "
             "mail is refused."}),
    };
}

std::vector<setting> accepting() {
    return {
        one(single::listeners,
            {"KURIR_LISTEN",
             "[::]:2525",
             "Addresses to listen on. [::] takes IPv4 too; a port alone means [::], or 0.0.0.0 on "
             "a "
             "machine without IPv6. A priority is that of mail which does not say "
             "its own (X-Kurir-Priority)."}),
        one(single::trusted,
            {"KURIR_TRUSTED_NETWORKS",
             "loopback",
             "Clients that may send through us to anywhere. A list that covers much of the "
             "Internet, "
             "such as 0.0.0.0/0, needs the word open-relay beside it."}),
        size(
            {"KURIR_MAX_MESSAGE_SIZE", "25M", "The largest message that is accepted."},
            &c::max_message_size,
            {"1K", "2G"}
        ),
        number(
            {"KURIR_MAX_RECIPIENTS", "1000", "Recipients of one message."},
            &c::max_recipients,
            {"1", "100000"}
        ),
        number(
            {"KURIR_MAX_HOPS", "100", "Received: lines above which a message is in a loop."},
            &c::max_hops,
            {"1", "10000"}
        ),
        size(
            {"KURIR_MAX_LINE_LENGTH",
             "64K",
             "The longest line in the body of a message. Lines above 998 bytes pass unchanged, and "
             "are "
             "counted."},
            &c::max_line_length,
            {"998", "16M"}
        ),
        one_of(
            {"KURIR_BARE_NEWLINE",
             "normalize",
             "A bare line feed or carriage return, or a NUL, in a message: normalize turns it into "
             "a line end (NUL into a space), reject refuses the message."},
            &c::bare_newline,
            {"reject", "normalize|normalise"}
        ),
        size(
            {"KURIR_MAX_HEADER_SIZE",
             "1M",
             "The largest header section that is accepted, be it of one line."},
            &c::max_header_size,
            {"16K", "16M"}
        ),
        on_or_off(
            {"KURIR_HEADER_FIXUP",
             "on",
             "Add Date: and Message-ID: where they are missing or empty; complete From: and "
             "Sender: with KURIR_LOCAL_DOMAIN."},
            &c::header_fixup
        ),
        one(single::field_names,
            {"KURIR_KEEP_HEADERS",
             "",
             "Header fields to leave in messages that are otherwise removed: Bcc, Resent-Bcc, "
             "X-Kurir-Priority."}),
    };
}

std::vector<setting> sessions() {
    return {
        number(
            {"KURIR_MAX_SESSIONS",
             "2000",
             "Sessions at a time. Clients that may not relay hold a quarter of them at most, and "
             "make room for others."},
            &c::max_sessions,
            {"1", "100000"}
        ),
        number(
            {"KURIR_MAX_SESSIONS_PER_CLIENT",
             "200",
             "Sessions at a time from one IPv4 address or one IPv6 /64."},
            &c::max_sessions_per_client,
            {"1", "100000"}
        ),
        rate_limit(
            {"KURIR_CLIENT_RATE",
             "",
             "Messages that one IPv4 address or one IPv6 /64 may submit; more hear 450 and when to "
             "return. Unset: no limit."},
            &c::client_rate
        ),
        rate_limit(
            {"KURIR_SENDER_RATE",
             "",
             "Messages that may be submitted with one address as sender. Unset: no limit."},
            &c::sender_rate
        ),
        number(
            {"KURIR_MAX_ERRORS", "20", "Commands that may fail before a session is ended."},
            &c::max_errors,
            {"1", "10000"}
        ),
        time(
            {"KURIR_COMMAND_TIMEOUT", "5m", "Waiting for a client's next command."},
            &c::command_timeout,
            timeout
        ),
        time(
            {"KURIR_DATA_TIMEOUT", "3m", "Waiting for the next part of a message."},
            &c::data_timeout,
            timeout
        ),
        size(
            {"KURIR_MIN_DATA_RATE",
             "100",
             "Bytes a second that a message must bring, on average over KURIR_DATA_TIMEOUT; a "
             "slower client's session ends. 0: any pace will do."},
            &c::min_data_rate,
            {"0", "1G"}
        ),
        time({"KURIR_SESSION_TIMEOUT", "1h", "A whole session."}, &c::session_timeout, timeout),
    };
}

std::vector<setting> queueing() {
    return {
        one(single::folder,
            {"KURIR_QUEUE_DIR",
             "/var/lib/kurir/queue",
             "Where accepted mail is kept. One process at a time."}),
        one_of(
            {"KURIR_QUEUE_MODE",
             "owner",
             "Who may read the queue folder: only the user Kurir runs as, or also the group "
             "(0750, for backups). A narrower umask is kept."},
            &c::queue_mode,
            {"owner", "group"}
        ),
        time(
            {"KURIR_QUEUE_LOCK_WAIT",
             "0",
             "How long a start waits for another process to release the queue."},
            &c::queue_lock_wait,
            {"0", "1h"}
        ),
        size(
            {"KURIR_QUEUE_MIN_FREE",
             "512M",
             "Free disk space below which mail is refused for a while; it is accepted again at "
             "1.2 times that. Space for removals is always kept: 64 MiB, or a quarter of a small "
             "disk."},
            &c::queue_min_free,
            {"0", "1024G"}
        ),
        time(
            {"KURIR_MAX_QUEUE_TIME", "4d", "How long delivery is tried before the bounce."},
            &c::max_queue_time,
            {"1s", "30d"}
        ),
        time(
            {"KURIR_RETRY_MIN", "5m", "The pause after the first attempt; it doubles then."},
            &c::retry_min,
            {"100ms", "1d"}
        ),
        time(
            {"KURIR_RETRY_MAX", "2h", "The longest pause between attempts."},
            &c::retry_max,
            {"100ms", "7d"}
        ),
        size(
            {"KURIR_BOUNCE_FULL_SIZE",
             "50K",
             "Messages up to this size are returned whole in bounces, larger ones with their "
             "header only."},
            &c::bounce_full_size,
            {"0", "1G"}
        ),
    };
}

std::vector<setting> naming() {
    return {
        one(single::name_servers,
            {"KURIR_DNS_SERVERS", "", "Name servers to ask. Unset: those of /etc/resolv.conf."}),
        one(single::prohibited,
            {"KURIR_PROHIBITED_NETWORKS",
             "loopback linklocal unspecified private shared documentation multicast reserved",
             "Where mail that DNS routes never goes. A relayhost may be anywhere."}),
        number(
            {"KURIR_REMOTE_PORT", "25", "The port of servers that DNS names."},
            &c::remote_port,
            {"1", "65535"}
        ),
        one_of(
            {"KURIR_IP_FAMILY", "auto", "Which addresses of remote servers are used."},
            &c::family,
            {"auto", "ipv4", "ipv6"}
        ),
    };
}

std::vector<setting> delivering() {
    return {
        one(single::smarthost,
            {"KURIR_RELAYHOST",
             "",
             "One server for all mail, never looked up as MX. Unset: mail goes where DNS "
             "says."}),
        number(
            {"KURIR_DELIVERY_WORKERS", "500", "Deliveries at a time."},
            &c::delivery_workers,
            {"1", "100000"}
        ),
        number(
            {"KURIR_DESTINATION_CONCURRENCY",
             "20",
             "Connections at a time to one destination, at most."},
            &c::destination_concurrency,
            {"1", "10000"}
        ),
        one(single::destination_rates,
            {"KURIR_DESTINATION_RATE",
             "none",
             "Messages to one destination in a period (s, min, h, d): a rate alone for all of "
             "them, "
             "gmail.com=10/s or *.outlook.com=200/min for some. The most exact rule counts."}),
        number(
            {"KURIR_CONNECTION_MESSAGES", "100", "Messages over one connection before it is closed."
            },
            &c::connection_messages,
            {"1", "1000000"}
        ),
        number(
            {"KURIR_TRANSACTION_RECIPIENTS",
             "100",
             "Recipients in one transaction. Fewer are used with a server that allows fewer."},
            &c::transaction_recipients,
            {"1", "10000"}
        ),
        one_of(
            {"KURIR_MAILBOX_FULL",
             "bounce",
             "What follows when a server refuses a recipient for good because the mailbox is full "
             "(5.2.2)."},
            &c::mailbox_full,
            {"bounce", "retry"}
        ),
        one(single::ignored_extensions,
            {"KURIR_REMOTE_IGNORE",
             "",
             "Extensions that are not used with some servers though they offer them: "
             "PIPELINING, CHUNKING, SIZE, 8BITMIME or SMTPUTF8, for a host, a domain or *."}),
        time(
            {"KURIR_CONNECTION_IDLE", "5s", "How long a connection is kept for the next message."},
            &c::connection_idle,
            {"0", "5m"}
        ),
    };
}

std::vector<setting> waiting() {
    return {
        time(
            {"KURIR_REMOTE_CONNECT_TIMEOUT", "30s", "Connecting to one address."},
            &c::remote_connect_timeout,
            timeout
        ),
        time(
            {"KURIR_REMOTE_GREETING_TIMEOUT", "5m", "Waiting for a server's greeting."},
            &c::remote_greeting_timeout,
            timeout
        ),
        time(
            {"KURIR_REMOTE_COMMAND_TIMEOUT", "5m", "Waiting for a reply to EHLO, MAIL or RCPT."},
            &c::remote_command_timeout,
            timeout
        ),
        time(
            {"KURIR_REMOTE_DATA_TIMEOUT", "2m", "Waiting for a reply to DATA."},
            &c::remote_data_timeout,
            timeout
        ),
        time(
            {"KURIR_REMOTE_BLOCK_TIMEOUT", "3m", "Sending one part of a message."},
            &c::remote_block_timeout,
            timeout
        ),
        time(
            {"KURIR_REMOTE_FINAL_TIMEOUT",
             "10m",
             "Waiting for the reply to a whole message. Shorter ones cause duplicates."},
            &c::remote_final_timeout,
            timeout
        ),
        time(
            {"KURIR_REMOTE_QUIT_TIMEOUT", "5s", "Waiting for the reply to QUIT."},
            &c::remote_quit_timeout,
            timeout
        ),
    };
}

std::vector<setting> running() {
    return {
        number(
            {"KURIR_THREADS", "0", "I/O threads; 0: one for each CPU that we may use."},
            &c::threads,
            {"0", "256"}
        ),
        one(single::http_endpoint,
            {"KURIR_HTTP_LISTEN", "127.0.0.1:9925", "Where /metrics, /livez and /readyz are served."
            }),
        time(
            {"KURIR_SHUTDOWN_DELAY",
             "0",
             "How long mail is still accepted after SIGTERM, while load balancers notice."},
            &c::shutdown_delay,
            {"0", "5m"}
        ),
        time(
            {"KURIR_SHUTDOWN_GRACE", "30s", "How long transactions may finish after that."},
            &c::shutdown_grace,
            {"0", "1h"}
        ),
        on_or_off(
            {"KURIR_CORE_DUMPS",
             "off",
             "Let the system write core dumps and let debuggers attach. A dump contains mail."},
            &c::core_dumps
        ),
        one_of(
            {"KURIR_LOG_FORMAT",
             "auto",
             "How the log is written; auto: text on a terminal, else json."},
            &c::log_format,
            {"auto", "json", "text"}
        ),
        one_of(
            {"KURIR_LOG_LEVEL",
             "info",
             "The least level that is logged. notice leaves out sessions, attempts and received, "
             "and keeps what became of each recipient."},
            &c::log_level,
            {"debug", "info", "notice", "warning|warn", "error|err"}
        ),
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
        {"Sessions of clients", sessions()},
        {"The queue", queueing()},
        {"Names", naming()},
        {"Delivering", delivering()},
        {"Waiting for remote servers", waiting()},
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
