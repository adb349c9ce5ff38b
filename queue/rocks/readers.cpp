#include "queue/rocks/readers.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "metrics/thread_heap.hpp"
#include "queue/codec.hpp"
#include "queue/completing.hpp"
#include "queue/rocks/keys.hpp"

namespace kurir::queue {

namespace {

errc reason_of(const rocksdb::Status& status) {
    if (status.IsNotFound()) return errc::not_found;
    // A file of bodies that is missing does not come back.
    const bool lost = status.IsCorruption() || status.IsPathNotFound();
    return lost ? errc::corrupt : errc::failed;
}

// The message may have been settled since it was requested. If not, the missing record is lost.
errc unless_settled(const database& source, message_id id) {
    rocksdb::PinnableSlice ignored;
    const auto status = source.get(family::envelope, key::of_envelope(id).bytes(), ignored);
    return status.ok() ? errc::corrupt : reason_of(status);
}

decoded<std::string> load_chunk(const database& source, message_id id, std::uint32_t index) {
    rocksdb::PinnableSlice record;
    const auto status = source.get(family::body, key::of_chunk(id, index).bytes(), record);
    if (status.IsNotFound()) return unless_settled(source, id);
    if (!status.ok()) return reason_of(status);
    const auto bytes = decode_chunk(id, index, record.ToStringView());
    if (!bytes) return bytes.error();
    return std::string(*bytes);
}

// States of recipients that were tried and are not finished. A state that can't be read is left
// out, so the recipient's attempts count from zero again.
decoded<std::vector<recipient_state>> load_states(rocksdb::Iterator& records, message_id id) {
    std::vector<recipient_state> states;
    const key prefix = key::of_envelope(id);
    const rocksdb::Slice start = prefix.bytes();
    for (records.Seek(start); records.Valid() && records.key().starts_with(start); records.Next()) {
        const auto index = parse_index(records.key().ToStringView());
        auto record = decode_recipient(id, index, records.value().ToStringView());
        if (!record && record.error().code == errc::newer) return record.error();
        if (record && !record->finished) states.push_back(std::move(record->state));
    }
    if (is_passing(records.status())) return errc::failed;
    return states;
}

// All but the body. `records`: of recipients.
decoded<std::shared_ptr<stored_message>> load_envelope(
    const database& source, rocksdb::Iterator& records, message_id id
) {
    rocksdb::PinnableSlice record;
    const auto status = source.get(family::envelope, key::of_envelope(id).bytes(), record);
    if (!status.ok()) return reason_of(status);
    auto mail = decode_envelope(id, record.ToStringView());
    if (!mail) return mail.error();
    auto states = load_states(records, id);
    if (!states) return states.error();
    auto message = std::make_shared<stored_message>();
    message->mail = std::move(*mail);
    message->states = std::move(*states);
    return message;
}

decoded<std::shared_ptr<const stored_message>> load(const database& source, message_id id) {
    auto message = load_envelope(source, *source.scan(family::recipient), id);
    if (!message) return message.error();
    auto body = load_chunk(source, id, 0);
    if (!body) return body.error();
    (*message)->first_chunk = std::move(*body);
    return std::shared_ptr<const stored_message>(std::move(*message));
}

decoded<stored_envelopes> load_envelopes(
    const database& source, const std::vector<message_id>& ids
) {
    // In the order in which they are stored: neighbours are read together.
    std::vector<std::size_t> order(ids.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t at) { return ids[at]; });
    const auto records = source.scan(family::recipient);
    stored_envelopes found(ids.size());
    for (const auto at : order) {
        auto message = load_envelope(source, *records, ids[at]);
        if (!message && message.error().code == errc::failed) return message.error();
        if (message) found[at] = std::move(*message);
    }
    return found;
}

}  // namespace

readers::readers(const queue::context& context, committer& quarantine)
    : context_(context), committer_(quarantine) {}

void readers::start() {
    threads_.start([this] { run(); }, context_.options.readers);
}

void readers::stop() {
    threads_.stop();
}

void readers::read(
    message_id id, completion_queue& home, completion<std::shared_ptr<const stored_message>> done
) {
    add<std::shared_ptr<const stored_message>>(
        home, std::move(done), [id](const database& source) { return load(source, id); }, id
    );
}

void readers::read_envelopes(
    std::vector<message_id> ids, completion_queue& home, completion<stored_envelopes> done
) {
    add<stored_envelopes>(
        home,
        std::move(done),
        [ids = std::move(ids)](const database& source) { return load_envelopes(source, ids); },
        {}
    );
}

void readers::read_chunk(
    message_id id, std::uint32_t index, completion_queue& home, completion<std::string> done
) {
    add<std::string>(
        home,
        std::move(done),
        [id, index](const database& source) { return load_chunk(source, id, index); },
        id
    );
}

template <class T>
void readers::add(
    completion_queue& home,
    completion<T> done,
    std::function<decoded<T>(const database&)> question,
    message_id about
) {
    const auto answer = [&home, done = std::move(done)](result<T> outcome) {
        complete<T>(home, done, std::move(outcome));
    };
    auto job = [this, answer, question = std::move(question), about] {
        const auto started = context_.options.steady();
        decoded<T> outcome = errc::closed;
        if (const auto open = context_.place.borrow(); open) outcome = question(*open);
        context_.counts.store_operation_duration_seconds(metrics::store_op::get)
            .observe(std::chrono::duration<double>(context_.options.steady() - started).count());
        if (outcome) {
            answer(std::move(*outcome));
            return;
        }
        const auto& error = outcome.error();
        if (error.code == errc::corrupt) {
            context_.counts.store_errors_total(metrics::store_op::get).inc();
            const auto detail = error.text.empty() ? std::string() : ": " + error.text;
            committer_.submit(quarantine_request{"a record cannot be read" + detail, about, {}});
        } else if (error.code == errc::newer) {
            context_.observer.on_newer(about.text(), error.text);
        }
        answer(error.code);
    };
    {
        const auto lock = threads_.lock();
        if (threads_.active(lock)) {
            waiting_.emplace_back(std::move(job));
            threads_.wake_one();
            return;
        }
    }
    answer(errc::closed);
}

void readers::run() {
    metrics::claim_thread_heap();
    auto lock = threads_.lock();
    while (threads_.wait(lock, [this] { return !waiting_.empty(); }) || !waiting_.empty()) {
        const auto job = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        job();
        lock.lock();
    }
}

}  // namespace kurir::queue
