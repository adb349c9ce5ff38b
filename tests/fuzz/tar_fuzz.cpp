// Archives that somebody hands in: a header is refused or is a file with a safe name, and an
// archive is read to its end whatever it has.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "relay/base/tar.hpp"

namespace {

using namespace kurir::base;
using kind = tar_entry::kind_of;

constexpr std::uint64_t size_end = std::uint64_t{1} << 36;     // of twelve octal digits
constexpr std::uint64_t written_end = std::uint64_t{1} << 33;  // of eleven, and a NUL
constexpr std::size_t sum_begin = 148;
constexpr std::size_t sum_size = 8;

bool is_safe(std::string_view name) {
    return !name.starts_with('/') &&
           ("/" + std::string(name) + "/").find("/../") == std::string::npos;
}

tar_entry check_header(std::string_view block) {
    const auto entry = read_tar_header(block);
    if (!entry) {
        assert(!entry.error().empty() && entry.error().find('\n') == std::string::npos);
        return {};
    }
    assert(entry->size < size_end && is_safe(entry->name));
    if (entry->size >= written_end) return *entry;
    if (entry->kind != kind::file || entry->name.empty() || entry->name.size() > 100) return *entry;
    const auto again = read_tar_header(tar_header(entry->name, entry->size, 0));
    assert(again && again->name == entry->name && again->size == entry->size);
    return *entry;
}

// With a right sum: most inputs don't get beyond it.
std::string summed(std::string block) {
    std::uint64_t sum = sum_size * std::uint64_t{' '};
    for (std::size_t at = 0; at < block.size(); ++at) {
        if (at < sum_begin || at >= sum_begin + sum_size)
            sum += static_cast<unsigned char>(block[at]);
    }
    block[sum_begin + sum_size - 1] = ' ';
    block[sum_begin + sum_size - 2] = '\0';
    for (std::size_t at = sum_begin + sum_size - 2; at > sum_begin; sum /= 8)
        block[--at] = static_cast<char>('0' + sum % 8);
    return block;
}

void check_archive(std::string_view text) {
    while (text.size() >= tar_block) {
        const auto entry = check_header(text.substr(0, tar_block));
        if (entry.kind == kind::end) return;
        text.remove_prefix(tar_block);
        const auto behind = entry.size + tar_padding(entry.size);
        assert(behind % tar_block == 0);
        if (behind > text.size()) return;
        text.remove_prefix(static_cast<std::size_t>(behind));
    }
    assert(!read_tar_header(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_archive(input);
    std::string block(input.substr(0, tar_block));
    block.resize(tar_block);
    check_header(summed(std::move(block)));
    return 0;
}
