#include "relay/config/settings.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "relay/config/kinds.hpp"
#include "relay/config/login_rows.hpp"
#include "relay/config/settings_clients.hpp"
#include "relay/config/settings_delivery.hpp"
#include "relay/config/settings_dkim.hpp"
#include "relay/config/settings_log.hpp"
#include "relay/config/settings_login.hpp"
#include "relay/config/settings_operators.hpp"
#include "relay/config/settings_permissions.hpp"
#include "relay/config/settings_remote_tls.hpp"
#include "relay/config/settings_rewrite.hpp"
#include "relay/config/settings_shared_queue.hpp"
#include "relay/config/settings_suppression.hpp"
#include "relay/config/settings_tokens.hpp"
#include "relay/config/single_kinds.hpp"
#include "relay/config/staging_rows.hpp"

namespace kurir::config {
namespace {

using c = config;

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
        row({"KURIR_SANDBOX",
             "on",
             "After the start Kurir gives up what it does not need: system calls (seccomp) and "
             "folders (Landlock), where the kernel has these."},
            &c::sandbox,
            on_or_off()),
    };
}

struct group {
    std::string_view heading;
    std::vector<setting> rows;
};

std::vector<setting> table() {
    group groups[] = {
        {"Who we are", identity()},
        {"Accepting mail", settings_of_accepting()},
        {"Who may send what", settings_of_permissions()},
        {"Who must not get mail", settings_of_suppression()},
        {"Rewriting", settings_of_rewriting()},
        {"TLS for clients", settings_of_client_tls()},
        {"Passwords", settings_of_logins()},
        {"Logins by token", settings_of_tokens()},
        {"Sessions of clients", settings_of_sessions()},
        {"The queue", queueing()},
        {"Several relays, one queue", settings_of_shared_queue()},
        {"Names", settings_of_names()},
        {"Delivering", settings_of_delivery()},
        {"TLS to remote servers", remote_tls_rows()},
        {"Logging in to KURIR_RELAYHOST", login_rows("KURIR_RELAYHOST_", "")},
        {"Waiting for remote servers", settings_of_waiting()},
        {"Signing", settings_of_dkim()},
        {"Staging", staging_rows()},
        {"Log and metrics", settings_of_log()},
        {"Operators", settings_of_operators()},
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
