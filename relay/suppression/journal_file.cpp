#include "relay/suppression/journal_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <vector>

#include "relay/suppression/journal.hpp"

namespace kurir::suppression {

namespace {

constexpr std::size_t piece_size = 256UL * 1024;

// Below this many records a file is small, whatever is in it.
constexpr std::uint64_t records_min = 10'000;

constexpr std::string_view head_of_any_version = "kurir-suppressions ";

std::error_code last_error() {
    return {errno, std::generic_category()};
}

}  // namespace

journal_state journal_file::open(suppression_list& list) {
    journal_state state;
    std::error_code failed;
    if (!std::filesystem::exists(path_, failed) && !failed) {
        state.error = replace(list);
        return state;
    }
    state.error = failed ? failed : read(list, state);
    if (state.error || state.of_later_version) return state;
    records_ = state.records;
    if (state.damaged > 0) {
        constexpr auto replaced = std::filesystem::copy_options::overwrite_existing;
        std::filesystem::copy_file(path_, damaged_path(), replaced, state.error);
        if (!state.error) state.error = replace(list);
        return state;
    }
    if (state.torn > 0) {
        const auto size = std::filesystem::file_size(path_, state.error);
        if (!state.error) std::filesystem::resize_file(path_, size - state.torn, state.error);
    }
    if (!state.error) state.error = open_to_append();
    return state;
}

std::error_code journal_file::read(suppression_list& list, journal_state& state) {
    const base::open_file file(path_, O_RDONLY);
    if (file.number < 0) return last_error();
    journal_reader reader([&list](const change& change) { std::ignore = change.apply(list); });
    std::vector<char> piece(piece_size);
    std::uint64_t size = 0;
    for (;;) {
        const auto got = ::read(file.number, piece.data(), piece.size());
        if (got < 0) return last_error();
        if (got == 0) break;
        const std::string_view bytes(piece.data(), static_cast<std::size_t>(got));
        const bool other_head = bytes.starts_with(head_of_any_version) &&
                                !bytes.starts_with(journal_head) &&
                                bytes.size() > journal_head.size();
        if (size == 0 && other_head) {
            state.of_later_version = true;
            return {};
        }
        size += bytes.size();
        reader.feed(bytes);
    }
    reader.end();
    state.records = reader.records();
    state.damaged = reader.damaged();
    state.torn = size - reader.good_size();
    // Without its head it is no file of ours, even if it has nothing else.
    if (reader.good_size() == 0 && size > 0) {
        state.damaged = size;
        state.torn = 0;
    }
    return {};
}

std::error_code journal_file::open_to_append() {
    file_.emplace(path_, O_WRONLY | O_APPEND);
    if (file_->number >= 0) return {};
    const auto error = last_error();
    file_.reset();
    return error;
}

std::error_code journal_file::append(
    std::string_view records, std::uint64_t count, const suppression_list& list
) {
    if (!file_) {
        if (const auto error = replace(list)) return error;
    }
    auto error = base::write_all(file_->number, records);
    if (!error) error = base::sync(file_->number);
    if (error) {
        file_.reset();
    } else {
        records_ += count;
    }
    return error;
}

std::error_code journal_file::replace(const suppression_list& list) {
    std::error_code error;
    const auto write = [&](int file) {
        std::string piece(journal_head);
        const auto put_down = [&] {
            if (!error) error = base::write_all(file, piece);
            piece.clear();
        };
        list.walk("", [&](std::string_view packed) {
            append_packed_record(piece, packed);
            if (piece.size() >= piece_size) put_down();
            return !error;
        });
        put_down();
        return error;
    };
    file_.reset();
    // As the rest of the queue: the umask takes the group's right, unless it is meant to read.
    error = base::replace_file(path_, write, base::for_group_too);
    if (!error) error = open_to_append();
    if (!error) records_ = list.size();
    return error;
}

bool journal_file::is_mostly_old(const suppression_list& list) const noexcept {
    return records_ > records_min && records_ / 2 > list.size();
}

}  // namespace kurir::suppression
