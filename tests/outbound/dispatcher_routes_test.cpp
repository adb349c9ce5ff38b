// The dispatcher with two relayhosts and MX at once, against servers on loopback.
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "metrics/metrics.hpp"
#include "relay/log/failure.hpp"
#include "relay/net/task_group.hpp"
#include "relay/outbound/dispatcher.hpp"
#include "tests/queue/deliveries.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Takes all mail, and remembers the recipients of each transaction.
class sink {
public:
    explicit sink(asio::io_context& context)
        : acceptor_(context, {asio::ip::make_address("127.0.0.1"), 0}),
          tasks_(context.get_executor(), [](std::exception_ptr) {}) {
        tasks_.spawn(accept());
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void stop() { tasks_.stop(); }

    std::vector<std::set<std::string>> transactions;
    std::size_t connections = 0;

private:
    asio::awaitable<void> accept() {
        while (acceptor_.is_open()) {
            tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
            ++connections;
            tasks_.spawn(serve(std::move(socket)));
        }
    }
    asio::awaitable<void> serve(tcp::socket socket) {
        std::string input;
        std::set<std::string> recipients;
        std::string reply = "220 sink.test\r\n";
        bool content = false;
        while (!reply.starts_with("221")) {
            if (!reply.empty()) {
                co_await asio::async_write(socket, asio::buffer(reply), asio::use_awaitable);
            }
            const auto size = co_await asio::async_read_until(
                socket, asio::dynamic_buffer(input), "\r\n", asio::use_awaitable
            );
            const auto line = input.substr(0, size - 2);
            input.erase(0, size);
            reply = answer(line, recipients, content);
        }
        co_await asio::async_write(socket, asio::buffer(reply), asio::use_awaitable);
    }
    std::string answer(const std::string& line, std::set<std::string>& recipients, bool& content) {
        if (content) {
            if (line != ".") return "";
            content = false;
            transactions.push_back(std::exchange(recipients, {}));
            return "250 taken\r\n";
        }
        if (line.starts_with("RCPT TO:<")) recipients.insert(line.substr(9, line.find('>') - 9));
        if (line.starts_with("QUIT")) return "221 bye\r\n";
        content = line.starts_with("DATA");
        return content ? "354 go on\r\n" : "250 ok\r\n";
    }

    tcp::acceptor acceptor_;
    net::task_group tasks_;
};

// Messages of one line, and how they ended.
class shelf final : public queue::store {
public:
    using message = std::shared_ptr<const queue::stored_message>;
    std::map<queue::message_id, message> messages;
    std::vector<queue::settlement> settled;
    std::function<void()> on_settled;

    queue::message_id allocate() override { return queue::message_id(++last_id_); }
    void settle(queue::settlement end, queue::completion_queue& home, queue::completion<void> done)
        override {
        settled.push_back(std::move(end));
        home.post({[done = std::move(done)] { done({}); }});
        on_settled();
    }
    void read(queue::message_id id, queue::completion_queue& home, queue::completion<message> done)
        override {
        home.post({[done = std::move(done), found = messages.at(id)] { done(found); }});
    }
    message read_recent(queue::message_id id) override { return messages.at(id); }
    queue::store_state state() const override { return queue::store_state::open; }

    // Nothing is submitted here.
    using home = queue::completion_queue;
    using done = queue::completion<void>;
    void append(queue::message_id, std::uint32_t, std::string, home&, done) override {}
    void commit(queue::submission, home&, done) override {}
    void discard(queue::message_id, std::uint32_t) override {}
    void read_chunk(queue::message_id, std::uint32_t, home&, queue::completion<std::string>)
        override {}

    // It has one owner.
    void claim(std::size_t) override {}
    void renew(std::vector<queue::claimed>, home&, queue::completion<std::vector<queue::claimed>>)
        override {}
    void release(std::vector<queue::claimed>) override {}

private:
    std::uint64_t last_id_ = 1000;
};

// Every name leads to loopback; every domain has the same exchange.
class loopback_names final : public dns::resolver {
public:
    asio::awaitable<dns::result<dns::mail_exchange>> exchange(std::string) override {
        std::vector<dns::mx_host> hosts{{"mx.test", 10}};
        co_return dns::mail_exchange{std::move(hosts), false};
    }
    asio::awaitable<dns::result<std::vector<asio::ip::address>>> addresses(std::string) override {
        co_return std::vector{asio::ip::make_address("127.0.0.1")};
    }
};

config::config settings(std::uint16_t mx_port) {
    config::config made;
    made.hostname = "relay.test";
    made.remote_port = mx_port;
    made.delivery_workers = 20;
    made.destination_concurrency = 4;
    made.transaction_recipients = 100;
    made.connection_messages = 100;
    made.connection_idle = 5s;
    made.retry_min = 10min;
    made.retry_max = 2h;
    made.max_queue_time = 24h;
    made.remote_connect_timeout = made.remote_greeting_timeout = made.remote_command_timeout = 1min;
    made.remote_data_timeout = made.remote_block_timeout = made.remote_final_timeout = 1min;
    made.remote_quit_timeout = 1min;
    return made;
}

std::vector<queue::delivery> mail(shelf& store, std::uint64_t number, const std::string& tenant) {
    auto message = std::make_shared<queue::stored_message>();
    message->mail.id = queue::message_id(number);
    message->mail.reverse_path = "sender@app.test";
    message->mail.received_at = net::wall_now();
    message->mail.chunks = 1;
    message->first_chunk = "Subject: x\r\n\r\nbody\r\n";
    message->mail.size = message->first_chunk.size();
    std::vector<queue::delivery> parts;
    for (const std::string domain : {"a.test", "b.test"}) {
        message->mail.recipients.push_back({tenant + '@' + domain});
        auto part = tests::delivery_due(number, net::wall_now());
        part.received_at = message->mail.received_at;
        part.recipients = {static_cast<std::uint32_t>(parts.size())};
        part.domain = domain;
        part.sender = tenant;
        parts.push_back(std::move(part));
    }
    store.messages[message->mail.id] = std::move(message);
    return parts;
}

}  // namespace

TEST_CASE("two relayhosts and MX deliver side by side", "[dispatcher][routes]") {
    using together = std::vector<std::set<std::string>>;
    asio::io_context context(1);
    sink one(context);
    sink two(context);
    sink exchange(context);
    const config::live_config config(settings(exchange.port()));
    metrics::all metrics;
    shelf store;
    shared_habits habits;
    const facts::observers observers{};
    const connection_setup setup{
        .config = config,
        .books = {store, metrics.outbound, metrics.queue, observers},
        .servers = habits,
    };
    const route_table routes(
        {},
        {{.name = "one", .relayhost = config::relayhost{.host = "one.test", .port = one.port()}},
         {.name = "two", .relayhost = config::relayhost{.host = "two.test", .port = two.port()}}},
        {{.tenant = "one", .route = "one"}, {.tenant = "two", .route = "two"}}
    );
    loopback_names names;
    router hosts(config, routes, names, {});
    crew connections(context.get_executor(), setup);
    dispatcher subject(context.get_executor(), config, setup.books, routes, hosts, {&connections});
    store.on_settled = [&] {
        if (store.settled.size() < 6) return;
        subject.stop();
        for (auto* each : {&one, &two, &exchange})
            each->stop();
    };
    subject.arrived(mail(store, 1, "one"));
    subject.arrived(mail(store, 2, "two"));
    subject.arrived(mail(store, 3, "other"));
    net::task_group running(context.get_executor(), log::internal_error("dispatcher"));
    running.spawn(subject.run());
    context.run_for(60s);

    REQUIRE(store.settled.size() == 6);
    for (const auto& each : store.settled)
        CHECK(each.finished.size() == 1);
    CHECK(one.transactions == together{{"one@a.test", "one@b.test"}});
    CHECK(two.transactions == together{{"two@a.test", "two@b.test"}});
    const std::set<std::set<std::string>> by_exchange(
        exchange.transactions.begin(), exchange.transactions.end()
    );
    CHECK(by_exchange == std::set<std::set<std::string>>{{"other@a.test"}, {"other@b.test"}});
}
