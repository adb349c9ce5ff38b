#include "queue/rocks/rocks_store.hpp"

#include <cassert>
#include <functional>
#include <utility>

#include "queue/completing.hpp"
#include "queue/rocks/at_rest.hpp"
#include "queue/rocks/parts.hpp"
#include "queue/rocks/space.hpp"
#include "queue/rocks/sync_witness.hpp"

namespace kurir::queue {

opened_store rocks_store::open(
    store_options options,
    metrics::store& counts,
    metrics::queue& queue_counts,
    store_observer observer
) {
    assert(options.now && options.steady && options.draw);
    if (!options.calendar) options.calendar = options.now;
    if (!options.free_space) {
        options.free_space = [directory = options.directory] {
            return queue::free_space(directory);
        };
    }
    if (!options.sync_doubt) {
        const auto witness = std::make_shared<sync_witness>(options.directory / "witness");
        options.sync_doubt = [witness] { return witness->doubt(); };
    }
    auto made =
        std::make_unique<parts>(std::move(options), counts, queue_counts, std::move(observer));
    opened_store opened;
    if (made->prepare(opened.why_not)) {
        opened.store.reset(new rocks_store(std::move(made)));
    }
    return opened;
}

rocks_store::rocks_store(std::unique_ptr<parts> made) : parts_(std::move(made)) {}

rocks_store::~rocks_store() {
    close();
}

void rocks_store::set_listener(delivery_listener listener) {
    assert(!parts_->started);
    parts_->listener = std::move(listener);
}

void rocks_store::set_change_listener(change_listener listener) {
    assert(!parts_->started);
    parts_->changes = std::move(listener);
}

void rocks_store::start() {
    assert(!parts_->started && !parts_->closed);
    parts_->started = true;
    parts_->recovery->start(parts_->listener);
    parts_->readers->start();
    parts_->writer->start(parts_->listener);
    parts_->orders->start(parts_->changes);
    parts_->reclaim->start();
}

void rocks_store::close() {
    if (std::exchange(parts_->closed, true)) return;
    parts_->recovery->stop();
    parts_->orders->stop();
    parts_->reclaim->stop();
    parts_->readers->stop();
    const bool was_open = parts_->writer->stop();
    if (was_open && !parts_->options.file_system) note_at_rest(parts_->options.directory);
    parts_->lock = {};
}

message_id rocks_store::allocate() {
    return parts_->ids->next(parts_->options.now());
}

void rocks_store::append(
    message_id id,
    std::uint32_t index,
    std::string bytes,
    completion_queue& home,
    completion<void> done
) {
    parts_->writer->submit(append_request{id, index, std::move(bytes), &home, std::move(done)});
}

void rocks_store::commit(submission message, completion_queue& home, completion<void> done) {
    parts_->writer->submit(commit_request{std::move(message), &home, std::move(done)});
}

void rocks_store::settle(settlement end, completion_queue& home, completion<void> done) {
    parts_->writer->submit(settle_request{std::move(end), &home, std::move(done)});
}

void rocks_store::discard(message_id id, std::uint32_t chunks) {
    parts_->writer->submit(discard_request{id, chunks});
}

void rocks_store::read(
    message_id id, completion_queue& home, completion<std::shared_ptr<const stored_message>> done
) {
    parts_->readers->read(id, home, std::move(done));
}

void rocks_store::read_envelopes(
    std::vector<message_id> ids, completion_queue& home, completion<stored_envelopes> done
) {
    parts_->readers->read_envelopes(std::move(ids), home, std::move(done));
}

std::shared_ptr<const stored_message> rocks_store::read_recent(message_id id) {
    return parts_->recent.find(id);
}

void rocks_store::read_chunk(
    message_id id, std::uint32_t index, completion_queue& home, completion<std::string> done
) {
    parts_->readers->read_chunk(id, index, home, std::move(done));
}

void rocks_store::find_names(
    std::vector<std::string> names, completion_queue& home, completion<named_messages> done
) {
    parts_->writer->submit(name_request{std::move(names), &home, std::move(done)});
}

store_state rocks_store::state() const {
    const auto state = parts_->writer->state();
    const bool scarce = parts_->writer->memory() != pressure::none;
    return state == store_state::open && scarce ? store_state::full : state;
}

void rocks_store::claim(claim_order, completion_queue& home, completion<std::size_t> done) {
    complete<std::size_t>(home, std::move(done), std::size_t(0));
}

void rocks_store::renew(
    std::vector<claimed>, completion_queue& home, completion<std::vector<claimed>> lost
) {
    complete<std::vector<claimed>>(home, std::move(lost), {});
}

void rocks_store::release(std::vector<claimed>) {}

void rocks_store::set_pressure(pressure level) {
    parts_->writer->set_memory(level);
}

bool rocks_store::low_on_space() const {
    return parts_->writer->state() == store_state::full;
}

void rocks_store::bulk(
    bulk_order order, completion_queue& home, std::function<void(const bulk_progress&)> report
) {
    parts_->orders->submit(std::move(order), home, std::move(report));
}

store_totals rocks_store::totals() const {
    return parts_->writer->totals();
}

bool rocks_store::recovering() const {
    return parts_->recovery->running();
}

bool rocks_store::wal_damaged() const {
    return parts_->writer->wal_damaged();
}

void rocks_store::publish() {
    parts_->queue_counts.queue_size_bytes.set(static_cast<double>(totals().bytes));
    const auto on_disk = bytes_on_disk(parts_->options.directory);
    parts_->counts.store_size_bytes.set(static_cast<double>(on_disk));
    parts_->publish_sizes();
}

}  // namespace kurir::queue
