#include "queue/rocks/log_file.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <istream>
#include <ostream>
#include <string_view>
#include <system_error>

#include "queue/crc32c.hpp"
#include "queue/rocks/salvage.hpp"

namespace kurir::queue {

namespace {

constexpr std::size_t block_size = 32768;
constexpr std::size_t header_size = 7;  // u32 checksum, u16 length, little-endian; u8 type

enum fragment : std::uint8_t { none = 0, full = 1, first = 2, middle = 3, last = 4 };

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

// The checksum of the type and the bytes behind it, masked because the bytes may contain checksums.
std::uint32_t checksum(std::string_view type_and_bytes) {
    const auto sum = crc32c(type_and_bytes);
    return ((sum >> 15) | (sum << 17)) + 0xa282ead8U;
}

std::uint32_t checksum_on_record(std::string_view header) {
    std::uint32_t sum = 0;
    for (std::size_t i = 4; i-- > 0;)
        sum = (sum << 8) | byte_at(header, i);
    return sum;
}

bool only_zeros(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

class log_writer {
public:
    explicit log_writer(std::ostream& output) : output_(output) {}

    void add(std::string_view record) {
        bool begun = false;
        bool ended = false;
        while (!ended) {
            if (block_size - used_ < header_size) {
                output_.write(std::array<char, header_size>{}.data(), room());
                used_ = 0;
            }
            const auto size = std::min(record.size(), block_size - used_ - header_size);
            ended = size == record.size();
            put(begun ? (ended ? last : middle) : (ended ? full : first), record.substr(0, size));
            record.remove_prefix(size);
            begun = true;
        }
    }

private:
    std::streamsize room() const { return static_cast<std::streamsize>(block_size - used_); }

    void put(fragment type, std::string_view bytes) {
        std::string typed(1, static_cast<char>(type));
        typed += bytes;
        const auto sum = checksum(typed);
        for (unsigned i = 0; i < 4; ++i)
            output_.put(static_cast<char>(sum >> (8 * i)));
        output_.put(static_cast<char>(bytes.size()));
        output_.put(static_cast<char>(bytes.size() >> 8));
        output_.write(typed.data(), static_cast<std::streamsize>(typed.size()));
        used_ += header_size + bytes.size();
    }

    std::ostream& output_;
    std::size_t used_ = 0;  // of the block
};

class log_reader {
public:
    log_reader(std::ostream& output, mended_log& found) : writer_(output), found_(found) {}

    void read(std::istream& input) {
        std::string block(block_size, '\0');
        while (input) {
            input.read(block.data(), static_cast<std::streamsize>(block_size));
            const auto size = static_cast<std::size_t>(input.gcount());
            if (size == 0) break;
            if (ended_ && !only_zeros(std::string_view(block).substr(0, size))) damaged();
            take_block(std::string_view(block).substr(0, size));
        }
    }

private:
    void take_block(std::string_view block) {
        const bool at_end = block.size() < block_size;
        while (block.size() >= header_size) {
            const std::size_t size = byte_at(block, 4) | std::size_t{byte_at(block, 5)} << 8;
            const auto type = byte_at(block, 6);
            if (type == none && size == 0 && only_zeros(block)) {
                ended_ = true;  // space reserved for more records
                return;
            }
            // Probably a write that a power failure cut short.
            if (at_end && header_size + size > block.size()) return;
            if (type < full || type > last || header_size + size > block.size() ||
                checksum(block.substr(6, size + 1)) != checksum_on_record(block)) {
                damaged();
                return;
            }
            take(type, block.substr(header_size, size));
            block.remove_prefix(header_size + size);
        }
    }

    void take(std::uint8_t type, std::string_view bytes) {
        const bool begins = type == full || type == first;
        if (begins == open_) damaged();
        if (begins) record_.clear();
        if (!begins && !open_) return;
        record_ += bytes;
        open_ = type == first || type == middle;
        if (open_) return;
        writer_.add(record_);
        ++found_.records;
    }

    void damaged() {
        ++found_.damages;
        open_ = ended_ = false;
    }

    log_writer writer_;
    mended_log& found_;
    std::string record_;
    bool open_ = false;   // a record has begun
    bool ended_ = false;  // only zeros may follow
};

}  // namespace

mended_log mend_log(std::istream& input, std::ostream& output) {
    mended_log found;
    log_reader(output, found).read(input);
    return found;
}

mending mend_log_file(const std::filesystem::path& path) {
    auto aside = path;
    aside.replace_extension(".dbtmp");  // which RocksDB removes if we can't
    mended_log found;
    bool written = false;
    {
        std::ifstream input(path, std::ios::binary);
        std::ofstream output(aside, std::ios::binary | std::ios::trunc);
        if (input && output) found = mend_log(input, output);
        written = !input.bad() && static_cast<bool>(output.flush());
    }
    std::error_code failed;
    if (!written || found.damages == 0) {
        std::filesystem::remove(aside, failed);
        return written ? mending::sound : mending::failed;
    }
    if (!sync_path(aside)) return mending::failed;
    std::filesystem::rename(aside, path, failed);
    return failed || !sync_path(path.parent_path()) ? mending::failed : mending::mended;
}

}  // namespace kurir::queue
