// A store of messages that never arrive: it gives them out and remembers how they ended.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "queue/store.hpp"
#include "relay/net/clock.hpp"
#include "tests/queue/deliveries.hpp"

namespace tests {

class shelf final : public kurir::queue::store {
public:
    using home = kurir::queue::completion_queue;
    using message = std::shared_ptr<const kurir::queue::stored_message>;
    using message_id = kurir::queue::message_id;
    template <class T>
    using completion = kurir::queue::completion<T>;

    std::map<message_id, message> messages;
    std::vector<kurir::queue::settlement> settled;  // written or not
    std::optional<kurir::queue::errc> settle_error;
    std::optional<kurir::queue::errc> read_error;
    bool hold_settlements = false;  // until `release_one`
    std::function<void()> on_settled = [] {};

    // Puts a message of one line on the shelf. Returns its delivery to `addresses`, which all have
    // the domain of the first.
    kurir::queue::delivery put(std::uint64_t number, const std::vector<std::string>& addresses) {
        const auto& known = messages[message_id(number)];
        auto made = known ? std::make_shared<kurir::queue::stored_message>(*known)
                          : std::make_shared<kurir::queue::stored_message>();
        auto& mail = made->mail;
        mail.id = message_id(number);
        mail.reverse_path = "sender@app.test";
        if (!known) mail.received_at = kurir::net::wall_now();
        mail.chunks = 1;
        made->first_chunk = "Subject: x\r\n\r\nbody\r\n";
        mail.size = made->first_chunk.size();
        mail.header_size = 14;
        auto part = delivery_due(number, kurir::net::wall_now());
        part.received_at = mail.received_at;
        part.recipients.clear();
        part.domain = addresses.front().substr(addresses.front().find('@') + 1);
        for (const auto& address : addresses) {
            part.recipients.push_back(static_cast<std::uint32_t>(mail.recipients.size()));
            mail.recipients.push_back({address});
        }
        part.entry = entry_at(part.due, part.recipients.front());
        messages[mail.id] = std::move(made);
        return part;
    }

    // Completes the settlement that has waited longest.
    void release_one() {
        auto complete = std::move(held_.front());
        held_.erase(held_.begin());
        complete();
    }

    message_id allocate() override { return message_id(++last_id_); }
    void settle(kurir::queue::settlement end, home& caller, completion<void> done) override {
        settled.push_back(std::move(end));
        auto complete = [error = settle_error, &caller, done = std::move(done)] {
            caller.post({[error, done] {
                done(error ? kurir::queue::result<void>(*error) : kurir::queue::result<void>());
            }});
        };
        if (hold_settlements) {
            held_.push_back(std::move(complete));
        } else {
            complete();
        }
        on_settled();
    }
    void read(message_id id, home& caller, completion<message> done) override {
        using result = kurir::queue::result<message>;
        const auto found = messages.find(id);
        auto answer = read_error                ? result(*read_error)
                      : found == messages.end() ? result(kurir::queue::errc::not_found)
                                                : result(found->second);
        caller.post({[done = std::move(done), answer] { done(answer); }});
    }
    void read_envelopes(
        std::vector<message_id> ids, home& caller, completion<kurir::queue::stored_envelopes> done
    ) override {
        kurir::queue::stored_envelopes found;
        for (const auto id : ids)
            found.push_back(messages.contains(id) ? messages.at(id) : nullptr);
        caller.post({[done = std::move(done), found = std::move(found)] { done(found); }});
    }
    void find_names(
        std::vector<std::string> names, home& caller, completion<kurir::queue::named_messages> done
    ) override {
        const kurir::queue::named_messages unknown(names.size());
        caller.post({[done = std::move(done), unknown] { done(unknown); }});
    }
    message read_recent(message_id) override { return nullptr; }
    kurir::queue::store_state state() const override { return kurir::queue::store_state::open; }

    // Nothing is submitted here.
    void append(message_id, std::uint32_t, std::string, home&, completion<void>) override {}
    void commit(kurir::queue::submission, home&, completion<void>) override {}
    void discard(message_id, std::uint32_t) override {}
    void read_chunk(message_id, std::uint32_t, home&, completion<std::string>) override {}

    // It has one owner.
    using claims = std::vector<kurir::queue::claimed>;
    void claim(kurir::queue::claim_order, home&, completion<std::size_t>) override {}
    void renew(claims, home&, completion<claims>) override {}
    void release(claims) override {}

private:
    std::uint64_t last_id_ = 1000;
    std::vector<std::function<void()>> held_;
};

}  // namespace tests
