#include "relay/config/settings_shared_queue.hpp"

#include <filesystem>
#include <string>
#include <string_view>

#include "relay/config/admin_access.hpp"
#include "relay/config/kinds.hpp"

namespace kurir::config {

namespace {

// libpq would take a part of such a password for a host or a port, and name it in its messages.
bool has_stray_at(std::string_view text) {
    const auto rest = text.substr(text.find("://") + 3);
    const auto last = rest.rfind('@');
    return last != std::string_view::npos && rest.find_first_of("/?#@") < last;
}

kind<std::string> database_place() {
    return {
        .type = "URL",
        .range = "postgresql://USER:PASSWORD@HOST:PORT,…/DATABASE?…",
        .read = [](std::string_view text, std::string& value) -> problem {
            const bool is_url =
                text.starts_with("postgresql://") || text.starts_with("postgres://");
            if (!text.empty() && !is_url) return "is not postgresql://USER:PASSWORD@HOST/DATABASE";
            if (!text.empty() && has_stray_at(text)) {
                return "has an @ where none can be: in user, password and parameters, write %40 "
                       "for @, %2F for /, %3F for ? and %23 for #";
            }
            value = text;
            return std::nullopt;
        },
        .show = [](const std::string& value) { return value; },
    };
}

kind<admin_url> other_relay() {
    return {
        .type = "URL",
        .range = "https://TOKEN@HOST:PORT",
        .read = read_admin_url,
        .show = [](const admin_url& url) { return url.text; },
    };
}

kind<std::filesystem::path> optional_folder() {
    return {
        .type = "folder",
        .range = "an absolute path",
        .read = [](std::string_view text, std::filesystem::path& value) -> problem {
            value = text;
            if (!text.empty() && value.is_relative()) return "is not an absolute path";
            return std::nullopt;
        },
        .show = [](const std::filesystem::path& value) { return value.string(); },
    };
}

}  // namespace

std::vector<setting> settings_of_shared_queue() {
    using c = config;
    return {
        row({"KURIR_STORE",
             "rocksdb",
             "Where the queue is: in KURIR_QUEUE_DIR alone, or in a PostgreSQL database that "
             "several "
             "relays share. See \"Several relays, one queue\"."},
            &c::store,
            one_of({"rocksdb", "postgresql"})),
        secret(row(
            {"KURIR_DATABASE_URL",
             "",
             "The database of KURIR_STORE=postgresql, as libpq reads it: several hosts, sslmode, "
             "target_session_attrs and other parameters as there."},
            &c::database_url,
            database_place()
        )),
        row({"KURIR_DATABASE_WAIT",
             "1m",
             "How long a start waits for a database that can't be reached; meanwhile /readyz says "
             "why. Then the relay ends with status 1."},
            &c::database_wait,
            time("0", "1h")),
        row({"KURIR_DATABASE_LEASE",
             "2m",
             "How long a message waits for a relay that has taken it and does not answer any more; "
             "then another relay takes it."},
            &c::database_lease,
            time("10s", "1h")),
        row({"KURIR_DATABASE_COMMIT",
             "on",
             "What PostgreSQL waits for before mail counts as stored (synchronous_commit); "
             "remote_apply and remote_write wait for standbys, too."},
            &c::database_commit,
            one_of({"on", "remote_apply", "remote_write", "local"})),
        secret(
            row({"KURIR_HANDOVER",
                 "",
                 "The API of a relay that gets what is left in the queue when this one stops. What "
                 "does "
                 "not fit into KURIR_SHUTDOWN_GRACE stays here."},
                &c::handover,
                other_relay())
        ),
        row({"KURIR_ADOPT",
             "",
             "Queue folders in this folder that no relay uses are emptied into this relay's "
             "queue: volumes of replicas that are gone."},
            &c::adopt,
            optional_folder()),
    };
}

void check_shared_queue(const config& config, problems& found) {
    if (config.store == queue_store::postgresql && config.database_url.empty()) {
        found.emplace_back("KURIR_STORE=postgresql needs KURIR_DATABASE_URL");
    }
    if (config.store == queue_store::rocksdb && !config.database_url.empty()) {
        found.emplace_back(
            "KURIR_DATABASE_URL is set, but the queue is not there: set KURIR_STORE=postgresql"
        );
    }
    if (config.store == queue_store::postgresql && !config.handover.text.empty()) {
        found.emplace_back(
            "KURIR_HANDOVER has nothing to hand over with KURIR_STORE=postgresql: the other relays "
            "have the same queue"
        );
    }
}

}  // namespace kurir::config
