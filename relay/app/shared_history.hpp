// The history of all relays that share a queue, in its database: what one of them writes, each
// finds.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "queue/postgres/history_table.hpp"
#include "relay/history/place.hpp"
#include "relay/net/clock.hpp"

namespace kurir::app {

// While the database is away, lines wait in memory, as far as there is room.
class shared_history_keeper final : public history::keeper {
public:
    static constexpr std::size_t waiting_max = 8UL * 1024 * 1024;  // bytes

    // `node`: what people know this relay by; each line says it.
    shared_history_keeper(queue::postgres::history_table table, std::string node)
        : table_(std::move(table)), node_(std::move(node)) {}

    std::error_code append(std::string_view lines) override;
    bool is_behind() const override { return !waiting_.empty(); }
    void keep_limits() override;

private:
    void write();

    queue::postgres::history_table table_;
    const std::string node_;
    std::vector<std::string> waiting_;
    std::size_t waiting_size_ = 0;
    net::clock::time_point not_before_{};  // after a failure
};

class shared_history_source final : public history::source {
public:
    explicit shared_history_source(queue::postgres::history_table table)
        : table_(std::move(table)) {}

    base::result<history::finding, std::string> find(std::string_view wanted, std::size_t limit)
        override;

private:
    queue::postgres::history_table table_;
};

// A line of JSON, an object with fields, that says of which relay it is.
std::string with_node(std::string_view line, std::string_view node);

// Lines of several relays in the order of their times, without those that are there twice.
void put_in_order(std::vector<std::string>& lines);

}  // namespace kurir::app
