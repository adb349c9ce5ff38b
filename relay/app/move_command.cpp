#include "relay/app/move_command.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "relay/app/admin_answer.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/leaving_mail.hpp"
#include "relay/app/message_handover.hpp"
#include "relay/config/admin_access.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

// Orders have 64 KiB at most.
constexpr std::size_t deleted_text_max = 16UL * 1024;
constexpr std::size_t deleted_at_once = 100;
constexpr std::size_t places_of_a_word = 1000;
constexpr std::size_t moved_piece_max = 1024UL * 1024;  // bytes of one request
// An order of hold waits for what is being tried for some seconds.
constexpr int hold_orders_max = 60;

// "https://relay.example:9926" without the scheme and the port.
std::string host_of(std::string_view base) {
    base.remove_prefix(base.find("://") + 3);
    return std::string(base.substr(0, base.rfind(':')));
}

std::string as_regex(std::string_view text) {
    std::string made;
    for (const char c : text) {
        if (std::string_view(R"(\^$.|?*+()[]{})").find(c) != std::string_view::npos) made += '\\';
        made += c;
    }
    return made;
}

// What the hold has marked. State and reason were true before it.
control::criteria marked(const control::criteria& selection, const std::string& reason) {
    auto made = selection;
    std::erase_if(made, [](const auto& each) {
        return each.first == "state" || each.first == "reason";
    });
    made.emplace_back("state", "held");
    made.emplace_back("reason", ": " + as_regex(reason) + "$");
    return made;
}

// The recipients of an envelope as the criterion "id" has them: "ID:0.3", and more such words if
// there are many.
std::vector<std::string> words_of(const leaving_message& message) {
    std::vector<std::string> words;
    std::size_t count = 0;
    for (const auto& delivery : message.envelope.at("deliveries").as_array()) {
        for (const auto& each : delivery.as_object().at("recipients").as_array()) {
            const bool is_first = count++ % places_of_a_word == 0;
            if (is_first) words.push_back(message.id);
            words.back() += (is_first ? ':' : '.') + count_in(each.as_object(), "place");
        }
    }
    return words;
}

// The envelope without the hold, which is of this move.
std::string released(const leaving_message& message) {
    auto envelope = message.envelope;
    for (auto& delivery : envelope.at("deliveries").as_array())
        delivery.as_object().erase("hold");
    return json::serialize(envelope);
}

class mover {
public:
    mover(const move_question& question, const admin::address& target, std::string reason)
        : question_(question),
          reason_(std::move(reason)),
          selection_(marked(question.queue.selection, reason_)),
          mail_(question.queue.relay, selection_),
          handover_(target) {}

    int run() {
        auto status = hold();
        if (status == EXIT_SUCCESS) {
            status = mail_.each([this](const std::string& id) { return move(id); });
        }
        // What has been handed over goes, whatever came after it.
        const auto last = delete_handed_over();
        if (status == EXIT_SUCCESS) status = last;
        progress(true);
        print_line({std::to_string(moved_), " messages moved"});
        if (status == EXIT_SUCCESS && refused_ == 0 && busy_ == 0) {
            return moved_ == 0 ? exit_nothing : EXIT_SUCCESS;
        }
        complain_of_queue(
            "what was not moved stays here, held: repeat the move, or kurir queue release "
            "--reason '" +
            reason_ + "'"
        );
        return status == exit_usage ? exit_usage : exit_silent;
    }

private:
    queue_order order(std::string action, control::criteria selection) const {
        return {
            .relay = question_.queue.relay,
            .action = std::move(action),
            .given_by = question_.given_by,
            .selection = std::move(selection),
            .reason = reason_,
        };
    }

    // Until nothing that fits is being tried.
    int hold() {
        for (int given = 0; given < hold_orders_max; ++given) {
            const auto held = carry_out(order("hold", question_.queue.selection), false, false);
            if (held.status != EXIT_SUCCESS) return held.status;
            busy_ = number_in(held.value, "busy");
            if (busy_ == 0) return EXIT_SUCCESS;
        }
        complain_of_queue(std::to_string(busy_) + " deliveries are still being tried");
        return EXIT_SUCCESS;
    }

    int move(const std::string& id) {
        auto found = mail_.message(id);
        if (found.status != EXIT_SUCCESS || !found.message) return found.status;
        const auto& message = *found.message;
        const auto done = handover_.hand_over(released(message), content_of(message));
        switch (done.kind) {
            case handover_outcome::kind_of::refused:
                complain_of_queue(id + ": " + done.text);
                ++refused_;
                return EXIT_SUCCESS;
            case handover_outcome::kind_of::silent:
                complain_of_queue(id + ": " + done.text);
                return exit_silent;
            case handover_outcome::kind_of::cut:
                complain_of_queue(id + ": its content can't be read");
                ++refused_;
                return EXIT_SUCCESS;
            case handover_outcome::kind_of::kept:
            case handover_outcome::kind_of::known:
                break;
        }
        ++handed_over_;
        for (auto& word : words_of(message)) {
            const bool is_full = !ids_.empty() && ids_.size() + word.size() > deleted_text_max;
            if (is_full) {
                if (const auto status = delete_ids(); status != EXIT_SUCCESS) return status;
            }
            ids_ += (ids_.empty() ? "" : ",") + word;
        }
        return handed_over_ < deleted_at_once ? EXIT_SUCCESS : delete_handed_over();
    }

    // Chunk by chunk; one that is not as long as it should be is not handed over.
    message_handover::content content_of(const leaving_message& message) const {
        return [this, &message, next = 0LL, count = std::uint64_t{0}, left = std::string()](
               ) mutable -> std::optional<std::string> {
            if (left.empty() && next < message.chunks) {
                auto chunk = mail_.chunk(message.id, next++);
                if (!chunk) return std::nullopt;
                left = std::move(*chunk);
                count += left.size();
            }
            if (left.empty() && count != message.size) return std::nullopt;
            auto piece = left.substr(0, moved_piece_max);
            left.erase(0, piece.size());
            return piece;
        };
    }

    int delete_handed_over() {
        if (const auto status = delete_ids(); status != EXIT_SUCCESS) return status;
        moved_ += std::exchange(handed_over_, 0);
        progress(false);
        return EXIT_SUCCESS;
    }

    int delete_ids() {
        if (ids_.empty()) return EXIT_SUCCESS;
        auto selection = selection_;
        std::erase_if(selection, [](const auto& each) { return each.first == "id"; });
        selection.emplace_back("id", std::exchange(ids_, {}));
        const auto done = carry_out(order("delete", std::move(selection)), false, false);
        if (done.status != EXIT_SUCCESS) return done.status;
        if (!done.value.at("stopped").as_bool()) return EXIT_SUCCESS;
        complain_of_queue("the relay here stopped before it had deleted what was moved");
        return exit_silent;
    }

    // On one line of a terminal.
    void progress(bool over) const {
        if (isatty(STDERR_FILENO) == 0) return;
        const auto line = "\r" + std::to_string(moved_) + " moved" + (over ? "\n" : "");
        std::fputs(line.c_str(), stderr);
    }

    const move_question& question_;
    const std::string reason_;
    const control::criteria selection_;
    const leaving_mail mail_;
    const message_handover handover_;
    std::string ids_;  // handed over, and not deleted yet
    std::size_t handed_over_ = 0;
    std::size_t moved_ = 0;
    std::size_t refused_ = 0;
    long long busy_ = 0;
};

}  // namespace

int move_queue(const move_question& question) {
    config::admin_url url;
    if (const auto wrong = config::read_admin_url(question.url, url)) {
        complain_of_queue("--relay " + *wrong);
        return exit_usage;
    }
    if (url.base.empty()) {
        complain_of_queue("--relay is empty");
        return exit_usage;
    }
    const admin::address target{.url = url.base, .token = url.token, .ca_file = question.ca_file};
    return mover(question, target, "moved to " + host_of(url.base)).run();
}

}  // namespace kurir::app
