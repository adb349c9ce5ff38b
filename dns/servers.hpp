// The name servers: takes questions, asks the servers, and returns proven answers.
//
// `inquiry` decides which server to ask and which answer counts, `server_order` decides the order,
// and `cares_channel` carries the bytes. This file connects them with timers. Belongs to one
// single-threaded executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "dns/cache.hpp"
#include "dns/cares.hpp"
#include "dns/record.hpp"
#include "dns/server_order.hpp"

namespace kurir::dns {

class servers : public std::enable_shared_from_this<servers> {
public:
    // How a question ended. `round_trip`: the time that the answering server took; nothing if none
    // answered.
    struct ending {
        result<answer> said;
        std::optional<std::chrono::steady_clock::duration> round_trip{};
    };
    using handler = std::function<void(ending)>;

    // `configured`: "address", "address:port" or "[address]:port"; none: those of resolv.conf.
    servers(boost::asio::any_io_executor executor, std::vector<std::string> configured);
    ~servers();

    // Calls `done` exactly once, never before this returns; not if this is destroyed before.
    void ask(question asked, handler done);

    // Ends all questions with `errc::cancelled`, also those asked later.
    void close();

private:
    struct course;
    using course_ptr = std::shared_ptr<course>;
    using clock = std::chrono::steady_clock;

    bool go_on(const course_ptr& course);
    void wait(const course_ptr& course, clock::time_point until);
    void look(const course_ptr& course);
    void heard(const course_ptr& course, std::size_t step, const message& said);
    void probe(const question& asked);
    void finish(const course_ptr& course, ending end);
    cares_channel& channel(std::size_t server, bool edns);

    boost::asio::any_io_executor executor_;
    std::vector<std::string> addresses_;
    std::map<std::pair<std::size_t, bool>, std::unique_ptr<cares_channel>> channels_;
    server_order order_;
    std::unordered_set<course_ptr> under_way_;
    bool closed_ = false;
};

// The name servers that a resolv.conf lists.
std::vector<std::string> listed_servers(std::string_view resolv_conf);

}  // namespace kurir::dns
