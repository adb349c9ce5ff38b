// Waits for a call of the store where nothing else runs: on a thread of the caller's own, never on
// an event loop or a thread of the store.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "queue/store.hpp"

namespace kurir::storage {

// Completes calls on the thread of the store, which does no more than to wake the one that waits.
class wakening final : public queue::completion_queue {
public:
    void post(std::vector<std::function<void()>> completions) override {
        for (const auto& each : completions)
            each();
    }
};

// `initiate` gets the completion queue and the callback, and starts the call. Blocks until its end.
// `look` is called ten times a second meanwhile: a store that is closed ends all of its calls.
//
//   auto bytes = storage::awaited<std::string>([&](auto& home, auto done) {
//       store.read_chunk(id, 0, home, std::move(done));
//   });
template <class T, class Initiate>
queue::result<T> awaited(Initiate initiate, const std::function<void()>& look = {}) {
    static wakening home;
    auto told = std::make_shared<std::promise<queue::result<T>>>();
    auto outcome = told->get_future();
    initiate(home, queue::completion<T>([told](queue::result<T> end) {
                 told->set_value(std::move(end));
             }));
    while (look && outcome.wait_for(std::chrono::milliseconds(100)) != std::future_status::ready)
        look();
    return outcome.get();
}

// A chunk of a message's content; nothing if it can't be read. Blocks.
inline std::optional<std::string> awaited_chunk(
    queue::store& store, const queue::stored_message& message, std::uint32_t index
) {
    auto bytes = awaited<std::string>([&](auto& home, auto done) {
        store.read_chunk(message.mail.id, index, home, std::move(done));
    });
    if (!bytes) return std::nullopt;
    if (index == 0) bytes->insert(0, message.mail.extras->prefix);
    return std::move(*bytes);
}

}  // namespace kurir::storage
