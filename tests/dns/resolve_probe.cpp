// Asks the real resolver and prints what it says; the tests in resolver_test.py drive it.
//
//   resolve_probe SERVER,... [--family F] [--deadline MS] [--cancel MS] [--drop MS]
//
// Each line of the input is `mx NAME` or `host NAME`; the lines up to an empty one are asked at
// once. The answers come in the order of the questions, then an empty line. `metrics` prints the
// counters.
// --cancel: the first caller goes away after that time; --drop: the resolver goes away instead.
#include <boost/asio.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dns/cares_resolver.hpp"
#include "metrics/dns.hpp"

namespace asio = boost::asio;
namespace dns = kurir::dns;
namespace metrics = kurir::metrics;

namespace {

struct settings {
    dns::cares_options resolver;
    std::chrono::milliseconds cancel{0};
    std::chrono::milliseconds drop{0};
};

settings read_settings(const std::vector<std::string>& arguments) {
    settings read;
    std::string list = arguments.at(0) + ',';
    for (std::size_t end; (end = list.find(',')) != std::string::npos; list.erase(0, end + 1))
        read.resolver.servers.push_back(list.substr(0, end));
    for (std::size_t at = 1; at + 1 < arguments.size(); at += 2) {
        const auto& value = arguments[at + 1];
        using family = dns::cares_options::family;
        if (arguments[at] == "--family")
            read.resolver.address_family = value == "4" ? family::ipv4 : family::ipv6;
        if (arguments[at] == "--deadline")
            read.resolver.deadline = std::chrono::milliseconds(std::stoi(value));
        if (arguments[at] == "--cancel") read.cancel = std::chrono::milliseconds(std::stoi(value));
        if (arguments[at] == "--drop") read.drop = std::chrono::milliseconds(std::stoi(value));
    }
    return read;
}

asio::awaitable<void> ask(dns::resolver& resolver, std::string line, std::string& said) {
    const auto name = line.substr(line.find(' ') + 1);
    if (line.starts_with("mx ")) {
        const auto found = co_await resolver.exchange(name);
        said = found ? "" : "error: " + found.error().message();
        if (found && found->implicit) said = "implicit ";
        for (const auto& host : found ? found->hosts : std::vector<dns::mx_host>{})
            said += std::to_string(host.preference) + ':' + host.name + ' ';
    } else {
        const auto found = co_await resolver.addresses(name);
        said = found ? "" : "error: " + found.error().message();
        for (const auto& each : found ? *found : std::vector<asio::ip::address>{})
            said += each.to_string() + ' ';
    }
}

void ask_all(
    const std::vector<std::string>& lines,
    const settings& wanted,
    metrics::dns& counts,
    std::unique_ptr<dns::cares_resolver>& resolver,
    asio::io_context& loop
) {
    std::vector<std::string> said(lines.size(), "cancelled");
    asio::cancellation_signal gone;
    std::size_t open = lines.size();
    asio::steady_timer until(loop);
    for (std::size_t at = 0; at < lines.size(); ++at) {
        const auto ended = [&](const std::exception_ptr&) {
            if (--open == 0) until.cancel();
        };
        const bool first = at == 0 && wanted.cancel.count() != 0;
        auto asking = ask(*resolver, lines[at], said[at]);
        if (first) {
            asio::co_spawn(
                loop, std::move(asking), asio::bind_cancellation_slot(gone.slot(), ended)
            );
        } else {
            asio::co_spawn(loop, std::move(asking), ended);
        }
    }
    if (wanted.cancel.count() != 0 || wanted.drop.count() != 0) {
        until.expires_after(wanted.cancel + wanted.drop);
        until.async_wait([&](boost::system::error_code error) {
            if (error) return;
            if (wanted.drop.count() != 0) resolver.reset();
            gone.emit(asio::cancellation_type::terminal);
        });
    }
    loop.restart();
    while (open != 0)
        loop.run_one();
    if (!resolver) {
        resolver =
            std::make_unique<dns::cares_resolver>(loop.get_executor(), wanted.resolver, counts);
    }
    for (auto& line : said)
        std::cout << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
    std::cout << '\n' << std::flush;
}

void print(metrics::dns& counts) {
    const auto cached = [&](metrics::cache_result result) {
        return counts.dns_cache_requests_total(result).value();
    };
    for (const auto type : {metrics::dns_type::mx, metrics::dns_type::a, metrics::dns_type::aaaa})
        for (std::size_t at = 0; at < metrics::label<metrics::dns_result>::values.size(); ++at) {
            const auto result = static_cast<metrics::dns_result>(at);
            if (const auto n = counts.dns_queries_total(type, result).value(); n != 0) {
                std::cout << metrics::text(type) << ' ' << metrics::text(result) << ' ' << n
                          << '\n';
            }
        }
    std::cout << "hit " << cached(metrics::cache_result::hit) << "\nmiss "
              << cached(metrics::cache_result::miss) << "\nstale "
              << cached(metrics::cache_result::stale) << "\n\n"
              << std::flush;
}

}  // namespace

int main(int argc, char** argv) {
    const auto wanted = read_settings({argv + 1, argv + argc});
    metrics::registry registry;
    metrics::dns counts(registry);
    asio::io_context loop(1);
    auto resolver =
        std::make_unique<dns::cares_resolver>(loop.get_executor(), wanted.resolver, counts);
    std::vector<std::string> lines;
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "metrics") {
            print(counts);
        } else if (!line.empty()) {
            lines.push_back(line);
        } else {
            ask_all(std::exchange(lines, {}), wanted, counts, resolver, loop);
        }
    }
}
