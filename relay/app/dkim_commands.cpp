#include "relay/app/dkim_commands.hpp"

#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <system_error>
#include <tuple>
#include <utility>

#include "dns/absence.hpp"
#include "dns/cares_resolver.hpp"
#include "metrics/metrics.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/dkim_keys.hpp"
#include "relay/app/dns_options.hpp"
#include "relay/base/open_file.hpp"
#include "relay/base/text.hpp"
#include "relay/base/utc.hpp"
#include "relay/dkim/key_generation.hpp"
#include "relay/dkim/key_record.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/task_group.hpp"

namespace kurir::app {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using dkim::algorithm;

namespace {

int complain(const std::string& why, int status = EXIT_FAILURE) {
    std::fputs(("kurir dkim: " + why + '\n').c_str(), stderr);
    return status;
}

int complain_of_setting() {
    return complain("KURIR_DKIM_KEY_DIR is not set", exit_config);
}

void print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
}

// The file whole or not at all, so that a relay that watches the folder never sees a part of it; 0
// or an error of the system.
int write_new(const fs::path& path, const std::string& text) {
    const auto unfinished = path.parent_path() / ("." + path.filename().string() + ".new");
    const base::open_file file(unfinished, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (file.number < 0) return errno;
    const auto written = ::write(file.number, text.data(), text.size());
    int error = 0;
    if (written != static_cast<ssize_t>(text.size()) || ::fsync(file.number) != 0) {
        error = errno != 0 ? errno : EIO;
    } else if (::link(unfinished.c_str(), path.c_str()) != 0) {
        error = errno;
    }
    ::unlink(unfinished.c_str());
    return error;
}

std::string text_of_day(std::chrono::sys_days day) {
    return base::utc_text(day).substr(0, 10);
}

// What is to be made.
struct planned_key {
    algorithm kind;
    std::string file;  // below the folder
    dkim::key_place place;
};

std::string usual_selector() {
    const auto today = base::utc_text(net::calendar_now());
    return today.substr(0, 4) + today.substr(5, 2);
}

// A selector has one record, which has one key: of two keys the second gets one of its own.
std::vector<planned_key> plan_of(const key_order& order, const std::string& selector) {
    std::vector<planned_key> all;
    const auto add = [&](algorithm kind, const std::string& name) {
        auto file = order.domain + "/" + name;
        if (!order.begin.empty()) file += ".from-" + order.begin;
        all.push_back({.kind = kind, .file = file + ".pem", .place = {}});
    };
    if (order.type != "ed25519") add(algorithm::rsa, selector);
    if (order.type == "ed25519") add(algorithm::ed25519, selector);
    if (order.type == "both") add(algorithm::ed25519, selector + "-ed25519");
    return all;
}

// Why this key would not do beside those that are there; empty: it would.
std::string rivalry(const planned_key& wanted, const std::vector<dkim::domain_key>& present) {
    for (const auto& each : present) {
        if (each.place.selector == wanted.place.selector) {
            return "'" + each.file + "' has the selector " + each.place.selector +
                   " already; name another one";
        }
        if (each.key.kind() != wanted.kind || each.place.begin != wanted.place.begin) continue;
        return "'" + each.file + "' is an " + std::string(dkim::text_of(wanted.kind)) +
               " key that begins at the same time; --from YYYY-MM-DD gives the new one a later day";
    }
    return {};
}

std::string described(const dkim::domain_key& key) {
    auto text = "; " + key.file + ": " + std::string(dkim::text_of(key.key.kind()));
    if (key.key.kind() == algorithm::rsa) text += " of " + std::to_string(key.key.bits()) + " bits";
    if (key.place.begin) text += ", signs from " + text_of_day(*key.place.begin) + " on";
    return text + '\n';
}

// For a zone file, with comments for a form on the web.
std::string publication(const dkim::domain_key& key) {
    const auto& [domain, selector, begin] = key.place;
    return described(key) + dkim::zone_line(selector, domain, key.key) +
           "\n; In a form: TXT, name " + selector + "._domainkey (of " + domain +
           "), in one line:\n" + dkim::record_text(key.key) + "\n";
}

// The keys of a domain; nothing after a complaint was printed.
struct found_keys {
    std::vector<dkim::domain_key> keys = {};
    int status = EXIT_SUCCESS;
};

found_keys keys_of(const config::config& config, const std::string& domain) {
    if (!config.dkim.given()) return {.status = complain_of_setting()};
    const auto read = read_dkim_keys(config);
    for (const auto& each : read.mistakes)
        std::fputs((each + '\n').c_str(), stderr);
    if (!read.mistakes.empty()) return {.status = exit_config};
    auto keys = read.ring.keys_of(base::lowered(domain));
    if (keys.empty()) return {.status = complain(domain + " has no key in " + config.dkim.key_dir)};
    return {.keys = std::move(keys)};
}

// Calls `done` with whether every record is good.
asio::awaitable<void> check_each(
    dns::cares_resolver& resolver,
    std::vector<dkim::domain_key> keys,
    std::function<void(bool all_good)> done
) {
    bool good = true;
    for (const auto& each : keys) {
        const auto name = dkim::record_name(each.place.selector, each.place.domain);
        const auto records = co_await resolver.texts(name);
        std::string said = "publishes our key";
        if (records) {
            const auto wrong = difference(*records, each);
            if (!wrong.empty()) said = wrong;
            good = good && wrong.empty();
        } else {
            const bool none = dns::proves_absence(records.error());
            said = none ? "is not published" : "can't be looked up: " + records.error().message();
            good = false;
        }
        print(name + ' ' + said + '\n');
    }
    done(good);
}

}  // namespace

std::string difference(const std::vector<std::string>& records, const dkim::domain_key& key) {
    if (records.empty()) return "is not published";
    if (records.size() > 1) {
        return "has " + std::to_string(records.size()) +
               " TXT records: receivers may take any of them";
    }
    const auto match = dkim::compare(records.front(), key.key);
    if (match == dkim::key_match::syntax) {
        const auto read = dkim::parse_record(records.front());
        return read ? "publishes a key that can't be read" : read.error();
    }
    if (match != dkim::key_match::same) return std::string(dkim::text_of(match));
    const auto read = dkim::parse_record(records.front());
    if (read && read->testing) {
        return "publishes our key with t=y: receivers take the mail as if it were not signed";
    }
    if (read && read->only_domain) {
        return "publishes our key with t=s: signatures for domains below " + key.place.domain +
               " are not valid";
    }
    return {};
}

int generate_dkim_keys(const config::config& config, const key_order& order) {
    if (!config.dkim.given()) return complain_of_setting();
    const auto& usual = config.dkim.selector;
    auto selector = order.selector.empty() ? usual : base::lowered(order.selector);
    if (selector.empty()) selector = usual_selector();
    auto lowered = order;
    lowered.domain = base::lowered(order.domain);
    auto plan = plan_of(lowered, selector);
    const auto present = read_dkim_keys(config).ring;
    for (auto& each : plan) {
        auto place = dkim::place_of(each.file);
        if (!place) return complain("'" + each.file + "' " + place.error(), exit_usage);
        each.place = std::move(*place);
        const auto why_not = rivalry(each, present.keys_of(each.place.domain));
        if (!why_not.empty()) return complain(why_not);
    }
    for (const auto& each : plan) {
        const auto path = fs::path(dkim_folder(config)) / each.file;
        std::error_code failed;
        fs::create_directories(path.parent_path(), failed);
        const auto pem = dkim::generate_key(each.kind, order.rsa_bits);
        const int error = failed ? failed.value() : write_new(path, pem);
        if (error != 0) {
            return complain(
                path.string() + " can't be written: " + std::generic_category().message(error)
            );
        }
        const auto key = dkim::signing_key::read(pem);
        if (!key) return complain(path.string() + " " + key.error());
        print(publication({.place = each.place, .key = *key, .file = path.string()}));
    }
    std::fputs("Publish it, then: kurir dkim check ", stderr);
    std::fputs((plan.front().place.domain + '\n').c_str(), stderr);
    return EXIT_SUCCESS;
}

int show_dkim_keys(const config::config& config, const std::string& domain) {
    const auto found = keys_of(config, domain);
    for (const auto& each : found.keys)
        print(publication(each));
    return found.status;
}

int check_dkim_keys(const config::config& config, const std::string& domain) {
    auto found = keys_of(config, domain);
    if (found.keys.empty()) return found.status;
    metrics::all metrics;
    asio::io_context context(1);
    dns::cares_resolver resolver(context.get_executor(), dns_options(config), metrics.dns);
    bool all_good = false;
    net::task_group checking(context.get_executor(), [](std::exception_ptr) {});
    checking.spawn(check_each(resolver, std::move(found.keys), [&](bool result) {
        all_good = result;
        resolver.shutdown();
    }));
    context.run();
    return all_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace kurir::app
