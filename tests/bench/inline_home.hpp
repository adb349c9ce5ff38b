// Runs completions where they arrive: there is no I/O thread to protect.
#pragma once

#include <functional>
#include <vector>

#include "queue/store.hpp"

namespace kurir::bench {

class inline_home final : public queue::completion_queue {
public:
    void post(std::vector<std::function<void()>> completions) override {
        for (auto& each : completions)
            each();
    }
};

}  // namespace kurir::bench
