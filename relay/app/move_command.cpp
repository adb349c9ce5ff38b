#include "relay/app/move_command.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/app/admin_answer.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/leaving_mail.hpp"
#include "relay/app/message_handover.hpp"
#include "relay/config/admin_access.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

// Orders have 64 KiB at most.
constexpr std::size_t order_text_max = 16UL * 1024;
constexpr std::size_t deleted_at_once = 100;
constexpr std::size_t places_of_a_word = 1000;
// An order of hold waits for what is being tried for some seconds.
constexpr int hold_orders_max = 60;
constexpr int tries_max = 3;  // of a message that the other relay has forgotten meanwhile

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

// What the hold has marked, also that of a move to the same relay which did not end. State and
// reason were true before it.
control::criteria marked(const control::criteria& selection, const std::string& mark) {
    auto made = selection;
    std::erase_if(made, [](const auto& each) {
        return each.first == "state" || each.first == "reason";
    });
    made.emplace_back("state", "held");
    made.emplace_back("reason", ": " + as_regex(mark) + "( \\(.*\\))?$");
    return made;
}

// What fits, and was held before. Nothing if that is not wanted.
std::optional<control::criteria> held_before(const control::criteria& selection) {
    const auto state =
        std::ranges::find(selection, std::string("state"), &control::criteria::value_type::first);
    if (state != selection.end() && state->second != "held") return std::nullopt;
    auto made = selection;
    if (state == selection.end()) made.emplace_back("state", "held");
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

// The envelope without the hold of a move.
std::string released(const leaving_message& message, const std::string& mark) {
    auto envelope = message.envelope;
    for (auto& each : envelope.at("deliveries").as_array()) {
        auto& delivery = each.as_object();
        const auto* hold = delivery.if_contains("hold");
        if (hold == nullptr || !hold->is_object()) continue;
        const auto reason = text_in(hold->get_object(), "reason");
        if (reason == mark || reason.starts_with(mark + " (")) delivery.erase("hold");
    }
    return json::serialize(envelope);
}

class mover {
public:
    // `mark`: what the reason of the hold begins with.
    mover(const move_question& question, const admin::address& target, std::string mark)
        : question_(question),
          mark_(std::move(mark)),
          reason_(mark_ + (question.because.empty() ? "" : " (" + question.because + ')')),
          marked_(marked(question.queue.selection, mark_)),
          handover_(target) {}

    int run() {
        if (question_.dry_run || !question_.confirmed) {
            // An order that is for all that fits, as the move is.
            auto trial = order("delete", question_.queue.selection);
            trial.dry_run = question_.dry_run;
            trial.confirmed = question_.confirmed;
            trial.form = question_.queue.form;
            if (const auto status = ask_before(trial, "move")) return *status;
        }
        auto status = find_left_over();
        // Without it, it is not known what must stay held.
        if (status != EXIT_SUCCESS) return status;
        status = hold();
        if (status == EXIT_SUCCESS) status = move_all(marked_);
        const auto before = held_before(question_.queue.selection);
        if (status == EXIT_SUCCESS && before) status = move_all(*before);
        // What has been handed over goes, whatever came after it.
        const auto last = delete_handed_over();
        if (status == EXIT_SUCCESS) status = last;
        progress(true);
        let_go();
        return tell(status);
    }

private:
    // A move that was cut may have handed over what it held.
    int find_left_over() {
        return leaving_mail(question_.queue.relay, marked_).each([this](const std::string& id) {
            unsure_.insert(id);
            return EXIT_SUCCESS;
        });
    }

    int tell(int status) const {
        const json::object sum{
            {"moved", moved_},
            {"refused", refused_.size()},
            {"unsure", unsure_.size()},
            {"busy", busy_}
        };
        if (question_.queue.form == list_form::json) {
            print_line({json::serialize(sum)});
        } else {
            print_line({std::to_string(moved_), " messages moved"});
        }
        if (!unsure_.empty()) {
            complain_of_queue(
                std::to_string(unsure_.size()) +
                " messages stay here, held, for the other relay may have them (" +
                *unsure_.begin() + "): repeat the move, which finds out"
            );
        }
        if (status != EXIT_SUCCESS) return status;
        const bool all = refused_.empty() && busy_ == 0 && moved_ > 0;
        return all ? EXIT_SUCCESS : exit_nothing;
    }

    int move_all(const control::criteria& selection) {
        leaving_mail mail(question_.queue.relay, selection);
        return mail.each([&](const std::string& id) { return move(mail, id); });
    }

    // What was not taken goes on, as if it had not been held.
    void let_go() {
        std::string ids;
        leaving_mail mail(question_.queue.relay, marked_);
        auto status = mail.each([&](const std::string& id) {
            if (unsure_.contains(id)) return EXIT_SUCCESS;
            ids += (ids.empty() ? "" : ",") + id;
            if (ids.size() < order_text_max) return EXIT_SUCCESS;
            return release(std::exchange(ids, {}));
        });
        if (status == EXIT_SUCCESS && !ids.empty()) status = release(std::move(ids));
        if (status == EXIT_SUCCESS) return;
        complain_of_queue(
            "what was not moved stays here, held: repeat the move, or kurir queue release --reason "
            "'" +
            as_regex(mark_) + "'"
        );
    }

    int release(std::string ids) {
        auto selection = marked_;
        std::erase_if(selection, [](const auto& each) { return each.first == "id"; });
        selection.emplace_back("id", std::move(ids));
        return carry_out(order("release", std::move(selection)), false, false).status;
    }

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
            if (admin::flag_in(held.value, "stopped")) {
                complain_of_queue("the hold was stopped before its end: repeat the move");
                return exit_silent;
            }
            busy_ = number_in(held.value, "busy");
            if (busy_ == 0) return EXIT_SUCCESS;
        }
        complain_of_queue(std::to_string(busy_) + " deliveries are still being tried");
        return EXIT_SUCCESS;
    }

    int move(leaving_mail& mail, const std::string& id) {
        if (refused_.contains(id)) return EXIT_SUCCESS;
        auto found = mail.message(id);
        if (found.status != EXIT_SUCCESS || !found.message) return found.status;
        const auto& message = *found.message;
        const auto envelope = released(message, mark_);
        auto done = hand_over(id, envelope, content_of(mail, message));
        for (int again = 1; again < tries_max && done.kind == handover_outcome::kind_of::forgotten;
             ++again)
            done = hand_over(id, envelope, content_of(mail, message));
        switch (done.kind) {
            case handover_outcome::kind_of::own:
                complain_of_queue("--relay is the relay that the mail is in: nothing was deleted");
                return exit_usage;
            case handover_outcome::kind_of::unsure:
                complain_of_queue(id + ": " + done.text);
                return exit_silent;
            case handover_outcome::kind_of::forgotten:
            case handover_outcome::kind_of::refused:
                complain_of_queue(id + ": " + done.text);
                refused_.insert(id);
                return EXIT_SUCCESS;
            case handover_outcome::kind_of::silent:
                complain_of_queue(id + ": " + done.text);
                return exit_silent;
            case handover_outcome::kind_of::cut:
                complain_of_queue(id + ": its content can't be read");
                refused_.insert(id);
                return EXIT_SUCCESS;
            case handover_outcome::kind_of::kept:
            case handover_outcome::kind_of::known:
                break;
        }
        return forget_later(message);
    }

    // Once. What may be there by now is not to be released here, whatever is said of it later.
    handover_outcome hand_over(
        const std::string& id, const std::string& envelope, const message_handover::content& content
    ) {
        auto done = handover_.hand_over(envelope, content);
        if (done.may_be_there) unsure_.insert(id);
        return done;
    }

    // It is durably there.
    int forget_later(const leaving_message& message) {
        unsure_.insert(message.id);
        handed_over_.insert(message.id);
        for (auto& word : words_of(message)) {
            const bool is_full = !ids_.empty() && ids_.size() + word.size() > order_text_max;
            if (is_full) {
                if (const auto status = delete_ids(); status != EXIT_SUCCESS) return status;
            }
            ids_ += (ids_.empty() ? "" : ",") + word;
        }
        return handed_over_.size() < deleted_at_once ? EXIT_SUCCESS : delete_handed_over();
    }

    static message_handover::content content_of(
        leaving_mail& mail, const leaving_message& message
    ) {
        return content_of_chunks(
            message.size,
            static_cast<std::uint32_t>(message.chunks),
            [&mail, &message](std::uint32_t index) { return mail.chunk(message.id, index).bytes; }
        );
    }

    int delete_handed_over() {
        if (const auto status = delete_ids(); status != EXIT_SUCCESS) return status;
        moved_ += handed_over_.size();
        for (const auto& id : std::exchange(handed_over_, {}))
            unsure_.erase(id);
        progress(false);
        return EXIT_SUCCESS;
    }

    int delete_ids() {
        if (ids_.empty()) return EXIT_SUCCESS;
        const auto done = carry_out(order("delete", {{"id", ids_}}), false, false);
        if (done.status != EXIT_SUCCESS) return done.status;
        const bool all =
            !admin::flag_in(done.value, "stopped") && number_in(done.value, "busy") == 0;
        if (all) ids_.clear();
        if (all) return EXIT_SUCCESS;
        complain_of_queue("not all that was moved could be deleted here: repeat the move");
        return exit_silent;
    }

    // On one line of a terminal.
    void progress(bool over) const {
        if (isatty(STDERR_FILENO) == 0) return;
        const auto line = "\r" + std::to_string(moved_) + " moved" + (over ? "\n" : "");
        std::fputs(line.c_str(), stderr);
    }

    const move_question& question_;
    const std::string mark_;
    const std::string reason_;
    const control::criteria marked_;
    message_handover handover_;
    // Not to be released here: the other relay has them, or may have.
    std::set<std::string> unsure_;
    std::set<std::string> handed_over_;  // of these, those that are to be deleted here
    std::set<std::string> refused_;
    std::string ids_;  // those to be deleted, as a criterion
    std::size_t moved_ = 0;
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
