// Content that comes in pieces, as quoted-printable or as base64 (RFC 2045 sections 6.7 and 6.8).
// Pure.
//
// Each of them can also mend content that is in that form already and has bytes that do not belong
// there, so that a decoder that passes over such bytes sees what it saw before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kurir::mime {

enum class writing : std::uint8_t {
    encode,  // plain content
    mend,    // content in this form
};

class quoted_printable_writer {
public:
    explicit quoted_printable_writer(writing manner) noexcept : mends_(manner == writing::mend) {}

    // Appends to `output` what is known of the encoded text.
    void add(std::string_view chunk, std::string& output);

    // The content ends here.
    void finish(std::string& output);

private:
    void take(char c, std::string& output);
    void put(char c, bool plain, std::string& output);
    void release(bool at_line_end, std::string& output);
    bool is_plain(char c) const noexcept;

    bool mends_;
    std::string held_;  // a blank, a CR or dashes, until it is known what follows
    std::size_t column_ = 0;
    unsigned escape_ = 0;  // bytes of an escape sequence that must not be divided, when mending
};

class base64_writer {
public:
    explicit base64_writer(writing manner) noexcept : mends_(manner == writing::mend) {}

    void add(std::string_view chunk, std::string& output);
    void finish(std::string& output);

private:
    void mend(std::string_view chunk, std::string& output);
    void put_line(std::string_view bytes, std::string& output);

    bool mends_;
    std::string group_;  // bytes of a line that is not full; a CR, when mending
    std::size_t column_ = 0;
    bool has_line_ = false;
    bool changed_ = false;  // this line begins where none began, or has lost a byte, when mending
};

}  // namespace kurir::mime
