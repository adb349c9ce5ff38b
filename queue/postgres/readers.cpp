#include "queue/postgres/readers.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "queue/completing.hpp"
#include "queue/postgres/columns.hpp"
#include "queue/postgres/drawn_rates.hpp"
#include "queue/postgres/notices.hpp"
#include "queue/postgres/statements.hpp"
#include "queue/write_requests.hpp"

namespace kurir::queue::postgres {

namespace {

// Messages that are read in one round trip at most: 16 first chunks are 4 MiB.
constexpr std::size_t messages_at_once = 16;

template <class T>
result<T> as_result(answer<T> found) {
    if (!found) return errc_of(found.error());
    return std::move(*found);
}

}  // namespace

void readers::start() {
    threads_.start([this] { run(); }, settings_.readers);
}

void readers::stop() {
    threads_.stop();
    while (!waiting_.empty()) {
        const auto next = std::move(waiting_.front());
        waiting_.pop_front();
        next(nullptr);
    }
}

template <class T, class Ask>
void readers::add(completion_queue& home, completion<T> done, Ask ask) {
    question next = [&home, done = std::move(done), ask = std::move(ask)](connection* database) {
        complete<T>(home, done, database == nullptr ? result<T>(errc::closed) : ask(*database));
    };
    {
        const auto lock = threads_.lock();
        if (threads_.active(lock)) {
            waiting_.push_back(std::move(next));
            threads_.wake_one();
            return;
        }
    }
    next(nullptr);
}

void readers::run() {
    std::unique_ptr<connection> database;
    auto lock = threads_.lock();
    while (threads_.wait(lock, [this] { return !waiting_.empty(); })) {
        const auto next = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        if (!database || !database->is_open()) {
            auto made = connection::open(settings_);
            database = made ? std::move(*made) : nullptr;
        }
        next(database.get());
        lock.lock();
    }
}

void readers::read(message_id id, completion_queue& home, completion<message_pointer> done) {
    {
        const auto lock = threads_.lock();
        if (threads_.active(lock)) {
            wanted_.push_back({id, &home, std::move(done)});
            if (wanted_.size() == 1) ask_for_messages();
            return;
        }
    }
    complete<message_pointer>(home, done, errc::closed);
}

// Under the lock.
void readers::ask_for_messages() {
    waiting_.emplace_back([this](connection* database) { read_wanted(database); });
    threads_.wake_one();
}

// What has come up while the threads were busy is read together.
void readers::read_wanted(connection* database) {
    std::vector<wanted> batch;
    {
        const auto lock = threads_.lock();
        const auto end = wanted_.begin() +
                         static_cast<std::ptrdiff_t>(std::min(messages_at_once, wanted_.size()));
        std::move(wanted_.begin(), end, std::back_inserter(batch));
        wanted_.erase(wanted_.begin(), end);
        if (!wanted_.empty()) ask_for_messages();
    }
    std::vector<message_id> ids;
    for (const auto& each : batch)
        ids.push_back(each.id);
    auto found = database == nullptr
                     ? std::vector<result<message_pointer>>(ids.size(), errc::closed)
                     : read_messages_in(*database, ids, settings_.patience);
    outbox answers;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (!found[i] && database != nullptr)
            found[i] = put_aside(*database, ids[i], found[i].error());
        answers.add(batch[i].home, std::move(batch[i].done), std::move(found[i]));
    }
    answers.post();
}

boost::system::error_code readers::put_aside(
    connection& database, message_id id, boost::system::error_code wrong
) const {
    if (wrong == errc::newer) {
        settings_.observer.on_unreadable(id.text(), "a later version of Kurir has written it");
    }
    if (wrong != errc::corrupt) return wrong;
    const auto moved = quarantine_in(database, id, settings_.patience);
    if (!moved) return moved.error();
    if (*moved) {
        settings_.observer.on_quarantined(
            id.text(), "its envelope does not decode, or a part of its body is missing"
        );
    }
    return errc::corrupt;
}

void readers::read_envelopes(
    std::vector<message_id> ids, completion_queue& home, completion<stored_envelopes> done
) {
    const auto patience = settings_.patience;
    add<stored_envelopes>(home, std::move(done), [=](connection& database) {
        const auto found = read_envelopes_in(database, ids, patience);
        if (!found) return result<stored_envelopes>(errc_of(found.error()));
        stored_envelopes all;
        for (const auto id : ids) {
            const auto at = found->find(id);
            const bool readable = at != found->end() && at->second.has_value();
            all.push_back(readable ? message_pointer(*at->second) : nullptr);
        }
        return result<stored_envelopes>(std::move(all));
    });
}

void readers::read_chunk(
    message_id id, std::uint32_t index, completion_queue& home, completion<std::string> done
) {
    const auto patience = settings_.patience;
    add<std::string>(home, std::move(done), [=, this](connection& database) {
        auto found = read_chunk_in(database, id, index, patience);
        if (found || found.error() != errc::not_found) return found;
        return result<std::string>(put_aside(database, id, errc::corrupt));
    });
}

void readers::find_names(
    std::vector<std::string> names, completion_queue& home, completion<named_messages> done
) {
    const auto patience = settings_.patience;
    add<named_messages>(home, std::move(done), [=](connection& database) {
        database.add(sql::confirm_names, parameters().byte_strings(names));
        const auto answers = database.run(patience);
        if (!answers) return result<named_messages>(errc_of(answers.error()));
        std::map<std::string, message_id, std::less<>> known;
        const auto& found = answers->front();
        for (std::size_t row = 0; row < found.size(); ++row) {
            const auto id = id_at(found, row);
            known.emplace(found.bytes(row, 1), id);
        }
        named_messages all;
        for (const auto& each : names) {
            const auto at = known.find(each);
            all.push_back(at == known.end() ? std::nullopt : std::optional(at->second));
        }
        return result<named_messages>(std::move(all));
    });
}

reading_owner readers::question_now() const {
    return {.self = self_.owner, .now = settings_.now(), .patience = settings_.patience};
}

void readers::browse(
    entry_name first, std::size_t limit, completion_queue& home, completion<other_entries> done
) {
    add<other_entries>(home, std::move(done), [this, first, limit](connection& database) {
        return as_result(browse_others(database, question_now(), first, limit));
    });
}

void readers::find(
    std::vector<message_id> ids, completion_queue& home, completion<std::vector<other_entry>> done
) {
    add<std::vector<other_entry>>(
        home,
        std::move(done),
        [this, ids = std::move(ids)](connection& database) {
            return as_result(find_others(database, question_now(), ids));
        }
    );
}

void readers::nodes(
    const statement& question, completion_queue& home, completion<std::vector<node>> done
) {
    add<std::vector<node>>(home, std::move(done), [this, &question](connection& database) {
        return as_result(read_nodes(database, question, question_now()));
    });
}

void readers::tell_nodes(
    node_telling telling, completion_queue& home, completion<node_hearing> done
) {
    add<node_hearing>(
        home,
        std::move(done),
        [this, telling = std::move(telling)](connection& database) {
            return as_result(exchange_words(database, telling, question_now()));
        }
    );
}

void readers::post(std::vector<notice> notices, completion_queue& home, completion<void> done) {
    add<void>(home, std::move(done), [this, notices = std::move(notices)](connection& database) {
        const auto posted = post_notices(database, notices, settings_.patience);
        return posted ? result<void>() : result<void>(errc_of(posted.error()));
    });
}

void readers::read_board(
    board_place last, std::size_t limit, completion_queue& home, completion<board_page> done
) {
    add<board_page>(home, std::move(done), [this, last, limit](connection& database) {
        return as_result(postgres::read_board(database, last, limit, settings_.patience));
    });
}

void readers::draw_tokens(
    token_request request, completion_queue& home, completion<token_grant> done
) {
    add<token_grant>(
        home,
        std::move(done),
        [this, request = std::move(request)](connection& database) {
            return as_result(postgres::draw_tokens(database, request, settings_.patience));
        }
    );
}

}  // namespace kurir::queue::postgres
