#include "relay/config/parse.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "relay/config/addresses.hpp"
#include "relay/config/nearest.hpp"
#include "relay/config/other_images.hpp"
#include "relay/config/secrets.hpp"
#include "relay/config/service_links.hpp"
#include "relay/config/settings.hpp"

namespace kurir::config {
namespace {

constexpr std::string_view prefix = "KURIR_";
constexpr std::string_view file_suffix = "_FILE";

// A value as it was found, before it is read.
struct finding {
    std::string text;
    source from;
};

const std::string* value_in(const environment& variables, const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() || found->second.empty() ? nullptr : &found->second;
}

// Without the blanks around it, and without the CR of a file that was written on Windows.
std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// `docker --env-file` keeps what a shell would take away.
std::string_view advice_on(std::string_view text) {
    const bool quoted = text.size() > 1 && text.front() == text.back() &&
                        (text.front() == '"' || text.front() == '\'');
    return quoted ? "; the quotes belong to the value, leave them out" : "";
}

std::string unknown(const std::string& name) {
    if (const auto hint = hint_for_name(std::string_view(name).substr(prefix.size()));
        !hint.empty()) {
        return name + " is no setting; " + hint;
    }
    std::vector<std::string> known;
    for (const auto& each : settings()) {
        known.emplace_back(each.name);
        known.push_back(known.back() + std::string(file_suffix));
    }
    const auto nearest = nearest_name(name, known);
    return name + " is no setting" + (nearest.empty() ? "" : "; did you mean " + nearest + "?");
}

void drop_newline(std::string& text) {
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
}

class parser {
public:
    parser(const environment& variables, const host& machine)
        : variables_(variables), machine_(machine) {}

    std::variant<loaded, problems> parse() {
        for (const auto& each : settings())
            read(each);
        for (const auto& [name, value] : variables_) {
            if (!name.starts_with(prefix)) continue;
            if (is_service_link(name, value)) {
                service_links_.push_back(name);
            } else if (!is_known(name)) {
                problems_.push_back(unknown(name));
            }
        }
        if (!problems_.empty()) return problems_;
        fill_in();
        check();
        warn();
        if (!problems_.empty()) return problems_;
        return std::move(made_);
    }

private:
    static bool is_known(std::string_view name) {
        return std::ranges::any_of(settings(), [&](const setting& each) {
            return name == each.name ||
                   (name.starts_with(each.name) && name.substr(each.name.size()) == file_suffix);
        });
    }

    // What is configured for a setting; its default if nothing is, or if that can't be had.
    finding find(const setting& which) {
        const std::string name(which.name);
        const auto file_name = name + std::string(file_suffix);
        const auto* value = value_in(variables_, name);
        if (value != nullptr && (is_service_link(name, *value) || trimmed(*value).empty())) {
            value = nullptr;
        }
        const auto* path = value_in(variables_, file_name);
        if (value != nullptr && path != nullptr) {
            problems_.push_back(name + " and " + file_name + " are both set; keep one");
        } else if (value != nullptr) {
            return {std::string(trimmed(*value)), {source::kind::variable, ""}};
        } else if (path != nullptr) {
            auto text = machine_.read(*path);
            if (text) {
                drop_newline(*text);
                return {std::move(*text), {source::kind::file, *path}};
            }
            problems_.push_back(
                file_name + " names '" + without_secrets(*path) + "', which can't be read" +
                std::string(advice_on(*path))
            );
        }
        return {std::string(which.default_text), {}};
    }

    void read(const setting& which) {
        const auto found = find(which);
        made_.sources.push_back(found.from);
        const bool is_default = found.from.from == source::kind::standard;
        if (is_default && found.text.empty()) return;
        const bool is_file = found.from.from == source::kind::file;
        const auto name = std::string(which.name) + std::string(is_file ? file_suffix : "");
        const auto shown = which.secret ? "its value" : "'" + without_secrets(found.text) + "'";
        if (auto wrong = which.read(found.text, made_.config)) {
            problems_.push_back(
                name + ": " + shown + " " + without_secrets(*wrong, found.text) +
                std::string(advice_on(found.text))
            );
        }
    }

    bool is_default(std::string_view name) const {
        const auto all = settings();
        const auto at = std::ranges::find(all, name, &setting::name) - all.begin();
        return made_.sources[static_cast<std::size_t>(at)].from == source::kind::standard;
    }

    // Defaults that depend on the machine.
    void fill_in() {
        auto& config = made_.config;
        if (config.hostname.empty()) config.hostname = machine_.name;
        const auto& name = config.hostname;
        if (config.local_domain.empty() && name.find('.') != std::string::npos) {
            if (is_host_name(name)) config.local_domain = name;
        }
        if (config.postmaster.empty() && !config.local_domain.empty()) {
            config.postmaster = "postmaster@" + config.local_domain;
        }
        if (config.threads == 0) config.threads = machine_.cpus;
        for (auto& each : config.listen)
            each.any_family = each.any_family || is_default("KURIR_LISTEN");
    }

    // What one value alone does not show.
    void check() {
        const auto& config = made_.config;
        if (!is_host_name(config.hostname)) {
            problems_.push_back(
                "KURIR_HOSTNAME is not set, and the host's name '" + config.hostname +
                "' is not a host name"
            );
        }
        if (config.retry_min > config.retry_max) {
            problems_.emplace_back("KURIR_RETRY_MIN is longer than KURIR_RETRY_MAX");
        }
        if (config.relayhost && is_ourselves(*config.relayhost)) {
            problems_.emplace_back("KURIR_RELAYHOST is one of our own KURIR_LISTEN addresses");
        }
    }

    bool is_ourselves(const relayhost& to) const {
        const auto address = address_of(to.host);
        if (!address) return false;
        return std::ranges::any_of(made_.config.listen, [&](const listen_address& each) {
            const auto& own = each.endpoint;
            const bool everywhere = own.address().is_unspecified() && address->is_loopback();
            return own.port() == to.port && (own.address() == *address || everywhere);
        });
    }

    void warn() {
        const auto& config = made_.config;
        auto& warnings = made_.warnings;
        if (config.open_relay) {
            warnings.emplace_back(
                "KURIR_TRUSTED_NETWORKS lets everybody send mail through this relay to anywhere"
            );
        }
        std::ranges::move(hints_for_other_images(variables_), std::back_inserter(warnings));
        if (!service_links_.empty()) made_.notices.push_back(about_service_links());
        if (config.hostname.find('.') == std::string::npos) {
            warnings.push_back(
                "KURIR_HOSTNAME: '" + config.hostname +
                "' has no dot; servers are greeted with our address instead, which many refuse"
            );
        }
        if (config.queue_dir.is_relative()) {
            warnings.push_back(
                "KURIR_QUEUE_DIR: '" + config.queue_dir.string() +
                "' depends on the directory in which the relay is started"
            );
        }
        if (config.remote_final_timeout < std::chrono::minutes(10)) {
            warnings.emplace_back(
                "KURIR_REMOTE_FINAL_TIMEOUT is under the 10m of RFC 5321: slow servers will get "
                "messages twice"
            );
        }
    }

    std::string about_service_links() const {
        const auto more = service_links_.size() - 1;
        return service_links_.front() +
               (more == 0 ? std::string() : " and " + std::to_string(more) + " more variables") +
               (more == 0 ? " is" : " are") +
               " ignored: Kubernetes sets such for a Service of that name; enableServiceLinks: "
               "false in the pod leaves them out";
    }

    const environment& variables_;
    const host& machine_;
    std::vector<std::string> service_links_;
    loaded made_;
    problems problems_;
};

}  // namespace

std::variant<loaded, problems> parse(const environment& variables, const host& machine) {
    return parser(variables, machine).parse();
}

std::variant<loaded, problems> from_environment(char** environ) {
    environment variables;
    for (; environ != nullptr && *environ != nullptr; ++environ) {
        const std::string_view each = *environ;
        const auto equals = each.find('=');
        if (equals == std::string_view::npos) continue;
        variables.emplace(each.substr(0, equals), each.substr(equals + 1));
    }
    return parse(variables, this_host());
}

}  // namespace kurir::config
