#include "relay/mime/survey.hpp"

#include <algorithm>

namespace kurir::mime {

void survey::add(std::string_view chunk) noexcept {
    total_ += chunk.size();
    for (const char c : chunk) {
        const auto byte = static_cast<unsigned char>(c);
        if (carriage_return_) {
            carriage_return_ = false;
            if (byte == '\n') {
                longest_ = std::max(longest_, line_);
                line_ = 0;
                continue;
            }
            ++binary_;
            ++line_;
        }
        if (byte == '\r') {
            carriage_return_ = true;
            if (awaited_ > 0) valid_ = false;
            continue;
        }
        ++line_;
        if (byte == 0 || byte == '\n') ++binary_;
        if (byte == '=') ++equals_;
        if (byte > 0x7f) ++high_;
        if (byte > 0x7f || awaited_ > 0) add_high(byte);
    }
}

// RFC 3629 section 4: which byte may follow which.
void survey::add_high(unsigned char byte) noexcept {
    if (awaited_ > 0) {
        if (byte < lowest_ || byte > highest_) valid_ = false;
        lowest_ = 0x80;
        highest_ = 0xbf;
        --awaited_;
        return;
    }
    if (byte < 0xc2 || byte > 0xf4) {
        valid_ = false;
        return;
    }
    awaited_ = 1;
    if (byte >= 0xe0) awaited_ = 2;
    if (byte >= 0xf0) awaited_ = 3;
    if (byte == 0xe0) lowest_ = 0xa0;
    if (byte == 0xed) highest_ = 0x9f;
    if (byte == 0xf0) lowest_ = 0x90;
    if (byte == 0xf4) highest_ = 0x8f;
}

bool survey::mostly_ascii() const noexcept {
    // 2 bytes more for each escape, against one third and the line ends.
    const auto more = 2 * (high_ + equals_);
    return binary_ == 0 && !carriage_return_ && more <= total_ / 3 + total_ / 28;
}

}  // namespace kurir::mime
