// Bytes that were read from a client and not used yet. The buffer is small while the session waits
// for commands, and a whole block while it receives a message.
//
// Blocks are lent by a pool that the sessions of one thread share, so that an idle session costs 4
// KiB.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace kurir::inbound {

class block_pool {
public:
    static constexpr std::size_t block_size = 64 * 1024;
    using block = std::unique_ptr<char[]>;

    block take() {
        if (free_.empty()) return std::make_unique_for_overwrite<char[]>(block_size);
        block taken = std::move(free_.back());
        free_.pop_back();
        return taken;
    }

    void give_back(block returned) {
        if (free_.size() < kept_max) free_.push_back(std::move(returned));
    }

private:
    static constexpr std::size_t kept_max = 16;
    std::vector<block> free_;
};

class input_buffer {
public:
    explicit input_buffer(block_pool& pool)
        : pool_(pool), small_(std::make_unique_for_overwrite<char[]>(small_size)) {}
    input_buffer(const input_buffer&) = delete;
    input_buffer& operator=(const input_buffer&) = delete;
    ~input_buffer() { return_block(); }

    std::string_view unread() const noexcept { return {data() + begin_, end_ - begin_}; }

    void consume(std::size_t count) noexcept {
        assert(count <= end_ - begin_);
        begin_ += count;
        if (begin_ == end_) begin_ = end_ = 0;
    }

    // The place for the next read, so that at least `capacity` bytes can be unread in all, at most
    // a block. Fewer bytes than that must be unread now.
    std::span<char> room(std::size_t capacity) {
        assert(capacity <= block_pool::block_size);
        const bool wide = capacity > small_size;
        if (wide && !block_) {
            move_to(pool_.take());
        } else if (!wide && block_ && end_ - begin_ < small_size) {
            const std::string_view rest = unread();
            std::copy(rest.begin(), rest.end(), small_.get());
            end_ = rest.size();
            begin_ = 0;
            return_block();
        } else if (begin_ != 0) {
            std::memmove(data(), data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        const std::size_t size = block_ ? block_pool::block_size : small_size;
        assert(end_ < size);
        return {data() + end_, size - end_};
    }

    void added(std::size_t count) noexcept { end_ += count; }

private:
    static constexpr std::size_t small_size = 4096;

    char* data() const noexcept { return block_ ? block_.get() : small_.get(); }

    void move_to(block_pool::block wider) {
        const std::string_view rest = unread();
        std::copy(rest.begin(), rest.end(), wider.get());
        end_ = rest.size();
        begin_ = 0;
        block_ = std::move(wider);
    }

    void return_block() {
        if (block_) pool_.give_back(std::move(block_));
    }

    block_pool& pool_;
    std::unique_ptr<char[]> small_;
    block_pool::block block_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace kurir::inbound
