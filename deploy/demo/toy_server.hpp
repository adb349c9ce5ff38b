// A toy remote mail server on loopback, for the demonstration and for `--try`.
//
// It takes mail for anybody. In the demonstration, recipients that begin with `grey` are greylisted
// (451 once for each recipient) and those that begin with `bad` do not exist (550). One blocking
// thread for each connection: simple to read, and no model for the relay.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace kurir::demo {

// One that the toy server has taken.
struct letter {
    std::string sender;  // empty: a bounce
    std::vector<std::string> recipients;
    std::string content;

    bool is_to(std::string_view recipient) const;
};

class toy_server {
public:
    // Refuses some recipients, and keeps what it has taken.
    toy_server();
    // Takes everything, and hands it to `show`, one at a time, on the thread of its session.
    explicit toy_server(std::function<void(const letter&)> show);
    toy_server(const toy_server&) = delete;
    toy_server& operator=(const toy_server&) = delete;
    ~toy_server();

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    // Waits until a letter has arrived that satisfies `wanted`; false when none has in time.
    bool arrives(const std::function<bool(const letter&)>& wanted, std::chrono::seconds limit);

    // The first letter that satisfies `wanted`.
    letter first(const std::function<bool(const letter&)>& wanted);

private:
    using stream = boost::asio::ip::tcp::iostream;

    void accept(const std::stop_token& stop);
    void serve(stream& peer);
    std::string answer_to_recipient(const std::string& recipient);
    void take(letter one);

    std::function<void(const letter&)> show_;
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable arrived_;
    std::vector<letter> letters_;
    std::set<std::string> seen_;  // recipients whose greylisting is over
    std::vector<std::jthread> sessions_;
    std::jthread accepting_;  // last: it uses all of the above
};

}  // namespace kurir::demo
