#include "queue/postgres/batches.hpp"

#include "queue/postgres/owner_id.hpp"
#include "queue/postgres/statements.hpp"

namespace kurir::queue::postgres {

namespace {

using steady = std::chrono::steady_clock;

// A long row of transactions that are not durable brings one body; the rest goes by age.
constexpr std::size_t earlier_max = 1000;

}  // namespace

std::string batches::new_name() {
    return std::string(owner_id::draw().bytes());
}

void batches::written(const std::string& name, bool durable) {
    if (durable) {
        earlier_.clear();
        last_ = name;
        last_at_ = steady::now();
    }
    if (earlier_.size() < earlier_max) earlier_.push_back(name);
}

answer<bool> batches::found_by(
    connection& database,
    const std::vector<std::string>& doubtful,
    std::chrono::milliseconds patience
) {
    if (last_.empty() || steady::now() - last_at_ > sql::batches_remembered / 2) return true;
    auto wanted = doubtful;
    wanted.push_back(last_);
    database.add(sql::find_batches, parameters().uuids(wanted));
    const auto answers = database.run(patience);
    if (!answers) return answers.error();
    if (answers->front().number(0, 0) != 0) return true;
    earlier_.clear();
    last_.clear();
    return false;
}

}  // namespace kurir::queue::postgres
