#include "tests/faults/faulty/order.hpp"

#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

namespace tests {

namespace {

// Nothing here waits for a report, so that it may run where it is made.
class on_the_spot final : public kurir::queue::completion_queue {
public:
    void post(std::vector<std::function<void()>> completions) override {
        for (const auto& each : completions)
            each();
    }
};

void tell(const kurir::queue::bulk_progress& progress) {
    if (!progress.over) return;
    const auto line = "removed " + std::to_string(progress.done.messages) + '\n';
    std::ignore = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void remove_by_order(kurir::queue::bulk_store& store) {
    static on_the_spot home;
    const char* const sender = std::getenv("REMOVE");
    kurir::queue::bulk_order order{
        .action = kurir::queue::bulk_action::remove, .operator_name = "a test"
    };
    order.selection.reverse_path = sender == nullptr ? "" : sender;
    store.bulk(std::move(order), home, tell);
}

}  // namespace tests
