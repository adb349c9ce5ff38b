#include "relay/config/settings_clients.hpp"

#include "relay/config/kinds.hpp"
#include "relay/config/settings_of_proxies.hpp"
#include "relay/config/single_kinds.hpp"

namespace kurir::config {
namespace {

using c = config;

}  // namespace

std::vector<setting> settings_of_accepting() {
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
             "X-Kurir-Priority, X-Kurir-Route, X-Kurir-Idempotency-Key.",
             at_reload},
            &c::keep_headers,
            field_names()),
    };
}

std::vector<setting> settings_of_client_tls() {
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

std::vector<setting> settings_of_sessions() {
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

}  // namespace kurir::config
