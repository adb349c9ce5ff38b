// kurir_loadgen: drives a relay from both ends and says how fast it is, and whether it loses mail.
//
// Starts a sink, prints "sink ADDRESS:PORT", with many domains also a name server and "names
// ADDRESS:PORT", waits for the relay's "ADDRESS:PORT" on standard
// input, submits until the messages or the seconds are spent, waits until the sink has everything
// that was acknowledged, and prints one JSON object. Exit status 1: something was lost, doubled or
// damaged, or nothing was acknowledged.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "relay/sasl/base64.hpp"
#include "tests/bench/cpu_seconds.hpp"
#include "tests/bench/load_client.hpp"
#include "tests/bench/load_names.hpp"
#include "tests/bench/load_sink.hpp"

namespace kurir::bench {
namespace {

struct options {
    std::uint64_t messages = 2'000'000;
    double seconds = 20;
    std::size_t connections = 20;
    double drain = 60;  // seconds without a single arrival, after which the rest is missing
    double rate = 0;
    std::size_t idle = 0;
    std::string sink = "127.0.0.1:0";
    std::string certificate;
    std::string key;
    std::string login;
    bool tls = false;
    bool resuming = true;
    load_client::settings client;
};

options parsed(int argc, char** argv, CLI::App& app) {
    options given;
    app.add_option("--messages", given.messages, "submit at most so many")->capture_default_str();
    app.add_option("--seconds", given.seconds, "submit at most so long")->capture_default_str();
    app.add_option("--connections", given.connections, "clients")->capture_default_str();
    app.add_option("--size", given.client.message_size, "bytes of a message")
        ->capture_default_str();
    app.add_flag("--pipelining", given.client.pipelining, "MAIL, RCPT and DATA in one write");
    app.add_option("--recipients", given.client.recipients, "of each message")
        ->capture_default_str();
    app.add_option("--domains", given.client.domains, "one after the other; 0: remote.example only")
        ->capture_default_str();
    app.add_option(
           "--per-connection",
           given.client.messages_a_connection,
           "messages, then a new connection; 0: it is kept"
    )
        ->capture_default_str();
    app.add_option("--rate", given.rate, "messages/s; 0: as many as are taken")
        ->capture_default_str();
    app.add_option("--idle", given.idle, "more sessions that say EHLO and nothing else")
        ->capture_default_str();
    app.add_option("--drain", given.drain, "seconds to wait for a next arrival at the end")
        ->capture_default_str();
    app.add_option("--sink", given.sink, "where the sink listens")->capture_default_str();
    auto* const needed = app.add_option("--key", given.key, "and its key");
    app.add_option("--certificate", given.certificate, "PEM file: the sink offers STARTTLS")
        ->needs(needed);
    app.add_flag("--tls", given.tls, "clients use STARTTLS");
    app.add_flag(
        "!--full-handshakes", given.resuming, "clients do not resume the session they had before"
    );
    app.add_option("--login", given.login, "NAME:PASSWORD of the clients, for AUTH PLAIN");
    app.parse(argc, argv);
    return given;
}

// The relays on a line of standard input: several share the clients.
std::vector<endpoint> relays_of(const std::string& line) {
    std::vector<endpoint> all;
    std::istringstream words(line);
    for (std::string word; words >> word;)
        all.push_back(endpoint_of(word));
    if (all.empty()) throw std::invalid_argument("no relay is named on standard input");
    return all;
}

void submit(
    const options& given,
    const load_client::settings& client,
    const std::vector<endpoint>& relays,
    campaign& work
) {
    const poller loop;
    std::vector<std::unique_ptr<load_client>> clients;
    for (std::size_t i = 0; i < given.connections; ++i) {
        clients.push_back(
            std::make_unique<load_client>(loop, relays[i % relays.size()], work, client)
        );
    }
    const auto finished = [](const auto& each) { return each->finished(); };
    const auto patience = std::chrono::milliseconds(given.rate > 0 ? 1 : 100);
    while (!std::all_of(clients.begin(), clients.end(), finished)) {
        loop.poll(patience);
        if (given.rate == 0) continue;
        for (const auto& each : clients)
            each->go_on();
    }
}

// As many descriptors as we may have: each session is one.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Sessions that have said EHLO and stay.
std::vector<std::unique_ptr<connection>> idle_sessions(std::size_t count, const endpoint& relay) {
    std::vector<std::unique_ptr<connection>> all;
    std::array<char, 4096> replies{};
    for (std::size_t i = 0; i < count; ++i) {
        auto session = std::make_unique<connection>(connection::connect(relay));
        const bool greeted = session->read(replies).has_value();
        if (!greeted || !session->write("EHLO idle.bench.example\r\n") || !session->read(replies)) {
            throw std::runtime_error("idle session " + std::to_string(i) + " was not taken");
        }
        all.push_back(std::move(session));
    }
    return all;
}

// Until everything that was acknowledged has arrived, or nothing arrives any more.
void wait_for_arrivals(const ledger& results, std::chrono::duration<double> patience) {
    const poller nothing;
    auto last = results.arrived_count();
    auto last_at = ledger::clock::now();
    while (results.arrived_count() < results.acknowledged_count()) {
        nothing.poll(std::chrono::milliseconds(2));
        const auto count = results.arrived_count();
        if (count != last) last_at = ledger::clock::now();
        if (ledger::clock::now() - last_at > patience) return;
        last = count;
    }
}

boost::json::object in_milliseconds(const ledger::percentiles& values) {
    const auto number = [](std::chrono::microseconds value) {
        return static_cast<double>(value.count()) / 1000;
    };
    return {{"p50", number(values.p50)}, {"p99", number(values.p99)}, {"max", number(values.max)}};
}

boost::json::object report(const ledger::totals& sum, const campaign& work, double cpu) {
    const auto rate = [](std::uint64_t count, std::chrono::duration<double> time) {
        return time.count() > 0 ? static_cast<double>(count) / time.count() : 0.0;
    };
    return {
        {"messages_per_second", rate(sum.arrived, sum.relaying)},
        {"accepted_per_second", rate(sum.acknowledged, sum.accepting)},
        {"acknowledged", sum.acknowledged},
        {"arrived", sum.arrived},
        {"missing", sum.missing},
        {"duplicates", sum.duplicates},
        {"damaged", sum.damaged},
        {"refused", work.refused},
        {"last_refusal", work.last_refusal},
        {"connections_lost", work.connections_lost},
        {"acknowledgement_ms", in_milliseconds(sum.acknowledgement)},
        {"delivery_ms", in_milliseconds(sum.delivery)},
        {"accepting_seconds", sum.accepting.count()},
        {"relaying_seconds", sum.relaying.count()},
        {"load_cpu_seconds", cpu},
    };
}

std::optional<tls_context> sink_tls(const options& given) {
    if (given.certificate.empty()) return std::nullopt;
    return tls_context::for_servers(given.certificate, given.key);
}

// "NAME:PASSWORD" as AUTH PLAIN sends it (RFC 4616): empty for nothing.
std::string plain_response(const std::string& login) {
    if (login.empty()) return {};
    const auto colon = login.find(':');
    if (colon == std::string::npos) throw std::invalid_argument("--login is not NAME:PASSWORD");
    return sasl::encode_base64(
        std::string(1, '\0') + login.substr(0, colon) + std::string(1, '\0') +
        login.substr(colon + 1)
    );
}

int run(const options& given) {
    ledger results(given.messages);
    load_sink sink(endpoint_of(given.sink), results, sink_tls(given));
    std::cout << "sink " << endpoint_of(given.sink).address << ':' << sink.port() << std::endl;

    std::optional<load_names> names;
    if (given.client.domains > 0) {
        names.emplace();
        std::cout << "names 127.0.0.1:" << names->port() << std::endl;
    }
    std::string line;
    if (!std::getline(std::cin, line)) return 0;
    const auto relays = relays_of(line);

    const auto tls = tls_context::for_clients(given.resuming);
    auto client = given.client;
    if (given.tls) client.tls = &tls;
    client.login = plain_response(given.login);
    const auto idle = idle_sessions(given.idle, relays.front());
    campaign work(
        results,
        {.messages = given.messages,
         .time = std::chrono::duration<double>(given.seconds),
         .rate = given.rate}
    );
    const double cpu_before = cpu_seconds();
    submit(given, client, relays, work);
    wait_for_arrivals(results, std::chrono::duration<double>(given.drain));
    const double cpu = cpu_seconds() - cpu_before;
    sink.stop();

    const auto sum = results.summed();
    auto object = report(sum, work, cpu);
    object["remote_connections"] = sink.connections();
    std::cout << object << std::endl;
    return sum.acknowledged > 0 && sum.missing + sum.duplicates + sum.damaged == 0 ? 0 : 1;
}

}  // namespace
}  // namespace kurir::bench

int main(int argc, char** argv) {
    CLI::App app{"Drives a relay from both ends: submits messages, receives and checks them."};
    std::signal(SIGPIPE, SIG_IGN);
    try {
        kurir::bench::raise_descriptor_limit();
        return kurir::bench::run(kurir::bench::parsed(argc, argv, app));
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    } catch (const std::exception& error) {
        std::cerr << "kurir_loadgen: " << error.what() << '\n';
        return 2;
    }
}
