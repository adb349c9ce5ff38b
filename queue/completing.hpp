// Completes one call.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "queue/store.hpp"

namespace kurir::queue {

template <class T>
void complete(completion_queue& home, completion<T> done, result<T> outcome) {
    std::vector<std::function<void()>> completions;
    completions.emplace_back([done = std::move(done), outcome = std::move(outcome)] {
        done(outcome);
    });
    home.post(std::move(completions));
}

}  // namespace kurir::queue
